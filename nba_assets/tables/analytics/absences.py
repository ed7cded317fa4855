"""Players who are out before a game, and the minutes and usage of the regulars who will not play."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.windows.asof import Grouped, History, Window, cutoff_of, known_before

REGULAR_MINUTES = 20.0
"""Minutes a game from which on a member counts as a regular, whose absence is felt."""
SEASON_GAMES = 5
"""Games played in the season from which on its average is used; below, the last ten games across seasons."""
MISSED_GAMES = 2
"""Games of his team, the newest ones, that a player who is not on the injured list missed to count as out: of the
archive's regulars 67 % play after one missed game, 48 % after two, 37 % after three; of those on the list 18 %."""
NEWS_GAMES = 3
"""Games after which an absence is no news: by then the others' averages show it."""
OUT = ["out", "out_seconds", "out_usage", "newly_out_seconds"]
STATUSES = ("injured_list", "missed_games", "missed_last", "available")
REPORTED = {
    "out": "ruled_out",
    "doubtful": "doubtful",
    "questionable": "questionable",
    "probable": "probable",
    "available": "available",
}
"""report_status of injury_reports -> injury_status. As the NBA defines it a doubtful player plays once in four."""
COUNT_AS_OUT = ("injured_list", "missed_games", "ruled_out", "doubtful")


def weighted_usage(players: History) -> History:
    """The history of player_game_summary with `usage_weight` = usage in thousandths of a percent times seconds (Int64).

    Usage over several games is the mean weighted by playing time; integers make its sums exact.
    """
    return players.assign(
        usage_weight=lambda f: (
            ((f["usage_rate"] * 1000).round() * f["seconds_played"].astype("float64")).round().astype("Int64")
        )
    )


def usage_over(window: Window) -> pd.Series:
    """Usage (percent, float64) over a window of `weighted_usage`, weighted by playing time."""
    return window.ratio("usage_weight", "seconds_played") / 1000


def standing_reports(reports: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """The status of each player in the newest report known before tip-off.

    Args:
        reports: rows of injury_reports.
        games: game_id, tipoff_at; a game may occur more than once.

    Returns:
        game_date, team, player_id, reported (injury_status). A player who is in an earlier report but not in his team's
        newest one is available.
    """
    tipoff = reports["game_id"].map(games.drop_duplicates("game_id").set_index("game_id")["tipoff_at"])
    tipoff = tipoff.astype("datetime64[ns, UTC]")
    known = known_before(reports, cutoff_of(reports["game_date"], tipoff))
    newest = known.groupby(["game_id", "team"])["report_at"].transform("max")
    status = known["report_status"].map(REPORTED).astype("string[pyarrow]")
    known = known.assign(reported=status.where(known["report_at"] == newest, "available"))
    known = known.sort_values(["game_id", "player_id", "report_at"], kind="stable")
    return known.drop_duplicates(["game_date", "player_id"], keep="last")[
        ["game_date", "team", "player_id", "reported"]
    ]


def members(rosters: pd.DataFrame, by_player: Grouped, reported: pd.DataFrame) -> pd.DataFrame:
    """The roster rows with each member's usual minutes and usage, and whether he is out.

    Args:
        rosters: game_date, player_id, team, on_injured_list, games_missed_in_a_row, team_games_played_season.
        by_player: history of player_game_summary with `weighted_usage`, by player_id.
        reported: result of `standing_reports`.

    Returns:
        game_date, team, player_id, regular_minutes and regular_usage (per game; of this season from 5 games played on,
        else of the last 10 games), is_regular (>= 20 minutes per game), injury_status (from the report, else
        `status_of`), is_out (COUNT_AS_OUT), and the integer columns OUT, 0 for everyone except regulars who are out:
        out, out_seconds, out_usage (thousandths of a percent) and newly_out_seconds: out_seconds times 3, 2 or 1 when
        he missed none, one or two of the newest games, times 0 when he missed more.
    """
    rows = rosters[["game_date", "team", "player_id"]].copy()
    season, recent = by_player.season_to_date(rosters), by_player.last_games(rosters, 10)
    has_season = season.games >= SEASON_GAMES
    seconds = season.mean("seconds_played").where(has_season, recent.mean("seconds_played"))
    usage = usage_over(season).where(has_season, usage_over(recent))
    rows["regular_minutes"] = seconds / 60
    rows["regular_usage"] = usage
    rows["is_regular"] = rows["regular_minutes"] >= REGULAR_MINUTES
    rows["injury_status"] = status_of(rosters)
    if len(reported):
        said = rows.merge(reported, on=["game_date", "team", "player_id"], how="left", validate="one_to_one")[
            "reported"
        ]
        rows["injury_status"] = said.set_axis(rows.index).fillna(rows["injury_status"])
    rows["is_out"] = rows["injury_status"].isin(COUNT_AS_OUT)
    counts = rows["is_regular"] & rows["is_out"]
    rows["out"] = counts.astype("int64")
    rows["out_seconds"] = seconds.where(counts, 0.0).round().astype("int64")
    rows["out_usage"] = (usage * 1000).where(counts, 0.0).fillna(0.0).round().astype("int64")
    weight = (NEWS_GAMES - rosters["games_missed_in_a_row"].fillna(NEWS_GAMES)).clip(lower=0)
    rows["newly_out_seconds"] = (rows["out_seconds"] * weight).astype("int64")
    return rows


def status_of(rosters: pd.DataFrame) -> pd.Series:
    """injured_list | missed_games | missed_last | available for each roster row.

    missed_last: not on the list, but absent from his team's newest game this season (in the archive two of three such
    regulars play the next game); missed_games: absent from the newest two or more (one third plays). Before a team's
    first game nobody has missed one: the end of the previous season is no evidence about opening night.
    """
    missed = rosters["games_missed_in_a_row"].where(rosters["team_games_played_season"] >= 1, 0).fillna(0)
    is_listed = rosters["on_injured_list"].fillna(False).astype(bool)
    names = np.select([is_listed, missed >= MISSED_GAMES, missed >= 1], STATUSES[:3], default=STATUSES[3])
    return pd.Series(names, index=rosters.index, dtype="string[pyarrow]")


def out_by_team(roster_members: pd.DataFrame) -> pd.DataFrame:
    """Regulars who are out, by game_date and team: the exact sums of the OUT columns of `members` (int64)."""
    return roster_members.groupby(["game_date", "team"], sort=True)[OUT].sum().reset_index()
