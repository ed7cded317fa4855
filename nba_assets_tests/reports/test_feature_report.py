"""nba-assets features: features measured in the warehouse, in the order of the list."""

from __future__ import annotations

import pytest

from nba_assets.reports.feature_report import feature_report
from nba_assets.tables.precompute.features import FEATURE_NAMES
from nba_assets_tests.mini_warehouse import Home


def test_every_feature_is_listed_with_its_measurements(full: Home) -> None:
    found = feature_report(full.platform)
    assert found["feature"].tolist() == list(FEATURE_NAMES)
    assert found["is_baseline"].tolist() == [True] * 25 + [False] * (len(FEATURE_NAMES) - 25)
    by_name = found.set_index("feature")
    assert by_name.loc["points_avg_last_5", "is_live"]
    assert by_name.loc["points_avg_last_5", "null_share"] == 0.0
    assert by_name.loc["points_avg_prior_season", "null_share_2021-22"] == 1.0
    assert by_name.loc["points_avg_prior_season", "null_share_2022-23"] == 0.0
    assert by_name.loc["points_avg_prior_season", "is_live"], "a season in which it cannot be known is left out"


def test_a_constant_feature_is_not_live(tables_home: Home) -> None:
    tables_home.sql("UPDATE precompute.ml_feature_store_v2 SET home_away = 1 WHERE season = '2022-23'")
    found = feature_report(tables_home.platform).set_index("feature")
    assert not found.loc["home_away", "is_live"]
    assert found.loc["points_avg_last_5", "is_live"]


def test_an_empty_store_has_no_live_feature(empty_home: Home) -> None:
    found = feature_report(empty_home.platform)
    assert not found["is_live"].any()
    assert found["null_share"].isna().all()


@pytest.mark.parametrize("word", ["points_avg_last_5", "shot_zone_mismatch_score", "percentage points", "2022-23"])
def test_the_command_prints_the_list(full: Home, word: str) -> None:
    code, printed = full.run("features", COLUMNS="300")
    assert code == 0
    assert word in printed
