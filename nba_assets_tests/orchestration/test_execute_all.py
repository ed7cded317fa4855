"""Checks executed without a day, as by *Execute all* in the web UI, and the metadata on a check's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.partitions.subset import TimeWindowPartitionsSubset
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionResolvedStatus as Status

from nba_assets.engine import registry
from nba_assets.engine.checks.evaluate import checks_of
from nba_assets.orchestration.declared import daily_partitions
from nba_assets.tables.publishing.quality import SOURCE_HOLE
from nba_assets_tests.mini_warehouse import Home

TABLE = "player_boxscores"
CHECKS = sorted(checks_of(registry.tables()[TABLE]))
HOLE = date(2021, 11, 6)
"""A day with a game without player rows in any family of the archive."""


def execute(instance: dg.DagsterInstance, names: list[str], **tags: str) -> dg.ExecuteInProcessResult:
    """The run that the web UI starts for the checks of a table."""
    from nba_assets.definitions import defs

    keys = {dg.AssetCheckKey(dg.AssetKey(TABLE), name) for name in names}
    job = defs.resolve_implicit_global_asset_job_def().get_subset(asset_selection=set(), asset_check_selection=keys)
    return job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)


def newest(instance: dg.DagsterInstance, name: str, **which: Any) -> dg.AssetCheckEvaluation:
    key = dg.AssetCheckKey(dg.AssetKey(TABLE), name)
    (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1, **which)
    assert record.evaluation is not None
    return record.evaluation


def texts(evaluation: dg.AssetCheckEvaluation) -> Mapping[str, str]:
    return {name: value.text for name, value in evaluation.metadata.items() if isinstance(value, dg.TextMetadataValue)}


def test_without_a_day_every_built_day_is_checked(home: Home) -> None:
    before = home.quality("check_results", TABLE)
    days = [day.strftime("%Y-%m-%d") for day in sorted(before["game_date"].unique())]
    with dg.DagsterInstance.get() as instance:
        result = execute(instance, CHECKS)
        assert result.success
        after = home.quality("check_results", TABLE)
        assert set(after["run_id"]) == {result.run_id}
        kept = ["check_name", "game_date", "passed", "severity", "reasons", "failing_keys"]
        assert after[kept].equals(before[kept])
        keys = [dg.AssetCheckKey(dg.AssetKey(TABLE), name) for name in CHECKS]
        states = instance.event_log_storage.get_asset_check_state([(key, daily_partitions) for key in keys])
        for key in keys:
            of_check = after[after["check_name"] == key.name]
            subsets = states[key].subsets
            for status, passed in ((Status.SUCCEEDED, True), (Status.FAILED, False)):
                subset = subsets[status].subset_value
                assert isinstance(subset, TimeWindowPartitionsSubset)
                expected = of_check.loc[of_check["passed"] == passed, "game_date"].dt.strftime("%Y-%m-%d")
                assert list(subset.get_partition_keys()) == sorted(expected)
            assert all(subsets[status].is_empty for status in (Status.SKIPPED, Status.IN_PROGRESS))
            assert newest(instance, key.name).partition == days[-1]
            records = instance.event_log_storage.get_asset_check_execution_history(key, limit=10_000)
            (whole,) = [record for record in records if record.partition is None]
            failing = int((~of_check["passed"].astype(bool)).sum())
            assert whole.status != AssetCheckExecutionRecordStatus.PLANNED
            assert whole.evaluation is not None and whole.evaluation.passed == (failing == 0)
            assert texts(whole.evaluation)["days checked"] == str(len(days))
            assert ("days that fail now" in whole.evaluation.metadata) == (failing > 0)


def test_a_table_without_days_says_so(empty_home: Home) -> None:
    with dg.DagsterInstance.get() as instance:
        result = execute(instance, ["unique_keys"])
        assert not result.success
        (failure,) = result.get_step_failure_events()
        assert "no day has been built" in str(failure.step_failure_data.error)


def test_the_page_of_a_check_lists_the_days_that_fail_now(home: Home) -> None:
    results = home.quality("check_results", TABLE)
    failed = results[(results["check_name"] == "completeness") & ~results["passed"].astype(bool)]
    assert failed["game_date"].dt.strftime("%Y-%m-%d").tolist() == [f"{HOLE}"]
    with dg.DagsterInstance.get() as instance:
        # The day is in the first of two seasons, so that there are later days.
        shown = newest(instance, "completeness")
        told = texts(shown)
        assert shown.passed and shown.partition is not None and shown.partition > f"{HOLE}"
        assert told["days that fail now"] == f"1, from {HOLE} to {HOLE}"
        assert told["newest failing day"] == f"{HOLE}: no file of player_box_v3 for 2021-22"
        command = f"nba-assets backfill --from {HOLE} --to {HOLE} --select {TABLE},publishing --force"
        assert told["newest failing day, repair"].startswith(command)
        assert "days that fail now" not in newest(instance, "unique_keys").metadata


def test_a_day_that_failed_shows_its_keys_as_a_table_and_the_command(home: Home) -> None:
    table, day = "injury_transactions", date(2021, 10, 22)
    with dg.DagsterInstance.get() as instance:
        key = dg.AssetCheckKey(dg.AssetKey(table), "quarantine")
        (record,) = instance.event_log_storage.get_asset_check_execution_history(
            key, limit=1, partition_filter=PartitionKeyFilter(key=f"{day}")
        )
    evaluation = record.evaluation
    assert evaluation is not None and not evaluation.passed
    shown = evaluation.metadata["failing keys"]
    assert isinstance(shown, dg.TableMetadataValue)
    assert [row.data["key"] for row in shown.records] == ["GSW sprained ankle out"]
    told = texts(evaluation)
    assert told["failing"] == "1"
    command = f"nba-assets backfill --from {day} --to {day} --select {table},publishing --force"
    assert told["repair"].startswith(command) and SOURCE_HOLE[1:] in told["repair"]


@pytest.mark.parametrize("name", ["unique_keys"])
def test_a_check_that_always_passes_lists_no_failing_days(home: Home, name: str) -> None:
    with dg.DagsterInstance.get() as instance:
        assert "failing" not in " ".join(newest(instance, name).metadata)
