"""game_lines: spread, total and moneylines of each game, one row per source."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import eastern_moments
from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import PLACE, TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Rows, on_day, source
from nba_assets.sources.adapt.games import EVENTS, match_games, season_games
from nba_assets.sources.adapt.line_families import ADAPTERS, TEXT, other_way_round
from nba_assets.sources.adapt.line_rules import (
    line_records,
    market_margin,
    with_settled_signs,
    without_impossible,
    without_live,
    without_repeats,
)
from nba_assets.sources.adapt.player_games import all_records
from nba_assets.sources.adapt.prop_pairs import records_of_bookmakers
from nba_assets.sources.adapt.prop_quotes import KNOWN_BOOKMAKERS
from nba_assets.sources.adapt.tipoffs import EARLIEST_TIPOFF_HOUR

LINES = ("spread_home", "total", "moneyline_home", "moneyline_away")
MORNING = pd.Timedelta(hours=5)
"""US Eastern hour before which no game tips off: the time of an untimed line where the tip-off is unknown."""
NOT_COVERED = "no family of game lines covers the day"
ALL_SET_ASIDE = "every line of the day was set aside"
ONE_DAY = pd.Timedelta(days=1)
CLEAR_FAVOURITE = 2.5
"""From this spread on both markets name the same favourite; below it they may differ by the price of a rounding."""

CONTRACT = TableContract(
    name="game_lines",
    layer="raw",
    key=("game_id", "source", "bookmaker", "snapshot_kind", "snapshot_at"),
    known="pregame",
    columns=columns(
        "game_date",
        "game_id",
        "source",
        "bookmaker",
        "snapshot_kind",
        "snapshot_at",
        "is_time_known",
        "spread_home",
        "total",
        "moneyline_home",
        "moneyline_away",
        "spread_price_home",
        "spread_price_away",
        "total_over_price",
        "total_under_price",
        "known_at",
    ),
    doc="Game lines as given by each source. spread_home follows betting convention: negative = home favoured. The "
    "live feed has a row for each bookmaker and snapshot, known when it was received. All sources of the archive have "
    "closing lines without a time: is_time_known is false, snapshot_at and known_at are tip-off (05:00 US Eastern of "
    "the day if that is unknown), so they may be used in estimates but not in recommendations. Lines that were taken "
    "during the game are set aside. "
    "basketball.game_quotes.consensus_game_line combines them into one line per game.",
    rules={
        "a row has a line": lambda f: f[list(LINES)].notna().any(axis=1),
        "the two moneylines leave the bookmaker a margin": lambda f: (
            ~(market_margin(f, "moneyline_home", "moneyline_away") < 0)
        ),
    },
    unusual={
        "spread and moneylines name the same favourite": lambda f: (
            ~(
                ((f["moneyline_home"] - f["moneyline_away"]) * f["spread_home"] < 0)
                & (f["spread_home"].abs() >= CLEAR_FAVOURITE)
            )
        )
    },
)


def expected_games(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The games that need a line with a spread from at least one source: every competitive game."""
    return schedule.loc[schedule["season_type"].isin(COMPETITIVE), ["game_date", "game_id"]]


