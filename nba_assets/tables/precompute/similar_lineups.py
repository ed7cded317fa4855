"""A player's minutes and points per minute in the earlier games of his team whose lineup was like the one expected now.

A mean of his last games counts a game without the star as much as any other. Here an earlier game weighs the more, the
fewer minutes separate who played in it from who is expected to play: the minutes of who is out now and played then, and
of who plays now and was out then.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nba_assets.tables.precompute.team_shares import PLAYS, PRIOR_MINUTES, PRIOR_RATE
from nba_assets.windows.asof import REACH_DAYS, Grouped

TEAM_GAMES = 60
"""Earlier games of the team that are compared, the newest ones within 400 days."""
HALF_DISTANCE = 40
"""Minutes of difference from his most similar game at which a game weighs half as much."""
HALF_LIFE_GAMES = 40
"""Team games back at which a game weighs half as much."""
PRIOR_GAMES = 2.0
"""The mean of the same games regardless of the lineup counts as so many games of the lineup."""
SECONDS = 60
PERCENT = 100
_FARTHEST = 1200
"""Minutes from which on a game weighs nothing; two teams of 240 minutes differ by 480 in a game without overtime."""
_BY_DISTANCE = np.array([0.5 ** (minutes / HALF_DISTANCE) for minutes in range(_FARTHEST)] + [0.0])
_BY_GAMES_BACK = np.array([0.5 ** (back / HALF_LIFE_GAMES) for back in range(TEAM_GAMES)])
_Integers = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


def similar_lineups(upcoming: pd.DataFrame, by_team: Grouped) -> pd.DataFrame:
    """What each row of upcoming_player_game_context can expect by the lineup, with its index.

    Distances are whole numbers (hundredths of a second), weights come from tables, and sums run through the games from
    the oldest to the newest, so the result does not depend on which other days are computed together.

    Args:
        upcoming: game_date, team, player_id, projected_minutes, injury_status; complete teams.
        by_team: history of player_game_summary by team, in the order of player_id.

    Returns:
        minutes_similar_lineup, points_per_minute_similar_lineup; NULL for who has played in none of the team's last
        TEAM_GAMES games.
    """
    teams = upcoming[["game_date", "team"]].drop_duplicates().sort_values(["game_date", "team"], ignore_index=True)
    then = by_team.last_games(teams, TEAM_GAMES, REACH_DAYS).rows("game_date", "player_id", "seconds_played", "points")
    team_day = then["target"].to_numpy()
    seconds = then["seconds_played"].to_numpy(dtype="int64")
    is_first = _changes(team_day, then["game_date"].to_numpy(dtype="datetime64[D]").astype(np.int64))
    game = np.cumsum(is_first) - 1
    member = _members(upcoming, teams, then, team_day)
    is_member = member >= 0
    distance = _distances(upcoming, teams, team_day[is_first], game, member, seconds)
    back = _games_back(team_day[is_first])

    member, game, seconds = member[is_member], game[is_member], seconds[is_member].astype(np.float64)
    points = then["points"].to_numpy(dtype="float64")[is_member]
    nearest = np.full(len(upcoming), np.iinfo(np.int64).max)
    np.minimum.at(nearest, member, distance[game])
    farther = (distance[game] - nearest[member]) // (PERCENT * SECONDS)
    usual = _BY_GAMES_BACK[back[game]]
    similar = usual * _BY_DISTANCE[np.minimum(farther, _FARTHEST)]

    def total(weights: _Floats) -> _Floats:
        return np.bincount(member, weights=weights, minlength=len(upcoming)).astype(np.float64)

    with np.errstate(invalid="ignore"):  # 0 / 0 for who has no such game
        usual_seconds = total(usual * seconds) / total(usual)
    usual_rate = _rate(total(usual * points), total(usual * seconds), np.full(len(upcoming), PRIOR_RATE))
    found = pd.DataFrame(
        {
            "minutes_similar_lineup": (total(similar * seconds) + PRIOR_GAMES * usual_seconds)
            / (total(similar) + PRIOR_GAMES)
            / SECONDS,
            "points_per_minute_similar_lineup": _rate(total(similar * points), total(similar * seconds), usual_rate),
        },
        index=upcoming.index,
    )
    return found.where(pd.Series(np.isfinite(usual_seconds), index=upcoming.index), axis=0)


def _rate(points: _Floats, seconds: _Floats, prior: _Floats) -> _Floats:
    """Points per minute, pulled to the prior as by PRIOR_MINUTES more minutes at it."""
    return (points + PRIOR_MINUTES * prior) / (seconds / SECONDS + PRIOR_MINUTES)


def _changes(*columns: _Integers) -> npt.NDArray[np.bool_]:
    """Whether a row differs from the row before in one of the columns."""
    changed = np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    changed[:1] = True
    return changed


def _games_back(team_day: _Integers) -> _Integers:
    """How many games of the team-day are newer than each, from the team-day of each game, oldest first."""
    games = np.bincount(team_day)
    return np.cumsum(games)[team_day] - 1 - np.arange(len(team_day))


def _members(upcoming: pd.DataFrame, teams: pd.DataFrame, then: pd.DataFrame, team_day: _Integers) -> _Integers:
    """Position in `upcoming` of the player of each earlier box-score row; -1 for who is no longer on the roster."""
    known = pd.Index(upcoming["player_id"].unique())
    own = _team_days(upcoming, teams) * len(known) + known.get_indexer(upcoming["player_id"])
    player = known.get_indexer(then["player_id"])
    asked = np.where(player >= 0, team_day * len(known) + player, -1)
    return pd.Index(own).get_indexer(asked).astype(np.int64)


def _team_days(upcoming: pd.DataFrame, teams: pd.DataFrame) -> _Integers:
    """Position in `teams` of the team and day of each row of `upcoming`."""
    keys = ["game_date", "team"]
    places = teams[keys].assign(place=np.arange(len(teams), dtype=np.int64))
    return upcoming[keys].merge(places, on=keys, how="left", validate="many_to_one")["place"].to_numpy(dtype="int64")


def _distances(
    upcoming: pd.DataFrame,
    teams: pd.DataFrame,
    team_day: _Integers,
    game: _Integers,
    member: _Integers,
    seconds: _Integers,
) -> _Integers:
    """Seconds, in hundredths, by which the lineup of each earlier game differs from the one expected now.

    A member of the roster who plays with probability c counts with his projected time: 1 - c of it where he played
    then, c of it where he did not. Who played then and is no longer on the roster counts with his time in that game.

    Args:
        upcoming, teams: as in `similar_lineups`.
        team_day: position in `teams` for which each earlier game is compared.
        game, member, seconds: of each row of the earlier box scores: its game, its position in `upcoming` (-1 = not on
            the roster), its playing time.
    """
    chance = (PERCENT * upcoming["injury_status"].map(PLAYS).astype("float64")).round().astype("int64").to_numpy()
    projected = (SECONDS * upcoming["projected_minutes"]).round().fillna(0.0).astype("int64").to_numpy()
    expected = np.bincount(_team_days(upcoming, teams), weights=projected * chance, minlength=len(teams))
    change = np.where(member >= 0, (projected * (PERCENT - 2 * chance))[member], PERCENT * seconds)
    changes = np.bincount(game, weights=change, minlength=len(team_day))
    return (expected[team_day] + changes).astype(np.int64)
