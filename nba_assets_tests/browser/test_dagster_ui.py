"""The web UI in Chromium, served by a real `dagster dev` (web server, daemon, code server).

No page may log an error on the browser's console. Screenshots are in the tests' tmp_path.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from nba_assets.basketball.calendar import FIRST_DAY, day_range, eastern_today
from nba_assets.engine import registry
from nba_assets.orchestration.backfill import after_checks, as_of_a_day
from nba_assets.orchestration.declared import column_schema
from nba_assets.settings import REPOSITORY
from nba_assets.sources.live.feeds import FEEDS
from nba_assets_tests.mini_archive import Truth
from nba_assets_tests.mini_warehouse import DAGSTER, Home, differing, environment

pytestmark = [pytest.mark.long, pytest.mark.browser, pytest.mark.xdist_group("browser")]

LAST_DAY = date(2021, 11, 8)
GAME_DAY = date(2021, 10, 20)
PLAY_IN = date(2021, 11, 6)
"""A day with a game, 0052100111, that has no player rows in any family of the archive."""
REMADE = day_range(date(2021, 11, 5), date(2021, 11, 7))
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE = 20_000
"""Milliseconds to wait for something on a page."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, mini: tuple[Path, Truth]) -> Iterator[Home]:
    """A warehouse of three weeks."""
    found = Home(tmp_path_factory.mktemp("browser") / "home", *mini)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(found.folder, found.archive).items():
            patch.setenv(name, value)
        patch.delenv("NBA_NOW", raising=False)
        runs = found.backfill(last=LAST_DAY)
        assert [run.is_success for run in runs] == [True], runs
        yield found


@pytest.fixture(scope="module")
def chromium() -> str:
    return path_of_chromium()


def path_of_chromium() -> str:
    """Path of Chromium; the test is skipped if it is not installed."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium on PATH (chromium, chromium-browser, google-chrome): the web UI is not tested")


@pytest.fixture(scope="module")
def address(chromium: str, home: Home) -> Iterator[str]:
    """Address of the running web UI; its daemon runs, too."""
    with dagster_dev(home.folder.parent / "dagster_dev.log") as url:
        yield url


@contextmanager
def dagster_dev(printed: Path) -> Iterator[str]:
    """Runs `dagster dev` with this environment; yields its address once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(DAGSTER), "dev", "--workspace", "workspace.yaml", "--host", "127.0.0.1", "--port", str(port)]
    with whole_group(command, printed) as process:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 180
        while not _answers(f"{url}/server_info"):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"dagster dev does not answer; it printed:\n{printed.read_text()[-4000:]}")
            time.sleep(0.2)
        yield url


