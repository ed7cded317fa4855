"""Contents of the feature store: source, unit, variation and share of NULLs of each feature."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY
from nba_assets.contracts.columns import COLUMNS
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.tables.precompute.features import BASELINE, FEATURE_NAMES, FEATURES

STORE = "ml_feature_store_v2"


def feature_report(platform: Platform) -> pd.DataFrame:
    """One row per feature, in the order of the list, measured in the warehouse.

    Returns:
        place (from 1), feature, is_baseline, source, unit, is_live (it has more than one value in the newest season
        and in every other season with any value; False in an empty store), null_share and null_share_<season>.
    """
    contract = registry.contract(STORE)
    with platform.warehouse.snapshot() as snapshot:
        last = pd.Timestamp(platform.now()).date()
        rows = snapshot.read(contract, FIRST_DAY, last, ["season", *FEATURE_NAMES])
    seasons = rows["season"].astype("string").to_numpy()
    numbers = rows[list(FEATURE_NAMES)].astype("float64")
    by_season = numbers.groupby(seasons)
    values = by_season.nunique()
    is_live = (values != 1).all() & (values.iloc[-1] > 1) if len(values) else pd.Series(False, index=numbers.columns)
    nulls = numbers.isna().groupby(seasons).mean().T.add_prefix("null_share_")
    baseline = {feature.name for feature in BASELINE}
    found = pd.DataFrame(
        {
            "place": range(1, len(FEATURES) + 1),
            "feature": list(FEATURE_NAMES),
            "is_baseline": [feature.name in baseline for feature in FEATURES],
            "source": [feature.source for feature in FEATURES],
            "unit": [COLUMNS[feature.name].unit for feature in FEATURES],
            "is_live": is_live.reindex(list(FEATURE_NAMES)).to_numpy(dtype=bool),
            "null_share": numbers.isna().mean().to_numpy(),
        }
    )
    return found.join(nulls, on="feature")
