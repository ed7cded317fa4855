"""An archive with a corrupted future: a copy in which everything not yet known on the morning of a day is wrong or
missing.

`OUTCOMES`, `QUOTES` and `CLOSING_LINES` define for the files of every family which rows are late (known only later) and
which of their columns are kept; `KNOWN_BEFORE` lists unchanged files, with the reason. A family in none of them is an
error.

Two modes. `exchanged`: late rows keep their player, game and day and get all other values from other late rows of the
file, by a seeded permutation: in range, plausible, wrong. `truncated`: late rows of outcomes are removed, those of
plans and quotes are emptied, as if the archive had been downloaded that morning. Both remove files of later seasons.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nba_assets.basketball.calendar import EASTERN, FIRST_DAY, Season, day_range
from nba_assets.basketball.teams import to_tricode
from nba_assets.engine import registry
from nba_assets.engine.materialise import materialise
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.backfill import after_checks
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive

Mode = Literal["exchanged", "truncated"]
MODES: tuple[Mode, ...] = ("exchanged", "truncated")
SEED = "nothing looks ahead"
NOON = pd.Timedelta(hours=12)
"""US Eastern hour before which no game begins: the cut-off of quotes whose game has no known tip-off."""
Each = Callable[[pd.Series], pd.Series]
"""Maps the distinct texts of a column to their meaning, element by element."""


@dataclass(frozen=True)
class Outcome:
    """A file of results: rows dated on the day or after are late.

    Args:
        dated: column with the date of a row.
        day: converts it to days; None if the column contains game ids.
        kept: columns that identify player, game and day of a row.
        is_planned: the row itself was known before, so truncation keeps it and empties its other columns.
    """

    dated: str
    day: Each | None
    kept: str
    is_planned: bool = False


@dataclass(frozen=True)
class Quote:
    """A file of timed quotes: quotes from the game's tip-off on, or after the day, are late.

    Args:
        seen: column with the time of a row.
        game: column with the date of its game, and the time zone of that date.
        side: column with a team of the game, and how to read it.
        kept: see Outcome.
    """

    seen: str
    game: tuple[str, str]
    side: tuple[str, Each]
    kept: str


def written(form: str | None = None) -> Each:
    """Parses days in this format; ISO by default."""
    return lambda texts: pd.to_datetime(texts, format=form, errors="coerce").dt.normalize()


def moments(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce").astype("datetime64[ns, UTC]")


def day_in(zone: str) -> Each:
    """Converts times to days in a time zone."""
    return lambda texts: moments(texts).dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()


def of_sbr(texts: pd.Series) -> pd.Series:
    """`2021-22-1019` is 19 October 2021; later files contain `2023-10-24`."""
    parts = texts.str.extract(r"^(\d{4})-\d\d-(\d\d)(\d\d)$").astype("float64")
    days = pd.to_datetime({"year": parts[0] + (parts[1] < 7), "month": parts[1], "day": parts[2]}, errors="coerce")
    return days.fillna(pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce"))


def team_in(word: str) -> Each:
    """Extracts the team whose name or code matches the group of a pattern."""
    return lambda texts: to_tricode(texts.str.extract(word, expand=False).astype("string[pyarrow]")).astype(object)


NEW_YORK, LOS_ANGELES = str(EASTERN), "America/Los_Angeles"
PLAYER_GAME = "game_id game_date team player_id player_name"
OUTCOMES: Mapping[str, Outcome] = {
    "schedule/{season}.parquet": Outcome("date", written(), "gid gcode date home away", is_planned=True),
    "team_game_logs/{season}.parquet": Outcome(
        "GAME_DATE", written(), "SEASON_ID TEAM_ID TEAM_ABBREVIATION GAME_ID GAME_DATE MATCHUP"
    ),
    "player_box_v3/{season}.parquet": Outcome(
        "game_id", None, "game_id team_id team_tricode home_team_id person_id first_name family_name"
    ),
    "player_game_logs/{season}.parquet": Outcome("game_date", written(), PLAYER_GAME),
    "player_game_misc/{season}.parquet": Outcome("game_date", written(), PLAYER_GAME),
    "player_game_scoring/{season}.parquet": Outcome("game_date", written(), PLAYER_GAME),
    "player_game_logs_lite/{season}.parquet": Outcome(
        "GAME_DATE", written(), "TEAM_ABBREVIATION GAME_DATE MATCHUP SEASON_TYPE PLAYER_ID PLAYER_NAME"
    ),
    "player_box_playoffs/{season}.parquet": Outcome(
        "game_data", written(), "game_data gameId teamId personId personName"
    ),
    "shots/{season}.parquet": Outcome("GAME_DATE", written("%m-%d-%Y"), "GAME_DATE GAME_ID TEAM_ID"),
    "shots_nba_api_capped/{season}.parquet": Outcome(
        "GAME_DATE", written("%Y%m%d"), "GAME_DATE GAME_ID TEAM_ID GAME_EVENT_ID"
    ),
    "injuries/prosports_transactions.parquet": Outcome("Date", written(), "Date"),
    "players/players_index.parquet": Outcome(
        "from_year.x", lambda years: written("%Y-%m-%d")(years + "-07-01"), "person_id from_year.x to_year.x"
    ),
}
"""Results by file. The players index dates newcomers: they are known from 1 July of their first season on."""

EVENT = "commence_time home_team away_team"
QUOTES: Mapping[str, Quote] = {
    "props/oddsapi_historical_player_points/{season}.parquet": Quote(
        "timestamp",
        ("data.commence_time", NEW_YORK),
        ("data.home_team", to_tricode),
        "timestamp data.id data.commence_time data.home_team data.away_team",
    ),
    "props/oddsapi_daily_*.parquet": Quote(
        "bookmakers.markets.last_update",
        ("commence_time", NEW_YORK),
        ("home_team", to_tricode),
        f"id {EVENT} bookmakers.markets.last_update bookmakers.markets.key _source_file",
    ),
    "props/dk_fd_mgm_snapshots_*.parquet": Quote(
        "_commit_time",
        ("_commit_time", LOS_ANGELES),
        ("opp", team_in(r"^@?(.+)$")),
        "_commit_time PlayerName Prop Over_Under opp",
    ),
    "props/prizepicks_snapshots_*.parquet": Quote(
        "_commit_time", ("_commit_time", NEW_YORK), ("Team", team_in(r"^(.+?) - ")), "_commit_time Name Team Prop"
    ),
    "game_lines/oddsapi_live/{season}.parquet": Quote(
        "timestamp", ("commence_time", NEW_YORK), ("home_team", to_tricode), f"timestamp id bookmaker {EVENT}"
    ),
    "injury_report/{season}.parquet": Quote(
        "known_at",
        ("game_date", "UTC"),  # a day without a clock time
        ("team", to_tricode),
        "report_at known_at game_date matchup team player_name",
    ),
    "nba_rosters/{season}.parquet": Quote(
        "known_at", ("game_date", "UTC"), ("team", to_tricode), "game_date known_at team player_id player_name"
    ),
}
"""Timed quotes by file. A listing is published as a whole, also for later games, so its rows are kept."""

CLOSING_LINES: Mapping[str, Outcome] = {
    "game_lines/sbr_{season}.parquet": Outcome("Date", of_sbr, "Date Home Away", is_planned=True),
    "game_lines/oddsapi_consensus_closing.parquet": Outcome(
        "commence_time", day_in(NEW_YORK), f"event_id {EVENT}", is_planned=True
    ),
    "game_lines/spreads_*.parquet": Outcome("date", written(), "date home away", is_planned=True),
    "game_lines/kaggle_sbr_*.parquet": Outcome("dates", written("%m/%d/%Y"), "dates home away", is_planned=True),
    "props/props_2023-*.parquet": Outcome(
        "_source_file",
        written("%Y_%m_%d.csv"),
        "id prop_type matchup_home_team matchup_away_team _source_file",
        is_planned=True,
    ),
}
"""Untimed lines by file: known at tip-off but displayed anyway, so those of the day itself are judged by column."""

KNOWN_BEFORE: Mapping[str, str] = {
    "schedule_tipoff_utc/{season}.parquet": "the plan of before the season",
    "referees/{season}.parquet": "published on the morning of the game",
    "players/players_bio.parquet": "undated; what is read of it does not change",
}


def columns_by_pattern() -> dict[str, set[str]]:
    """The columns that are read, by file pattern: several families may read one file."""
    found: dict[str, set[str]] = {}
    for family in FAMILIES.values():
        found.setdefault(family.pattern, set()).update(family.columns)
    return found


def write_poisoned(
    archive: Path, into: Path, day: date, games: pd.DataFrame, mode: Mode, *, has_closing_lines: bool = True
) -> None:
    """Writes the archive, corrupted from the day on; files without a late row are links to the original ones.

    A file without rows after truncation is left out: it had not been published yet.

    Args:
        archive: the original archive.
        into: folder to create.
        day: the first day whose outcomes are late.
        games: rows of the table schedule: game_id, game_date, home_team, away_team, tipoff_at.
        mode: how late rows are changed.
        has_closing_lines: keep the untimed lines of the day itself; if False they are late, too.

    Raises:
        KeyError: the late rows of a family are not defined.
    """
    last = Season.of_day(day)
    seasons = [Season(year) for year in range(FIRST_DAY.year, last.start_year + 1)]
    for pattern, read in columns_by_pattern().items():
        printed = {**OUTCOMES, **CLOSING_LINES, **QUOTES}.get(pattern)
        if printed is None and pattern not in KNOWN_BEFORE:
            raise KeyError(f"{__name__} does not define which rows of {pattern} are late")
        first = pd.Timestamp(day) + pd.Timedelta(days=int(pattern in CLOSING_LINES and has_closing_lines))
        for name, season in _files(archive, pattern, seasons):
            path = into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            is_late = None
            if printed is not None and season in (None, last):
                table = pq.read_table(archive / name)
                table = table.select([column for column in table.column_names if column in read])
                is_late = _is_late(table, printed, first, games)
            if printed is None or is_late is None or not is_late.any():
                path.symlink_to((archive / name).resolve())
            elif mode == "exchanged" or not is_late.all():
                pq.write_table(_poisoned(table, printed, is_late, mode, f"{SEED} {name} {day}"), path)


def _files(archive: Path, pattern: str, seasons: list[Season]) -> list[tuple[str, Season | None]]:
    family = next(family for family in FAMILIES.values() if family.pattern == pattern)
    return Archive(str(archive)).files(family, seasons)


def _each(table: pa.Table, column: str, meaning: Each) -> pd.Series:
    """The meaning of each row's text, computed once per distinct text."""
    values = table.column(column)
    coded = (values if pa.types.is_timestamp(values.type) else values.cast(pa.string())).combine_chunks()
    coded = coded.dictionary_encode()
    found = meaning(coded.dictionary.to_pandas())
    places = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    return pd.Series(found.array.take(places, allow_fill=True))


