"""Which archive is chosen, and of which kind it is."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nba_assets.orchestration.build import build_definitions
from nba_assets.settings import REPOSITORY, Settings
from nba_assets.sources import choice
from nba_assets.sources.archive.reader import MARKER, Archive
from nba_assets.sources.protocol import SourceError


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a repository without an archive next to it, with NBA_HOME in it and without NBA_ARCHIVE."""
    monkeypatch.setattr(choice, "REPOSITORY", tmp_path / "repository")
    monkeypatch.setenv("NBA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NBA_ARCHIVE", raising=False)
    return tmp_path


def marked(folder: Path, kind: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text(json.dumps({"kind": kind}))
    return folder


def test_the_order_is_nba_archive_neighbouring_fetched_simulated(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = choice.choose(Settings())
    assert (chosen.root, chosen.is_made_here, chosen.looks_simulated) == (str(alone / "home" / "simulated"), True, True)
    assert chosen.sentence.startswith("source: simulated league at ")
    fetched = alone / "home" / "archive"
    fetched.mkdir(parents=True)
    assert choice.choose(Settings()).is_made_here, "an unfinished fetch is not an archive"
    marked(fetched, "fetched")
    assert choice.choose(Settings()).is_made_here, "a fetch without files is not an archive"
    (fetched / "schedule").mkdir()
    (fetched / "schedule" / "2021-22.parquet").touch()
    chosen = choice.choose(Settings())
    assert (chosen.root, chosen.reason, chosen.looks_simulated) == (str(fetched), "fetched", False)
    beside = alone / "shared" / "data"
    beside.mkdir(parents=True)
    assert choice.choose(Settings()).root == str(beside)
    monkeypatch.setenv("NBA_ARCHIVE", str(marked(alone / "own", "simulated")))
    chosen = choice.choose(Settings())
    assert chosen.sentence == f"source: simulated league at {alone / 'own'} (NBA_ARCHIVE)"


@pytest.mark.parametrize(("kind", "source"), [("simulated", "simulated"), ("fetched", "archive")])
def test_the_kind_of_an_archive_does_not_depend_on_its_place(tmp_path: Path, kind: str, source: str) -> None:
    archive = Archive(str(marked(tmp_path / "any", kind)))
    assert (archive.kind, archive.source) == (kind, source)
    assert Archive((tmp_path / "any").as_uri()).kind == kind


def test_an_archive_without_a_marker_contains_real_games(tmp_path: Path) -> None:
    assert (Archive(str(tmp_path)).kind, Archive(str(tmp_path)).source) == ("archive", "archive")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", 'is no JSON object with a "kind"'),
        ("[1]", 'is no JSON object with a "kind"'),
        ("{}", 'is no JSON object with a "kind"'),
        ('{"kind": "live"}', "kind is 'live', expected one of archive, fetched, simulated"),
    ],
)
def test_an_invalid_marker_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / MARKER).write_text(text)
    with pytest.raises(SourceError, match=MARKER.replace(".", r"\.")) as raised:
        _ = Archive(str(tmp_path)).kind
    assert message in str(raised.value)


OPEN = """
import sys
from pathlib import Path
from nba_assets.settings import Settings
from nba_assets.sources import choice
choice.REPOSITORY = Path(sys.argv[1])
choice.SIMULATED_SEASONS = 1
print(choice.opened(choice.choose(Settings()), Settings(), lambda text: print(text, flush=True)).kind)
"""


def open_elsewhere(alone: Path) -> subprocess.Popen[str]:
    """Another process that opens the archive of the same settings."""
    command = [sys.executable, "-c", OPEN, str(alone / "repository")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def hidden(alone: Path) -> list[Path]:
    return list((alone / "home").glob(".simulated-*"))


def test_of_two_first_commands_one_builds_the_league_and_the_other_waits(alone: Path) -> None:
    both = [open_elsewhere(alone) for _ in range(2)]
    printed = [process.communicate(timeout=300)[0].splitlines() for process in both]
    assert [lines[-1] for lines in printed] == ["simulated", "simulated"], printed
    assert sorted(lines[0].split()[0] for lines in printed) == ["making", "waiting"], printed


def test_a_killed_command_leaves_no_league_and_the_next_one_builds_it(alone: Path) -> None:
    killed = open_elsewhere(alone)
    deadline = time.monotonic() + 120
    while not any(any(folder.rglob("*.parquet")) for folder in hidden(alone)):
        assert killed.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    killed.kill()
    killed.communicate(timeout=30)
    assert not (alone / "home" / "simulated").exists()
    assert hidden(alone), "it was killed too late for this test"
    assert open_elsewhere(alone).communicate(timeout=300)[0].splitlines()[-1] == "simulated"
    assert hidden(alone) == []
    assert (alone / "home" / "simulated" / MARKER).is_file()


def test_a_folder_with_other_content_is_not_overwritten_by_the_league(alone: Path) -> None:
    own = alone / "home" / "simulated" / "own.txt"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    with pytest.raises(SourceError, match="is the folder of the simulated league, but contains something else"):
        choice.opened(choice.choose(Settings()), Settings(), print)
    assert own.read_text() == "mine"


def test_loading_the_definitions_builds_no_league(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(REPOSITORY))
    nodes = list(build_definitions().resolve_asset_graph().asset_nodes)
    assert {node.tags["source"] for node in nodes} == {"simulated"}
    assert not (alone / "home" / "simulated").exists()
