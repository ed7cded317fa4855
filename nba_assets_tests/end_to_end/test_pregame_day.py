"""A game day before its games: each tick publishes what came in, and what was published before is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from nba_assets.engine import manifest, registry
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.today import Update, pregame_tables, stale_tables
from nba_assets.settings import Settings
from nba_assets_tests.mini_warehouse import Home
from nba_assets_tests.orchestration.live_days import eastern
from nba_assets_tests.pregame_day import BOOKS, HALF_PAST_SIX, TEN, THREE, TONIGHT, busy_home, pregame_day

AT_TEN, AT_THREE = "2022-11-12T15:00:00Z", "2022-11-12T20:00:00Z"
RULED_OUT = "ruled out by the injury report"
FOUR_TEAMS = "rosters: the check completeness fails"
"""The little league has four teams, and a day must have the rosters of thirty."""


def rows(name: str) -> pd.DataFrame:
    with Platform(Settings()).warehouse.snapshot() as snapshot:
        return snapshot.read(registry.contract(name), TONIGHT, TONIGHT)


def completeness_of(name: str) -> pd.Series:
    with Platform(Settings()).warehouse.snapshot() as snapshot:
        found = snapshot.quality("check_results", name, TONIGHT, TONIGHT)
    return found.set_index("check_name").loc["completeness"]


def files(home: Home) -> dict[str, bytes]:
    """The published files of tonight, by product."""
    return {path.parent.name: path.read_bytes() for path in (home.folder / "published").rglob(f"{TONIGHT}.json")}


def lacking(done: Update) -> list[str]:
    return [sentence for sentence in done.lacking if not sentence.startswith(FOUR_TEAMS)]


@pytest.mark.long
def test_predictions_follow_lines_and_injuries_within_a_tick(
    shared_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = busy_home(shared_folder / "busy")
    made.copy_to(tmp_path / "home")
    home = replace(made, folder=tmp_path / "home")
    with pregame_day(tmp_path, monkeypatch, home.archive) as day:
        star = day.star
        done = day.without_lines()
        yesterday = TONIGHT - timedelta(days=1)
        assert [(run.first, run.last) for run in done.runs] == [(yesterday, yesterday), (TONIGHT, TONIGHT)]
        assert lacking(done) == []
        at_ten, morning = rows("published_predictions"), files(home)
        assert set(at_ten["provenance"]) == {"live"} and set(at_ten["recommendation"]) == {"NO_LINE"}
        assert set(at_ten["made_at"]) == {pd.Timestamp(TEN)}
        assert set(morning) == {"predictions", "best-bets"}
        open_schedule = completeness_of("schedule")
        assert (open_schedule["severity"], "its games are not over" in open_schedule["reasons"]) == ("WARN", True)

        assert day.here.tick(eastern(TONIGHT, 10, 5), tables=None).runs == [], "nothing has landed"
        assert files(home) == morning

        done = day.with_lines()
        assert lacking(done) == [] and stale_tables(pregame_tables(), TONIGHT, Platform(Settings())) == []
        built = [set(run.tables) for run in done.runs]
        assert "prop_lines" in built[0] and "upcoming_player_game_context" in built[1], (
            "what landed, then what reads it"
        )
        same = {"points_models", "ensemble_weights", "team_defense_zone_analysis"}
        assert same.isdisjoint(built[0] | built[1]), "the schedule is built again, with the same rows"
        at_three, afternoon = rows("published_predictions"), files(home)
        assert set(rows("prop_lines")["bookmaker"]) == set(BOOKS)
        lines = rows("game_lines")
        assert set(lines["source"]) == {"game_lines_oddsapi_live"} and lines["is_time_known"].all()
        assert set(lines["known_at"]) == {pd.Timestamp(TEN), pd.Timestamp(THREE)}
        assert set(lines["spread_home"]) == {-3.5}
        teams = rows("upcoming_team_game_context")
        assert (teams["total"] == 221.5).all() and set(teams["implied_team_total"]) == {112.5, 109.0}
        assert teams["line_is_time_known"].all(), "so bets may depend on it"
        with_line = at_three[at_three["has_line"]]
        assert set(with_line["made_at"]) == {pd.Timestamp(THREE)}
        assert star in set(with_line["player_id"]) and "NO_LINE" not in set(with_line["recommendation"])
        assert afternoon["predictions"] != morning["predictions"]
        bets_at_three = rows("best_bets")
        assert star in set(bets_at_three["player_id"]) and set(bets_at_three["made_at"]) == {pd.Timestamp(THREE)}
        shown_at_three = json.loads(afternoon["best-bets"])
        assert len(shown_at_three["bets"]) == len(bets_at_three) and all(
            bet["reasons"] for bet in shown_at_three["bets"]
        )
        before = rows("upcoming_player_game_context").set_index("player_id")

        assert lacking(day.star_is_out()) == []
        assert stale_tables(pregame_tables(), TONIGHT, Platform(Settings())) == []
        at_last = rows("published_predictions")
        after = rows("upcoming_player_game_context").set_index("player_id")
        assert after.loc[star, "injury_status"] == "ruled_out" and before.loc[star, "injury_status"] != "ruled_out"
        team = after["team"] == after.loc[star, "team"]
        mates = team & (after.index != star)
        assert (after.loc[mates, "projected_minutes"] > before.loc[mates, "projected_minutes"]).any()
        assert (after.loc[mates, "teammates_out"] == before.loc[mates, "teammates_out"] + 1).all()
        other = after["team"].isin(["LAL", "GSW"])
        pd.testing.assert_series_equal(after.loc[other, "projected_minutes"], before.loc[other, "projected_minutes"])

        # What was published before is kept in the record with its time; what changed has a revision more.
        key = ["game_id", "player_id", "system_id", "revision"]
        for earlier, later in ((at_ten, at_three), (at_three, at_last)):
            kept = later.merge(earlier[key], on=key).sort_values(key, ignore_index=True)
            pd.testing.assert_frame_equal(kept, earlier.sort_values(key, ignore_index=True)[list(kept)])
            assert len(later) > len(earlier)
        newest = at_last.sort_values("revision").drop_duplicates(["player_id", "system_id"], keep="last")
        of_star = newest[newest["player_id"] == star]
        assert of_star["warnings"].str.contains(RULED_OUT).all() and of_star["bet_side"].isna().all()
        assert set(of_star["made_at"]) == {pd.Timestamp(HALF_PAST_SIX)}
        at_half_past = rows("best_bets")
        assert star not in set(at_half_past["player_id"]) and len(at_half_past) > 0
        both = at_half_past.merge(bets_at_three, on=["game_id", "player_id"], suffixes=("", "_before"))
        moved = both["confidence"] != both["confidence_before"]
        assert both.loc[moved, "team"].eq(after.loc[star, "team"]).any(), "a teammate's bet follows his minutes"

        # The files say it: who is out, what each prediction was before, and which bets are left.
        evening = files(home)
        assert RULED_OUT in evening["predictions"].decode() and RULED_OUT not in afternoon["predictions"].decode()
        players = [player for game in json.loads(evening["predictions"])["games"] for player in game["players"]]
        before_of = {
            (player["team"], entry["before"]["made_at"])
            for player in players
            for entry in player["systems"]
            if entry["system_id"] == "ensemble" and "before" in entry
        }
        assert {made_at for team, made_at in before_of if team == "BKN"} == {AT_TEN, AT_THREE}, "with lines and without"
        assert {made_at for team, made_at in before_of if team == "LAL"} == {AT_TEN}, "the report changed nothing"
        bets = json.loads(evening["best-bets"])
        assert {bet["player_id"] for bet in bets["bets"]} == set(at_half_past["player_id"])
        assert (bets["provenance"], bets["made_at"]) == ("live", "2022-11-12T23:30:00Z")
        assert manifest.verify(Platform(Settings())) == []
