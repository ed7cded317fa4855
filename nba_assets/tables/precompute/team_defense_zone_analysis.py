"""team_defense_zone_analysis: each team's defence of paint, mid-range and three over its last 15 games."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.identity import TEAMS
from nba_assets.contracts.columns.zone_windows import DEFENSE, POSITION_GROUPS, SHOT_ZONES
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import CrossCheck, Expected, Findings, history, on_day, up_to_day
from nba_assets.tables.precompute.positions import position_group
from nba_assets.tables.precompute.zone_samples import FEWEST_ZONE_GAMES, with_zone_samples
from nba_assets.tables.raw.rosters_checks import game_days
from nba_assets.windows.asof import History, Window

WINDOW = 15
PERCENT = 100.0
MINUTES = 36
"""Rates of players are given per 36 minutes, a regular's game."""

CONTRACT = TableContract(
    name="team_defense_zone_analysis",
    layer="precompute",
    key=("team",),
    known="pregame",
    columns=columns("game_date", "team", *(column.name for column in DEFENSE)),
    rules={
        "zones from five games on": lambda f: f["has_zones"] == (f["zone_games_in_sample"] >= FEWEST_ZONE_GAMES),
        "a percentage where there are zones": lambda f: f["paint_pct_allowed_last_15"].notna() == f["has_zones"],
        "no more zone games than games": lambda f: f["zone_games_in_sample"] <= f["games_in_sample"],
    },
    unusual={
        "a rating of 15 games lies between 90 and 135": lambda f: (
            (f["games_in_sample"] < WINDOW) | f["defensive_rating_last_15"].between(90, 135)
        ),
    },
    doc="All 30 teams on every day with games, whether they play or not, each over its last 15 games within 400 days. "
    "Percentages are pooled (makes over attempts of the window). Paint and mid-range use the games with shot rows "
    "and are NULL with fewer than five; threes use every box score. *_defense_vs_league_avg compares with the "
    "pooled windows of all teams on the same day; with fewer than 15 games this season it is shrunk to last "
    "season's, by season_weight.",
)


