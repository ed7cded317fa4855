"""upcoming_team_game_context: what is known about each team before its game."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.game_quotes import consensus_game_line, implied_totals
from nba_assets.contracts.columns import columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, history, on_day, up_to_day
from nba_assets.sources.adapt.line_families import PRIORITY
from nba_assets.tables.analytics.absences import members, out_by_team, standing_reports, weighted_usage
from nba_assets.tables.analytics.team_offense_game_summary import with_opponent
from nba_assets.tables.analytics.team_schedule import sides, with_load
from nba_assets.windows.asof import History, cutoff_of

CONTRACT = TableContract(
    name="upcoming_team_game_context",
    layer="analytics",
    key=("game_id", "team"),
    known="pregame",
    columns=columns(
        *(
            "game_date",
            "game_id",
            "team",
            "opponent",
            "season",
            "season_type",
            "is_home",
            "is_neutral_site",
            "tipoff_at",
        ),
        *("season_phase", "game_number_in_season", "days_rest", "back_to_back"),
        *("games_in_last_7_days", "games_in_last_14_days", "back_to_backs_last_14_days"),
        *("opponent_days_rest", "opponent_back_to_back", "travel_miles", "time_zones_crossed"),
        *("wins_season", "losses_season", "win_pct_season", "win_streak", "loss_streak", "last_margin"),
        *("players_out", "players_out_minutes", "players_out_usage", "opponent_players_out"),
        *("spread", "total", "implied_team_total", "line_is_time_known", "line_known_at"),
    ),
    rules={
        "back to back is no day of rest": lambda f: f["back_to_back"] == (f["days_rest"] == 0).fillna(False),
        "one streak at a time": lambda f: (f["win_streak"] == 0) | (f["loss_streak"] == 0),
    },
    doc="Two rows per scheduled competitive game: rest, load, travel, results so far, regulars who are out, the line. "
    "Rest, load and travel come from the schedule; results are those of earlier days only.",
)


@daily_table(
    CONTRACT,
    inputs={
        "schedule": up_to_day("schedule", days=400),
        "results": history(
            "team_offense_game_summary",
            days=400,
            columns=("game_date", "game_id", "team", "season_type", "won", "margin"),
        ),
        "rosters": on_day("rosters"),
        "reports": on_day("injury_reports"),
        "played": history(
            "player_game_summary",
            days=400,
            columns=("game_date", "game_id", "player_id", "seconds_played", "usage_rate"),
        ),
        "lines": on_day("game_lines"),
    },
    expected=Expected(
        inputs={"schedule": on_day("schedule")},
        rule=lambda schedule, days: sides(schedule)[["game_date", "game_id", "team"]],
    ),
)
def upcoming_team_game_context(
    schedule: pd.DataFrame,
    results: History,
    rosters: pd.DataFrame,
    reports: pd.DataFrame,
    played: History,
    lines: pd.DataFrame,
    days: pd.DatetimeIndex,
) -> pd.DataFrame:
    """The pregame context of both sides of each scheduled game."""
    every_side = sides(schedule)
    rows = every_side[every_side["game_date"].isin(days)].reset_index(drop=True)
    rows = with_load(rows, History(every_side))
    rows = _with_results(rows, results)
    rows = _with_absences(rows, rosters, standing_reports(reports, rows), played)
    rows = with_opponent(rows, ["days_rest", "back_to_back", "players_out"])
    rows = _with_line(rows, lines)
    return rows[CONTRACT.column_names]


def _with_results(rows: pd.DataFrame, results: History) -> pd.DataFrame:
    """Adds wins, losses, streaks and the last margin of this season; NULL before its first game.

    The Cup final counts for streak and margin; it is not part of the standings, so wins and losses exclude it.
    """
    season = results.by("team").season_to_date(rows)
    standings = results.where(lambda f: f["season_type"] != "cup_final").by("team").season_to_date(rows)
    games, wins = standings.count_of("won"), standings.sum("won").fillna(0)
    streak, is_winning = season.streak("won"), season.newest("won")
    return rows.assign(
        wins_season=wins,
        losses_season=games - wins,
        win_pct_season=standings.mean("won"),
        win_streak=streak.where(is_winning.fillna(True), 0),
        loss_streak=streak.mask(is_winning.fillna(False), 0),
        last_margin=season.newest("margin"),
    )


def _with_absences(rows: pd.DataFrame, rosters: pd.DataFrame, reported: pd.DataFrame, played: History) -> pd.DataFrame:
    """Adds players_out with their minutes and usage; NULL where the team has no roster on the day."""
    out = out_by_team(members(rosters, weighted_usage(played).by("player_id"), reported))
    found = rows.merge(out, on=["game_date", "team"], how="left", validate="many_to_one")
    return found.assign(
        players_out=found["out"].astype("Int64"),
        players_out_minutes=found["out_seconds"].astype("float64") / 60,
        players_out_usage=found["out_usage"].astype("float64") / 1000,
    )


def _with_line(rows: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Adds the consensus line of the game from the team's side: spread, total, implied_team_total, and its known time.

    Only quotes known by tip-off are used; an untimed closing line counts as known at tip-off and has
    line_is_time_known = false, so that recommendations can exclude it.
    """
    tipoffs = lines["game_id"].map(rows.drop_duplicates("game_id").set_index("game_id")["tipoff_at"])
    cutoff = cutoff_of(lines["game_date"], tipoffs.astype("datetime64[ns, UTC]"))
    line = consensus_game_line(lines[lines["known_at"] <= cutoff], PRIORITY)
    line = line.join(implied_totals(line)).drop(columns="game_date")
    found = rows.merge(line, on="game_id", how="left", validate="many_to_one")
    is_home = found["is_home"].astype(bool)
    return found.assign(
        spread=found["spread_home"].where(is_home, 0.0 - found["spread_home"]),
        implied_team_total=found["implied_total_home"].where(is_home, found["implied_total_away"]),
    )