def _is_late(table: pa.Table, printed: Outcome | Quote, first: pd.Timestamp, games: pd.DataFrame) -> np.ndarray:
    """Mask of rows not yet known before the first late day, or before their game's tip-off on that day."""
    if isinstance(printed, Outcome):
        day_of_game = games.set_index("game_id")["game_date"]
        day = printed.day or (lambda texts: texts.str.zfill(10).map(day_of_game))
        return (_each(table, printed.dated, day) >= first).to_numpy(dtype=bool)
    sides = pd.concat([games.assign(team=games["home_team"]), games.assign(team=games["away_team"])])
    noon = (sides["game_date"] + NOON).dt.tz_localize(NEW_YORK).dt.tz_convert("UTC")
    tipoffs = sides["tipoff_at"].fillna(noon).groupby([sides["game_date"], sides["team"].astype(object)]).max()
    asked = [_each(table, printed.game[0], day_in(printed.game[1])), _each(table, *printed.side).astype(object)]
    tipoff = pd.Series(tipoffs.reindex(pd.MultiIndex.from_arrays(asked)).array)
    is_begun = _each(table, printed.seen, moments) >= tipoff
    return (is_begun | (_each(table, printed.seen, day_in(NEW_YORK)) > first)).to_numpy(dtype=bool)


