"""The command behind `make site`: what it copies, serves and prints."""

from __future__ import annotations

import hashlib
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from nba_assets.cli import demo, serve
from nba_assets.site.files import site_files

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


def test_without_published_files_it_says_what_to_do(published: Path) -> None:
    (published / "v1" / "manifest.json").unlink()
    result = CliRunner().invoke(serve.site)
    assert result.exit_code == 1
    assert f"Nothing is published in {published} yet. Run `make backfill`" in result.output
    assert not list((published / "v1" / "site").iterdir())


def test_it_updates_the_site_and_manifest_before_serving_and_names_a_used_port(published: Path) -> None:
    with socket.socket() as taken:
        taken.bind((serve.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(serve.site, ["--port", str(port)])
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


@pytest.fixture
def address(published: Path) -> Iterator[str]:
    """The address at which the published folder is served."""
    with demo.site(published, 0) as found:
        yield found


def test_files_are_served_with_revalidation(address: str) -> None:
    with urllib.request.urlopen(f"{address}v1/manifest.json", timeout=10) as response:
        assert json.loads(response.read()) == MANIFEST
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["Content-Type"] == "application/json"


def test_the_root_is_the_site(address: str, published: Path) -> None:
    (published / "v1" / "site" / "index.html").write_text("tonight")
    for path in ("", "?day=2024-01-10", "v1/site/", "v1/site/index.html"):
        with urllib.request.urlopen(address + path, timeout=10) as response:
            assert response.read() == b"tonight", path
    with urllib.request.urlopen(address, timeout=10) as response:
        assert response.url == f"{address}v1/site/index.html"


@pytest.mark.parametrize("path", ["v1/", "v1", ".partial/", ".partial/half.json", "%2Epartial/half.json", "v1/.x/a"])
def test_folders_are_not_listed_and_hidden_ones_not_served(path: str, address: str, published: Path) -> None:
    for name in (".partial/half.json", "v1/.x/a"):
        (published / name).parent.mkdir(exist_ok=True)
        (published / name).write_text("half")
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(address + path, timeout=10)
    assert raised.value.code == 404
    raised.value.close()
