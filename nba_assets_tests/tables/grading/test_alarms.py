"""Each alarm fails beyond its bound and passes just below it."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.tables.grading import alarms
from nba_assets_tests.tables.grading.graded_rows import Row

TableRows = Callable[..., pd.DataFrame]
SOUND: Row = {
    "game_date": "2024-03-01",
    "system_id": "ensemble",
    "dimension": "overall",
    "value": "all",
    "predictions": 5_000,
    "graded": 4_000,
    "mae": 4.5,
    "naive_mae": 4.7,
    "bias": 0.1,
    "coverage_p10_p90": 0.80,
    "lined": 2_000,
    "lined_mae": 5.3,
    "line_mae": 5.25,
    "wins": 1_060,
    "losses": 941,
    "bets": 2_020,
    "accuracy": 0.53,
}
ALARMS = {check.name: check for check in alarms.ALARMS}


@pytest.fixture
def keys(table_rows: TableRows) -> Callable[..., list[str]]:
    """(alarm, *changes of valid rows) -> the failing keys."""

    def ask(alarm: str, *changes: Row) -> list[str]:
        rows = [{**SOUND, "time_window": "season", **change} for change in changes]
        return ALARMS[alarm].rule(table_rows("prediction_performance_summary", *rows)).failing["key"].tolist()

    return ask


@pytest.mark.parametrize(
    ("alarm", "change", "key"),
    [
        ("leak_alarm", {"lined_mae": 5.19}, "ensemble"),
        ("leak_alarm", {"lined_mae": 5.19, "system_id": "market_informed"}, "market_informed"),
        ("leak_alarm", {"accuracy": 0.551}, "ensemble"),
        ("worse_than_naive", {"mae": 4.71}, "ensemble season"),
        ("worse_than_naive", {"mae": 4.71, "time_window": "30_days", "graded": 1_000}, "ensemble 30_days"),
        ("bias", {"bias": 0.51, "time_window": "30_days"}, "ensemble"),
        (
            "bias",
            {"bias": -0.51, "time_window": "30_days", "system_id": "gradient_boosting", "graded": 1_000},
            "gradient_boosting",
        ),
        ("coverage", {"coverage_p10_p90": 0.71, "time_window": "30_days"}, "ensemble"),
        ("coverage", {"coverage_p10_p90": 0.89, "time_window": "30_days"}, "ensemble"),
    ],
)
def test_an_alarm_fails_beyond_its_bound(keys: Callable[..., list[str]], alarm: str, change: Row, key: str) -> None:
    assert keys(alarm, change) == [key]


@pytest.mark.parametrize(
    ("alarm", "change"),
    [
        ("leak_alarm", {}),
        ("leak_alarm", {"lined_mae": 5.21}),
        ("leak_alarm", {"lined_mae": 5.1, "lined": 1_999}),
        ("leak_alarm", {"accuracy": 0.58, "wins": 1_160, "losses": 840}),
        ("leak_alarm", {"lined_mae": 5.1, "time_window": "30_days"}),
        ("leak_alarm", {"lined_mae": 5.1, "dimension": "tier", "value": "star"}),
        ("worse_than_naive", {}),
        ("worse_than_naive", {"mae": 4.8, "graded": 999}),
        ("worse_than_naive", {"mae": 4.8, "time_window": "7_days"}),
        ("worse_than_naive", {"mae": 4.8, "system_id": "similarity"}),
        ("bias", {"bias": 0.9}),
        ("bias", {"bias": 0.5, "time_window": "30_days"}),
        ("bias", {"bias": 0.9, "time_window": "30_days", "graded": 999}),
        ("bias", {"bias": 0.9, "time_window": "30_days", "system_id": "naive_last_10"}),
        ("coverage", {"coverage_p10_p90": 0.72, "time_window": "30_days"}),
        ("coverage", {"coverage_p10_p90": 0.5, "time_window": "30_days", "graded": 999}),
        ("coverage", {"coverage_p10_p90": None, "time_window": "30_days"}),
        ("coverage", {"coverage_p10_p90": 0.5, "time_window": "30_days", "system_id": "moving_average"}),
    ],
)
def test_an_alarm_passes_within_its_bound(keys: Callable[..., list[str]], alarm: str, change: Row) -> None:
    assert keys(alarm, change) == []


def test_a_leak_is_an_error_and_the_rest_are_warnings() -> None:
    assert {name: check.is_error for name, check in ALARMS.items()} == {
        "leak_alarm": True,
        "worse_than_naive": False,
        "bias": False,
        "coverage": False,
    }


@pytest.mark.parametrize("alarm", ALARMS)
def test_the_observed_values_are_part_of_the_result(table_rows: TableRows, alarm: str) -> None:
    rows = [{**SOUND, "time_window": name} for name in ("30_days", "season")]
    observed = ALARMS[alarm].rule(table_rows("prediction_performance_summary", *rows)).observed
    assert observed is not None
    assert observed["game_date"].tolist() == [pd.Timestamp("2024-03-01")]
    shown = observed.drop(columns="game_date")
    own = shown[["ensemble"]] if "ensemble" in shown else shown
    assert own.notna().all(axis=None)


@pytest.mark.parametrize("alarm", ALARMS)
def test_without_rows_there_is_no_alarm(table_rows: TableRows, alarm: str) -> None:
    findings = ALARMS[alarm].rule(table_rows("prediction_performance_summary"))
    assert findings.failing.empty
