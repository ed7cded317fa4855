"""The pages of the site: the shared template `page.html.jinja` and the values of each page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

import jinja2

from nba_assets.contracts.systems import ALL_SYSTEMS

PLOT_STYLE = "sha256-30tlo3GRfMIERnFNSNp6l9c6tpsMapFN79hpi8Er3W4="
"""Hash of the `<style>` that Observable Plot writes into a chart; the security policy of chart pages allows it."""
_IMPORT = re.compile(r'from "\./(\w+)\.js"')


@dataclass(frozen=True)
class Page:
    """The values of one page.

    Args:
        file: file name below site/.
        title: heading, also used in the navigation.
        lede: one sentence about the contents.
        script: module below site/js/ that draws the page.
        is_of_a_day: the page has a day picker.
        has_charts: the page loads the vendored libraries.
    """

    file: str
    title: str
    lede: str
    script: str
    is_of_a_day: bool = False
    has_charts: bool = False


PAGES = (
    Page(
        "index.html",
        "Tonight",
        "Predicted points of every player who may play, with the range, the line and the resulting bets.",
        "tonight",
        is_of_a_day=True,
    ),
    Page(
        "results.html",
        "Results",
        "Every prediction of a day compared with the actual points.",
        "results",
        is_of_a_day=True,
    ),
    Page(
        "systems.html",
        "Systems",
        "Accuracy of each system, compared with the naive prediction and the market.",
        "systems",
        has_charts=True,
    ),
    Page(
        "player.html",
        "Players",
        "Game log, splits, our record on a player and his next game.",
        "player",
        has_charts=True,
    ),
    Page(
        "trends.html",
        "Trends",
        "Who is hot, who bounces back, what moves points, how teams play. Each with its sample size.",
        "trends",
    ),
    Page(
        "quality.html",
        "Data quality",
        "Every table on every day: checks that passed or failed, with the failing keys.",
        "quality",
        is_of_a_day=True,
    ),
    Page(
        "progress.html",
        "Progress",
        "What is done, what is missing, how good it is. Generated from the records of the runs.",
        "progress",
    ),
)
"""All pages, in the order of the navigation."""


def rendered(modules: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """The pages: (file name below site/, bytes).

    Args:
        modules: text of the scripts below site/js/ by name; a page preloads the modules that its script imports.
    """
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    frame = environment.from_string(files(__package__ or "").joinpath("page.html.jinja").read_text("utf-8"))
    systems = [system.as_json() for system in sorted(ALL_SYSTEMS, key=lambda system: system.shown)]
    for page in PAGES:
        imported = sorted(_imported(page.script, modules))
        text = frame.render(page=page, pages=PAGES, systems=systems, imported=imported, plot_style=PLOT_STYLE)
        yield page.file, text.encode()


def _imported(name: str, modules: Mapping[str, str]) -> set[str]:
    """The modules that a module imports, directly or indirectly."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        fresh = set(_IMPORT.findall(modules[waiting.pop()])) - found
        found |= fresh
        waiting += fresh
    return found
