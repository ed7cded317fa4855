"""The static site over the published files: its pages, CSS, scripts and two vendored libraries.

The pages read the documents next to their folder (`../predictions/today.json`), so they work below any URL.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from nba_assets.site.pages import rendered
from nba_assets.stores.protocol import Store

ROOT = "v1/"
SITE = "site"
CACHE_CONTROL = "public, max-age=300"
"""Short, because file names are the same in every version."""
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".LICENSE": "text/plain; charset=utf-8",
}


def site_files() -> Iterator[tuple[str, bytes]]:
    """The files of the site by path: (path below v1/, bytes)."""
    yield from _site_files()


@cache
def _site_files() -> tuple[tuple[str, bytes], ...]:
    folder = files("nba_assets.site").joinpath("www")
    copied = list(_below(folder, PurePosixPath(SITE)))
    modules = {PurePosixPath(path).stem: data.decode() for path, data in copied if path.startswith(f"{SITE}/js/")}
    return (*((f"{SITE}/{name}", data) for name, data in rendered(modules)), *copied)


def _below(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _below(entry, path / entry.name)
        else:
            yield str(path / entry.name), entry.read_bytes()


def content_type(path: str) -> str:
    """The content type with which a file of the site is served.

    Raises:
        KeyError: the site has no files of this kind.
    """
    return CONTENT_TYPES[PurePosixPath(path).suffix]


def publish_site(store: Store) -> list[tuple[str, bytes]]:
    """Writes the site to v1/site/ of the store; unchanged files are kept.

    Returns:
        Every file of the site: (path below v1/, bytes).
    """
    found = list(site_files())
    for path, data in found:
        store.put(ROOT + path, data, content_type=content_type(path), cache_control=CACHE_CONTROL)
    store.flush()
    return found
