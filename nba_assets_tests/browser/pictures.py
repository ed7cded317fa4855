"""Takes the pictures of the README from the simulated season of `make demo`:

    NBA_HOME=$PWD/.nba-demo .venv/bin/python -m nba_assets_tests.browser.pictures

Chromium must be on PATH.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from nba_assets.cli import demo
from nba_assets.engine.platform import Platform
from nba_assets.settings import REPOSITORY, Settings

FOLDER = REPOSITORY / "docs" / "images"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
MOST_BYTES = 150_000


@contextmanager
def opened(width: int, height: int, scheme: str = "light") -> Iterator[Page]:
    """A page of Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise click.ClickException(f"no Chromium on PATH ({', '.join(names)})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
        )
        browser.close()


def keep(png: bytes, name: str, folder: Path, quality: int = 80) -> None:
    """Writes a picture as WebP, of a quality up to 100.

    Raises:
        click.ClickException: the file is too large for the repository.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    Image.open(io.BytesIO(png)).convert("RGB").save(path, "WEBP", quality=quality, method=6)
    if path.stat().st_size > MOST_BYTES:
        raise click.ClickException(f"{path} has {path.stat().st_size} bytes, at most {MOST_BYTES} are allowed")
    click.echo(f"{path}: {path.stat().st_size} bytes")


def busy_day(published: Path) -> str:
    """The day with the most predictions: the newest day of a season has only one game of the Finals."""
    files = json.loads((published / "manifest.json").read_text(encoding="utf-8"))["files"]
    dated = [
        each for each in files if each["product"] == "prediction_files" and each["path"] != "predictions/today.json"
    ]
    return str(max(dated, key=lambda each: (each["rows"], each["game_date"]))["game_date"])


@click.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), default=FOLDER, show_default=True)
def main(folder: Path) -> None:
    """Takes a picture of the site and one of the asset graph."""
    platform = Platform(Settings())
    if platform.held_source != "simulated":
        raise click.ClickException(f"{platform.settings.database} is not of the simulated league; run make demo first")
    home = platform.settings.home
    day = busy_day(home / "published" / "v1")
    with demo.site(home / "published", 0) as address, opened(1200, 760) as page:
        page.goto(f"{address}v1/site/index.html?date={day}")
        page.locator("#content .simulated").wait_for()
        page.wait_for_load_state("networkidle")
        keep(page.screenshot(), "site.webp", folder)
    with demo.dagster_ui(0, home / "dagster_dev.log") as address, opened(1400, 600) as page:
        page.goto(f"{address}asset-groups")
        page.get_by_role("button", name="Hide navigation").click()
        page.locator("svg").get_by_text("publishing").wait_for(timeout=60_000)
        page.wait_for_timeout(5_000)  # the graph is animated
        keep(page.screenshot(), "graph.webp", folder)


if __name__ == "__main__":
    main()
