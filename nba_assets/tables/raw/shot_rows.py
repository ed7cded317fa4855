"""Rows of the shot families in one shape: zones, a common coordinate system, genuine repeats, ids."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.teams import to_tricode
from nba_assets.sources.adapt.games import pad_game_id
from nba_assets.sources.adapt.player_games import GAME_KEY, TEXT

ZONE_OF_AREA = {
    "Restricted Area": "paint",
    "In The Paint (Non-RA)": "paint",
    "Mid-Range": "mid_range",
    "Left Corner 3": "three",
    "Right Corner 3": "three",
    "Above the Break 3": "three",
    "Backcourt": "three",
}
HOOP_FROM_BASELINE = 5.25
"""Feet from the baseline to the middle of the hoop."""
COUNTED = ("field_goals_attempted", "field_goals_made", "threes_attempted", "threes_made")
MOST_CORRECTED = 3
"""Columns in which two versions of an attempt may differ. Two attempts within a second differ in more."""
SHOT_ORDER = [
    *("game_id", "period", "elapsed", "player_id", "team", "x_ft", "y_ft", "distance_ft", "is_three", "is_made"),
    *("action_type", "basic_zone", "player_name"),
]
"""Columns that distinguish shots of a game, in numbering order; elapsed rises as the clock runs down."""


def of_shots(rows: pd.DataFrame) -> pd.DataFrame:
    """Family shots: x is mirrored and y measured from the baseline, in feet; converted to NBA.com's coordinates."""
    found = _shaped(rows, "SHOT_TYPE", "BASIC_ZONE", "shots")
    found["event_id"] = pd.Series(pd.NA, index=rows.index, dtype="Int64")
    found["period"] = rows["QUARTER"]
    found["clock_seconds"] = rows["MINS_LEFT"] * 60 + rows["SECS_LEFT"]
    found["elapsed"] = -found["clock_seconds"]
    found["is_made"] = rows["SHOT_MADE"].astype("boolean")
    # Published in tenths of feet, y including the hoop's 5.25: rounding to tenths restores the exact value.
    found["x_ft"] = (-10 * rows["LOC_X"]).round() / 10 + 0.0
    found["y_ft"] = (10 * (rows["LOC_Y"] - HOOP_FROM_BASELINE)).round() / 10 + 0.0
    return found


def of_capped(rows: pd.DataFrame) -> pd.DataFrame:
    """Family shots_nba_api_capped: NBA.com's own coordinates, tenths of feet from the hoop, and event ids."""
    found = _shaped(rows, "SHOT_TYPE", "SHOT_ZONE_BASIC", "shots_nba_api_capped")
    found["event_id"] = rows["GAME_EVENT_ID"]
    found["period"] = rows["PERIOD"]
    found["clock_seconds"] = rows["MINUTES_REMAINING"] * 60 + rows["SECONDS_REMAINING"]
    found["elapsed"] = -found["clock_seconds"]
    found["is_made"] = (rows["SHOT_MADE_FLAG"] == 1).astype("boolean")
    found["x_ft"] = rows["LOC_X"].astype("float64") / 10
    found["y_ft"] = rows["LOC_Y"].astype("float64") / 10
    return found


def real_rows(rows: pd.DataFrame, attempts: pd.Series) -> pd.Series:
    """Which rows are separate attempts: every distinct row, and repeats up to the attempts of the box score.

    Args:
        rows: shots in one shape, any order.
        attempts: field goals attempted by (game_id, player_id); a player-game without an entry has no genuine repeats.

    Repeats of the most frequent row are kept first: in a file appended to itself, two tips within one second appear
    four times and every other shot twice.
    """
    identical = rows.groupby([*SHOT_ORDER, "event_id"], dropna=False, sort=False)
    repeat = identical.cumcount()
    times = identical["period"].transform("size")
    reach = attempts.reindex(pd.MultiIndex.from_frame(rows[GAME_KEY])).set_axis(rows.index).astype("Int64")
    ranked = rows[SHOT_ORDER].assign(share_before=repeat / times)
    order = ranked.sort_values(["share_before", *SHOT_ORDER], kind="stable").index
    place = rows.loc[order].groupby(GAME_KEY, sort=False).cumcount().reindex(rows.index)
    return (repeat == 0) | (place < reach).fillna(False).astype(bool)


def beyond_attempts(rows: pd.DataFrame, attempts: pd.Series) -> pd.DataFrame:
    """The rows of player-games with more shots than the box score has attempts, with `attempts` and `surplus`."""
    counts = rows.groupby(GAME_KEY).size()
    boxed = attempts.reindex(counts.index)
    over = pd.DataFrame({"attempts": boxed.astype("Int64"), "surplus": counts - boxed})
    over = over[(over["surplus"] > 0).fillna(False).astype(bool)]
    near = rows[rows["game_id"].isin(over.index.get_level_values("game_id"))]
    found = near.reset_index(names="shot").merge(over.reset_index(), on=GAME_KEY, how="inner")
    return found.set_index("shot")