def _poisoned(table: pa.Table, printed: Outcome | Quote, is_late: np.ndarray, mode: Mode, seed: str) -> pa.Table:
    if mode == "truncated" and isinstance(printed, Outcome) and not printed.is_planned:
        return table.filter(pa.array(~is_late))
    late, order = np.flatnonzero(is_late), np.arange(table.num_rows)
    order[late] = np.random.default_rng(list(seed.encode())).permutation(late)
    for place, name in enumerate(table.column_names):
        if name not in printed.kept.split():
            field, values = table.schema.field(place), table.column(place)
            nothing = pa.scalar(None, values.type)
            wrong = values.take(pa.array(order)) if mode == "exchanged" else pc.if_else(is_late, nothing, values)
            table = table.set_column(place, field, wrong)
    return table


AFTER = 2
"""Number of later days built together with the day: only then are the day's own rows in the frames of the windows."""


def ledger_after_build(
    platform: Platform, days: Sequence[date], names: Collection[str] | None = None, since: date | None = None
) -> pd.DataFrame:
    """Builds the days of these tables (None: of all), upstream first; returns ledger rows by (table_name, game_date).

    Products that report ledger and checks are left out: they depend on what was built, not on games.

    Args:
        platform: settings, warehouse, archive.
        days: days to build.
        names: names of the tables.
        since: first day whose raw rows are deleted before, as if not built yet. Otherwise the loss of results in the
            archive would be rejected as a damaged file.
    """
    if since is not None:
        with duckdb.connect(str(platform.settings.database)) as connection:
            raw = [name for name, table in registry.tables().items() if table.contract.layer == "raw"]
            for name in raw:
                connection.execute(f"DELETE FROM raw.{name} WHERE game_date >= ?", [since])
            connection.execute(
                "DELETE FROM quality.partition_log WHERE game_date >= ? AND list_contains(?, table_name)", [since, raw]
            )
    told = after_checks(list(registry.tables()))
    tables = [
        table for name, table in registry.tables().items() if name not in told and (names is None or name in names)
    ]
    made = [materialise(table, days, platform, "poison").ledger for table in tables]
    return pd.concat(made).set_index(["table_name", "game_date"])


