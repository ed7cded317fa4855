"""player_scoring_shares: where a player's points came from, as published by the league."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.teams import to_tricode
from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import PLACE, TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import CrossCheck, Expected, Findings, Rows, on_day, source
from nba_assets.sources.adapt.games import pad_game_id, season_games
from nba_assets.sources.adapt.player_games import (
    GAME_KEY,
    TEXT,
    all_records,
    is_other_name,
    not_printed,
    record,
    with_games,
    without_result,
)
from nba_assets.sources.adapt.repeats import settled

MISC = {
    "points_in_paint": "pts_paint",
    "points_off_turnovers": "pts_off_tov",
    "second_chance_points": "pts_2nd_chance",
    "fast_break_points": "pts_fb",
    "attempts_blocked": "blka",
    "fouls_drawn": "pfd",
}
SCORING = {
    "two_attempts_share": "pct_fga_2pt",
    "three_attempts_share": "pct_fga_3pt",
    "two_points_share": "pct_pts_2pt",
    "mid_range_points_share": "pct_pts_2pt_mr",
    "paint_points_share": "pct_pts_paint",
    "three_points_share": "pct_pts_3pt",
    "free_throw_points_share": "pct_pts_ft",
    "fast_break_points_share": "pct_pts_fb",
    "turnover_points_share": "pct_pts_off_tov",
    "assisted_share": "pct_ast_fgm",
    "unassisted_share": "pct_uast_fgm",
    "assisted_twos_share": "pct_ast_2pm",
    "unassisted_twos_share": "pct_uast_2pm",
    "assisted_threes_share": "pct_ast_3pm",
    "unassisted_threes_share": "pct_uast_3pm",
}
COVERED = ("regular", "playoffs")
FIRST_GAME_MISSED, LAST_GAME_MISSED = "0042400403", "0042400407"
"""Games 3 to 7 of the 2025 Finals: the publisher stopped after 8 June 2025."""
NO_SOURCE = {
    "play_in": "no family has scoring shares of play-in games",
    "cup_final": "no family has scoring shares of the Cup final",
    "playoffs": "the source ends with game 2 of the 2025 Finals",
}
ROUNDING = 0.0021
"""Three published shares, each rounded to .001, and what is left to binary fractions."""

CONTRACT = TableContract(
    name="player_scoring_shares",
    layer="raw",
    key=("game_id", "player_id"),
    known="postgame",
    columns=columns(
        *("game_date", "game_id", "player_id"),
        *(col(name).required() for name in ("player_name", "team", "opponent", "is_home", "season", "season_type")),
        *(col(name).varying("day") if name == "points_in_paint" else name for name in MISC),
        *(col(name).varying("day") if name == "mid_range_points_share" else name for name in SCORING),
        *(col("source").required(), col("known_at").required()),
    ),
    rules={
        "points in the paint come in twos": lambda f: f["points_in_paint"] % 2 == 0,
        "paint + mid-range = share of twos": lambda f: _is_near(
            f["paint_points_share"] + f["mid_range_points_share"] - f["two_points_share"]
        ),
        "twos + threes + free throws = all points": lambda f: _is_near(
            f["two_points_share"] + f["three_points_share"] + f["free_throw_points_share"] - 1
        ),
    },
    unusual={
        "both halves of the row were published": lambda f: f["points_in_paint"].notna() & f["assisted_share"].notna()
    },
    doc="Points in the paint, on fast breaks and off turnovers, and the shares of a player's points, attempts and "
    "assisted field goals, exactly as published by NBA.com, for players who played in a regular-season or playoff "
    "game (no family has play-in games, the Cup final, and games 3 to 7 of the 2025 Finals). A share with "
    "denominator 0 is published as 0, that of free throws as 1: check the denominator in the box score before "
    "using a share. If one of the two source rows of a player is missing, its columns are NULL.",
)


def _is_near(difference: pd.Series) -> pd.Series:
    return (difference.abs() <= ROUNDING) | difference.isna()


def is_covered(games: pd.DataFrame) -> pd.Series:
    """Whether the families cover each game of a frame with game_id and season_type."""
    is_missed = games["game_id"].between(FIRST_GAME_MISSED, LAST_GAME_MISSED)
    return (games["season_type"].isin(COVERED) & ~is_missed).fillna(False).astype(bool)


def covered_games(games: pd.DataFrame) -> pd.DataFrame:
    """The covered games of a frame with game_id and season_type."""
    return games[is_covered(games)]


def _expected(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    return schedule.loc[schedule["season_type"].isin(COMPETITIVE), ["game_date", "game_id"]]


def players_match_box(rows: pd.DataFrame, boxscores: pd.DataFrame) -> Findings:
    """In games with shares: players who played and have no shares, or have shares and did not play."""
    listed = boxscores[boxscores["game_id"].isin(rows["game_id"].unique())]
    played = listed.loc[(listed["status"] == "played").fillna(False), ["game_date", *GAME_KEY]]
    shares = rows.loc[rows["game_id"].isin(listed["game_id"].unique()), ["game_date", *GAME_KEY]]
    both = played.merge(shares, how="outer", indicator=True)
    bad = both[both["_merge"] != "both"]
    is_missing = bad["_merge"] == "left_only"
    return Findings(
        pd.DataFrame(
            {
                "game_date": bad["game_date"],
                "key": bad["game_id"] + " " + bad["player_id"].astype("string"),
                "found": is_missing.map({True: "no shares", False: "shares"}),
                "expected": is_missing.map({True: "shares of who played", False: "nobody who played"}),
            }
        ),
        both["game_date"],
    )


@daily_table(
    CONTRACT,
    inputs={
        "schedule": source("schedule", brings_rows=False),
        "team_game_logs": source("team_game_logs", brings_rows=False),
        "misc": source("player_game_misc", covers=is_covered),
        "scoring": source("player_game_scoring", covers=is_covered),
    },
    expected=Expected({"schedule": on_day("schedule")}, _expected, lambda rows: rows[["game_date", "game_id"]]),
    checks=(
        CrossCheck(
            "players_match_box",
            {"boxscores": on_day("player_boxscores")},
            players_match_box,
            "In a game with shares exactly those who played, by the box score, have them. ERROR: true of every such "
            "game of the archive.",
            needs="shares and a box score of its game",
        ),
    ),
)
def player_scoring_shares(
    schedule: pd.DataFrame,
    team_game_logs: pd.DataFrame,
    misc: pd.DataFrame,
    scoring: pd.DataFrame,
    days: pd.DatetimeIndex,
) -> Rows:
    """Joins the two families; `days` are the days to build, the frames contain their seasons."""
    games = season_games(schedule, team_game_logs)
    wanted = games[games["game_date"].isin(days)]
    halves = [_half(misc, MISC, "player_game_misc"), _half(scoring, SCORING, "player_game_scoring")]
    kept, records = [], []
    for half in halves:
        is_usable = half["game_id"].isin(games["game_id"]) & half["player_id"].notna()
        records.append(record(half[~is_usable], "set_aside", "a game that is not in the schedule, or no NBA player id"))
        inside, running = without_result(half[is_usable], wanted)
        inside = with_games(inside, wanted)
        records.append(not_printed(inside, [name for name in (*SCORING, *MISC) if name in inside]))
        inside, again = settled(inside, GAME_KEY, [name for name in (*SCORING, *MISC) if name in inside])
        records += [running, record(again, "set_aside", "the player stands again in this game, with other values")]
        kept.append(inside)
    first, second = kept
    both = (
        first.set_index(GAME_KEY)
        .join(second.set_index(GAME_KEY), how="outer", rsuffix="_second", sort=True)
        .reset_index()
    )
    other = both[is_other_name(both["player_name"], both["player_name_second"])]
    named = "taken " + other["player_name"] + ", other " + other["player_name_second"]
    records.append(
        record(other.assign(column_name="player_name", value=named), "disagreement", "the two halves name two players")
    )
    shared = [*("game_date", "player_name", "team", "opponent", "is_home", "season", "season_type", "known_at")]
    for column in shared:
        both[column] = both[column].fillna(both[f"{column}_second"])
    both["source"] = (
        both["source"].str.cat(both["source_second"], sep="+").fillna(both["source"]).fillna(both["source_second"])
    )
    return Rows(both[[*CONTRACT.column_names, *PLACE]], all_records(*records), _absent(wanted))


def _half(rows: pd.DataFrame, names: dict[str, str], family: str) -> pd.DataFrame:
    found = rows[[*names.values()]].rename(columns={theirs: ours for ours, theirs in names.items()})
    return found.assign(
        game_id=pad_game_id(rows["game_id"]),
        player_id=rows["player_id"],
        player_name=rows["player_name"],
        team=to_tricode(rows["team"]).astype(TEXT),
        source=pd.Series(family, index=rows.index, dtype=TEXT),
        _file=rows["_file"],
        _row=rows["_row"],
    )


def _absent(games: pd.DataFrame) -> dict[pd.Timestamp, str]:
    """Days with competitive games for which no family has shares, with the reason."""
    missed = games[
        games["season_type"].isin(list(NO_SOURCE)) & ~games["game_date"].isin(covered_games(games)["game_date"])
    ]
    reasons = (
        missed.sort_values("game_id").drop_duplicates("game_date").set_index("game_date")["season_type"].map(NO_SOURCE)
    )
    return reasons.to_dict()