def corrections(rows: pd.DataFrame, attempts: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows, and those that another version of the same attempt replaces, with both versions in `value`.

    Only in player-games with more rows than the box score has attempts: as many rows as there are too many are taken
    for other versions, if they have the time of another row and differ from it in at most MOST_CORRECTED columns, the
    most similar first. Of two versions the one with the larger values is kept, column by column, whatever the order of
    the file.

    Args:
        rows: shots in one shape, with a unique index.
        attempts: field goals attempted by (game_id, player_id).
    """
    nothing = rows.iloc[:0].assign(column_name=pd.Series(dtype=TEXT), value=pd.Series(dtype=TEXT))
    crowded = beyond_attempts(rows, attempts)
    if crowded.empty:
        return rows, nothing
    values = [name for name in SHOT_ORDER if name not in (*GAME_KEY, "period", "elapsed")]
    ordered = crowded.sort_values([*GAME_KEY, "period", "elapsed", *values], kind="stable")
    ordered = ordered.assign(place=range(len(ordered)), shot=ordered.index)
    moment = ["period", "elapsed"]
    pairs = ordered.merge(ordered, on=[*GAME_KEY, *moment], suffixes=("", "_kept"))
    pairs = pairs[pairs["place"] < pairs["place_kept"]]  # the smaller row is replaced by the larger one
    texts, kept_texts = (
        pd.DataFrame({name: pairs[f"{name}{suffix}"].astype(TEXT).fillna("NULL") for name in values}, index=pairs.index)
        for suffix in ("", "_kept")
    )
    differs = texts != kept_texts
    pairs = pairs.assign(differences=differs.sum(axis=1))
    pairs = pairs[pairs["differences"].between(1, MOST_CORRECTED)]
    pairs = pairs.sort_values(["differences", "place", "place_kept"], kind="stable").drop_duplicates("place")
    again = pairs[pairs.groupby(GAME_KEY).cumcount() < pairs["surplus"]]
    if again.empty:
        return rows, nothing
    names, ours, theirs = (pd.Series("", index=again.index, dtype=TEXT) for _ in range(3))
    for name in values:
        is_other = differs.loc[again.index, name].astype(bool)
        names += pd.Series(f", {name}", index=again.index, dtype=TEXT).where(is_other, "")
        ours += (f", {name} " + kept_texts.loc[again.index, name]).where(is_other, "")
        theirs += (f", {name} " + texts.loc[again.index, name]).where(is_other, "")
    place = " (" + again["_file_kept"].astype(TEXT) + " row " + again["_row_kept"].astype(TEXT) + ")"
    others = rows.loc[again["shot"]]
    value = "taken " + ours.str[2:] + place + ", other " + theirs.str[2:]
    others = others.assign(column_name=names.str[2:].to_numpy(), value=value.to_numpy())
    return rows.drop(index=others.index), others


def with_shot_ids(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with shot_id: the published event id, else 1, 2, ... within the game in SHOT_ORDER."""
    ordered = rows.sort_values(SHOT_ORDER, kind="stable", ignore_index=True)
    rank = ordered.groupby("game_id").cumcount() + 1
    ordered["shot_id"] = ordered["event_id"].fillna(rank).astype("Int64")
    return ordered


def _shaped(rows: pd.DataFrame, kind: str, area: str, family: str) -> pd.DataFrame:
    """The columns that have the same name in both families, and the zones as the table defines them."""
    is_three = rows[kind].str.startswith("3PT").astype("boolean")
    published = rows[area].map(ZONE_OF_AREA).astype(TEXT)
    scored_three = is_three.fillna(False).astype(bool)
    is_long_two = ~is_three.fillna(True).astype(bool) & (published == "three").fillna(False).astype(bool)
    return pd.DataFrame(
        {
            "game_id": pad_game_id(rows["GAME_ID"]),
            "player_id": rows["PLAYER_ID"],
            "player_name": rows["PLAYER_NAME"],
            "team": to_tricode(rows["TEAM_ID"]).astype(TEXT),
            "action_type": rows["ACTION_TYPE"],
            "distance_ft": rows["SHOT_DISTANCE"],
            "is_three": is_three,
            "basic_zone": rows[area],
            "published_zone": published,
            # By points scored: a three is a three wherever it was located, a two behind the arc is a long two.
            "zone": published.mask(scored_three, "three").mask(is_long_two, "mid_range"),
            "source": pd.Series(family, index=rows.index, dtype=TEXT),
            "_file": rows["_file"],
            "_row": rows["_row"],
        }
    )
