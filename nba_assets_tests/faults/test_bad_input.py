"""Bad files and rows: unusable rows are set aside by file, row and column, or named in an error; the rest is used."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nba_assets.basketball.calendar import FIRST_DAY, Season, day_range
from nba_assets.engine import registry
from nba_assets.engine.materialise import materialise
from nba_assets.engine.status import expected_game_days
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.protocol import Family, SourceError
from nba_assets_tests.mini_archive import write_mini_archive
from nba_assets_tests.mini_warehouse import Home, differing

RAW = [name for name, table in registry.tables().items() if table.contract.layer == "raw"]
FROM_FILES = [name for name in RAW if all(item.reach == "source" for item in registry.tables()[name].inputs.values())]
"""Raw tables that read files only."""
SEASONS = [Season(2021), Season(2022)]
OPTIONAL = ("props", "shots", "lines", "injuries", "referees", "tipoffs", "lite", "scoring")


@pytest.fixture
def damaged(tables_home: Home, own_archive: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A warehouse with its own archive, which may be damaged."""
    monkeypatch.setenv("NBA_ARCHIVE", str(own_archive))
    return Home(tables_home.folder, own_archive, tables_home.truth)


def make(home: Home, *names: str, days: list[date] | None = None) -> pd.DataFrame:
    """Builds tables for all days; returns their ledger rows by (table_name, game_date)."""
    days = days or day_range(FIRST_DAY, home.last_day)
    made = [materialise(registry.tables()[name], days, home.platform, "bad input").ledger for name in names]
    return pd.concat(made).set_index(["table_name", "game_date"])


