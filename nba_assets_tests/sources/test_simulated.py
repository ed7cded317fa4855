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


def test_without_injury_reports_every_other_file_has_the_same_bytes(league: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "without", seasons=1, seed=7, has_reports=False)
    without, both = _digests(tmp_path / "without"), _digests(league)
    own = {name for name in both if "2021-22" in name}
    assert own - set(without) == {"injury_report/2021-22.parquet"}
    assert {name: without[name] for name in own & set(without)} == {name: both[name] for name in own & set(without)}


def test_the_last_report_before_a_game_names_who_is_out_and_a_later_one_tells_the_result(league: Path) -> None:
    archive, both = Archive(str(league)), [Season(2021), Season(2022)]
    rows = archive.read(FAMILIES["injury_report"], both).frame
    assert (rows["known_at"] == rows["report_at"]).all()
    frames = [
        archive.read(FAMILIES[name], both).frame
        for name in ("schedule", "team_game_logs", "schedule_tipoff_utc", "events_oddsapi_closing")
    ]
    games = season_games(*frames[:3], events=frames[3:])
    games = games.assign(day=games["game_date"].dt.strftime("%Y-%m-%d"))
    named = rows[rows["player_name"].notna()]
    named = named.assign(home_team=named["matchup"].str[4:], at=pd.to_datetime(named["report_at"]))
    entries = named.merge(
        games, left_on=["game_date", "home_team"], right_on=["day", "home_team"], validate="many_to_one"
    )
    assert len(entries) == len(named) > 20_000
    box = archive.read(FAMILIES["player_box_v3"], both).frame
    box = box[(box["comment"].fillna("") == "") & (box["minutes"].fillna("") != "")]
    played = set(zip(box["game_id"], box["family_name"] + ", " + box["first_name"], strict=True))
    entries["played"] = [key in played for key in zip(entries["game_id"], entries["player_name"], strict=True)]
    is_before = entries["at"] < entries["tipoff_at"]
    before, after = entries[is_before], entries[~is_before]
    newest = before[before["at"] == before.groupby(["game_id", "team"])["at"].transform("max")]
    share = newest.groupby("status")["played"].mean()
    assert share["Out"] == 0
    assert 0.1 < share["Doubtful"] < share["Questionable"] < share["Probable"] < 0.8
    key = ["game_id", "player_name"]
    both_times = newest.merge(after.drop_duplicates(key), on=key, suffixes=("", "_after"))
    revealed = both_times[(both_times["status"] != "Out") & (both_times["status_after"] == "Out")]
    assert len(revealed) > 100 and not revealed["played"].any()


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
