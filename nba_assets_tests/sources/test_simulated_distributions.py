"""The simulated league compared with the real one: every statistic with its bound.

`KNOWN` contains the statistics of the real league (regular seasons; players of 2022-23 to 2024-25, games of 2021-22 to
2024-25) and the tolerance for a simulated league: the variation between seeds plus the error of the model. If the
archive of real games is present, its statistics are measured by the same code and compared, too.
docs/simulated-league.md explains where the model differs and why.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from nba_assets.sources.archive.reader import Archive
from nba_assets_tests.sources.league_numbers import numbers
from nba_assets_tests.sources.simulated_league import SEASONS

Known = dict[str, tuple[float, float]]
REAL_SEASONS = ("2022-23", "2023-24", "2024-25")

GAMES: Known = {
    "home_margin": (2.0, 0.9),
    "home_wins": (0.556, 0.03),
    "margin_sd": (14.75, 1.2),
    "margin_abs_median": (10.0, 1.0),
    "margin_abs_p90": (25.0, 2.0),
    "total_mean": (225.5, 6.0),
    "total_sd": (19.9, 1.8),
    "home_away_correlation": (0.28, 0.08),
    "overtime_rate": (0.052, 0.016),
    "games_a_day_p10": (4.0, 1.0),
    "games_a_day_median": (8.0, 1.0),
    "games_a_day_p90": (11.0, 1.0),
    "rest_1": (0.175, 0.02),
    "rest_2": (0.634, 0.04),
    "rest_3": (0.145, 0.035),
    "rest_4": (0.027, 0.015),
    "home_margin_nobody_tired": (2.0, 1.1),
    "home_margin_away_tired": (4.3, 2.2),
    "home_margin_home_tired": (-1.3, 2.4),
}
TEAMS: Known = {
    "team_points": (112.8, 3.0),
    "team_points_sd": (12.4, 0.8),
    "field_goals_attempted": (88.5, 2.2),
    "threes_share_of_attempts": (0.404, 0.025),
    "free_throws_an_attempt": (0.254, 0.02),
    "three_pct": (0.360, 0.013),
    "two_pct": (0.540, 0.015),
    "free_throw_pct": (0.780, 0.013),
    "offensive_rebounds": (10.7, 0.9),
    "defensive_rebounds": (33.5, 1.6),
    "assists": (25.6, 1.8),
    "assists_a_field_goal": (0.62, 0.03),
    "turnovers": (13.2, 0.6),
    "steals": (7.7, 0.5),
    "blocks": (4.9, 0.4),
    "fouls": (19.3, 0.8),
    "possessions": (101.0, 2.0),
    "possessions_sd": (5.1, 0.5),
    "between_teams_attack_sd": (3.7, 1.0),
    "between_teams_defence_sd": (3.9, 1.0),
    "between_teams_net_sd": (5.0, 1.4),
}
POINTS: Known = {
    "points_mean": (10.73, 0.5),
    "points_sd": (8.94, 0.6),
    "points_zero": (0.116, 0.028),
    "points_30": (0.041, 0.013),
    "points_40": (0.0064, 0.003),
    # Mean, standard deviation and share of zeros by minutes.
    "points_mean_0_minutes": (0.87, 0.25),
    "points_mean_5_minutes": (2.29, 0.45),
    "points_mean_10_minutes": (4.29, 0.55),
    "points_mean_15_minutes": (6.54, 0.6),
    "points_mean_20_minutes": (9.27, 0.7),
    "points_mean_25_minutes": (12.6, 0.7),
    "points_mean_30_minutes": (16.7, 1.0),
    "points_mean_35_minutes": (21.6, 2.6),
    "points_sd_0_minutes": (1.50, 0.3),
    "points_sd_5_minutes": (2.42, 0.35),
    "points_sd_10_minutes": (3.28, 0.45),
    "points_sd_15_minutes": (4.09, 0.55),
    "points_sd_20_minutes": (5.14, 0.65),
    "points_sd_25_minutes": (6.41, 0.6),
    "points_sd_30_minutes": (7.58, 0.6),
    "points_sd_35_minutes": (8.78, 0.7),
    "points_zero_0_minutes": (0.69, 0.06),
    "points_zero_5_minutes": (0.37, 0.07),
    "points_zero_10_minutes": (0.155, 0.03),
    "points_zero_15_minutes": (0.066, 0.016),
    "points_zero_20_minutes": (0.027, 0.012),
    "points_zero_25_minutes": (0.010, 0.006),
    "points_zero_30_minutes": (0.003, 0.003),
    "starter_minutes": (30.8, 1.0),
    "starter_minutes_sd": (6.7, 1.1),
    "starter_points": (15.9, 1.0),
    "starter_points_sd": (9.1, 1.0),
    "starter_points_zero": (0.016, 0.013),
    "bench_minutes": (15.5, 0.8),
    "bench_minutes_sd": (8.6, 0.6),
    "bench_points": (6.2, 0.6),
    "bench_points_sd": (5.8, 0.7),
    "bench_points_zero": (0.205, 0.04),
    "points_share_of_rank_1": (0.248, 0.015),
    "points_share_of_rank_2": (0.185, 0.01),
    "points_share_of_rank_3": (0.145, 0.008),
    "points_share_of_rank_5": (0.094, 0.007),
    "points_share_of_rank_8": (0.040, 0.006),
    # Within a player's season: 1.45 + 1.37 * sqrt(mean).
    "within_points_sd_at_9": (1.45 + 1.37 * 3.0, 0.25),
    "within_points_sd_at_16": (1.45 + 1.37 * 4.0, 0.5),
    "within_points_sd_at_25": (1.45 + 1.37 * 5.0, 0.85),
    "points_minutes_correlation": (0.557, 0.11),
    "points_a_minute_slope": (0.50, 0.08),
    "points_autocorrelation": (0.08, 0.04),
    "teammates_correlation": (-0.018, 0.025),
}
MINUTES: Known = {
    "within_minutes_sd_stars": (4.9, 0.9),
    "within_minutes_sd_middle": (6.8, 0.8),
    "within_minutes_sd_fringe": (7.4, 1.0),
    "minutes_autocorrelation": (0.30, 0.08),
    "minutes_of_rank_1": (36.6, 1.2),
    "minutes_of_rank_3": (32.3, 0.8),
    "minutes_of_rank_5": (27.2, 0.8),
    "minutes_of_rank_8": (16.2, 0.8),
    "minutes_of_rank_10": (7.9, 0.8),
    "starter_minutes_close": (31.8, 0.9),
    "starter_minutes_blow_out": (25.8, 2.2),
    "listed": (13.07, 0.6),
    "played": (10.65, 0.45),
    "played_sd": (1.57, 0.3),
    "played_9": (0.24, 0.04),
    "played_10": (0.29, 0.04),
    "played_11": (0.16, 0.04),
    "played_12": (0.13, 0.03),
    "played_13": (0.10, 0.03),
    "coachs_decision": (0.85, 0.07),
    "did_not_dress": (0.107, 0.03),
}
ABSENCES: Known = {
    "absent_share": (0.152, 0.02),
    "spells_a_season": (4.4, 0.4),
    "spell_mean": (2.8, 0.25),
    "spell_1": (0.58, 0.04),
    "spell_2": (0.15, 0.025),
    "spell_3_5": (0.16, 0.025),
    "spell_6_10": (0.06, 0.016),
    "spell_11_20": (0.036, 0.013),
    "spell_21": (0.013, 0.007),
}
SHOTS: Known = {
    "shots_share_above_the_break": (0.297, 0.016),
    "shots_share_restricted_area": (0.291, 0.016),
    "shots_share_paint": (0.198, 0.022),
    "shots_share_mid_range": (0.109, 0.02),
    "shots_share_left_corner": (0.053, 0.004),
    "shots_share_right_corner": (0.049, 0.004),
    "shots_share_backcourt": (0.002, 0.001),
    "shots_pct_above_the_break": (0.356, 0.016),
    "shots_pct_restricted_area": (0.664, 0.02),
    "shots_pct_paint": (0.443, 0.018),
    "shots_pct_mid_range": (0.419, 0.016),
    "shots_pct_left_corner": (0.386, 0.018),
    "shots_pct_right_corner": (0.390, 0.02),
    "shots_pct_backcourt": (0.022, 0.015),
}
LINES: Known = {
    "overround_fanduel": (1.062, 0.003),
    "overround_betonlineag": (1.064, 0.003),
    "overround_draftkings": (1.068, 0.003),
    "overround_bovada": (1.068, 0.003),
    "overround_pointsbetus": (1.069, 0.003),
    "overround_betmgm": (1.071, 0.003),
    "overround_williamhill_us": (1.078, 0.003),
    "overround_betrivers": (1.086, 0.003),
    "overround_unibet_us": (1.086, 0.003),
    "fair_over_sd": (0.015, 0.005),
    "books_a_player": (5.8, 0.3),
    "books_all_equal": (0.64, 0.05),
    "players_an_event": (9.75, 0.7),
    "line_p5": (7.5, 1.0),
    "line_median": (14.5, 1.0),
    "line_mean": (16.0, 0.9),
    "line_p95": (27.5, 2.5),
    "lined_not_played": (0.020, 0.008),
    "result_less_line": (0.16, 0.25),
    "result_less_line_median": (-0.5, 0.5),
    "result_less_line_sd": (6.80, 0.4),
    "result_less_line_abs": (5.29, 0.3),
    "over_share": (0.487, 0.015),
    # 1.34 + 1.36 * sqrt(line)
    "result_less_line_sd_at_16": (1.34 + 1.36 * 4.0, 0.4),
}
KNOWN: Known = GAMES | TEAMS | POINTS | MINUTES | ABSENCES | SHOTS | LINES
UNLIKE_ARCHIVE = {
    # These values come from published sources and differ from the archive: unmatched names count as not played, and for
    # a bookmaker with alternate lines another line is closest to even money.
    *("lined_not_played", "fair_over_sd", "overround_betrivers", "overround_unibet_us"),
}


@pytest.fixture(scope="module")
def measured(simulated_league: Path) -> dict[str, float]:
    return numbers(simulated_league, SEASONS)


@pytest.mark.parametrize("name", KNOWN)
def test_statistic_is_close_to_the_real_league(name: str, measured: dict[str, float]) -> None:
    known, bound = KNOWN[name]
    assert measured[name] == pytest.approx(known, abs=bound), f"{name}: {measured[name]:.4f}, real {known} +- {bound}"


@pytest.fixture(scope="module")
def real(archive: Archive) -> dict[str, float]:
    return numbers(Path(archive.root), REAL_SEASONS)


@pytest.mark.archive
@pytest.mark.parametrize("name", sorted(KNOWN.keys() - UNLIKE_ARCHIVE))
def test_statistic_is_close_to_the_archive(name: str, measured: dict[str, float], real: dict[str, float]) -> None:
    """Within one and a half times the bound, because KNOWN covers other seasons."""
    bound = 1.5 * KNOWN[name][1]
    assert measured[name] == pytest.approx(real[name], abs=bound), (
        f"{name}: {measured[name]:.4f}, real {real[name]:.4f}"
    )