def every_team(schedule: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """All 30 teams on the days with competitive games: game_date, team."""
    return pd.DataFrame({"game_date": game_days(schedule, days)}).merge(pd.DataFrame({"team": TEAMS}), how="cross")


def thirty_teams(rows: pd.DataFrame) -> Findings:
    """Days that do not have exactly the 30 teams."""
    teams = rows.groupby("game_date")["team"].agg(lambda team: len(set(team) & set(TEAMS)))
    wrong = teams[teams != len(TEAMS)]
    failing = pd.DataFrame(
        {"game_date": wrong.index, "key": "teams", "found": wrong.to_numpy(), "expected": len(TEAMS)}
    )
    observed = pd.DataFrame({"game_date": teams.index, "teams": teams.to_numpy()})
    return Findings(failing, observed["game_date"], observed)


@daily_table(
    CONTRACT,
    inputs={
        "schedule": on_day("schedule"),
        "defense": history(
            "team_defense_game_summary",
            days=400,
            columns=(
                *("game_date", "game_id", "team", "blocks", "pace", "opponent_points", "opponent_possessions"),
                *("opponent_paint_attempts", "opponent_paint_makes"),
                *("opponent_mid_range_attempts", "opponent_mid_range_makes"),
                *("opponent_threes_attempted", "opponent_threes_made"),
            ),
        ),
        "played": history(
            "player_game_summary",
            days=400,
            columns=("game_date", "game_id", "player_id", "opponent", "points", "seconds_played"),
        ),
        "players": up_to_day("players", columns=("game_date", "player_id", "position")),
    },
    expected=Expected(inputs={"schedule": on_day("schedule")}, rule=every_team),
    checks=(CrossCheck("thirty_teams", {}, thirty_teams, "All 30 teams stand on a day with games."),),
)
def team_defense_zone_analysis(
    schedule: pd.DataFrame, defense: History, played: History, players: pd.DataFrame, days: pd.DatetimeIndex
) -> pd.DataFrame:
    """Defence of every team over its last 15 games, compared with that of all teams."""
    rows = every_team(schedule, days)
    samples = with_zone_samples(
        defense.assign(
            three_attempts=lambda f: f["opponent_threes_attempted"], three_makes=lambda f: f["opponent_threes_made"]
        ),
        prefix="opponent_",
    )
    by_team = samples.by("team")
    window, season = by_team.last_games(rows, WINDOW), by_team.season_to_date(rows)
    rows["games_in_sample"] = window.games
    rows["zone_games_in_sample"] = window.sum("has_shots").fillna(0)
    rows["has_zones"] = rows["zone_games_in_sample"] >= FEWEST_ZONE_GAMES
    rows["season_games_in_sample"] = np.minimum(season.games, WINDOW)
    rows["blocks_avg_last_15"] = window.mean("blocks")
    rows["pace_last_15"] = window.mean("pace")
    rows["points_allowed_avg_last_15"] = window.mean("opponent_points")
    rows["defensive_rating_last_15"] = PERCENT * window.ratio("opponent_points", "opponent_possessions")
    rows["league_pace_last_15"] = _mean_of_day(rows, rows["pace_last_15"])
    points, plays = window.sum("opponent_points"), window.sum("opponent_possessions")
    rows["league_defensive_rating_last_15"] = PERCENT * _pooled(rows, points, plays)
    prior = samples.by("team").prior_season(rows, days=400)
    rows["season_weight"] = (rows["season_games_in_sample"] / WINDOW).where(prior.games > 0, 1.0)
    for zone in SHOT_ZONES:
        rows = _with_zone(rows, zone, window, prior)
    rows = _with_extremes(rows)
    return _with_positions(rows, played, players)[CONTRACT.column_names]


def _with_zone(rows: pd.DataFrame, zone: str, window: Window, prior: Window) -> pd.DataFrame:
    """Adds what the teams allowed in a zone, and the difference from all teams' windows of the day."""
    is_known = rows["has_zones"] | (zone == "three")
    makes, attempts = f"{zone}_makes", f"{zone}_attempts"
    per_shot = 3 if zone == "three" else 2
    allowed = window.ratio(makes, attempts).where(is_known)
    league = _pooled(rows, window.sum(makes).where(is_known), window.sum(attempts).where(is_known))
    above = PERCENT * (allowed - league)
    has_prior = prior.count_of(attempts) >= FEWEST_ZONE_GAMES
    prior_makes, prior_attempts = prior.sum(makes).where(has_prior), prior.sum(attempts).where(has_prior)
    prior_above = PERCENT * (prior.ratio(makes, attempts).where(has_prior) - _pooled(rows, prior_makes, prior_attempts))
    weight = rows["season_weight"].where(prior_above.notna(), 1.0)
    return rows.assign(
        **{
            f"{zone}_pct_allowed_last_15": allowed,
            f"{zone}_attempts_allowed_last_15": window.mean(attempts).where(is_known),
            f"{zone}_points_allowed_last_15": per_shot * window.mean(makes).where(is_known),
            f"league_{zone}_pct_last_15": league,
            f"{zone}_defense_vs_league_avg": weight * above + ((1 - weight) * prior_above).fillna(0.0),
        }
    )


def _with_extremes(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds strongest_zone and weakest_zone where all three zones are known; ties go to the first of SHOT_ZONES."""
    above = rows[[f"{zone}_defense_vs_league_avg" for zone in SHOT_ZONES]].to_numpy(dtype="float64")
    is_known = ~np.isnan(above).any(axis=1)
    names = np.array(SHOT_ZONES, dtype=object)
    filled = np.where(is_known[:, None], above, 0.0)
    for name, place in (("strongest_zone", filled.argmin(axis=1)), ("weakest_zone", filled.argmax(axis=1))):
        rows[name] = pd.Series(np.where(is_known, names[place], None), index=rows.index, dtype="string[pyarrow]")
    return rows


def _with_positions(rows: pd.DataFrame, played: History, players: pd.DataFrame) -> pd.DataFrame:
    """Adds points per 36 minutes of guards, forwards and centers against each team, minus those against all teams."""
    group_of = players.set_index("player_id")["position"].pipe(position_group)
    against = played.assign(position_group=lambda f: f["player_id"].map(group_of).astype("string[pyarrow]"))
    by_group = against.by("opponent", "position_group")
    for group in POSITION_GROUPS:
        target = rows[["game_date"]].assign(opponent=rows["team"], position_group=group)
        window = by_group.last_games(target, WINDOW)
        scale = 60.0 * MINUTES
        own = scale * window.ratio("points", "seconds_played")
        all_teams = scale * _pooled(rows, window.sum("points"), window.sum("seconds_played"))
        rows[f"{group}_points_allowed_vs_league"] = own - all_teams
    return rows


def _pooled(rows: pd.DataFrame, top: pd.Series, bottom: pd.Series) -> pd.Series:
    """Pooled ratio of all teams of the day: sum of `top` over sum of `bottom`, over the teams that have both."""
    has_both = top.notna() & bottom.notna()
    by_day = rows["game_date"]
    over = top.where(has_both).astype("float64").groupby(by_day).transform("sum")
    under = bottom.where(has_both).astype("float64").groupby(by_day).transform("sum")
    return over / under.where(under > 0)


def _mean_of_day(rows: pd.DataFrame, values: pd.Series) -> pd.Series:
    return values.groupby(rows["game_date"]).transform("mean")
