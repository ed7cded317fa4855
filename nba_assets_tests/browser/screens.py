"""Measures how long the screens of Dagster's web UI take to finish loading, for the home in NBA_HOME.

    NBA_HOME=$PWD/.nba .venv/bin/python -m nba_assets_tests.browser.screens --repeats 3

Prints a JSON object: for each screen the seconds of each repeat. The first visit of a screen in a session is included.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from playwright.sync_api import Page, Request, sync_playwright

SCREENS = {
    "asset page": "/assets/player_game_summary",
    "checks tab": "/assets/player_boxscores?view=checks",
    "catalog": "/assets",
    "lineage": "/asset-groups",
}
ALL_GROUPS = "lineage, all groups open"
_QUIET = 1.0
_PATIENCE = 60.0
_LIVE = "AssetGraphLiveQuery"


def seconds_until_rest(page: Page, go: Callable[[], Any], *, asks: bool = True) -> float:
    """Seconds until the page stops sending requests.

    Args:
        page: the page.
        go: opens the screen.
        asks: wait until the statuses of tables were requested and answered, so that a screen that is drawn late is not
            counted as finished.
    """
    flying: set[Request] = set()
    is_answered = not asks
    last = time.monotonic()

    def started(request: Request) -> None:
        if "graphql" in request.url:
            flying.add(request)

    def ended(request: Request) -> None:
        nonlocal last
        if request in flying:
            flying.remove(request)
            last = time.monotonic()

    def answered(request: Request) -> None:
        nonlocal is_answered
        is_answered = is_answered or (request in flying and _LIVE in (request.post_data or ""))
        ended(request)

    page.on("request", started)
    page.on("requestfinished", answered)
    # A request that the previous screen sent is aborted when the next one is opened: it ends without an answer.
    page.on("requestfailed", ended)
    begun = time.monotonic()
    go()
    last = max(last, time.monotonic())
    while flying or not is_answered or time.monotonic() - last < _QUIET:
        assert time.monotonic() - begun < _PATIENCE, f"{page.url}: {len(flying)} not answered, asked: {is_answered}"
        page.wait_for_timeout(20)
    page.remove_listener("request", started)
    page.remove_listener("requestfinished", answered)
    page.remove_listener("requestfailed", ended)
    return last - begun


def visited(page: Page) -> Iterator[tuple[str, float]]:
    """Each screen with its seconds until it has finished loading."""
    page.goto("/overview")
    page.wait_for_timeout(2_000)  # the workspace is loaded once per session
    for name, path in SCREENS.items():
        # The boxes of the layers send no request before they are visible.
        asks = name != "lineage"
        yield name, seconds_until_rest(page, lambda path=path: page.goto(path), asks=asks)  # type: ignore[misc]
    page.locator("svg").get_by_text("precompute").first.wait_for()
    yield ALL_GROUPS, seconds_until_rest(page, lambda: page.keyboard.press("Alt+e"), asks=False)


@contextmanager
def opened(address: str) -> Iterator[Page]:
    """A page of Chromium that shows the web UI."""
    from nba_assets_tests.browser.test_dagster_ui import FLAGS, path_of_chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of_chromium(), args=FLAGS)
        context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 1000}, locale="en-US")
        yield context.new_page()
        browser.close()


@click.command()
@click.option("--repeats", type=click.IntRange(min=1), default=3, show_default=True)
def main(repeats: int) -> None:
    """Visits the screens and prints their durations."""
    from nba_assets_tests.browser.test_dagster_ui import dagster_dev

    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, dagster_dev(Path(folder) / "dagster_dev.log") as address:
        for _ in range(repeats):
            with opened(address) as page:
                for name, took in visited(page):
                    seconds.setdefault(name, []).append(round(took, 3))
    click.echo(json.dumps(seconds))


if __name__ == "__main__":
    main()