@dataclass(frozen=True)
class Difference:
    """Effect of a poisoned archive.

    ahead: table-days that must not depend on the day and did. unmoved: postgame tables whose rows of the day are
    unchanged, so that the poison did not reach them.
    """

    ahead: list[tuple[str, date]]
    unmoved: list[str]


def difference(before: pd.DataFrame, after: pd.DataFrame, day: date) -> Difference:
    """Compares ledgers: the day must not change its pregame rows nor any row of earlier days."""
    pregame = {name for name, table in registry.tables().items() if table.contract.known == "pregame"}
    is_same = before["content_hash"].reindex(after.index) == after["content_hash"]
    names = after.index.get_level_values("table_name")
    days = after.index.get_level_values("game_date")
    today = pd.Timestamp(day)
    ahead = after.index[~is_same & ((days < today) | ((days == today) & names.isin(pregame)))]
    has_rows = (before["rows"].reindex(after.index) > 0) & (days == today) & ~names.isin(pregame)
    return Difference([(name, day.date()) for name, day in ahead], sorted(names[has_rows & is_same]))


def season_until(day: date) -> list[date]:
    """The days to rebuild: those of the season up to a few after the day."""
    return day_range(Season.of_day(day).first_day, day + timedelta(days=AFTER))


def games_of(platform: Platform) -> pd.DataFrame:
    """Every row of the table schedule."""
    with platform.warehouse.snapshot() as snapshot:
        return snapshot.read(registry.contract("schedule"), FIRST_DAY, date.max)


SHOWS_CLOSING_LINES = frozenset(
    {"spread", "total", "implied_team_total", "line_is_time_known", "line_known_at", "feature_quality_score"}
    | {"points_from_team_total"}
    | {"predicted_points", "expected_points", "sigma", "p10", "p25", "p75", "p90", "prob_over", "edge", "components"}
    | {"system_agreement"}
)
"""Columns of pregame rows that an untimed line of the day may affect: the line, the number of known features,
predictions. Bets and their inputs are not among them."""


SHOWS_THEM_IN_FILES: Mapping[str, frozenset[str]] = {"prediction_files": frozenset({"bytes", "sha256"})}
"""Manifest columns of the products that contain those columns. The files of the best bets are not among them."""


def reached_by_closing_lines(changed: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Columns of `differing_columns` that an untimed line must not affect, by table."""
    allowed = {name: SHOWS_CLOSING_LINES | SHOWS_THEM_IN_FILES.get(name, frozenset()) for name in changed}
    return {name: columns - allowed[name] for name, columns in changed.items() if columns - allowed[name]}


def differing_columns(true: Platform, wrong: Platform, day: date) -> dict[str, set[str]]:
    """Rebuilds the day of every table; returns the columns of each pregame table whose values differ.

    A table with other keys differs in `rows`.
    """

    def rows() -> dict[str, pd.DataFrame]:
        with true.warehouse.snapshot() as snapshot:
            return {name: snapshot.read(registry.contract(name), day, day) for name in names}

    names = [name for name, table in registry.tables().items() if table.contract.known == "pregame"]
    before = rows()
    ledger_after_build(wrong, [day], since=day)
    found: dict[str, set[str]] = {}
    for name, after in rows().items():
        key = registry.contract(name).full_key
        if not before[name][key].equals(after[key]):
            found[name] = {"rows"}
        else:
            # The time at which a row was built always differs.
            held = [column.name for column in registry.contract(name).hashed]
            found[name] = {column for column in held if not before[name][column].equals(after[column])}
    return found
