"""The web UI with four real seasons: its screens finish loading and show the results of the checks."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from nba_assets.engine import registry
from nba_assets.engine.checks.evaluate import checks_of
from nba_assets.settings import Settings
from nba_assets_tests.archive_warehouse import STORED, ArchiveHome
from nba_assets_tests.browser.screens import visited
from nba_assets_tests.browser.test_dagster_ui import FLAGS, dagster_dev, path_of_chromium, see
from nba_assets_tests.mini_warehouse import environment

pytestmark = [pytest.mark.browser, pytest.mark.seasons, pytest.mark.xdist_group("browser")]

AT_REST = 10.0
"""Seconds allowed, for a slow machine; two idle cores need a fifth of it."""
_STATUSES = """{assetNodes {assetKey {path} assetChecksOrError {... on AssetChecks {checks {name partitionStatuses
{... on AssetCheckTimePartitionStatuses {ranges {startKey endKey status}}}}}}}}"""


@pytest.fixture(scope="module")
def folder(archive_home: ArchiveHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the home: the daemon of the web UI writes to it."""
    found = tmp_path_factory.mktemp("seasons") / "home"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(archive_home.folder, archive_home.archive).items():
            patch.setenv(name, value)
        patch.delenv("NBA_NOW", raising=False)
        shutil.copytree(archive_home.records_as_made, found / "dagster")
        shutil.copy(archive_home.as_made, found / Settings().database.name)
        patch.setenv("NBA_HOME", str(found))
        yield found


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    path_of_chromium()
    with dagster_dev(folder.parent / "dagster_dev.log") as url:
        yield url


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path_of_chromium(), args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 1000}, locale="en-US")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def results(folder: Path) -> pd.DataFrame:
    """quality.check_results: table_name, check_name, day, passed."""
    query = "SELECT table_name, check_name, strftime(game_date, '%Y-%m-%d') AS day, passed FROM quality.check_results"
    with duckdb.connect(str(folder / Settings().database.name), read_only=True) as connection:
        return connection.sql(query).df()


def test_screens_finish_loading_in_time(page: Page) -> None:
    took = dict(visited(page))
    expect(page.get_by_text("fetching statuses")).to_have_count(0)
    assert {name: seconds for name, seconds in took.items() if seconds > AT_REST} == {}, took


def test_statuses_match_the_check_results(address: str, results: pd.DataFrame) -> None:
    """For every check and day of four seasons, with the same GraphQL query as the screens."""
    request = urllib.request.Request(
        f"{address}/graphql", json.dumps({"query": _STATUSES}).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as response:
        nodes = json.load(response)["data"]["assetNodes"]
    expected = {
        (table, check): {
            "SUCCEEDED": set(of_check.loc[of_check["passed"], "day"]),
            "FAILED": set(of_check.loc[~of_check["passed"], "day"]),
        }
        for (table, check), of_check in results.groupby(["table_name", "check_name"])
    }
    assert len(expected) > 100 and sum(len(found["FAILED"]) for found in expected.values()) > 100
    told: dict[tuple[str, str], dict[str, set[str]]] = {}
    for node in nodes:
        for check in node["assetChecksOrError"].get("checks", []):
            days: dict[str, set[str]] = {"SUCCEEDED": set(), "FAILED": set()}
            for part in check["partitionStatuses"]["ranges"]:
                span = pd.date_range(part["startKey"], part["endKey"]).strftime("%Y-%m-%d")
                days.setdefault(part["status"], set()).update(span)
            told[node["assetKey"]["path"][-1], check["name"]] = days
    assert {key: told[key] for key in expected} == expected
    assert set(expected) >= {(name, check) for name in STORED for check in checks_of(registry.tables()[name])}


def test_the_page_of_a_check_counts_its_days(page: Page, results: pd.DataFrame) -> None:
    of_check = results[(results["table_name"] == "player_boxscores") & (results["check_name"] == "completeness")]
    passed = int(of_check["passed"].sum())
    page.goto("/assets/player_boxscores?view=checks")
    see(page, "completeness", "Execution history")
    page.get_by_role("tab", name="Partitions").last.click()
    see(page, f"Passed ({passed:,})".replace(",", ""), f"Failed ({len(of_check) - passed})", "Skipped (0)")