@daily_table(
    CONTRACT,
    inputs={
        **{family: source(family) for family in ADAPTERS},
        "schedule": source("schedule", brings_rows=False),
        "team_game_logs": source("team_game_logs", brings_rows=False),
        "tipoffs": source("schedule_tipoff_utc", brings_rows=False),
        **{family: source(family, brings_rows=False) for family in EVENTS},
    },
    expected=Expected(
        inputs={"schedule": on_day("schedule")},
        rule=expected_games,
        observed=lambda rows: rows[rows["spread_home"].notna()],
        is_exact=False,
        is_error=False,  # a game whose only quotes were live or contradict each other has no spread
    ),
)
def game_lines(
    schedule: pd.DataFrame,
    team_game_logs: pd.DataFrame,
    tipoffs: pd.DataFrame,
    days: pd.DatetimeIndex,
    **families: pd.DataFrame,
) -> Rows:
    """Lines of the families in ADAPTERS, matched to games by US Eastern day and teams, then checked.

    Live quotes, duplicates and rows without a game go to quarantine; impossible values become NULL; disagreements of
    closing lines about the favourite are recorded and resolved (rules and thresholds:
    nba_assets/sources/adapt/line_rules.py). Quotes with a time may name different favourites: a line moves.
    """
    games = season_games(schedule, team_game_logs, tipoffs, [families[name] for name in EVENTS])
    # A moved game is matched one day either way, so the neighbouring days are needed too.
    near = days.union(days + ONE_DAY).union(days - ONE_DAY)
    lines = pd.concat([shaped(families[name], near) for name, shaped in ADAPTERS.items()], ignore_index=True)
    matched, unmatched = _matched(lines, games)
    matched = matched[matched["game_date"].isin(days)]
    covered = set(matched["game_date"])
    once, repeats = without_repeats(matched)
    pregame, live = without_live(once, _tipoffs(once, games, EARLIEST_TIPOFF_HOUR))
    possible, nulled = without_impossible(pregame)
    is_timed = possible["snapshot_at"].notna()
    settled, conflicts = with_settled_signs(possible[~is_timed])
    if is_timed.any():
        settled = pd.concat([part for part in (settled, possible[is_timed]) if len(part)]).sort_index()
    is_empty = settled[list(LINES)].isna().all(axis=1)
    empty = line_records(settled[is_empty], "set_aside", "neither spread nor total nor moneyline is left")
    rows = _timed(settled[~is_empty], games)
    odd = records_of_bookmakers(rows[rows["is_time_known"]], KNOWN_BOOKMAKERS)
    played = games.loc[games["season_type"].isin(COMPETITIVE) & games["game_date"].isin(days), "game_date"]
    without = sorted(set(played) - set(rows["game_date"]))
    absent = {day: ALL_SET_ASIDE if day in covered else NOT_COVERED for day in without}
    return Rows(
        rows[[*CONTRACT.column_names, *PLACE]],
        all_records(unmatched, repeats, live, nulled, conflicts, empty, odd),
        absent,
    )


def _matched(lines: pd.DataFrame, games: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines with their game, home and away as in that game; and records of the lines without a game."""
    found = match_games(games, lines["day"], lines["home_team"], lines["away_team"])
    lines = lines.assign(game_id=found["game_id"], game_date=found["game_date"])
    has_game = found["game_id"].notna()
    named = lines["day"].notna() & lines["home_team"].notna() & lines["away_team"].notna()
    records = all_records(
        line_records(lines[~has_game & named], "set_aside", "no game of these teams on the day or a day either way"),
        line_records(lines[~has_game & ~named], "set_aside", "no day or no NBA teams"),
    )
    is_swapped = found["match"].isin(["swapped", "moved_swapped"])
    return other_way_round(lines, is_swapped)[has_game], records


def _timed(lines: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Lines with the kind and time of their snapshot; a closing line without a time counts as seen at tip-off."""
    is_timed = lines["snapshot_at"].notna()
    known_at = lines["snapshot_at"].fillna(_tipoffs(lines, games, MORNING))
    kind = pd.Series("closing", index=lines.index, dtype=TEXT).mask(is_timed, "snapshot")
    return lines.assign(snapshot_kind=kind, is_time_known=is_timed, snapshot_at=known_at, known_at=known_at)


def _tipoffs(lines: pd.DataFrame, games: pd.DataFrame, otherwise: pd.Timedelta) -> pd.Series:
    """The tip-off of each line's game; where it is unknown, this US Eastern hour of the day."""
    tipoff = lines["game_id"].map(games.set_index("game_id")["tipoff_at"]).astype("datetime64[ns, UTC]")
    return tipoff.fillna(eastern_moments(lines["game_date"] + otherwise))
