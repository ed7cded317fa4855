"""The tables compared with a loop over raw box scores: all player-days of the mini archive, ten of the real seasons."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from nba_assets import load_table
from nba_assets_tests.archive_warehouse import ArchiveHome
from nba_assets_tests.mini_warehouse import Home
from nba_assets_tests.tables.precompute.by_hand import ZONES, Books, Row

PLAYER_DAYS = [
    # LeBron James early in the archive; a rookie's fifth week; a traded star; a player back from injury; the playoffs
    (2544, date(2021, 12, 25)),
    (1630567, date(2021, 11, 19)),
    (201935, date(2022, 2, 25)),
    (202695, date(2022, 12, 5)),
    (203999, date(2023, 6, 12)),
    (1641705, date(2023, 11, 24)),
    (201939, date(2024, 2, 3)),
    (1629029, date(2025, 3, 10)),
    (1630162, date(2024, 5, 22)),
    (1628983, date(2025, 6, 5)),
]


def differences(found: Row, expected: Row) -> list[str]:
    """Columns whose value differs from the loop."""
    wrong = []
    for name, value in expected.items():
        held = found[name]
        is_null = held is None or pd.isna(held)
        same = (
            is_null
            if value is None
            else not is_null and math.isclose(held, value, rel_tol=1e-9, abs_tol=2e-3 if "usage" in name else 1e-9)
        )
        if not same:
            wrong.append(f"{name}: found {held}, expected {value}")
    return wrong


def members_of_days(*days: date) -> dict[date, list[Row]]:
    """Who is on a roster on each day, with what is expected of him."""
    names = ["game_date", "player_id", "team", "projected_minutes", "injury_status"]
    return {day: load_table("upcoming_player_game_context", day, columns=names).to_dict("records") for day in days}


def check_form(books: Books, cache: Row, members: list[Row]) -> list[str]:
    day = cache["game_date"].date()
    expected = books.form(cache["player_id"], day) | books.team_form(cache["team"], day)
    expected |= books.lineup(cache["player_id"], day, members)
    return [f"{cache['player_id']} {day} {text}" for text in differences(cache, expected)]


def test_every_player_day_of_the_mini_archive(full: Home) -> None:
    books = Books(full.last_day)
    cache = load_table("player_daily_cache").to_dict("records")
    factors = load_table("player_composite_factors").to_dict("records")
    ages = load_table("upcoming_player_game_context", columns=["game_id", "player_id", "age"])
    age = {(row.game_id, row.player_id): row.age for row in ages.itertuples()}
    assert len(cache) > 500
    members = members_of_days(*full.truth.game_days)
    assert [text for row in cache for text in check_form(books, row, members[row["game_date"].date()])] == []
    for row in factors:
        years = age[row["game_id"], row["player_id"]]
        expected = books.fatigue(row["player_id"], row["game_date"].date(), None if pd.isna(years) else years)
        assert row["fatigue_score"] == expected, row


def test_profiles_of_the_mini_archive(full: Home) -> None:
    books = Books(full.last_day)
    profiles = load_table("player_shot_zone_analysis").to_dict("records")
    assert len(profiles) > 100
    for row in profiles:
        for games in (10, 20):
            expected = books.profile(row["player_id"], row["game_date"].date(), games)
            assert differences(row, expected) == [], row


def against_all_teams(books: Books, day: date, teams: list[str]) -> dict[str, Row]:
    """Ratings, pace and zones of every team, with the difference to all teams together."""
    found = {team: books.defense(team, day) for team in teams}
    with_games = [row for row in found.values() if row["games"]]
    for row in with_games:
        row["league_pace"] = sum(other["pace"] for other in with_games) / len(with_games)
        row["rating"] = 100 * row["points"] / row["possessions"]
        for zone in ZONES:
            rows = [other for other in with_games if zone == "three" or other["zone_games"] >= 5]
            attempts, makes = (sum(other["counts"][zone][place] for other in rows) for place in (0, 1))
            if row in rows:
                own = row["counts"][zone]
                row[f"{zone}_above"] = 100 * (own[1] / own[0] - makes / attempts)
    return found


def check_day(books: Books, day: date) -> dict[str, Row]:
    """Compares team_defense_zone_analysis of a day with the loop; returns the loop's rows."""
    table = load_table("team_defense_zone_analysis", day).set_index("team")
    assert len(table) == 30
    found = against_all_teams(books, day, list(table.index))
    for team, row in found.items():
        held = table.loc[team]
        assert held["games_in_sample"] == row["games"], (day, team)
        assert held["zone_games_in_sample"] == row["zone_games"], (day, team)
        if row["games"]:
            assert held["defensive_rating_last_15"] == pytest.approx(row["rating"], abs=1e-9)
            assert held["pace_last_15"] == pytest.approx(row["pace"], abs=1e-9)
            assert held["league_pace_last_15"] == pytest.approx(row["league_pace"], abs=1e-9)
        for zone in ZONES:
            if f"{zone}_above" in row and held["season_weight"] == 1.0:
                assert held[f"{zone}_defense_vs_league_avg"] == pytest.approx(row[f"{zone}_above"], abs=1e-9)
    return found


def test_defenses_of_the_mini_archive(full: Home) -> None:
    books = Books(full.last_day)
    compared = 0
    for day in full.truth.game_days:
        compared += sum(row["games"] > 0 for row in check_day(books, day).values())
    assert compared > 50


@pytest.fixture
def real_seasons(archive_home: ArchiveHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of the real seasons after the backfill, read-only."""
    (tmp_path / "nba.duckdb").symlink_to(archive_home.as_made)
    monkeypatch.setenv("NBA_HOME", str(tmp_path))


@pytest.mark.archive
@pytest.mark.seasons
@pytest.mark.usefixtures("real_seasons")
def test_ten_player_days_of_the_real_seasons() -> None:
    books = Books(max(day for _, day in PLAYER_DAYS))
    for player, day in PLAYER_DAYS:
        keys = {"player_id": player}
        cache, factors, features, upcoming = (
            next(row for row in load_table(name, day).to_dict("records") if row.items() >= keys.items())
            for name in (
                *("player_daily_cache", "player_composite_factors", "ml_feature_store_v2"),
                "upcoming_player_game_context",
            )
        )
        assert check_form(books, cache, members_of_days(day)[day]) == []
        assert factors["fatigue_score"] == books.fatigue(player, day, upcoming["age"]), (player, day)
        teams = check_day(books, day)
        own, other = teams[cache["team"]], teams[cache["opponent"]]
        pace = (own["pace"] + other["pace"]) / 2 - own["league_pace"]
        assert factors["pace_score"] == pytest.approx(max(-3.0, min(3.0, pace)), abs=1e-9)
        profile = books.profile(player, day)
        has_profile = len(books.games(player, day)) >= 10 and profile["paint_rate_last_10"] is not None
        if not has_profile or "paint_above" not in other:
            assert pd.isna(factors["shot_zone_mismatch_score"])
        elif other["season_games"] == 15:
            mismatch = sum(profile[f"{zone}_rate_last_10"] * other[f"{zone}_above"] for zone in ZONES)
            assert factors["shot_zone_mismatch_score"] == pytest.approx(max(-10.0, min(10.0, mismatch)), abs=1e-9)
        assert features["opponent_def_rating"] == pytest.approx(other["rating"], abs=1e-9)
        assert features["points_avg_last_10"] == cache["points_avg_last_10"]
