"""Pictures of the tonight page on a day before its games, in the three states of `pregame_day`:

    .venv/bin/python -m nba_assets_tests.browser.tonight_pictures

The games are those of the little league of the tests: real names, invented numbers. Chromium must be on PATH.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import click
import pytest

from nba_assets.cli import demo
from nba_assets.orchestration.today import Update
from nba_assets_tests.browser.pictures import FOLDER, keep, opened
from nba_assets_tests.pregame_day import HALF_PAST_SIX, TEN, THREE, PregameDay, busy_home, pregame_day

STATES: tuple[tuple[str, datetime, Callable[[PregameDay], Update]], ...] = (
    ("tonight-no-lines.webp", TEN, PregameDay.without_lines),
    ("tonight-lines.webp", THREE, PregameDay.with_lines),
    ("tonight-star-out.webp", HALF_PAST_SIX, PregameDay.star_is_out),
)
LOOKED_AFTER = timedelta(minutes=1)
PLAYERS = 8
"""Players of the first game that are in the picture."""
MARGIN = 24.0
QUALITY = 60
"""Many lines of text: at 80 a picture would be too large for the repository."""


def photograph(published: Path, at: datetime, name: str, folder: Path) -> None:
    """Takes a picture of the tonight page as a reader sees it at this time: best bets and the first players."""
    with demo.site(published, 0) as address, opened(1280, 1000) as page:
        page.clock.set_fixed_time(at)
        page.goto(f"{address}v1/site/index.html")
        first = page.locator("section.game").first
        first.wait_for()
        page.wait_for_load_state("networkidle")
        top = page.locator("#best-bets").bounding_box()
        bottom = first.locator("tbody tr").nth(PLAYERS - 1).bounding_box()
        assert top is not None and bottom is not None, "best bets and players are drawn"
        begin, end = top["y"] - MARGIN, bottom["y"] + bottom["height"]
        clip = {"x": 0.0, "y": begin, "width": 1280.0, "height": end - begin}
        keep(page.screenshot(full_page=True, clip=clip), name, folder, QUALITY)  # type: ignore[arg-type]


@click.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True)
@click.option("--work", type=click.Path(path_type=Path), help="Folder of the made warehouse, kept for the next time.")
def main(folder: Path, work: Path | None) -> None:
    """Makes the warehouse, plays the day and takes a picture after each of its three ticks."""
    with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
        home = busy_home(work or Path(scratch))
        root = Path(scratch) / "day"
        shutil.copytree(home.folder, root / "home")
        with pregame_day(root, patch, home.archive) as day:
            for name, at, tick in STATES:
                if failed := [run for run in tick(day).runs if not run.is_success]:
                    raise click.ClickException(f"{name}: {failed[0].failure}")
                photograph(root / "home" / "published", at + LOOKED_AFTER, name, folder)


if __name__ == "__main__":
    main()
