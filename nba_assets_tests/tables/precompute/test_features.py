"""The list of features: the baseline in order, every source is an existing column, nothing a model must not use."""

from __future__ import annotations

from nba_assets.contracts.columns import COLUMNS
from nba_assets.engine import registry
from nba_assets.tables.precompute import features
from nba_assets.tables.precompute.features import BASELINE, FEATURE_NAMES, FEATURES

THE_25 = """
points_avg_last_5 points_avg_last_10 points_avg_season points_std_last_10 games_in_last_7_days fatigue_score
shot_zone_mismatch_score pace_score usage_spike_score rest_advantage injury_risk recent_trend minutes_change
opponent_def_rating opponent_pace home_away back_to_back playoff_game pct_paint pct_mid_range pct_three pct_free_throw
team_pace team_off_rating team_win_pct
""".split()


def test_the_baseline_comes_first_and_in_order() -> None:
    assert [feature.name for feature in BASELINE] == THE_25
    assert list(FEATURE_NAMES[:25]) == THE_25
    contract = registry.contract("ml_feature_store_v2").column_names
    assert contract[contract.index("points_avg_last_5") :][: len(FEATURES)] == list(FEATURE_NAMES)


def test_every_feature_has_a_typed_column_and_a_source_that_exists() -> None:
    for feature in FEATURES:
        assert COLUMNS[feature.name].kind in ("number", "integer", "boolean"), feature.name
        assert feature.reads, feature.name
        for table, column in feature.reads:
            assert column in registry.contract(table).column_names, (feature.name, table, column)


def test_no_feature_reads_the_line_of_the_player() -> None:
    read = {column for feature in FEATURES for _, column in feature.reads}
    assert not [column for column in read if column.startswith("points_line") or "streak" in column]


def test_names_are_unique() -> None:
    assert len(set(FEATURE_NAMES)) == len(FEATURE_NAMES)


def test_the_version_follows_the_list() -> None:
    assert features.version(FEATURES) == features.FEATURE_SET_VERSION
    assert features.version(FEATURES[::-1]) != features.FEATURE_SET_VERSION
    assert features.version(FEATURES[:-1]) != features.FEATURE_SET_VERSION
