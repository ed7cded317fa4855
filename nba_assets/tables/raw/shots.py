"""shots: every field-goal attempt of the games whose shot rows are complete."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import PLACE, TableContract
from nba_assets.contracts.covers import of_types
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import CrossCheck, Expected, Findings, Rows, on_day, source
from nba_assets.sources.adapt.box_families import of_games, of_logs, of_v3
from nba_assets.sources.adapt.games import season_games
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
from nba_assets.sources.adapt.team_logs import one_a_side
from nba_assets.tables.raw.shot_rows import (
    COUNTED,
    beyond_attempts,
    corrections,
    of_capped,
    of_shots,
    real_rows,
    with_shot_ids,
)

MOST_MISSING = 2
"""Attempts of the box score that a complete game may lack; complete games of the archive lack none, and a game that was
cut lacks dozens."""
LAST_GAME_OF_2021_22 = "0022100580"
"""Last complete game of the capped file; the games of the season after it, by number, have no shot rows."""
NO_SOURCE = {
    "regular": "no shot rows: the source of 2021-22 ends with game 0022100580",
    "play_in": "no family has shot rows of play-in games",
    "playoffs": "no family has shot rows of playoff games",
    "cup_final": "no family has shot rows of the Cup final",
}

CONTRACT = TableContract(
    name="shots",
    layer="raw",
    key=("game_id", "shot_id"),
    known="postgame",
    columns=columns(
        *("game_date", "game_id", "shot_id", col("player_id").required(), "player_name"),
        *(col(name).required() for name in ("team", "opponent", "season", "season_type", "period", "clock_seconds")),
        *(col("zone").required().varying("day"), col("is_made").required(), col("is_three").required()),
        *("distance_ft", "x_ft", "y_ft", "action_type", col("source").required(), col("known_at").required()),
    ),
    rules={
        "zone is three exactly where the attempt is a three": lambda f: (f["zone"] == "three") == f["is_three"],
    },
    unusual={
        "the distance is that of the coordinates, within a foot": lambda f: (
            ((f["x_ft"] ** 2 + f["y_ft"] ** 2) ** 0.5 - f["distance_ft"].astype("float64")).between(-1, 2)
            | f["distance_ft"].isna()
            | f["x_ft"].isna()
        ),
        "a three is from 21 feet or farther": lambda f: ~f["is_three"] | (f["distance_ft"] >= 21),
    },
    doc="Every field-goal attempt of the games whose attempts are complete: the regular seasons 2022-23 to 2024-25, "
    "and 581 games of 2021-22, not counting the one that the source truncates. A game has all its shots or none. "
    "Coordinates are feet from the hoop in NBA.com's frame in every season. shot_id is NBA.com's event number in "
    "2021-22, else the rank of the attempt in its game by period, time, player and place, which is stable while "
    "the game's rows are unchanged. If the scored kind of attempt contradicts the publisher's zone (265 shots on "
    "the line), the scoring is used, so that zones add up to the box score: a three is in zone three, a two "
    "behind the arc in mid_range; each is recorded.",
)


def covered_games(schedule: pd.DataFrame) -> pd.DataFrame:
    """Games for which a family has shot rows: regular season; in 2021-22 up to LAST_GAME_OF_2021_22."""
    is_regular = schedule["season_type"] == "regular"
    is_reached = (schedule["season"] != "2021-22") | (schedule["game_id"] <= LAST_GAME_OF_2021_22)
    return schedule[(is_regular & is_reached).fillna(False).astype(bool)]


def _before_the_cut(games: pd.DataFrame) -> pd.Series:
    """Whether a game is before the cut of the capped file, so that the file has its shots."""
    return (games["season_type"] == "regular") & (games["game_id"] <= LAST_GAME_OF_2021_22)


def _expected(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    return schedule.loc[schedule["season_type"].isin(COMPETITIVE), ["game_date", "game_id"]]


def shots_match_box(rows: pd.DataFrame, boxscores: pd.DataFrame) -> Findings:
    """Players whose shot rows do not match the attempts, makes and threes of their box score, in games with both."""
    rows = rows[rows["game_id"].isin(boxscores["game_id"].unique())]
    box = boxscores[boxscores["game_id"].isin(rows["game_id"].unique()) & (boxscores["status"] == "played")]
    taken = rows.assign(is_three_made=rows["is_three"] & rows["is_made"]).groupby(["game_date", *GAME_KEY])
    counted = taken.agg(
        field_goals_attempted=("shot_id", "size"),
        field_goals_made=("is_made", "sum"),
        threes_attempted=("is_three", "sum"),
        threes_made=("is_three_made", "sum"),
    ).astype("Int64")
    both = counted.reset_index().merge(
        box[["game_date", *GAME_KEY, *COUNTED]], on=["game_date", *GAME_KEY], how="outer", suffixes=("", "_box")
    )
    parts = []
    for name in COUNTED:
        found, expected = both[name].fillna(0), both[f"{name}_box"].fillna(0)
        bad = both[found != expected]
        key = bad["game_id"] + " " + bad["player_id"].astype("string") + " " + name
        parts.append(
            pd.DataFrame(
                {"game_date": bad["game_date"], "key": key, "found": found[bad.index], "expected": expected[bad.index]}
            )
        )
    return Findings(
        pd.concat(parts, ignore_index=True), both.loc[both["field_goals_attempted_box"].notna(), "game_date"]
    )


@daily_table(
    CONTRACT,
    inputs={
        "schedule": source("schedule", brings_rows=False),
        "team_game_logs": source("team_game_logs", brings_rows=False),
        "located": source("shots", covers=of_types("regular")),
        "capped": source("shots_nba_api_capped", covers=_before_the_cut),
        "v3": source("player_box_v3", brings_rows=False),
        "logs": source("player_game_logs", brings_rows=False),
    },
    expected=Expected({"schedule": on_day("schedule")}, _expected, lambda rows: rows[["game_date", "game_id"]]),
    checks=(
        CrossCheck(
            "shots_match_box",
            {"boxscores": on_day("player_boxscores")},
            shots_match_box,
            "Shot rows of a player are the attempts, makes and threes of his box score. WARN: the league corrected "
            "seven player-games of the archive by one attempt in one of the two.",
            is_error=False,
            needs="shots and a box score of its game",
        ),
    ),
)
def shots(
    schedule: pd.DataFrame,
    team_game_logs: pd.DataFrame,
    located: pd.DataFrame,
    capped: pd.DataFrame,
    v3: pd.DataFrame,
    logs: pd.DataFrame,
    days: pd.DatetimeIndex,
) -> Rows:
    """Shots of the days from both families; `days` are the days to build, the frames contain their seasons.

    Identical rows are genuine up to the box score's attempts (the larger number of both box-score families); the rest
    are duplicates in the input.
    """
    games = season_games(schedule, team_game_logs)
    wanted = games[games["game_date"].isin(days)]
    ids = wanted["game_id"]
    located, capped = (of_games(rows, games, ids, "GAME_ID", "PLAYER_ID") for rows in (located, capped))
    v3, logs = of_games(v3, games, ids, "game_id", "person_id"), of_games(logs, games, ids, "game_id", "player_id")
    every = pd.concat([of_shots(located), of_capped(capped)], ignore_index=True)
    no_game = every[~every["game_id"].isin(games["game_id"]) | every["player_id"].isna()]
    every = every.drop(index=no_game.index)
    every = every[every["game_id"].isin(wanted["game_id"])].reset_index(drop=True)
    every, running = without_result(every, wanted)

    box = pd.concat([of_v3(v3), of_logs(logs)], ignore_index=True).dropna(subset=["player_id"])
    box = box[box["game_id"].isin(wanted["game_id"])]
    of_box = box.groupby(GAME_KEY)["field_goals_attempted"].max()
    is_real = real_rows(every, of_box)
    repeated, every = every[~is_real], every[is_real]
    every, corrected = corrections(every, of_box)
    surplus = _surplus(every, of_box)

    sides, _ = one_a_side(team_game_logs, schedule)
    attempts = sides.groupby("game_id")["FGA"].sum()
    lacking = every["game_id"].map(attempts) - every.groupby("game_id")["player_id"].transform("size")
    is_cut = (lacking > MOST_MISSING).fillna(False).astype(bool)
    cut, whole = every[is_cut], every[~is_cut]

    found = with_games(with_shot_ids(whole), wanted)
    day_of = wanted.set_index("game_id")["game_date"]
    moved = found[found["zone"] != found["published_zone"]]
    value = "taken " + moved["zone"] + " (as scored), other " + moved["basic_zone"] + " (as located)"
    records = all_records(
        record(no_game, "set_aside", "a game that is not in the schedule, or no NBA player id"),
        running,
        not_printed(found, ("player_name", "distance_ft", "x_ft", "y_ft", "action_type")),
        record(_dated(repeated, day_of), "duplicate", "the same shot again, beyond the attempts of the box score"),
        record(
            _dated(corrected, day_of), "set_aside", "another version of a shot, beyond the attempts of the box score"
        ),
        record(_dated(surplus, day_of), "disagreement", "more shots than attempts in the box score"),
        _other_names(found, box),
        record(_dated(cut, day_of), "set_aside", "partial game: the source was cut"),
        record(moved.assign(column_name="zone", value=value), "disagreement", "kind of attempt and zone contradict"),
    )
    return Rows(found[[*CONTRACT.column_names, *PLACE]], records, _absent(wanted, covered_games(games)))


def _surplus(rows: pd.DataFrame, attempts: pd.Series) -> pd.DataFrame:
    """One row per player-game with more shots than the box score has attempts, with both numbers in `value`."""
    over = beyond_attempts(rows, attempts)
    shots = (over["attempts"] + over["surplus"]).astype("Int64").astype(TEXT)
    value = "taken " + shots + " shots, other " + over["attempts"].astype(TEXT) + " attempts"
    return over.assign(value=value).drop_duplicates(GAME_KEY)


def _other_names(found: pd.DataFrame, box: pd.DataFrame) -> pd.DataFrame:
    """One record per player-game whose shots have another name than the box score."""
    names = box.drop_duplicates(GAME_KEY).set_index(GAME_KEY)["player_name"]
    boxed = names.reindex(pd.MultiIndex.from_frame(found[GAME_KEY])).set_axis(found.index).astype(TEXT)
    is_other = is_other_name(found["player_name"], boxed)
    other, theirs = found[is_other], boxed[is_other]
    other = other.assign(column_name="player_name", value="taken " + other["player_name"] + ", other " + theirs)
    return record(other.drop_duplicates(GAME_KEY), "disagreement", "shots and box score name two players")


def _dated(rows: pd.DataFrame, day_of: pd.Series) -> pd.DataFrame:
    return rows.assign(game_date=rows["game_id"].map(day_of).astype("datetime64[ns]"))


def _absent(games: pd.DataFrame, covered: pd.DataFrame) -> dict[pd.Timestamp, str]:
    """Days with competitive games for which no family has a shot, with the reason."""
    played = games[games["season_type"].isin(list(NO_SOURCE)) & ~games["game_date"].isin(covered["game_date"])]
    reasons = (
        played.sort_values("game_id").drop_duplicates("game_date").set_index("game_date")["season_type"].map(NO_SOURCE)
    )
    return reasons.to_dict()
