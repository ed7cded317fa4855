"""Release files in the publisher's documented format become rows of the archive's families."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.sources.adapt.box_families import of_v3
from nba_assets.sources.adapt.games import season_games
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.fetch import listing
from nba_assets.sources.fetch.build import Fetched, fetch
from nba_assets.sources.fetch.download import Limits
from nba_assets_tests.sources.fetch.http_publisher import WEB_PAGE, Fault, Publisher, publisher

LIMITS = Limits(interval=0.0, attempts=2, first_wait=0.001)
RELEASES = "github.com/sportsdataverse/sportsdataverse-data/releases/download"
COUNTS = (
    "field_goals_made field_goals_attempted three_pointers_made three_pointers_attempted free_throws_made "
    "free_throws_attempted rebounds_offensive rebounds_defensive rebounds_total assists steals blocks turnovers "
    "fouls_personal points"
).split()
SHARES = "field_goals_percentage three_pointers_percentage free_throws_percentage plus_minus_points".split()
BOS, NYK = 1610612738, 1610612752
PEOPLE = (
    (1628369, "Jayson", "Tatum", BOS, "home", "F", "", "36:00"),
    (1627759, "Jaylen", "Brown", BOS, "home", "", "DNP - Coach's Decision", ""),
    (1628973, "Jalen", "Brunson", NYK, "away", "G", "", "38:12"),
)


def _boxes() -> pd.DataFrame:
    """As documented by nba_stats_player_boxscores: ids of people and teams are numbers, the game id is text."""
    rows = [
        {"team_id": team, "team_name": "x", "team_tricode": "BOS" if team == BOS else "NYK", "side": side}
        | {"person_id": person, "first_name": first, "family_name": last, "name_i": "x", "player_slug": "x"}
        | {"position": position, "comment": comment, "jersey_num": "0", "minutes": minutes}
        | dict.fromkeys(COUNTS, 5 if minutes else 0)
        | dict.fromkeys(SHARES, 0.5)
        | {"plus_minus_points": 8.0 if minutes else 0.0, "game_id": "0022500001", "season": 2026}
        for person, first, last, team, side, position, comment, minutes in PEOPLE
    ]
    return pd.DataFrame(rows)


def _teams() -> pd.DataFrame:
    rows = [
        {"team_id": team, "team_name": "x", "team_tricode": "x", "side": side, "minutes": "240:00"}
        | {name: points if name == "points" else 7 for name in COUNTS}
        | dict.fromkeys(SHARES, 0.5)
        | {"plus_minus_points": margin, "game_id": "0022500001", "season": 2026}
        for team, side, points, margin in ((NYK, "away", 101, -8.0), (BOS, "home", 109, 8.0))
    ]
    return pd.DataFrame(rows)


def _schedule(games: int = 2) -> pd.DataFrame:
    """The second game is not played yet."""
    rows = [
        {"game_id": f"002250000{number}", "season": 2026, "season_type": "Regular Season"}
        | {"game_date": f"2025-10-2{number}", "matchup": "BOS vs. NYK", "home_team_id": BOS}
        | {
            "home_team_abbreviation": "BOS",
            "home_team_name": "Boston Celtics",
            "home_pts": 109 if number == 1 else None,
        }
        | {"home_wl": "W" if number == 1 else None, "away_team_id": NYK, "away_team_abbreviation": "NYK"}
        | {"away_team_name": "New York Knicks", "away_pts": 101 if number == 1 else None}
        | {"away_wl": "L" if number == 1 else None}
        for number in range(1, games + 1)
    ]
    return pd.DataFrame(rows).astype({"home_pts": "Int64", "away_pts": "Int64"})


def _officials() -> pd.DataFrame:
    rows = [
        {"official_id": 2001 + number, "first_name": name, "last_name": "Smith", "jersey_num": "1"}
        | {"season": 2026, "game_id": "0022500001"}
        for number, name in enumerate(("Ann", "Bob", "Cy"))
    ]
    return pd.DataFrame(rows)


def _parquet(rows: pd.DataFrame) -> bytes:
    packed = io.BytesIO()
    rows.to_parquet(packed, index=False)
    return packed.getvalue()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    with publisher() as found:
        found.files |= {
            f"{RELEASES}/nba_stats_player_boxscores/player_boxscores_2026.parquet": _parquet(_boxes()),
            f"{RELEASES}/nba_stats_team_boxscores/team_boxscores_2026.parquet": _parquet(_teams()),
            f"{RELEASES}/nba_stats_schedules/nba_schedule_2026.parquet": _parquet(_schedule()),
            f"{RELEASES}/nba_stats_officials/officials_2026.parquet": _parquet(_officials()),
        }
        yield found


def run(server: Publisher, folder: Path, today: date = date(2026, 11, 29)) -> Fetched:
    return fetch(folder, ("2025-26",), server.address, LIMITS, today=today)


def read(folder: Path, family: str) -> pd.DataFrame:
    return Archive(str(folder)).read(FAMILIES[family], [Season(2025)]).frame


def test_a_season_without_a_commit_comes_from_the_releases(server: Publisher, tmp_path: Path) -> None:
    done = run(server, tmp_path)
    made = {outcome.file: outcome.source for outcome in done.with_state("made")}
    assert made == {
        f"{family}/2025-26.parquet": f"sportsdataverse_{family}"
        for family in ("schedule", "team_game_logs", "player_box_v3", "referees")
    }
    assert {outcome.reason for outcome in done.with_state("absent")} == {"no public file of this season is known"}
    games = season_games(read(tmp_path, "schedule"), read(tmp_path, "team_game_logs"))
    assert games[["game_id", "home_team", "away_team", "season_type"]].values.tolist() == [
        ["0022500001", "BOS", "NYK", "regular"],
        ["0022500002", "BOS", "NYK", "regular"],
    ]


def test_rows_of_teams(server: Publisher, tmp_path: Path) -> None:
    run(server, tmp_path)
    rows = read(tmp_path, "team_game_logs")
    columns = ["SEASON_ID", "TEAM_ID", "TEAM_ABBREVIATION", "GAME_DATE", "MATCHUP", "WL", "MIN", "PTS", "PLUS_MINUS"]
    assert rows[columns].values.tolist() == [
        ["22025", str(NYK), "NYK", "2025-10-21", "NYK @ BOS", "L", 240, 101, -8.0],
        ["22025", str(BOS), "BOS", "2025-10-21", "BOS vs. NYK", "W", 240, 109, 8.0],
    ]


def test_rows_of_players(server: Publisher, tmp_path: Path) -> None:
    run(server, tmp_path)
    rows = read(tmp_path, "player_box_v3")
    assert rows["home_team_id"].tolist() == [str(BOS)] * 3
    box = of_v3(rows)
    assert box["status"].tolist() == ["played", "dnp", "played"]
    assert box["reason"].tolist()[1] == "DNP - Coach's Decision"
    assert box["is_starter"].tolist() == [True, False, True]
    assert box["seconds_played"].tolist()[::2] == [2160, 2292]
    assert box["player_id"].tolist() == [person[0] for person in PEOPLE]


def test_rows_of_officials(server: Publisher, tmp_path: Path) -> None:
    run(server, tmp_path)
    rows = read(tmp_path, "referees")
    assert rows[["game_id", "game_date", "official1", "official3", "official3_code"]].values.tolist() == [
        ["0022500001", "10/21/2025", "Ann Smith", "Cy Smith", 2003]
    ]
    assert rows["official4"].isna().all()


def test_a_changed_release_is_absent_and_requested_again(server: Publisher, tmp_path: Path) -> None:
    path = f"{RELEASES}/nba_stats_player_boxscores/player_boxscores_2026.parquet"
    right = server.files[path]
    server.files[path] = _parquet(_boxes().rename(columns={"points": "pts"}))
    first = run(server, tmp_path)
    reason = next(o.reason for o in first.with_state("absent") if o.file == "player_box_v3/2025-26.parquet")
    assert "expected the column points" in reason
    assert first.is_success
    server.files[path] = right
    assert [outcome.file for outcome in run(server, tmp_path).with_state("made")] == ["player_box_v3/2025-26.parquet"]


@pytest.mark.parametrize("body", [b"PAR1 and no more", WEB_PAGE])
def test_a_release_that_is_not_parquet_is_absent(server: Publisher, tmp_path: Path, body: bytes) -> None:
    server.faults[f"{RELEASES}/nba_stats_officials/officials_2026.parquet"] = [Fault(body=body)] * 2
    done = run(server, tmp_path)
    assert "referees/2025-26.parquet" in {outcome.file for outcome in done.with_state("absent")}
    assert done.is_success
    server.faults.clear()
    assert [outcome.file for outcome in run(server, tmp_path).with_state("made")] == ["referees/2025-26.parquet"]


def test_a_running_season_is_requested_once_per_day(
    monkeypatch: pytest.MonkeyPatch, server: Publisher, tmp_path: Path
) -> None:
    monkeypatch.setattr("nba_assets.sources.fetch.download._now", lambda: "2026-01-10T12:00:00+00:00")
    run(server, tmp_path, date(2026, 1, 10))
    assert run(server, tmp_path, date(2026, 1, 10)).requests == 0
    server.files[f"{RELEASES}/nba_stats_schedules/nba_schedule_2026.parquet"] = _parquet(_schedule(games=3))
    monkeypatch.setattr("nba_assets.sources.fetch.download._now", lambda: "2026-01-11T12:00:00+00:00")
    next_day = run(server, tmp_path, date(2026, 1, 11))
    assert next_day.requests > 0
    assert len(read(tmp_path, "schedule")) == 3
    assert run(server, tmp_path, date(2026, 1, 11)).requests == 0


def test_a_finished_season_is_not_requested_again(server: Publisher, tmp_path: Path) -> None:
    run(server, tmp_path)
    assert run(server, tmp_path, date(2027, 11, 29)).requests == 0


def test_a_release_replaces_a_commit_that_is_gone(server: Publisher, tmp_path: Path) -> None:
    server.files[f"{RELEASES}/nba_stats_schedules/nba_schedule_2024.parquet"] = _parquet(
        _schedule().assign(game_id=["0022300001", "0022300002"], season=2024)
    )
    done = fetch(tmp_path, ("2023-24",), server.address, LIMITS)
    assert [(o.file, o.source) for o in done.with_state("made")] == [
        ("schedule/2023-24.parquet", "sportsdataverse_schedule")
    ]
    absent = next(o.reason for o in done.with_state("absent") if o.file == "player_box_v3/2023-24.parquet")
    assert "hoopr-nba-project" in absent
    assert "player_boxscores_2024.parquet" in absent


def test_a_named_commit_takes_precedence_over_a_release() -> None:
    makers = listing.makers_of(("2023-24",))["player_box_v3/2023-24.parquet"]
    assert [maker.is_committed for maker, _ in makers] == [True, False]
