"""The command behind `make site`: what it copies, serves and says."""

from __future__ import annotations

import socket
import threading
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from nba_assets.publishing import serve
from nba_assets.publishing.site_files import site_files


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published folder that holds a manifest and nothing else."""
    folder = tmp_path / "published"
    (folder / "v1").mkdir(parents=True)
    (folder / "v1" / "manifest.json").write_text("{}")
    monkeypatch.setenv("NBA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NBA_PUBLISH", str(folder))
    return folder


def test_where_nothing_is_published_it_says_what_to_do(published: Path) -> None:
    (published / "v1" / "manifest.json").unlink()
    result = CliRunner().invoke(serve.main)
    assert result.exit_code == 1
    assert f"Nothing is published in {published} yet. Run `make backfill`" in result.output
    assert not (published / "v1" / "site").exists()


def test_it_copies_the_site_before_it_serves_and_names_a_port_that_is_taken(published: Path) -> None:
    with socket.socket() as taken:
        taken.bind((serve.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(serve.main, ["--port", str(port)])
    assert result.exit_code == 1
    assert f"Port {port} cannot be used" in result.output
    copied = {path: (published / "v1" / path).read_bytes() for path, _ in site_files()}
    assert copied == dict(site_files())


def test_files_are_served_to_be_asked_for_again(published: Path) -> None:
    found = serve.server(published, 0)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    try:
        address = f"http://{serve.HOST}:{found.server_address[1]}/v1/manifest.json"
        with urllib.request.urlopen(address, timeout=10) as response:
            assert response.read() == b"{}"
            assert response.headers["Cache-Control"] == "no-cache"
            assert response.headers["Content-Type"] == "application/json"
    finally:
        found.shutdown()
        found.server_close()
        thread.join(timeout=10)
