"""Field goals by zone and by assist: from shot rows where a game has them, else from the published shares.

Zones are paint (restricted area and the rest of the paint), mid_range (other twos) and three. Threes are in the box
score and are not repeated here.
"""

from __future__ import annotations

import pandas as pd

LARGEST_ROUNDING = 0.06
"""Shares are published to three decimals: 40 points or field goals times .0005, and as much again for corrections."""
ASSIST_COLUMNS = ("assisted_makes", "unassisted_makes")
ZONE_COLUMNS = ("paint_attempts", "paint_makes", "mid_range_attempts", "mid_range_makes")


def player_zones(box: pd.DataFrame, shots: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Zones of each player row of `box`, with its index.

    Args:
        box: game_id, player_id, points, field_goals_made, field_goals_attempted, threes_made.
        shots: game_id, player_id, zone, is_made; either all shots of a game or none.
        shares: game_id, player_id, points_in_paint, mid_range_points_share, assisted_share.

    Returns:
        zone_source (shots | shares | NULL), the ZONE_COLUMNS, assisted_makes, unassisted_makes. With zone_source shares
        the attempts are NULL. A player without an attempt in a game with shot rows has zeros. Shots or shares that do
        not add up to the box score's made twos belong to another version of the game and are not used.
    """
    counted = _counted(box, shots)
    published = _published(box, shares)
    twos = box["field_goals_made"] - box["threes_made"]
    adds_up = (counted["paint_makes"] + counted["mid_range_makes"] == twos).fillna(False).astype(bool)
    has_shots = box["game_id"].isin(shots["game_id"].unique()) & adds_up
    result = pd.DataFrame(index=box.index)
    has_shares = published["paint_makes"].notna()
    source = pd.Series(pd.NA, index=box.index, dtype="string[pyarrow]")
    result["zone_source"] = source.mask(has_shares, "shares").mask(has_shots, "shots")
    for name in ZONE_COLUMNS:
        from_shares = published.get(name, pd.NA)
        result[name] = counted[name].where(has_shots, from_shares)
    result["assisted_makes"] = published["assisted_makes"]
    result["unassisted_makes"] = box["field_goals_made"] - published["assisted_makes"]
    return result


def team_zones(players: pd.DataFrame) -> pd.DataFrame:
    """Zones of teams as the sums of their players, one row per (game_id, team).

    A sum is NULL where one player's value is NULL, because a partial sum is not the team's. zone_source is set where
    all players have the same.
    """
    names = [*ZONE_COLUMNS, *ASSIST_COLUMNS]
    by_team = players.groupby(["game_id", "team"], sort=True)
    sums = by_team[names].sum()
    is_whole = by_team[names].count().eq(by_team.size(), axis=0)
    result = sums.astype("Int64").where(is_whole)
    sources = by_team["zone_source"]
    is_one = (sources.nunique() == 1) & (sources.count() == by_team.size())
    result.insert(0, "zone_source", sources.first().where(is_one))
    return result.reset_index()


def _counted(box: pd.DataFrame, shots: pd.DataFrame) -> pd.DataFrame:
    """Attempts and makes by zone from shot rows; 0 where a player has none."""
    twos = shots[shots["zone"].isin(["paint", "mid_range"])]
    made = twos["is_made"].astype("int64")
    sums = made.groupby([twos["game_id"], twos["player_id"], twos["zone"]], sort=True).agg(["size", "sum"])
    wide = sums.unstack("zone", fill_value=0)
    keys = pd.MultiIndex.from_frame(box[["game_id", "player_id"]])
    found = {
        f"{zone}_{name}": wide[(how, zone)].reindex(keys, fill_value=0).to_numpy() if (how, zone) in wide.columns else 0
        for zone in ("paint", "mid_range")
        for name, how in (("attempts", "size"), ("makes", "sum"))
    }
    return pd.DataFrame(found, index=box.index).astype("Int64")


def _published(box: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Makes from the published shares: paint_makes, mid_range_makes, assisted_makes; NULL where they do not add up.

    The publisher rounds shares to three decimals; share times box-score count is then close to an integer.
    """
    names = ["points_in_paint", "mid_range_points_share", "assisted_share"]
    found = box[["game_id", "player_id"]].merge(
        shares[["game_id", "player_id", *names]], on=["game_id", "player_id"], how="left", validate="many_to_one"
    )
    found.index = box.index
    paint = found["points_in_paint"].astype("float64") / 2
    mid_range = found["mid_range_points_share"].astype("float64") * box["points"].astype("float64") / 2
    twos = (box["field_goals_made"] - box["threes_made"]).astype("float64")
    adds_up = _whole(paint).notna() & (paint.round() + mid_range.round() == twos)
    assisted = found["assisted_share"].astype("float64") * box["field_goals_made"].astype("float64")
    return pd.DataFrame(
        {
            "paint_makes": _whole(paint.where(adds_up)),
            "mid_range_makes": _whole(mid_range.where(adds_up)),
            "assisted_makes": _whole(assisted),
        }
    )


def _whole(values: pd.Series) -> pd.Series:
    """The nearest integers; NULL where a value is too far from an integer."""
    rounded = values.round()
    return rounded.where((values - rounded).abs() <= LARGEST_ROUNDING).astype("Int64")
