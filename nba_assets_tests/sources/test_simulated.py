"""The simulated league as an archive: equal bytes from equal seeds, the publishers' layouts, consistent sums."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from nba_assets.basketball.calendar import Season
from nba_assets.cli import main
from nba_assets.settings import REPOSITORY
from nba_assets.sources.adapt.games import season_games
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.simulated import is_simulated, simulate
from nba_assets.sources.simulated.files import layouts

SHARED = {
    "players/players_index.parquet",
    "players/players_bio.parquet",
    "injuries/prosports_transactions.parquet",
    "game_lines/oddsapi_consensus_closing.parquet",
    "archive.json",
}
"""Files shared by all seasons, which grow with the number of seasons."""


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("simulated") / "two"
    simulate(folder, seasons=2, seed=7)
    yield folder


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(league: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "again", seasons=2, seed=7)
    simulate(tmp_path / "other", seasons=1, seed=8)
    assert _digests(tmp_path / "again") == _digests(league)
    name = "team_game_logs/2021-22.parquet"
    assert _digests(tmp_path / "other")[name] != _digests(league)[name]


def test_a_season_does_not_depend_on_how_many_follow(league: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "one", seasons=1, seed=7)
    one, two = _digests(tmp_path / "one"), _digests(league)
    own = [name for name in one if name not in SHARED]
    assert len(own) > 10
    assert {name: one[name] for name in own} == {name: two[name] for name in own}
    for name in ("injuries/prosports_transactions.parquet", "game_lines/oddsapi_consensus_closing.parquet"):
        first, both = pd.read_parquet(tmp_path / "one" / name), pd.read_parquet(league / name)
        pd.testing.assert_frame_equal(first, both.head(len(first)))


def test_it_is_marked_as_simulated(league: Path) -> None:
    described = json.loads((league / "archive.json").read_text())
    assert described == {"kind": "simulated", "seed": 7, "seasons": 2, "generator": described["generator"]}


def test_layouts_match_the_real_archive() -> None:
    real = REPOSITORY.parent / "shared" / "data"
    if not real.is_dir():
        pytest.skip("the archive of real games, from which these columns and types come, is not present")
    files = {
        "oddsapi_historical_player_points": "props/oddsapi_historical_player_points/2024-25",
        "oddsapi_consensus_closing": "game_lines/oddsapi_consensus_closing",
        "sbr": "game_lines/sbr_2023-24",
        "prosports_transactions": "injuries/prosports_transactions",
        "players_index": "players/players_index",
        "players_bio": "players/players_bio",
    }
    for layout, columns in layouts().items():
        schema = pq.read_schema(real / f"{files.get(layout, f'{layout}/2024-25')}.parquet")
        assert {field.name: str(field.type) for field in schema} == columns, layout


def test_every_row_is_read_by_its_family(league: Path) -> None:
    archive = Archive(str(league))
    with_rows = set()
    for family in FAMILIES.values():
        rows = archive.read(family, [Season(2021), Season(2022)])
        assert rows.records.empty, f"{family.name}: {rows.records.head()}"
        if len(rows.frame):
            with_rows.add(family.name)
    assert {"schedule", "team_game_logs", "player_box_v3", "shots"} <= with_rows


def test_calendar(league: Path) -> None:
    archive, both = Archive(str(league)), [Season(2021), Season(2022)]
    frames = [
        archive.read(FAMILIES[name], both).frame
        for name in ("schedule", "team_game_logs", "schedule_tipoff_utc", "events_oddsapi_closing")
    ]
    games = season_games(*frames[:3], events=frames[3:])
    counts = games.groupby(["season", "season_type"]).size().unstack()
    assert (counts["regular"] == 1230).all() and (counts["play_in"] == 6).all()
    assert counts["playoffs"].between(60, 105).all() and (counts["all_star"] == 1).all()
    regular = games[games["season_type"] == "regular"]
    sides = pd.concat([regular["home_team"], regular["away_team"]]).groupby(pd.concat([regular["season"]] * 2))
    assert (sides.value_counts() == 82).all()
    # sites.csv contains real games of these days; if the same team is at home that day, its site is used.
    assert regular.groupby("season")["is_neutral_site"].sum().between(1, 3).all()
    competitive = games[~games["season_type"].isin(["preseason", "all_star"])]
    assert competitive["tipoff_at"].notna().all()
    twice = pd.concat(
        [competitive[["game_date", side]].set_axis(["day", "team"], axis=1) for side in ("home_team", "away_team")]
    )
    assert not twice.duplicated().any()


def test_box_scores_add_up(league: Path) -> None:
    for label in ("2021-22", "2022-23"):
        box = pd.read_parquet(league / f"player_box_v3/{label}.parquet")
        points = 2 * box["field_goals_made"] + box["three_pointers_made"] + box["free_throws_made"]
        assert (points == box["points"]).all()
        assert (box["field_goals_made"] <= box["field_goals_attempted"]).all()
        assert (box["three_pointers_made"] <= box["three_pointers_attempted"]).all()
        clock = box["minutes"].str.split(":", expand=True).replace("", "0").fillna("0").astype(int)
        box["seconds"] = 60 * clock[0] + clock[1]
        logs = pd.read_parquet(league / f"team_game_logs/{label}.parquet")
        logs = logs[logs["GAME_ID"].str[2].isin(["2", "4", "5", "6"])].set_index(["GAME_ID", "TEAM_ID"])
        sums = box.groupby(["game_id", "team_id"])[["seconds", "points", "rebounds_total", "assists"]].sum()
        sums = sums.reindex(logs.index)
        assert (sums["seconds"] == 60 * logs["MIN"]).all() and (logs["MIN"] - 240).mod(25).eq(0).all()
        for theirs, ours in (("PTS", "points"), ("REB", "rebounds_total"), ("AST", "assists")):
            assert (sums[ours] == logs[theirs]).all(), theirs
        starters = box[box["position"] != ""].groupby(["game_id", "team_id"]).size()
        assert (starters == 5).all() and len(starters) == len(logs)


def test_shots_match_the_box_score(league: Path) -> None:
    box = pd.read_parquet(league / "player_box_v3/2022-23.parquet")
    shots = pd.read_parquet(league / "shots/2022-23.parquet")
    counted = shots.groupby(["GAME_ID", "PLAYER_ID"]).agg(tried=("SHOT_MADE", "size"), made=("SHOT_MADE", "sum"))
    box = box[box["game_id"].str[2] == "2"].set_index(["game_id", "person_id"])
    counted.index = counted.index.set_levels("00" + counted.index.levels[0], level=0)
    counted = counted.reindex(box.index).fillna(0)
    assert (counted["tried"] == box["field_goals_attempted"]).all()
    assert (counted["made"] == box["field_goals_made"]).all()


def test_another_folder_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(ValueError, match="is no simulated archive"):
        simulate(tmp_path, seasons=1)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_an_interrupted_run_keeps_existing_files(tmp_path: Path) -> None:
    folder = tmp_path / "league"
    simulate(folder, seasons=1, seed=1)
    before = _digests(folder)

    def fail(line: str) -> None:
        raise KeyboardInterrupt(line)

    with pytest.raises(KeyboardInterrupt):
        simulate(folder, seasons=1, seed=2, progress=fail)
    assert _digests(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["league"]


def test_command(tmp_path: Path) -> None:
    folder = tmp_path / "league"
    done = CliRunner().invoke(main, ["simulate", "--seasons", "1", "--seed", "3", "--to", str(folder)])
    assert done.exit_code == 0, done.output
    assert is_simulated(folder)
    assert "2021-22" in done.output and "None of its games was ever played" in done.output
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    refused = CliRunner().invoke(main, ["simulate", "--to", str(tmp_path / "mine")])
    assert refused.exit_code == 2 and "is no simulated archive" in refused.output
