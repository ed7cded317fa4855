"""The static site in Chromium, served from a published folder by a plain file server."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from nba_assets.cli.serve import server
from nba_assets.site import pages
from nba_assets_tests.browser import sample_documents

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]

FLAGS = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking".split()
TATUM = 1628369
PATIENCE = 20_000
"""Milliseconds to wait for something on a page."""
PAGES = {page.file: page.title for page in pages.PAGES} | {"player.html?id=203999": "Players"}
SIZES = {"desktop": (1440, 1000), "phone": (375, 812)}
MOST_SHIFT = 0.01
"""Maximum cumulative layout shift of a page: a tenth of the threshold for "good"."""
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 400);
})"""
LOADED = "() => performance.getEntriesByType('navigation')[0].duration"

Open = Callable[..., Page]
Serve = Callable[[Path], str]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of the site while the folder is served."""
    found = server(folder, 0)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{found.server_address[1]}/"
    finally:
        found.shutdown()
        found.server_close()
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium on PATH (chromium, chromium-browser, google-chrome): the site is not tested")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site with documents of three game days, in a subfolder as on a shared host."""
    folder = tmp_path_factory.mktemp("published")
    sample_documents.publish(folder / "some" / "where", sample_documents.documents())
    with serving(folder) as found:
        yield f"{found}some/where/v1/site/"


@pytest.fixture
def console() -> list[str]:
    """Errors logged by the pages of the test."""
    return []


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves a folder until the test's pages are closed; stopping earlier would reset pending requests."""
    with ExitStack() as servers:
        yield lambda folder: servers.enter_context(serving(folder))


@pytest.fixture
def open_page(browser: Browser, console: list[str], tmp_path: Path, serve: Serve) -> Iterator[Open]:
    """Opens a URL in a new session and waits until it is drawn; no page may have logged an error at the end."""
    contexts: list[BrowserContext] = []

    def opened(
        url: str, size: str = "desktop", scheme: str = "light", now: str | None = None, is_ticking: bool = False
    ) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale="en-US",
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda message: console.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: console.append(str(error)))
        if now is not None and is_ticking:
            page.clock.install(time=now)
        elif now is not None:
            page.clock.set_fixed_time(now)
        page.goto(url)
        drawn(page)
        return page

    yield opened
    for number, context in enumerate(contexts):
        for page in context.pages:
            page.screenshot(path=tmp_path / f"at_the_end_{number}.png")
        context.close()
    assert console == []


def logged(page: Page, console: list[str]) -> list[str]:
    """The errors of a page that should have some; it is closed first, because they may arrive late."""
    page.close()
    found = list(console)
    console.clear()
    return found


def drawn(page: Page) -> None:
    """Waits until the page has its documents. Content below the fold may have no innerText yet, only textContent."""
    page.wait_for_selector("#content:not([aria-busy]) > *")


def changed(folder: Path, path: str, change: Callable[[dict[str, object]], None]) -> None:
    """Changes a published document."""
    target = folder / "v1" / path
    document = json.loads(target.read_text())
    change(document)
    target.write_text(json.dumps(document))


# ---- every page ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_logs_no_error_does_not_shift_and_fits(
    path: str,
    size: str,
    scheme: str,
    address: str,
    open_page: Open,
    tmp_path: Path,
    record_property: Callable[..., None],
) -> None:
    page = open_page(address + path, size, scheme)
    expect(page.locator("h1")).to_have_text(PAGES[path])
    expect(page.locator(".site-nav [aria-current]")).to_have_count(1)
    assert page.evaluate(SHIFT) < MOST_SHIFT
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], "the page itself scrolls sideways"
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    assert page.locator("#content .failure").count() == 0
    text = page.text_content("body") or ""
    assert "NaN" not in text and "undefined" not in text
    record_property("load_ms", page.evaluate(LOADED))
    page.screenshot(path=tmp_path / "page.png", full_page=True)


