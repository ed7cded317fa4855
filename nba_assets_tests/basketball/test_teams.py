"""Team spellings: hand-made cases, then every team column of the real archive."""

import os
from pathlib import Path

import pandas as pd
import pytest

from nba_assets.basketball.teams import TEAM_IDS, TEAM_NAMES, TRICODES, team_tricode, to_tricode

ARCHIVE = Path(os.environ.get("NBA_ARCHIVE", Path(__file__).parents[2].parent / "shared" / "data"))
needs_archive = pytest.mark.skipif(
    not (ARCHIVE / "game_lines").is_dir(), reason=f"no archive of source files at {ARCHIVE}; set NBA_ARCHIVE"
)


def test_thirty_teams_with_consecutive_ids() -> None:
    assert len(TRICODES) == 30
    assert sorted(TEAM_IDS) == list(range(1610612737, 1610612767))
    assert set(TEAM_NAMES.values()) == set(TRICODES) == set(TEAM_IDS.values())


@pytest.mark.parametrize(
    ("spelling", "tricode"),
    [
        ("Los Angeles Lakers", "LAL"),
        ("L.A. Lakers", "LAL"),
        ("LA Clippers", "LAC"),
        ("Los Angeles Clippers", "LAC"),
        ("Charlotte Bobcats", "CHA"),
        ("Blazers", "POR"),
        ("Trail Blazers", "POR"),
        ("sixers", "PHI"),
        ("Philadelphia 76ers", "PHI"),
        ("bkn", "BKN"),
        ("gs", "GSW"),
        ("no", "NOP"),
        ("ny", "NYK"),
        ("sa", "SAS"),
        ("utah", "UTA"),
        ("wsh", "WAS"),
        ("Golden State", "GSW"),
        ("  oklahoma   city thunder ", "OKC"),
        ("1610612740", "NOP"),
        (1610612740, "NOP"),
        (1610612740.0, "NOP"),
        # two teams share the city; the others are not NBA teams
        ("Los Angeles", None),
        ("LA", None),
        ("Team LeBron", None),
        ("West", None),
        ("Real Madrid", None),
        ("1610616833", None),
        ("", None),
    ],
)
def test_spelling(spelling: object, tricode: str | None) -> None:
    assert team_tricode(spelling) == tricode


def test_column_keeps_index_name_and_missing_values() -> None:
    teams = to_tricode(pd.Series(["Hawks", None, "Team Durant", "Hawks"], index=[3, 1, 4, 1], name="home"))
    assert teams.index.tolist() == [3, 1, 4, 1]
    assert teams.name == "home"
    assert str(teams.dtype) == "string"
    assert teams.fillna("-").tolist() == ["ATL", "-", "-", "ATL"]
    assert to_tricode(pd.Series([1610612737, 12315])).fillna("-").tolist() == ["ATL", "-"]
    assert to_tricode(pd.Series([1610612737, float("nan")])).fillna("-").tolist() == ["ATL", "-"]


# Columns in which every value is one of the thirty teams, or empty.
NBA_ONLY = [
    ("game_lines/kaggle_sbr_*.parquet", ["home", "away"]),
    ("game_lines/oddsapi_consensus_closing.parquet", ["home_team", "away_team"]),
    ("game_lines/sbr_*.parquet", ["Home", "Away"]),
    ("game_lines/spreads_*.parquet", ["home", "away"]),
    ("injuries/*.parquet", ["Team"]),
    ("player_box_playoffs/*.parquet", ["teamId", "teamCity", "teamName"]),
    ("player_game_advanced/*.parquet", ["team_id", "team", "team_name"]),
    ("player_game_logs/*.parquet", ["team_id", "team", "team_name"]),
    ("player_game_logs_lite/*.parquet", ["TEAM_ABBREVIATION"]),
    ("player_game_misc/*.parquet", ["team_id", "team", "team_name"]),
    ("player_game_scoring/*.parquet", ["team_id", "team", "team_name"]),
    ("props/oddsapi_daily_*.parquet", ["home_team", "away_team"]),
    ("props/oddsapi_historical_player_points/*.parquet", ["data.home_team", "data.away_team"]),
    ("props/oddsapi_historical_pra/*.parquet", ["home_team", "away_team"]),
    ("props/props_2023*.parquet", ["matchup_home_team", "matchup_away_team", "player_team", "defensive_matchup"]),
    ("schedule_tipoff_utc/*.parquet", ["Home Team", "Away Team"]),
    ("shot_zones_season/*.parquet", ["TEAM_ID", "TEAM_ABBREVIATION"]),
    ("shots/*.parquet", ["TEAM_ID", "TEAM_NAME", "HOME_TEAM", "AWAY_TEAM"]),
    ("shots_nba_api_capped/*.parquet", ["TEAM_ID", "TEAM_NAME", "HTM", "VTM"]),
]
# Families with all-star or pre-season opponents: game id column and the columns of both teams.
WITH_OTHER_TEAMS = [
    ("player_box_v3/*.parquet", "game_id", ["team_id", "team_name", "team_tricode", "team_slug"]),
    ("referees/*.parquet", "game_id", ["home_team_id", "home_team", "home_team_abbr", "away_team"]),
    ("schedule/*.parquet", "gid", ["home", "away"]),
    ("team_game_logs/*.parquet", "GAME_ID", ["TEAM_ID", "TEAM_ABBREVIATION", "TEAM_NAME"]),
]


@needs_archive
@pytest.mark.parametrize(("pattern", "columns"), NBA_ONLY)
def test_every_spelling_of_the_archive_is_known(pattern: str, columns: list[str]) -> None:
    paths = sorted(ARCHIVE.glob(pattern))
    assert paths, f"{ARCHIVE} has no {pattern}"
    for path in paths:
        for name, written in pd.read_parquet(path, columns=columns).items():
            given = written.dropna().loc[lambda values: values.astype("string") != ""]
            assert given[to_tricode(given).isna()].unique().tolist() == [], f"{path.name}: {name}"


@needs_archive
@pytest.mark.parametrize(("pattern", "game_id", "columns"), WITH_OTHER_TEAMS)
def test_teams_of_competitive_games_are_known_and_all_stars_are_not(
    pattern: str, game_id: str, columns: list[str]
) -> None:
    paths = sorted(ARCHIVE.glob(pattern))
    assert paths, f"{ARCHIVE} has no {pattern}"
    for path in paths:
        rows = pd.read_parquet(path, columns=[game_id, *columns])
        kind = rows[game_id].str.zfill(10).str[2]
        tricodes = rows[columns].apply(to_tricode)
        assert tricodes[kind.isin(["2", "4", "5", "6"])].notna().all(axis=None), path.name
        assert tricodes[kind == "3"].isna().all(axis=None), path.name
        assert (tricodes.nunique(axis=1) <= 1).all() or pattern.startswith(("referees", "schedule")), path.name
