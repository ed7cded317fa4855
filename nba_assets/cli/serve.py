"""Serves the published folder on this machine: `make site`. Any static web server works as well."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import click

from nba_assets.settings import Settings

HOST = "127.0.0.1"
HOME_PAGE = "v1/site/index.html"


class Handler(SimpleHTTPRequestHandler):
    """Serves the files of a folder without caching, because a run may change them. Only errors are logged."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Redirects `/` to the site; refuses hidden folders, because `.partial/` holds unfinished files."""
        path = unquote(urlsplit(self.path).path)
        if path == "/":
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", f"/{HOME_PAGE}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        if any(part.startswith(".") for part in path.split("/")):
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        """Refuses a folder without an index.html instead of listing it."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Does not log successful requests."""


def server(folder: Path, port: int, handler: Callable[..., SimpleHTTPRequestHandler] = Handler) -> ThreadingHTTPServer:
    """A server that accepts connections from this machine only; port 0 takes a free one.

    Raises:
        OSError: the port is in use.
    """
    return ThreadingHTTPServer((HOST, port), partial(handler, directory=str(folder)))


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port on this machine; 0 takes a free one.",
)
def site(port: int) -> None:
    """Write the site into the published folder and serve the folder until Ctrl-C."""
    # Imported here to keep start-up fast: every command loads this module, and few need these.
    from nba_assets.engine.manifest import MANIFEST, renew_site
    from nba_assets.engine.platform import Platform
    from nba_assets.site.files import ROOT
    from nba_assets.stores.folder import FileStore

    platform = Platform(Settings())
    store = platform.store
    if store.read(ROOT + MANIFEST) is None:
        raise click.ClickException(
            f"Nothing is published in {store.address} yet. Run `make backfill`, which builds and publishes, "
            "or set NBA_PUBLISH to the folder with the published files."
        )
    if not isinstance(store, FileStore):
        raise click.ClickException(
            f"{store.address} is not a folder. A bucket serves its files itself: open {HOME_PAGE} there."
        )
    with platform.try_run_lock() as is_held:
        if is_held:
            renew_site(store)
        else:
            click.echo("A run is writing: the site in the folder is served unchanged.")
    try:
        serving = server(store.folder, port)
    except OSError as error:
        raise click.ClickException(f"Port {port} cannot be used ({error.strerror}): make site PORT=8001") from error
    with serving:
        click.echo(f"serving {store.folder}\nhttp://{HOST}:{serving.server_address[1]}/")
        try:
            serving.serve_forever()
        except KeyboardInterrupt:
            click.echo("")
