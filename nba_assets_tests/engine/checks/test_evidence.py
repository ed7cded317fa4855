"""The shape of a result."""

import json

import numpy as np
import pandas as pd

from nba_assets.contracts.findings import Finding
from nba_assets.engine.checks.evidence import result

DAY = pd.Timestamp("2024-01-15")


def test_a_result_without_reasons_passes() -> None:
    assert result(DAY, {})["passed"] is True
    failed = result(
        DAY, {"rows are missing": 2, "rows are not expected": 1}, keys=[Finding("a"), Finding("b", "1", "2")]
    )
    assert (failed["passed"], failed["failing"], failed["cause"]) == (False, 3, "rows")
    assert json.loads(failed["failing_keys"]) == [{"key": "a"}, {"key": "b", "found": "1", "expected": "2"}]
    assert result(DAY, {}, cause="history")["cause"] is None, "a passed result has no cause"


def test_an_unknown_number_is_null_in_json_and_not_nan() -> None:
    observed = result(DAY, {}, observed={"recall": np.float64("nan"), "players": 3})["observed"]
    assert "NaN" not in observed
    assert json.loads(observed) == {"players": 3, "recall": None}
