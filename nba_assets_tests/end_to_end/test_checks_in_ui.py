"""What the web UI shows, by its own GraphQL queries: status of every check and day, columns, rows per day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import dagster as dg
import pytest
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.test_utils import InProcessTestWorkspaceLoadTarget
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster_graphql.schema import create_schema

from nba_assets.basketball.calendar import day_range
from nba_assets.engine import registry
from nba_assets.engine.checks.evaluate import checks_of
from nba_assets.orchestration.backfill import as_of_a_day
from nba_assets_tests.mini_warehouse import Home, environment

CHECKS = """
query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { assetChecksOrError {
  ... on AssetChecks { checks { name blocking partitionStatuses {
    ... on AssetCheckTimePartitionStatuses { ranges { startKey endKey status } } } } } } } } }
"""
EXECUTIONS = """
query($key: AssetKeyInput!, $check: String!, $day: String) {
  assetCheckExecutions(assetKey: $key, checkName: $check, partition: $day, limit: 5) {
    status partition evaluation { success severity description partition
      targetMaterialization { runId }
      metadataEntries { label ... on IntMetadataEntry { intValue } ... on TextMetadataEntry { text } } } } }
"""
PAGE = """
query($key: AssetKeyInput!, $days: [String!]) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  groupName description isPartitioned
  metadataEntries { label ... on TableSchemaMetadataEntry { schema { columns { name type description } } } }
  assetMaterializations(partitions: $days) { partition metadataEntries { label
    ... on IntMetadataEntry { intValue } ... on TextMetadataEntry { text } } } } } }
"""
Ask = Any


@contextmanager
def web_ui() -> Iterator[Ask]:
    """A GraphQL server in this process; yields ask(query, **variables) -> data."""
    schema = create_schema()
    origin = InProcessCodeLocationOrigin(
        LoadableTargetOrigin(executable_path=None, module_name="nba_assets.definitions"), location_name="nba_assets"
    )
    with (
        dg.DagsterInstance.get() as instance,
        WorkspaceProcessContext(instance, InProcessTestWorkspaceLoadTarget(origin)) as process,
    ):

        def ask(query: str, **variables: object) -> dict[str, Any]:
            context: WorkspaceRequestContext = process.create_request_context()
            result = asyncio.run(schema.execute_async(query, context_value=context, variable_values=variables))
            assert not result.errors, result.errors
            return dict(result.data)

        yield ask


@pytest.fixture(scope="module")
def ask(full_home: Home) -> Iterator[Ask]:
    """The web UI of the full warehouse."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(full_home.folder, full_home.archive).items():
            patch.setenv(name, value)
        with web_ui() as found:
            yield found


def statuses(ask: Ask, table: str) -> dict[str, dict[date, str]]:
    """Status by check and day, without days that were never checked."""
    node = ask(CHECKS, key={"path": [table]})["assetNodeOrError"]
    found: dict[str, dict[date, str]] = {}
    for check in node["assetChecksOrError"]["checks"]:
        assert check["blocking"] is False
        ranges = (check["partitionStatuses"] or {"ranges": []})["ranges"]
        days = {}
        for part in ranges:
            for day in day_range(date.fromisoformat(part["startKey"]), date.fromisoformat(part["endKey"])):
                days[day] = part["status"]
        found[check["name"]] = days
    return found


def in_warehouse(home: Home, table: str) -> dict[str, dict[date, str]]:
    """The same from quality.check_results; a failed WARN check is a failed status, too."""
    results = home.quality("check_results", table)
    found: dict[str, dict[date, str]] = {name: {} for name in checks_of(registry.tables()[table])}
    for row in results.to_dict("records"):
        found[row["check_name"]][row["game_date"].date()] = "SUCCEEDED" if row["passed"] else "FAILED"
    return found