@contextmanager
def whole_group(command: list[str], printed: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a new process group; at the end the whole group is terminated."""
    with printed.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Background jobs of a shell ignore SIGINT, which children inherit; Dagster's processes would then never
            # end.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        yield process
    finally:
        family = {*_members(process.pid), *_descendants(process.pid)}
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        _, alive = psutil.wait_procs(family, timeout=15)
        for member in {*alive, *_members(process.pid)}:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        process.wait(timeout=10)
        _, left = psutil.wait_procs(family, timeout=10)
        assert [*left, *_members(process.pid)] == []


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _members(group: int) -> list[psutil.Process]:
    """Processes of a group, without zombies."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            pass
    return found


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def browser(chromium: str, address: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def console() -> list[str]:
    """Errors logged by the pages of the test."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, console: list[str], tmp_path: Path) -> Iterator[Page]:
    """A page of a new session; it must not have logged an error at the end."""
    context = browser.new_context(
        base_url=address, viewport={"width": 1440, "height": 1000}, locale="en-US", timezone_id="America/New_York"
    )
    context.set_default_timeout(PATIENCE)
    found = context.new_page()
    found.on("console", lambda message: console.append(message.text) if message.type == "error" else None)
    found.on("pageerror", lambda error: console.append(str(error)))
    yield found
    found.screenshot(path=tmp_path / "at_the_end.png")
    context.close()
    assert console == []


def shown(page: Page, text: str | re.Pattern[str]) -> Locator:
    """The first visible element with the text: Dagster keeps a hidden copy of names that it may truncate."""
    return page.get_by_text(text, exact=True).filter(visible=True).first


def see(page: Page, *texts: str | re.Pattern[str], timeout: int = PATIENCE) -> None:
    """Waits until each of the texts is shown."""
    for text in texts:
        expect(shown(page, text)).to_be_visible(timeout=timeout)


def metadata_row(page: Page, label: str) -> Locator:
    """The row of a metadata table with the label."""
    return page.locator("tr").filter(has=page.get_by_text(label, exact=True)).filter(visible=True).first


def open_check(page: Page, table: str, check: str) -> None:
    """Opens the partitions of a check from its table's page."""
    page.goto(f"/assets/{table}?view=checks")
    shown(page, check).click()
    expect(page.get_by_text("Execution history")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("tab", name="Partitions").last.click()


def choose_failed(page: Page, day: date) -> None:
    """Selects the day in the list of failed days."""
    for status in ("Missing", "Passed"):
        page.get_by_text(re.compile(rf"^{status} \(\d+\)$")).click()
    shown(page, day.isoformat()).click()


def all_days(home: Home) -> list[date]:
    """All existing partitions."""
    return day_range(FIRST_DAY, eastern_today(home.platform.now()))


def test_lineage_has_the_layers_and_their_tables(home: Home, page: Page, tmp_path: Path) -> None:
    page.goto("/asset-groups")
    for layer in ("sources", *registry.LAYERS):
        expect(page.get_by_text(layer, exact=True).filter(visible=True)).to_have_count(2, timeout=PATIENCE)
    page.screenshot(path=tmp_path / "layers.png")
    for layer in registry.LAYERS:
        page.get_by_title(layer, exact=True).first.locator(
            "xpath=ancestor::*[.//*[@aria-label='arrow_drop_down']][1]//*[@aria-label='arrow_drop_down']"
        ).click()
        for table in registry.tables().values():
            if table.contract.layer == layer:
                expect(page.get_by_title(table.name, exact=True).first).to_be_visible(timeout=PATIENCE)
    page.get_by_text("analytics", exact=True).filter(visible=True).last.click()
    # With so many tables names are truncated in the middle.
    expect(page.locator("foreignObject").filter(has_text="player_ga").last).to_be_visible(timeout=PATIENCE)
    page.screenshot(path=tmp_path / "tables.png")
    page.goto("/assets/player_game_summary?view=partitions")
    see(page, f"{len(all_days(home)):,} Partitions Selected")


def test_page_of_a_table_links_to_its_inputs(page: Page) -> None:
    page.goto("/assets/player_game_summary")
    see(page, "Upstream assets")
    inputs = {item.name for item in registry.tables()["player_game_summary"].inputs.values()}
    assert "player_boxscores" in inputs
    for name in inputs:
        expect(page.locator(f"a[href$='/assets/{name}']").first).to_be_visible(timeout=PATIENCE)
    assert page.locator("a[href$='/assets/referee_assignments']").count() == 0


@pytest.mark.parametrize("table", ["player_game_summary", "player_boxscores"])
def test_built_days_are_shown_as_materialized(home: Home, page: Page, table: str, tmp_path: Path) -> None:
    ledger = home.ledger(table).loc[table]
    missing = len(all_days(home)) - len(ledger)
    page.goto(f"/assets/{table}?view=partitions")
    see(page, f"Materialized ({len(ledger)})", f"Missing ({missing})", "Failed (0)")
    for day in (GAME_DAY, PLAY_IN):
        page.get_by_placeholder("Filter by name…").fill(day.isoformat())
        shown(page, day.isoformat()).click()
        see(page, "Materialized")
        row = ledger.loc[day.isoformat()]
        expect(metadata_row(page, "content_hash")).to_contain_text(row["content_hash"])
        expect(metadata_row(page, "status")).to_contain_text(row["status"])
        expect(metadata_row(page, "dagster/partition_row_count")).to_have_text(
            re.compile(rf"count\s*{row['rows']}\s*$")
        )
        page.screenshot(path=tmp_path / f"{day}.png")
    assert ledger.loc[GAME_DAY.isoformat(), "rows"] > 0


@pytest.mark.parametrize(
    ("table", "day", "told"),
    [
        ("player_boxscores", PLAY_IN, "no file of player_box_v3 for 2021-22"),
        ("prop_lines", GAME_DAY, "no family of player-points quotes"),
    ],
)
def test_status_of_a_check_per_day(home: Home, page: Page, table: str, day: date, told: str, tmp_path: Path) -> None:
    results = home.quality("check_results", table)
    passed = results.loc[results["check_name"] == "completeness"].set_index("game_date")["passed"]
    open_check(page, table, "completeness")
    see(page, f"Passed ({passed.sum()})", f"Failed ({(~passed).sum()})", "Skipped (0)", "Execution Failed (0)")
    page.screenshot(path=tmp_path / "all_days.png")
    assert not passed[day.isoformat()]
    choose_failed(page, day)
    expect(page.get_by_text(told).first).to_be_visible(timeout=PATIENCE)
    see(page, "Failed")
    assert page.get_by_text("View all historical executions (1)").count() == 1


def test_columns_with_types_and_descriptions(page: Page) -> None:
    contract = registry.contract("player_game_summary")
    page.goto(f"/assets/{contract.name}")
    see(page, "Column name", contract.doc)
    rows = page.locator("table").filter(has_text="Column name").locator("tr")
    expect(rows).to_have_count(1 + len(contract.columns))
    texts = [text.split() for text in rows.all_inner_texts()[1:]]
    for column, told, schema in zip(contract.columns, texts, column_schema(contract).columns, strict=True):
        assert told[0] == column.name
        assert column.kind in told
        assert " ".join(told).endswith(" ".join((schema.description or "").split())), column.name
        assert ("non-nullable" in told) == (not column.is_nullable), column.name
    points = next(text for text in texts if text[0] == "points")
    column = contract.column("points")
    assert " ".join(points).endswith(f"{column.doc} ({column.unit}) [{column.low:g}, {column.high:g}]")


def test_a_backfill_launched_by_hand(home: Home, page: Page, tmp_path: Path) -> None:
    before, checked = home.hashes(), home.quality("check_results")
    page.goto("/asset-groups")
    # All tables, and the live feeds, which report that they are off.
    page.get_by_role("button", name=f"Materialize all ({len(registry.tables()) + len(FEEDS)})").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Show all partitions").click()
    days = dialog.locator("input[type=text]").first
    days.fill(f"[{REMADE[0]}...{REMADE[-1]}]")
    days.press("Enter")
    expect(dialog.get_by_text(f"{len(REMADE)} partitions")).to_be_visible()
    page.screenshot(path=tmp_path / "dialog.png")
    dialog.get_by_role("button", name="Launch backfill").click()
    expect(page.get_by_text("Created backfill")).to_be_visible()
    shown(page, "View").click()
    page.get_by_role("tab", name="Runs").click()
    # The daemon checks backfills every 30 seconds.
    see(page, "Success", timeout=300_000)
    page.screenshot(path=tmp_path / "run.png")
    link = page.locator("a[href*='/runs/']").filter(has_text=re.compile("^[0-9a-f]{8}$"))
    expect(link).to_have_count(1)
    run_id = str(link.get_attribute("href")).rsplit("/", 1)[-1].split("?")[0]

    wanted = {(table, day) for table in registry.tables() for day in REMADE}
    ledger = home.ledger().reset_index()
    written = ledger[ledger["run_id"] == run_id]
    assert set(zip(written["table_name"], written["game_date"].dt.date, strict=True)) == wanted
    told = set(after_checks(list(registry.tables())))  # with the checks at the time of the run
    assert {name for name, _ in differing(home.hashes(), before)} <= told
    results = home.quality("check_results")
    is_remade = results["game_date"].dt.date.isin(REMADE)
    assert set(results.loc[is_remade, "run_id"]) == {run_id}
    assert run_id not in set(results.loc[~is_remade, "run_id"])
    keys = ["table_name", "check_name", "game_date", "passed", "reasons"]
    # Products as of a day were built, and checked, only for the newest day of the backfill.
    is_by_day = ~results["table_name"].isin(as_of_a_day(list(registry.tables())))
    was_by_day = ~checked["table_name"].isin(as_of_a_day(list(registry.tables())))
    assert (
        results.loc[is_by_day, keys].reset_index(drop=True).equals(checked.loc[was_by_day, keys].reset_index(drop=True))
    )
    assert results.loc[~is_by_day & is_remade, "passed"].all()

    open_check(page, "player_boxscores", "completeness")
    choose_failed(page, PLAY_IN)
    see(page, run_id[:8], "View all historical executions (2)")


def test_execute_all_checks_every_built_day(home: Home, page: Page, tmp_path: Path) -> None:
    before = home.quality("check_results", "player_boxscores")
    page.goto("/assets/player_boxscores?view=checks")
    page.get_by_role("button", name="Execute all").click()
    expect(page.get_by_text("Launched run")).to_be_visible()
    shown(page, "View").click()
    see(page, "Success", timeout=300_000)
    after = home.quality("check_results", "player_boxscores")
    assert set(after["run_id"]).isdisjoint(before["run_id"]) and after["run_id"].nunique() == 1
    keys = ["check_name", "game_date", "passed", "reasons"]
    assert after[keys].equals(before[keys])
    passed = after.loc[after["check_name"] == "completeness", "passed"]
    open_check(page, "player_boxscores", "completeness")
    see(page, f"Passed ({passed.sum()})", f"Failed ({(~passed).sum()})", "Skipped (0)")
    page.screenshot(path=tmp_path / "all_days.png")


def test_every_part_of_the_ui_opens_without_errors(page: Page, console: list[str], tmp_path: Path) -> None:
    pages = {
        "/overview": "Timeline",
        "/runs": "Success",
        "/assets": "best_bets",
        "/jobs": "analytics_tables",
        "/automation": "reconcile",
        "/locations": "Loaded",
        "/assets/source/schedule": "External Asset",
        "/assets/player_game_summary?view=events": "content_hash",
        "/assets/player_game_summary?view=lineage": "Nearest Neighbors",
    }
    for path, text in pages.items():
        page.goto(path)
        see(page, text)
        page.screenshot(path=tmp_path / f"{re.sub('[^a-z_]+', '_', path).strip('_')}.png")
    assert console == []
    page.evaluate("console.error('heard')")
    assert console == ["heard"]
    console.clear()
