"""The command behind `make site`: what it copies, serves and says."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from nba_assets.publishing import serve
from nba_assets.publishing.site_files import site_files

FILES = [
    {"path": "site/gone.js", "product": "site", "game_date": None, "rows": 0, "bytes": 7, "sha256": "0" * 64},
    {"path": "site/index.html", "product": "site", "game_date": None, "rows": 0, "bytes": 5, "sha256": "1" * 64},
    {
        "path": "streaks/2024-01-10.json",
        "product": "streak_files",
        "game_date": "2024-01-10",
        "rows": 3,
        "bytes": 9,
        "sha256": "2" * 64,
    },
]
MANIFEST = {
    "schema": "v1/schemas/manifest.schema.json",
    "source": "archive",
    "totals": {"files": 3, "bytes": 21, "rows": 3},
    "products": [],
    "files": FILES,
}


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published folder: a document, the site of an earlier version, and the manifest that lists both."""
    folder = tmp_path / "published"
    (folder / "v1" / "site").mkdir(parents=True)
    (folder / "v1" / "manifest.json").write_text(json.dumps(MANIFEST))
    monkeypatch.setenv("NBA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NBA_PUBLISH", str(folder))
    return folder


def test_where_nothing_is_published_it_says_what_to_do(published: Path) -> None:
    (published / "v1" / "manifest.json").unlink()
    result = CliRunner().invoke(serve.main)
    assert result.exit_code == 1
    assert f"Nothing is published in {published} yet. Run `make backfill`" in result.output
    assert not list((published / "v1" / "site").iterdir())


def test_it_renews_the_site_with_its_entries_before_it_serves_and_names_a_port_that_is_taken(published: Path) -> None:
    with socket.socket() as taken:
        taken.bind((serve.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(serve.main, ["--port", str(port)])
    assert result.exit_code == 1
    assert f"Port {port} cannot be used" in result.output
    copied = {path: (published / "v1" / path).read_bytes() for path, _ in site_files()}
    assert copied == dict(site_files())
    manifest = json.loads((published / "v1" / "manifest.json").read_text())
    listed = {entry["path"]: entry for entry in manifest["files"]}
    assert set(listed) == {*copied, "streaks/2024-01-10.json"}
    assert listed["streaks/2024-01-10.json"] == FILES[-1]
    assert all(listed[path]["sha256"] == hashlib.sha256(data).hexdigest() for path, data in copied.items())
    assert manifest["totals"] == {"files": len(listed), "bytes": 9 + sum(map(len, copied.values())), "rows": 3}
    assert {row["product"]: row["files"] for row in manifest["products"]} == {"site": len(copied), "streak_files": 1}


def test_files_are_served_to_be_asked_for_again(published: Path) -> None:
    found = serve.server(published, 0)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    try:
        address = f"http://{serve.HOST}:{found.server_address[1]}/v1/manifest.json"
        with urllib.request.urlopen(address, timeout=10) as response:
            assert json.loads(response.read()) == MANIFEST
            assert response.headers["Cache-Control"] == "no-cache"
            assert response.headers["Content-Type"] == "application/json"
    finally:
        found.shutdown()
        found.server_close()
        thread.join(timeout=10)