@pytest.mark.parametrize("table", list(registry.tables()))
def test_every_check_has_one_status_per_day_after_a_range_run(full: Home, ask: Ask, table: str) -> None:
    shown, expected = statuses(ask, table), in_warehouse(full, table)
    assert shown.keys() == expected.keys()
    # Products as of a day are built, and checked, only for the newest day.
    due = {full.last_day} if as_of_a_day([table]) else set(full.truth.game_days)
    for check, days in expected.items():
        evaluated = {day: status for day, status in shown[check].items() if status != "SKIPPED"}
        assert evaluated == days, check
        assert due <= set(days), check


def test_statuses_differ(full: Home, ask: Ask) -> None:
    completeness = statuses(ask, "player_boxscores")["completeness"]
    play_in = date(2021, 11, 6)
    assert completeness[play_in] == "FAILED"
    assert {completeness[day] for day in full.truth.game_days if day != play_in} == {"SUCCEEDED"}
    assert statuses(ask, "schedule")["quarantine"][date(2022, 11, 9)] == "FAILED"


def test_an_evaluation_contains_its_findings(full: Home, ask: Ask) -> None:
    found = ask(EXECUTIONS, key={"path": ["player_boxscores"]}, check="completeness", day="2021-11-06")
    (execution,) = found["assetCheckExecutions"]
    evaluation = execution["evaluation"]
    run_id = full.ledger("player_boxscores").loc[("player_boxscores", "2021-11-06"), "run_id"]
    assert (execution["status"], execution["partition"]) == ("FAILED", "2021-11-06")
    assert (evaluation["success"], evaluation["severity"]) == (False, "WARN")
    assert evaluation["targetMaterialization"]["runId"] == run_id
    told = {entry["label"]: entry.get("intValue", entry.get("text")) for entry in evaluation["metadataEntries"]}
    assert told["state"] == "∅ not covered"
    assert (told["due"], told["not_covered"], told["missing"], told["found"]) == ("2", "2", "0", "0")


@pytest.mark.parametrize("table", ["player_game_summary", "schedule"])
def test_page_of_a_table_has_columns_and_rows_per_day(full: Home, ask: Ask, table: str) -> None:
    days = ["2022-10-18", "2022-10-20"]
    page = ask(PAGE, key={"path": [table]}, days=days)["assetNodeOrError"]
    contract = registry.contract(table)
    assert page["groupName"] == contract.layer
    assert page["isPartitioned"] is True
    (schema,) = [entry["schema"] for entry in page["metadataEntries"] if "schema" in entry]
    assert [column["name"] for column in schema["columns"]] == contract.column_names
    assert all(column["description"] for column in schema["columns"])
    ledger = full.ledger(table)
    told = {
        made["partition"]: {
            entry["label"]: entry.get("intValue", entry.get("text")) for entry in made["metadataEntries"]
        }
        for made in page["assetMaterializations"]
    }
    assert set(told) == set(days)
    for day in days:
        row = ledger.loc[(table, day)]
        assert told[day]["dagster/partition_row_count"] == row["rows"]
        assert told[day]["content_hash"] == row["content_hash"]
        assert told[day]["status"] == row["status"]


def test_single_day_run_replaces_the_status_of_its_day_only(home: Home) -> None:
    day = date(2022, 10, 18)
    home.sql("DELETE FROM raw.schedule WHERE game_date = ?", [day])
    with web_ui() as ask:
        before = statuses(ask, "team_boxscores")
        assert before["completeness"][day] == "SUCCEEDED"
        home.backfill(day, day, names=["team_boxscores"], is_forced=True)
        after = statuses(ask, "team_boxscores")
        assert after["completeness"][day] == "FAILED"  # the schedule has no games any more, so no rows are expected
        assert after["unique_keys"][day] == "SUCCEEDED"
        for check, days in before.items():
            assert {d: s for d, s in after[check].items() if d != day} == {d: s for d, s in days.items() if d != day}
        found = ask(EXECUTIONS, key={"path": ["team_boxscores"]}, check="completeness", day=f"{day}")
        assert [execution["status"] for execution in found["assetCheckExecutions"]] == ["FAILED", "SUCCEEDED"]