def change(path: Path, how: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(how(pq.read_table(path)), path)


def with_values(table: pa.Table, column: str, rows: list[int], value: object) -> pa.Table:
    """The table with a value (None for NULL) in some rows of a column; the column becomes text for a text value."""
    values = table.column(column).to_pylist()
    if isinstance(value, str):
        values = [None if cell is None else str(cell) for cell in values]
    for row in rows:
        values[row] = value
    kind = pa.large_string() if isinstance(value, str) else table.schema.field(column).type
    return table.set_column(table.column_names.index(column), column, pa.array(values, kind))


def all_files(archive: Path) -> list[Path]:
    return sorted(archive.rglob("*.parquet"))


@pytest.mark.parametrize("name", FROM_FILES)
def test_duplicate_rows_are_counted_and_dropped(damaged: Home, name: str) -> None:
    """Every file of the table is appended to itself: the rows stay the same, each appended one is a duplicate."""
    before, counted = damaged.hashes(), damaged.ledger(name)["duplicates"].sum()
    reader, rows = Archive(str(damaged.archive)), 0
    families = [FAMILIES[item.name] for item in registry.tables()[name].inputs.values() if item.reach == "source"]
    for family in families:
        read = reader.read(family, SEASONS)
        # Odds events are not rows of a table; shots have real duplicates and are kept up to the box score's number.
        if not family.has_real_repeats or name == "shots":
            rows += len(read.frame) + int(read.records["rows"].sum())
    for file in sorted({file for family in families for file, _ in reader.files(family, SEASONS)}):
        change(damaged.archive / file, lambda table: pa.concat_tables([table, table]))
    ledger = make(damaged, name)
    assert [key for key in differing(damaged.hashes(), before) if key[0] == name] == []
    assert int(ledger["duplicates"].sum() - counted) == rows


def test_the_order_of_rows_does_not_matter(damaged: Home) -> None:
    before = damaged.hashes()
    rng = np.random.default_rng(20211019)
    for path in all_files(damaged.archive):
        change(path, lambda table: table.take(pa.array(rng.permutation(table.num_rows))))
    # The source's row number is part of injury_transactions.
    names = [name for name in FROM_FILES if name != "injury_transactions"]
    make(damaged, *names)
    assert differing(damaged.hashes(), before) == []
    injuries = make(damaged, "injury_transactions")["rows"]
    assert injuries.sum() == damaged.truth.rows["injury_transactions"]


@pytest.mark.parametrize(
    ("name", "file", "column", "nulled"),
    [
        ("players", "players/players_index.parquet", "position", 1),
        ("players", "players/players_bio.parquet", "height", 1),
        ("referee_assignments", "referees/2022-23.parquet", "official2", 1),
        ("shots", "shots/2022-23.parquet", "PLAYER_NAME", 1),
        ("player_boxscores", "player_box_v3/2022-23.parquet", "position", 0),
    ],
)
def test_an_odd_value_of_a_minor_column_costs_no_row(
    damaged: Home, name: str, file: str, column: str, nulled: int
) -> None:
    """It becomes NULL with a record of file, row and value; a starter is one whatever his position is called."""
    given = pq.read_table(damaged.archive / file).column(column).to_pylist()
    row = next(place for place, value in enumerate(given) if value)
    before = damaged.ledger(name)["rows"].sum()
    value = "PG" if column == "position" else "??"
    change(damaged.archive / file, lambda table: with_values(table, column, [row], value))
    make(damaged, name)
    records = damaged.quality("quarantine", name)
    found = records[(records["source_file"] == file) & (records["source_row"] == row) & (records["value"] == value)]
    assert found["action"].tolist() == ["nulled"] * nulled
    lost = 1 if column == "official2" else 0  # a row of the file is a game, an official without a name is no row
    assert damaged.ledger(name)["rows"].sum() == before - lost


@pytest.mark.parametrize(
    ("name", "file", "column"),
    [
        ("player_boxscores", "player_box_v3/2022-23.parquet", "person_id"),
        ("player_boxscores", "player_box_v3/2022-23.parquet", "game_id"),
        ("team_boxscores", "team_game_logs/2022-23.parquet", "GAME_ID"),
        ("schedule", "schedule/2022-23.parquet", "gid"),
        ("shots", "shots/2022-23.parquet", "PLAYER_ID"),
        ("shots", "shots/2022-23.parquet", "GAME_ID"),
        ("player_scoring_shares", "player_game_scoring/2022-23.parquet", "player_id"),
        ("player_scoring_shares", "player_game_scoring/2022-23.parquet", "game_id"),
        ("referee_assignments", "referees/2022-23.parquet", "game_id"),
        ("prop_lines", "props/oddsapi_historical_player_points/2022-23.parquet", "outcomes.description"),
        ("prop_lines", "props/oddsapi_historical_player_points/2022-23.parquet", "outcomes.point"),
        ("prop_lines", "props/oddsapi_historical_player_points/2022-23.parquet", "bookmakers.key"),
        ("prop_lines", "props/oddsapi_historical_player_points/2022-23.parquet", "timestamp"),
        ("prop_lines", "props/oddsapi_historical_player_points/2022-23.parquet", "data.home_team"),
        ("game_lines", "game_lines/sbr_2022-23.parquet", "Home"),
        ("game_lines", "game_lines/oddsapi_consensus_closing.parquet", "commence_time"),
        ("injury_transactions", "injuries/prosports_transactions.parquet", "Date"),
        ("injury_transactions", "injuries/prosports_transactions.parquet", "Team"),
        ("players", "players/players_index.parquet", "person_id"),
    ],
)
def test_rows_with_a_null_key_are_set_aside_and_nothing_is_lost(
    damaged: Home, name: str, file: str, column: str
) -> None:
    """NULL in a key column: every damaged row is in quarantine, with its file and row number."""
    rows = [3, 8]
    known = damaged.quality("quarantine", name)
    before = damaged.hashes()
    change(damaged.archive / file, lambda table: with_values(table, column, rows, None))
    make(damaged, name)
    records = damaged.quality("quarantine", name)
    fresh = records[(records["action"] == "set_aside") & (records["source_file"] == file)]
    was_bad = known[(known["action"] == "set_aside") & (known["source_file"] == file)]
    named = set(pd.concat([fresh, was_bad])["source_row"].dropna().astype(int))
    unnamed = records[(records["action"] == "set_aside") & records["source_file"].isna()]
    changed = {day for _, day in differing(damaged.hashes(), before)}
    # A row whose key becomes NULL after reading is set aside by its key; one that other rows confirm is used.
    assert set(rows) <= named or len(unnamed) == len(set(rows) - named) or not changed
    assert fresh["reason"].notna().all()
    assert len(changed) <= 4, f"two bad rows changed {len(changed)} days: {sorted(changed)}"


@pytest.mark.parametrize(
    ("name", "file", "column"),
    [
        ("player_boxscores", "player_box_v3/2022-23.parquet", "points"),
        ("team_boxscores", "team_game_logs/2022-23.parquet", "FGM"),
        ("game_lines", "game_lines/sbr_2022-23.parquet", "OU"),
        ("prop_lines", "props/oddsapi_historical_player_points/2022-23.parquet", "outcomes.point"),
        ("shots", "shots/2022-23.parquet", "QUARTER"),
        ("player_scoring_shares", "player_game_scoring/2022-23.parquet", "pct_ast_fgm"),
    ],
)
def test_a_text_in_a_number_column_is_set_aside_by_file_row_and_column(
    damaged: Home, name: str, file: str, column: str
) -> None:
    before = damaged.hashes()
    change(damaged.archive / file, lambda table: with_values(table, column, [5], "a few"))
    make(damaged, name)
    records = damaged.quality("quarantine", name)
    (record,) = records[records["value"] == "a few"].to_dict("records")
    assert (record["action"], record["source_file"], record["source_row"]) == ("set_aside", file, 5)
    assert record["column_name"] == column
    assert record["reason"].startswith("not a value of type")
    changed = {day for table, day in differing(damaged.hashes(), before) if table == name}
    assert len(changed) <= 1, f"one bad cell changed {sorted(changed)}"


def test_a_bad_cell_of_a_filtered_family_is_named_by_its_row_in_the_file(tmp_path: Path) -> None:
    """`where` drops rows of other markets; row numbers remain those of the file, and other markets are not recorded."""
    columns = {"kind": "text", "n": "integer"}
    family = Family("f", "f.parquet", columns, "", where=("kind", ("wanted",)), others="other")
    frame = {"kind": ["other", "other", "wanted", "wanted", "other"], "n": ["x", "1", "2", "three", "y"]}
    pq.write_table(pa.table(frame), tmp_path / "f.parquet")
    read = Archive(str(tmp_path)).read(family, SEASONS)
    assert read.frame[["_row", "n"]].values.tolist() == [[2, 2]]
    assert read.records[["source_row", "column_name", "value"]].values.tolist() == [[3, "n", "three"]]


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_an_error_that_names_it_and_nothing_is_written(damaged: Home, keep: float) -> None:
    before = damaged.ledger()
    path = damaged.archive / "shots" / "2022-23.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole))])
    with pytest.raises(SourceError, match=r"shots/2022-23\.parquet cannot be read as parquet"):
        make(damaged, "shots")
    assert damaged.ledger().equals(before)


def test_a_missing_column_is_an_error_that_names_file_and_column(damaged: Home) -> None:
    before = damaged.ledger()
    change(
        damaged.archive / "player_box_v3" / "2022-23.parquet", lambda table: table.drop_columns(["minutes", "points"])
    )
    with pytest.raises(SourceError, match=r"player_box_v3/2022-23\.parquet: column minutes, points is missing"):
        make(damaged, "player_boxscores")
    assert damaged.ledger().equals(before)


def test_without_optional_families_the_rest_is_the_same_and_the_gap_is_reported(
    tables_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables_home.hashes()
    write_mini_archive(tmp_path / "lean", without=OPTIONAL)
    monkeypatch.setenv("NBA_ARCHIVE", str(tmp_path / "lean"))
    (tables_home.folder / "nba.duckdb").unlink()
    ledger = make(tables_home, *registry.tables())
    gone = ["prop_lines", "shots", "game_lines", "injury_transactions", "referee_assignments", "player_scoring_shares"]
    game_days = pd.DatetimeIndex(tables_home.truth.game_days)
    silent = []
    for name in gone:
        of_days = ledger.loc[name].loc[game_days]
        assert of_days["rows"].sum() == 0, name
        absent = of_days[of_days["status"] == "absent_source"]
        assert absent["reason"].notna().all(), name
        silent += [] if len(absent) else [name]
    assert silent == [], "a table whose family is missing is marked as having no source"
    same = ("team_boxscores", "players")
    assert [key for key in differing(tables_home.hashes(), before) if key[0] in same] == []
    for name in ("player_game_summary", "team_offense_game_summary", "upcoming_team_game_context"):
        assert ledger.loc[name, "rows"].sum() == tables_home.ledger(name)["rows"].sum() > 0
    assert ledger.loc["player_game_summary", "rows"].sum() == len(tables_home.truth.played)


@pytest.mark.parametrize("family", ["players", "schedule", "team_game_logs", "player_box_v3", "player_game_logs"])
def test_any_family_may_be_missing(damaged: Home, family: str) -> None:
    """A missing family is not an error: tables report what is absent, or fill the gap from another family."""
    shutil.rmtree(damaged.archive / family)
    (damaged.folder / "nba.duckdb").unlink()
    ledger = make(damaged, *FROM_FILES, days=day_range(date(2022, 10, 14), damaged.last_day))
    rows = ledger["rows"].groupby("table_name").sum()
    if family in ("schedule", "team_game_logs"):
        second = damaged.truth.games[damaged.truth.games["season"] == "2022-23"]
        unprinted = 1 if family == "team_game_logs" else 0  # the game that is missing in the schedule
        assert rows["schedule"] == len(second) - unprinted
    if family == "player_box_v3":
        counted = damaged.truth.played
        counted = counted[(counted["season"] == "2022-23") & counted["kind"].isin(["regular", "playoffs"])]
        assert rows["player_boxscores"] == len(counted)


def test_days_with_rows_are_not_emptied_when_their_files_are_gone(damaged: Home) -> None:
    before = damaged.hashes()
    shutil.rmtree(damaged.archive / "team_game_logs")
    with pytest.raises(
        SourceError, match=r"team_boxscores: \d+ days from .* have rows, but now there is no file of team"
    ):
        make(damaged, "team_boxscores")
    assert damaged.hashes() == before


def test_an_archive_of_one_season_yields_that_season(
    empty_home: Home, full_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = write_mini_archive(tmp_path / "one_season", seasons=["2022-23"])
    monkeypatch.setenv("NBA_ARCHIVE", str(tmp_path / "one_season"))
    home = Home(empty_home.folder, tmp_path / "one_season", truth)
    names = [name for name in FROM_FILES if name not in ("injury_transactions", "players")]
    ledger = make(home, *names, days=day_range(FIRST_DAY, home.last_day))
    monkeypatch.setenv("NBA_HOME", str(full_home.folder))
    whole = full_home.hashes()
    monkeypatch.setenv("NBA_HOME", str(empty_home.folder))
    later = {key: value for key, value in home.hashes().items() if key[1] >= date(2022, 7, 1)}
    # One file of lines contains both seasons; its rows of this season are the same.
    assert differing(later, {key: whole[key] for key in later}) == []
    first = ledger[ledger.index.get_level_values("game_date") < pd.Timestamp("2022-07-01")]
    assert first["rows"].sum() == 0
    assert set(first["status"]) <= {"absent_source", "empty"}
    for name in ("schedule", "team_boxscores", "player_boxscores"):
        assert first.loc[(name, "2021-10-19"), "status"] == "absent_source"
        assert "2021-22" in first.loc[(name, "2021-10-19"), "reason"]


def timestamps(column: str, form: str) -> Callable[[pa.Table], pa.Table]:
    """Saves a day column as timestamps, like a spreadsheet or pandas."""

    def change_column(table: pa.Table) -> pa.Table:
        days = pd.to_datetime(pd.Series(table.column(column).to_pylist()), format=form)
        return table.set_column(table.column_names.index(column), column, pa.array(days, pa.timestamp("us")))

    return change_column


@pytest.mark.parametrize(
    ("name", "file", "column", "form"),
    [
        ("injury_transactions", "injuries/prosports_transactions.parquet", "Date", "%Y-%m-%d"),
        ("referee_assignments", "referees/2022-23.parquet", "game_date", "%m/%d/%Y"),
        ("schedule", "schedule/2022-23.parquet", "date", "%Y-%m-%d"),
        ("team_boxscores", "team_game_logs/2022-23.parquet", "GAME_DATE", "%Y-%m-%d"),
    ],
)
def test_a_day_column_saved_as_timestamps_gives_the_same_rows(
    damaged: Home, name: str, file: str, column: str, form: str
) -> None:
    before = damaged.hashes()
    change(damaged.archive / file, timestamps(column, form))
    make(damaged, name)
    assert differing(damaged.hashes(), before) == []


def test_an_unreadable_schedule_empties_no_day_and_reduces_no_expectation(damaged: Home) -> None:
    before, expected = damaged.hashes(), list(expected_game_days(damaged.platform))
    file = damaged.archive / "schedule" / "2022-23.parquet"
    rows = pq.read_metadata(file).num_rows
    change(file, lambda table: with_values(table, "date", list(range(rows)), "soon"))
    for name in ("schedule", "team_boxscores", "player_boxscores"):
        with pytest.raises(SourceError, match=r"schedule/2022-23\.parquet: column date .* 'soon' in row 0"):
            make(damaged, name)
    assert damaged.hashes() == before
    # Readable files that lost a few days do not reduce the expected rows either.
    shutil.rmtree(damaged.archive / "schedule")
    change(damaged.archive / "team_game_logs" / "2022-23.parquet", lambda table: table.slice(0, 40))
    assert list(expected_game_days(damaged.platform)) == expected


def of_day(archive: Path, day: date) -> list[int]:
    """Row numbers of the day in the second season's team logs."""
    days = pq.read_table(archive / "team_game_logs" / "2022-23.parquet").column("GAME_DATE").to_pylist()
    return [row for row, text in enumerate(days) if text == f"{day}"]


def busy_day(home: Home) -> date:
    counts = home.truth.competitive.query("season == '2022-23'")["game_date"].value_counts()
    return sorted(counts[counts >= 2].index)[3]


def test_a_complete_day_is_not_replaced_when_its_rows_cannot_be_read(damaged: Home) -> None:
    before, day = damaged.ledger(), busy_day(damaged)
    rows = of_day(damaged.archive, day)
    change(
        damaged.archive / "team_game_logs" / "2022-23.parquet", lambda table: with_values(table, "PTS", rows, "many")
    )
    with pytest.raises(
        SourceError, match=rf"team_boxscores: {day} has {len(rows)} rows, of which only 0 would be left"
    ):
        make(damaged, "team_boxscores", days=[day])
    assert damaged.ledger().equals(before)


def test_a_complete_day_is_not_replaced_from_a_file_that_lost_its_rows(damaged: Home) -> None:
    day = busy_day(damaged)
    rows = of_day(damaged.archive, day)
    change(
        damaged.archive / "team_game_logs" / "2022-23.parquet",
        lambda table: table.take(pa.array([row for row in range(table.num_rows) if row not in rows])),
    )
    with pytest.raises(SourceError, match=r"would be left.* Correct the files or fetch them again"):
        make(damaged, "team_boxscores", days=[day])


def test_a_correction_and_a_moved_game_are_not_a_loss(damaged: Home) -> None:
    """One team's row of a day is withdrawn; every game of another day is moved to the next day."""
    day = busy_day(damaged)
    change(
        damaged.archive / "team_game_logs" / "2022-23.parquet",
        lambda table: table.take(pa.array([r for r in range(table.num_rows) if r != of_day(damaged.archive, day)[0]])),
    )
    corrected = make(damaged, "team_boxscores", days=[day])
    assert corrected["rows"].tolist() == [len(of_day(damaged.archive, day))]

    games = damaged.truth.competitive.query("season == '2022-23'")
    moved = next(d for d in sorted(set(games["game_date"]), reverse=True))
    for name, column in (("schedule", "date"), ("team_game_logs", "GAME_DATE")):
        file = damaged.archive / name / "2022-23.parquet"
        texts = pq.read_table(file).column(column).to_pylist()
        places = [row for row, text in enumerate(texts) if text == f"{moved}"]
        if places:
            change(
                file,
                lambda table, column=column, places=places: with_values(
                    table, column, places, f"{moved + timedelta(days=1)}"
                ),
            )
    ledger = make(damaged, "schedule", days=[moved, moved + timedelta(days=1)])
    count = int((games["game_date"] == moved).sum())
    assert ledger["rows"].tolist() == [0, count]


@pytest.mark.parametrize(
    ("name", "file", "column", "value"),
    [
        ("player_boxscores", "player_box_v3/2022-23.parquet", "plus_minus_points", "None"),
        ("player_boxscores", "player_box_v3/2022-23.parquet", "person_id", "who"),
        ("injury_transactions", "injuries/prosports_transactions.parquet", "Date", "11/01/2023"),
        ("injury_transactions", "injuries/prosports_transactions.parquet", "Date", None),
        ("referee_assignments", "referees/2022-23.parquet", "game_date", "someday"),
        ("prop_lines", "props/oddsapi_historical_player_points/2022-23.parquet", "data.commence_time", None),
    ],
)
def test_a_rejected_row_of_unknown_day_is_recorded_in_a_run_of_any_day(
    damaged: Home, name: str, file: str, column: str, value: str | None
) -> None:
    change(damaged.archive / file, lambda table: with_values(table, column, [7], value))
    day = busy_day(damaged)
    known = len(damaged.quality("quarantine", name).query("game_date == @day"))
    ledger = make(damaged, name, days=[day])
    records = damaged.quality("quarantine", name)
    of_row = records[(records["source_file"] == file) & (records["source_row"] == 7)]
    fresh = of_row[of_row["game_date"] == pd.Timestamp(day)]
    assert len(fresh) >= 1 and len(records.query("game_date == @day")) >= known
    assert int(ledger["set_aside"].iloc[0]) >= 1