def test_console_errors_are_detected(address: str, open_page: Open, console: list[str]) -> None:
    page = open_page(address + "index.html")
    page.evaluate("console.error('heard')")
    assert logged(page, console) == ["heard"]


def test_inline_scripts_are_blocked(address: str, open_page: Open, console: list[str]) -> None:
    page = open_page(address + "index.html")
    page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'owned'";
      document.body.append(script);
    }""")
    assert page.title() == "Tonight · nba-assets"
    (error,) = logged(page, console)
    assert "Content Security Policy" in error


# ---- light and dark ----


def test_the_theme_follows_the_button_and_is_remembered(address: str, open_page: Open) -> None:
    page = open_page(address + "systems.html", scheme="light")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch to dark colours").click()
    expect(page.get_by_role("button", name="Switch to light colours")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    expect(page.locator(".plot svg").first).to_be_visible()
    page.goto(address + "results.html")
    drawn(page)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


# ---- tonight and results ----


def test_tonight_says_that_there_are_no_games_today(address: str, open_page: Open) -> None:
    page = open_page(address + "index.html")
    notice = page.locator(".notice")
    expect(notice).to_contain_text("No games today")
    notice.get_by_role("link", name="Friday, January 17, 2025").click()
    page.wait_for_url("**/index.html?date=2025-01-17")
    drawn(page)
    expect(page.get_by_role("heading", name="Friday, January 17, 2025")).to_be_visible()
    expect(page.locator(".notice")).to_have_count(0)


def test_tonight_is_the_current_day_in_us_eastern_time(address: str, open_page: Open) -> None:
    for now in ("2025-01-17T05:00:00Z", "2025-01-18T04:59:00Z"):
        page = open_page(address + "index.html", now=now)
        expect(page.get_by_role("heading", name="Friday, January 17, 2025")).to_be_visible()
        expect(page.locator(".notice")).to_have_count(0)
    page = open_page(address + "index.html", now="2025-01-18T05:01:00Z")
    expect(page.locator(".notice")).to_contain_text("No games today, Saturday, January 18, 2025.")


def test_tonight_shows_prediction_naive_prediction_and_line(address: str, open_page: Open) -> None:
    page = open_page(address + f"index.html?date={sample_documents.NEWEST}")
    document = sample_documents.predictions(sample_documents.NEWEST, "archive")
    tatum = next(p for p in document["games"][0]["players"] if p["player_id"] == 1628369)
    by_system = {entry["system_id"]: entry for entry in tatum["systems"]}
    cells = page.locator("section.game").first.locator("tr", has_text="Jayson Tatum").locator("td").all_text_contents()
    assert cells[2] == f"{by_system['ensemble']['predicted_points']:.1f}"
    assert cells[4] == f"{by_system['naive_last_10']['predicted_points']:.1f}"
    assert cells[5] == "27.1 n 38"
    assert cells[6] == "27.5"
    page.get_by_label("System").select_option("similarity")
    cells = page.locator("section.game").first.locator("tr", has_text="Jayson Tatum").locator("td").all_text_contents()
    assert cells[2] == f"{by_system['similarity']['predicted_points']:.1f}"


def test_a_game_can_be_jumped_to(address: str, open_page: Open) -> None:
    for path in ("index.html", "results.html"):
        page = open_page(address + f"{path}?date={sample_documents.NEWEST}", "phone")
        page.get_by_role("navigation", name="Games on this page").get_by_role("link", name="MIA at GSW").click()
        expect(page.get_by_role("heading", name="MIA at GSW")).to_be_in_viewport()


def test_a_missing_line_is_shown_as_missing_not_as_zero(address: str, open_page: Open) -> None:
    page = open_page(address + f"index.html?date={sample_documents.NEWEST}")
    cells = page.locator("tr", has_text="Derrick White").first.locator("td").all_text_contents()
    assert cells[6] == "no line"
    assert cells[7:9] == ["–", "–"]
    assert cells[9] == "no line"


def test_every_system_of_a_game_can_be_opened(address: str, open_page: Open) -> None:
    page = open_page(address + f"index.html?date={sample_documents.NEWEST}")
    page.get_by_text("All systems, NYK at BOS").click()
    expect(page.locator("details[open] thead th")).to_have_count(len(sample_documents.SYSTEMS) + 2)


def test_a_day_without_games_names_the_nearest(address: str, open_page: Open) -> None:
    for path, words in (("index.html", "No predictions on"), ("results.html", "No results of")):
        page = open_page(address + f"{path}?date={sample_documents.EMPTY_DAY}")
        expect(page.locator(".notice")).to_contain_text(words)
        expect(page.locator(".notice a")).to_have_text(["Wednesday, January 15, 2025", "Friday, January 17, 2025"])


def test_buttons_and_calendar_change_the_day(address: str, open_page: Open) -> None:
    page = open_page(address + "results.html")
    expect(page.get_by_role("button", name="Later day")).to_be_disabled()
    page.get_by_role("button", name="Earlier day, 2025-01-15").click()
    page.wait_for_url("**/results.html?date=2025-01-15")
    drawn(page)
    page.get_by_label("Day", exact=True).fill("2025-01-14")
    page.get_by_label("Day", exact=True).press("Enter")
    page.wait_for_url("**/results.html?date=2025-01-14")
    drawn(page)
    expect(page.get_by_role("button", name="Earlier day")).to_be_disabled()


def test_results_show_void_win_and_loss(address: str, open_page: Open) -> None:
    page = open_page(address + f"results.html?date={sample_documents.NEWEST}")
    cells = page.locator("section.game tr", has_text="Bam Adebayo").locator("td").all_text_contents()
    assert cells[1] == "DNP" and cells[3] == "–"
    document = sample_documents.results(sample_documents.NEWEST, "archive")
    players = [player for game in document["games"] for player in game["players"]]
    shown = page.locator("section.game tbody tr")
    expect(shown).to_have_count(len(players))
    outcomes = {entry["result"] for player in players for entry in player["systems"]}
    assert {"PASS", None} <= outcomes and outcomes & {"WIN", "LOSS"}
    for player in players:
        entry = next(entry for entry in player["systems"] if entry["system_id"] == "ensemble")
        result = (
            page.locator("section.game tr")
            .filter(has=page.get_by_role("link", name=player["player_name"], exact=True))
            .locator("td")
            .nth(10)
        )
        assert result.text_content() == (entry["result"] or "–").lower()


def test_live_and_reconstructed_predictions_are_distinguished(tmp_path: Path, serve: Serve, open_page: Open) -> None:
    found = sample_documents.documents()
    found["predictions/today.json"] = sample_documents.predictions(sample_documents.NEWEST, "archive", is_live=True)
    sample_documents.publish(tmp_path, found)
    root = serve(tmp_path)
    page = open_page(f"{root}v1/site/index.html")
    expect(page.locator(".game-head .tag")).to_have_text(["live"] * len(sample_documents.GAMES))
    page.goto(f"{root}v1/site/systems.html")
    drawn(page)
    page.get_by_role("button", name="Live", exact=True).click()
    expect(page.locator("#content")).to_contain_text("n = 0: no live prediction is graded in this part.")


def test_who_is_out_and_what_changed_is_said(tmp_path: Path, serve: Serve, open_page: Open) -> None:
    found = sample_documents.documents()
    document = found["predictions/today.json"] = sample_documents.predictions(
        sample_documents.NEWEST, "archive", is_live=True
    )
    sample_documents.publish(tmp_path, found)
    page = open_page(f"{serve(tmp_path)}v1/site/index.html")
    out = page.locator("section.game", has_text="Jayson Tatum")
    expect(out.locator(".reported")).to_have_text("Injury report: out Jayson Tatum (BOS)")
    assert page.locator(".reported").count() == 1, "a game without anyone reported says nothing"
    row = out.get_by_role("row").filter(has_text="Jayson Tatum")
    expect(row.locator(".tag")).to_have_text("out")
    changed = page.get_by_role("row").filter(has_text="LeBron James").first
    expect(changed).to_contain_text(re.compile(r"was 1\.5, line 9\.5 \(11:00 AM ET\)"))
    assert (
        "before"
        in next(player for game in document["games"] for player in game["players"] if player["player_id"] == 2544)[
            "systems"
        ][0]
    )


# ---- players ----


def published_again(folder: Path, tatum: float) -> dict[str, dict[str, Any]]:
    """Publishes the documents, the newest predictions live, with other points of a player in every system."""
    found = sample_documents.documents()
    document = found["predictions/today.json"] = sample_documents.predictions(
        sample_documents.NEWEST, "archive", is_live=True
    )
    for player in (player for game in document["games"] for player in game["players"]):
        for entry in player["systems"]:
            if player["player_id"] == TATUM:
                entry["predicted_points"] = tatum
    sample_documents.publish(folder, found)
    # The modification time of a file has whole seconds in a reply, and the test publishes twice in one.
    moment = 1_700_000_000 + tatum
    os.utime(folder / "v1" / "predictions" / "today.json", (moment, moment))
    return found


def hide(page: Page, is_hidden: bool) -> None:
    """Makes the page believe that its tab is hidden, or seen again."""
    page.evaluate(
        "(hidden) => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });"
        "document.dispatchEvent(new Event('visibilitychange')); }",
        is_hidden,
    )


def test_tonight_follows_what_is_published_and_leaves_the_reader_where_he_is(
    tmp_path: Path, serve: Serve, open_page: Open
) -> None:
    published_again(tmp_path, 21.5)
    page = open_page(
        f"{serve(tmp_path)}v1/site/index.html", "phone", now=f"{sample_documents.NEWEST}T20:00:00Z", is_ticking=True
    )
    game = page.locator("section.game", has_text="Jayson Tatum")
    points = game.locator("table").first.get_by_role("row").filter(has_text="Jayson Tatum").locator("td.num .strong")
    expect(points).to_have_text("21.5")
    page.get_by_label("System").select_option("moving_average")
    game.locator("summary").click()
    game.get_by_role("button", name="Min", exact=True).click()
    game.locator(".table-wrap").first.evaluate("(wrap) => { wrap.scrollLeft = 120; }")
    game.get_by_role("button", name="Points", exact=True).focus()
    page.wait_for_timeout(100)
    game.evaluate("(section) => window.scrollTo({ top: section.offsetTop + 40, behavior: 'instant' })")
    top = game.bounding_box()["y"]  # type: ignore[index]

    published_again(tmp_path, 28.5)
    page.clock.run_for(61_000)
    expect(points).to_have_text("28.5")
    expect(page.locator(".follows")).to_contain_text("Changed at 3:01 PM ET")
    expect(page.locator(".controls select")).to_have_value("moving_average")
    assert game.locator("details").evaluate("(each) => each.open && each.querySelector('table') !== null")
    expect(game.locator("th", has_text=re.compile("^Min$"))).to_have_attribute("aria-sort", "descending")
    assert game.locator(".table-wrap").first.evaluate("(wrap) => wrap.scrollLeft") == 120
    assert page.evaluate("document.activeElement.textContent") == "Points"
    assert game.bounding_box()["y"] == pytest.approx(top, abs=1)  # type: ignore[index]

    # Nothing is asked while nobody looks, and nothing is taken from under a selection.
    hide(page, True)
    published_again(tmp_path, 30.5)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(300_000)
    page.wait_for_timeout(300)
    assert asked == []
    hide(page, False)
    expect(points).to_have_text("30.5")
    page.evaluate("document.getSelection().selectAllChildren(document.querySelector('section.game h3'))")
    published_again(tmp_path, 31.5)
    asked.clear()
    page.clock.run_for(61_000)
    page.wait_for_timeout(300)
    assert any(url.endswith("today.json") for url in asked) and points.text_content() == "30.5"
    page.evaluate("document.getSelection().removeAllRanges()")
    page.clock.run_for(61_000)
    expect(points).to_have_text("31.5")


def test_tonight_asks_no_more_once_the_day_is_over(tmp_path: Path, serve: Serve, open_page: Open) -> None:
    published_again(tmp_path, 21.5)
    page = open_page(
        f"{serve(tmp_path)}v1/site/index.html", now=f"{sample_documents.NEWEST}T20:00:00Z", is_ticking=True
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_response("**/predictions/today.json"):
        page.clock.run_for(61_000)
    page.clock.set_fixed_time(f"{sample_documents.NEWEST + timedelta(days=1)}T20:00:00Z")
    page.clock.run_for(61_000)
    asked.clear()
    page.clock.run_for(600_000)
    page.wait_for_timeout(200)
    assert asked == []
    late = open_page(
        f"{serve(tmp_path)}v1/site/index.html", now=f"{sample_documents.NEWEST + timedelta(days=1)}T20:00:00Z"
    )
    expect(late.locator(".follows")).to_have_count(0)


def test_a_player_is_found_with_the_keyboard_alone(address: str, open_page: Open) -> None:
    page = open_page(address + "player.html")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="Search a player")).to_be_focused()
    page.keyboard.type("jokic")
    expect(page.get_by_role("option")).to_have_text([re.compile("Nikola Jokić")])
    page.keyboard.press("Enter")
    page.wait_for_url("**/player.html?id=203999")
    drawn(page)
    expect(page.get_by_role("heading", name="Nikola Jokić")).to_be_visible()
    assert page.title() == "Nikola Jokić · nba-assets"


def test_arrow_keys_select_a_search_result(address: str, open_page: Open) -> None:
    page = open_page(address + "player.html")
    search = page.get_by_role("combobox", name="Search a player")
    search.fill("ja")
    expect(page.get_by_role("option")).not_to_have_count(0)
    names = [text.split("\n")[0] for text in page.get_by_role("option").all_inner_texts()]
    assert {"Jayson Tatum", "Jaylen Brown", "Jamal Murray", "Jalen Brunson"} <= set(names)
    search.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_contain_text(names[1])
    search.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    search.fill("JOKIĆ, Ni")
    expect(page.get_by_role("option")).to_have_text([re.compile("Nikola Jokić")])
    search.fill("nobody")
    expect(page.get_by_role("option")).to_have_text("No player with this name")


def test_a_name_is_shown_as_text_not_html(address: str, open_page: Open) -> None:
    for path in ("index.html", "results.html", "player.html", "player.html?id=99", "trends.html"):
        page = open_page(address + path)
        expect(page.get_by_text(sample_documents.SCRIPT_NAME).first).to_be_visible()
        assert page.title() != "owned"
    page = open_page(address + "player.html")
    page.get_by_role("combobox", name="Search a player").fill("script")
    expect(page.get_by_role("option")).to_contain_text([sample_documents.SCRIPT_NAME])


def test_an_unknown_player_is_reported_in_a_sentence(address: str, open_page: Open, console: list[str]) -> None:
    page = open_page(address + "player.html?id=..%2Findex")
    expect(page.locator(".notice")).to_contain_text("No player with this id is published.")
    assert logged(page, console) == []
    page = open_page(address + "player.html?id=424242")
    expect(page.locator(".notice")).to_contain_text("No player with this id is published.")
    (error,) = logged(page, console)
    assert "404" in error


# ---- tables and charts ----


def test_a_table_is_sorted_by_its_header(address: str, open_page: Open) -> None:
    page = open_page(address + "player.html")
    averages = page.locator("tbody td:nth-child(4)")
    assert averages.first.inner_text() == "29.6"
    button = page.get_by_role("button", name="Points a game")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    assert averages.first.inner_text() == "11.3"


def test_systems_shows_naive_and_market_with_n(address: str, open_page: Open) -> None:
    page = open_page(address + "systems.html")
    table = page.locator("table").first
    expect(table.locator("tbody tr")).to_have_count(len(sample_documents.SYSTEMS))
    assert table.locator("tbody th").all_inner_texts()[-2:] == ["Naive: mean of last 10", "Market: the line"]
    assert set(table.locator("tbody td:nth-child(2)").all_inner_texts()) == {"11,500"}
    expect(page.locator(".plot svg")).to_have_count(2)
    for figure in page.locator("figcaption").all_inner_texts():
        assert re.search(r"\bn (=|of)", figure), figure


def test_systems_shows_the_largest_effects_of_the_linear_system(address: str, open_page: Open) -> None:
    page = open_page(address + "systems.html")
    expect(page.get_by_role("heading", name="Linear: what counts most")).to_be_visible()
    table = page.locator("table").last
    assert table.locator("tbody th").all_inner_texts() == ["Points ewma", "Teammates points available"]
    assert table.locator("tbody td:nth-child(3)").all_inner_texts() == ["+0.41", "−0.27"]


def test_the_chart_compares_the_market_only_on_rows_with_a_line(address: str, open_page: Open) -> None:
    page = open_page(address + "systems.html")
    legend = page.locator(".legend").first
    expect(legend.locator("li")).to_have_count(len(sample_documents.SYSTEMS) - 2)
    expect(legend).not_to_contain_text("Market")
    page.get_by_role("group", name="Population of the chart").get_by_role("button", name="With a line").click()
    expect(page.locator(".legend").first.locator("li")).to_have_count(len(sample_documents.SYSTEMS))


def test_the_chart_has_a_gap_between_seasons(address: str, open_page: Open) -> None:
    page = open_page(address + "systems.html")
    group = page.get_by_role("group", name="Period of the chart")
    group.get_by_role("button", name="All seasons").click()
    line = page.get_by_role("img", name=re.compile("^Mean absolute error")).locator("g[data-mark='line'] path").first
    expect(line).to_have_attribute("d", re.compile("^M[^M]+M[^M]+$"))


# ---- data quality ----


def test_a_cell_of_the_heat_map_shows_the_failing_keys(address: str, open_page: Open) -> None:
    page = open_page(address + "quality.html")
    cell = page.get_by_role("button", name="player_boxscores, Jan 15, 2025, 3 games: an ERROR check failed")
    expect(cell).to_have_text("E")
    cell.click()
    panel = page.locator("aside")
    expect(panel).to_contain_text("1 missing key")
    expect(panel.locator("tbody th code")).to_have_text(sample_documents.FAILED_KEY)
    expect(panel.locator("pre")).to_contain_text("nba-assets backfill --from 2025-01-15 --to 2025-01-15")
    expect(cell).to_have_attribute("aria-pressed", "true")


def test_the_heat_map_is_one_tab_stop_and_arrows_move_in_it(address: str, open_page: Open) -> None:
    page = open_page(address + "quality.html")
    month = page.get_by_role("region", name="Tables by days of January 2025")
    assert month.locator("button[tabindex='0']").count() == 1
    month.locator("button[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile("player_boxscores, Jan 15, 2025"))
    page.keyboard.press("Enter")
    expect(page.locator("aside")).to_contain_text(sample_documents.FAILED_KEY)


def test_a_month_of_the_overview_shows_its_days(address: str, open_page: Open) -> None:
    page = open_page(address + "quality.html")
    page.get_by_role("button", name=re.compile("^shots, November 2024: a WARN")).click()
    expect(page.get_by_role("heading", name="November 2024")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^shots, Nov 9, 2024"))).to_have_text("W")


def test_what_is_broken_is_listed_with_its_command(address: str, open_page: Open) -> None:
    page = open_page(address + "quality.html")
    row = page.get_by_role("region", name=re.compile("^1 item, newest first")).locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(sample_documents.FAILED_KEY)
    expect(row).to_contain_text("nba-assets backfill --from 2025-01-15")


def test_progress_lists_open_items(address: str, open_page: Open) -> None:
    page = open_page(address + "progress.html")
    expect(page.locator("h2")).to_have_text(
        ["Status", "What is open", "Predictions and grading", "Tables", "Validation", "Run times"]
    )
    expect(page.locator("td .bad").first).to_have_text(", 1 failed")
    assert "100.0%" not in page.locator("td", has_text="of 900").first.inner_text()


def test_days_without_a_source_have_their_own_mark_on_both_pages(address: str, open_page: Open) -> None:
    page = open_page(address + "progress.html")
    row = page.locator("tr", has=page.locator("th, td", has_text=re.compile("^shots$"))).first
    assert "50 ✓ complete 30 ∅ not covered / 80" in " ".join(row.inner_text().lower().split())
    page = open_page(address + "quality.html")
    table = page.locator("table", has=page.locator("caption", has_text="Game days of")).first
    expect(table).to_contain_text("27\u00a0∅")
    assert table.locator("thead").inner_text().lower().count("not covered") == 1


# ---- missing and simulated data ----


def test_every_page_says_that_data_are_simulated(tmp_path: Path, serve: Serve, open_page: Open, address: str) -> None:
    sample_documents.publish(tmp_path, sample_documents.documents("simulated"), "simulated")
    root = serve(tmp_path)
    for path in PAGES:
        page = open_page(f"{root}v1/site/{path}")
        expect(page.get_by_role("alert")).to_contain_text("Simulated data.")
        assert page.evaluate(SHIFT) < MOST_SHIFT
    page = open_page(address + "index.html")
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_that_nothing_is_published(
    path: str, tmp_path: Path, serve: Serve, open_page: Open, console: list[str]
) -> None:
    sample_documents.publish(tmp_path, {})
    root = serve(tmp_path)
    page = open_page(f"{root}v1/site/{path}")
    expect(page.locator(".notice").first).to_contain_text(re.compile("published"))
    errors = logged(page, console)
    assert errors and all("404" in text for text in errors), errors


def test_an_unreadable_file_is_named(tmp_path: Path, serve: Serve, open_page: Open) -> None:
    sample_documents.publish(tmp_path, sample_documents.documents())
    (tmp_path / "v1" / "progress.json").write_text("{")
    root = serve(tmp_path)
    page = open_page(f"{root}v1/site/progress.html")
    expect(page.locator(".failure")).to_have_text("progress.json is not valid JSON.")


def test_an_invalid_document_is_logged_as_an_error(
    tmp_path: Path, serve: Serve, open_page: Open, console: list[str]
) -> None:
    sample_documents.publish(tmp_path, sample_documents.documents())
    changed(tmp_path, "progress.json", lambda document: document.pop("status"))
    root = serve(tmp_path)
    page = open_page(f"{root}v1/site/progress.html")
    expect(page.locator(".failure")).to_contain_text("This page could not be drawn")
    (error,) = logged(page, console)
    assert "Cannot read properties of undefined" in error


def test_a_day_without_best_bets_or_players_says_so(tmp_path: Path, serve: Serve, open_page: Open) -> None:
    found = sample_documents.documents()
    del found["best-bets/2025-01-14.json"]
    bets = found["best-bets/2025-01-15.json"]
    bets["bets"], bets["summary"] = [], {"games": 3, "candidates": 0, "bets": 0}
    sample_documents.publish(tmp_path, found)
    root = serve(tmp_path)
    page = open_page(f"{root}v1/site/index.html?date=2025-01-14")
    expect(page.locator("#content")).to_contain_text("No best bets are published for this day.")
    page = open_page(f"{root}v1/site/index.html?date=2025-01-15")
    expect(page.locator("#content")).to_contain_text("No bet: no quote seen before then was worth its price")
