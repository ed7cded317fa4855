"""Faults while an archive is built: nothing is lost or written partially, and a later run fetches what is missing."""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from nba_assets.sources.fetch import build, listing, pieces
from nba_assets.sources.fetch.build import Fetched, FetchError, fetch
from nba_assets.sources.fetch.columns import family_columns
from nba_assets.sources.fetch.download import Limits
from nba_assets.sources.fetch.pieces import Listed
from nba_assets.sources.fetch.source import Source
from nba_assets.sources.fetch.sources import SOURCES
from nba_assets_tests.sources.fetch.http_publisher import WEB_PAGE, Fault, Publisher, publisher

LIMITS = Limits(interval=0.0, attempts=2, read=1.0, first_wait=0.001)
SEASONS = ("2022-23", "2023-24")
DAILY = "props/oddsapi_daily_2024-03_2024-05.parquet"
LITE = "player_game_logs_lite/{}.parquet"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """Serves a source with two files of one piece, and one with a file of three pieces."""
    lite, daily = (_source(name) for name in ("player_game_logs_lite", "props_oddsapi_daily"))
    with publisher() as found:
        listed = {
            **{("player_game_logs_lite", s): (_publish(found, lite, f"{s}.csv", 2),) for s in SEASONS},
            ("props_oddsapi_daily", ""): tuple(_publish(found, daily, f"{day}.csv", 1) for day in range(3)),
        }
        monkeypatch.setattr(pieces, "listing", lambda: listed)
        monkeypatch.setattr(listing, "SOURCES", (replace(lite, seasons=SEASONS), daily))
        monkeypatch.setattr(listing, "RELEASES", ())
        monkeypatch.setattr(build, "expected_rows", lambda: {LITE.format(s): 2 for s in SEASONS} | {DAILY: 3})
        yield found


def _source(name: str) -> Source:
    return next(source for source in SOURCES if source.name == name)


def _path(source: Source, name: str) -> str:
    return f"raw.githubusercontent.com/{source.repository}/{source.commit}/{source.folder}{name}"


LITE_2022 = _path(_source("player_game_logs_lite"), "2022-23.csv")
DAY_1 = _path(_source("props_oddsapi_daily"), "1.csv")


def _csv(source: Source, rows: int, **changes: str) -> bytes:
    values = {"text": "x", "integer": "1", "number": "1.5"}
    columns = [c for c in family_columns()[source.family] if not c.name.startswith("_")]
    cells = [changes.get(c.name, values[c.kind]) for c in columns]
    lines = [",".join(c.name for c in columns), *[",".join(cells)] * rows]
    return ("\n".join(lines) + "\n").encode()


def _publish(server: Publisher, source: Source, name: str, rows: int) -> Listed:
    return _listed(server, source, name, _csv(source, rows))


def _listed(server: Publisher, source: Source, name: str, content: bytes) -> Listed:
    server.files[_path(source, name)] = content
    return Listed(name, "", "", len(content), hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest())


def run(server: Publisher, folder: Path) -> Fetched:
    return fetch(folder, SEASONS, server.address, LIMITS)


def states(done: Fetched) -> dict[str, str]:
    return {outcome.file: outcome.state for outcome in done.outcomes}


def whole(folder: Path) -> dict[str, int]:
    """Rows of every file of the archive; asserts that there are no other files."""
    found = {str(path.relative_to(folder)): pq.read_table(path).num_rows for path in folder.rglob("*.parquet")}
    assert not list(folder.rglob("*.partial"))
    return found


ALL = {LITE.format("2022-23"): 2, LITE.format("2023-24"): 2, DAILY: 3}


def test_a_second_run_sends_no_request(server: Publisher, tmp_path: Path) -> None:
    first = run(server, tmp_path)
    assert set(states(first).values()) == {"made"}
    asked = len(server.asked)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    second = run(server, tmp_path)
    assert set(states(second).values()) == {"unchanged"}
    assert (len(server.asked), second.requests) == (asked, 0)
    assert times == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    assert whole(tmp_path) == ALL


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(status=404), "answered 404"),
        (Fault(status=500), "answered 500"),
        (Fault(status=429, headers=(("Retry-After", "0"),)), "answered 429"),
        (Fault(status=429, headers=(("Retry-After", "9999"),)), "asks to wait 9999 s"),
        (Fault(body=WEB_PAGE), "web page instead of the file"),
        (Fault(body=b"other bytes"), "is not the file of its commit"),
        (Fault(cut_at=10), "cut|no connection"),
        (Fault(hang=20.0), "no answer in time"),
    ],
)
def test_an_unavailable_file_is_absent_and_fetched_by_the_next_run(
    server: Publisher, tmp_path: Path, fault: Fault, told: str
) -> None:
    server.faults[DAY_1] = [fault] * LIMITS.attempts
    first = run(server, tmp_path)
    assert states(first) == {**dict.fromkeys(ALL, "made"), DAILY: "absent"}
    assert first.is_success
    reason = orjson.loads((tmp_path / "archive.json").read_bytes())["absent"][DAILY]
    assert re.search(told, reason), reason
    assert whole(tmp_path) == {file: rows for file, rows in ALL.items() if file != DAILY}
    server.asked.clear()
    server.faults.clear()
    second = run(server, tmp_path)
    assert states(second) == {**dict.fromkeys(ALL, "unchanged"), DAILY: "made"}
    assert _path(_source("props_oddsapi_daily"), "0.csv") not in server.asked
    assert LITE_2022 not in server.asked
    assert whole(tmp_path) == ALL
    assert DAILY not in orjson.loads((tmp_path / "archive.json").read_bytes())["absent"]


def test_a_file_of_an_earlier_run_is_kept_if_it_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, server: Publisher, tmp_path: Path
) -> None:
    run(server, tmp_path)
    monkeypatch.setattr(build, "RECIPE", 2)
    next((tmp_path / "pieces").rglob("2022-23.csv")).unlink()
    server.faults[LITE_2022] = [Fault(status=404)]
    done = run(server, tmp_path)
    assert states(done)[LITE.format("2022-23")] == "outdated"
    assert "the file of an earlier run stays: " in done.with_state("outdated")[0].reason
    assert "answered 404" in done.with_state("outdated")[0].reason
    assert whole(tmp_path) == ALL
    assert orjson.loads((tmp_path / "archive.json").read_bytes())["absent"] == {}


def test_a_folder_that_cannot_be_created(server: Publisher, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FetchError, match="cannot be written"):
        run(server, tmp_path / "file" / "archive")


def test_a_changed_recipe_rebuilds_files_from_existing_pieces(
    monkeypatch: pytest.MonkeyPatch, server: Publisher, tmp_path: Path
) -> None:
    run(server, tmp_path)
    server.asked.clear()
    monkeypatch.setattr(build, "RECIPE", 2)
    assert set(states(run(server, tmp_path)).values()) == {"made"}
    assert server.asked == []


def test_a_damaged_file_is_rebuilt(server: Publisher, tmp_path: Path) -> None:
    run(server, tmp_path)
    (tmp_path / DAILY).write_bytes(b"PAR1")
    assert states(run(server, tmp_path))[DAILY] == "made"
    assert whole(tmp_path) == ALL


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PLAYER_ID,PLAYER_NAME\n1,x\n", "expected the columns TEAM_ABBREVIATION, GAME_DATE"),
        (
            _csv(_source("player_game_logs_lite"), 2, PTS="many"),
            "column PTS: expected values of kind integer, found 'many'",
        ),
        (
            _csv(_source("player_game_logs_lite"), 2, PTS="1.5"),
            "column PTS: expected values of kind integer, found 1.5",
        ),
        (
            _csv(_source("player_game_logs_lite"), 3),
            "expected 2 rows of player_game_logs_lite/2022-23.parquet, found 3",
        ),
        (_csv(_source("player_game_logs_lite"), 0), "no rows of 2022-23"),
        (b'a,b\n1,2,3\n4,5,6,7\n"', "cannot be read: ParserError"),
    ],
)
def test_a_valid_piece_with_unexpected_content_is_an_internal_error(
    monkeypatch: pytest.MonkeyPatch, server: Publisher, tmp_path: Path, content: bytes, told: str
) -> None:
    lite = _source("player_game_logs_lite")
    listed = dict(pieces.listing())
    listed["player_game_logs_lite", "2022-23"] = (_listed(server, lite, "2022-23.csv", content),)
    monkeypatch.setattr(pieces, "listing", lambda: listed)
    done = run(server, tmp_path)
    assert states(done) == {**dict.fromkeys(ALL, "made"), LITE.format("2022-23"): "broken"}
    assert told in done.with_state("broken")[0].reason
    assert not done.is_success
    assert LITE.format("2022-23") not in whole(tmp_path)


def test_a_full_disk_while_a_file_is_written(
    monkeypatch: pytest.MonkeyPatch, server: Publisher, tmp_path: Path
) -> None:
    run(server, tmp_path)
    before = {file: (tmp_path / file).read_bytes() for file in ALL}
    monkeypatch.setattr(build, "RECIPE", 2)

    def full(table: pa.Table, where: Path, **options: str) -> None:
        Path(where).write_bytes(b"PAR1 and no more")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(build.pq, "write_table", full)
        with pytest.raises(FetchError, match="no room left on the disk"):
            run(server, tmp_path)
    assert {file: (tmp_path / file).read_bytes() for file in ALL} == before
    assert whole(tmp_path) == ALL
    assert set(states(run(server, tmp_path)).values()) == {"made"}


def test_a_full_disk_while_a_piece_arrives(tmp_path: Path, server: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    class Full:
        def __init__(self, file: object) -> None:
            self.file = file

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *error: object) -> None:
            self.file.close()

        def write(self, block: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def open_full(path: Path, mode: str = "r", *arguments: object, **options: object) -> object:
        file = opened(path, mode, *arguments, **options)
        return Full(file) if path.name == "1.csv.part" and mode != "rb" else file

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", open_full)
        with pytest.raises(FetchError, match="no room left on the disk"):
            run(server, tmp_path)
    assert whole(tmp_path) == {file: rows for file, rows in ALL.items() if file != DAILY}
    assert orjson.loads((tmp_path / "archive.json").read_bytes())["kind"] == "fetched"
    server.asked.clear()
    assert states(run(server, tmp_path))[DAILY] == "made"
    assert LITE_2022 not in server.asked


def test_an_interrupted_fetch_resumes(monkeypatch: pytest.MonkeyPatch, server: Publisher, tmp_path: Path) -> None:
    class Interrupting(build.Listener):
        def finished(self, outcome: build.Outcome) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(tmp_path, SEASONS, server.address, LIMITS, Interrupting())
    assert len(whole(tmp_path)) == 1
    absent = orjson.loads((tmp_path / "archive.json").read_bytes())["absent"]
    assert set(absent) == set(ALL) - set(whole(tmp_path))
    assert "stopped before this file" in absent[DAILY]
    server.asked.clear()
    done = run(server, tmp_path)
    assert sorted(states(done).values()) == ["made", "made", "unchanged"]
    assert len(server.asked) == 4
    assert orjson.loads((tmp_path / "archive.json").read_bytes())["absent"] == {}


def test_concurrent_fetches_are_rejected(server: Publisher, tmp_path: Path) -> None:
    with FileLock(tmp_path / ".fetch.lock"), pytest.raises(FetchError, match="another fetch runs on"):
        run(server, tmp_path)


def test_an_invalid_lock_file(server: Publisher, tmp_path: Path) -> None:
    (tmp_path / "fetch.lock.json").write_text("{")
    with pytest.raises(FetchError, match="Delete it"):
        run(server, tmp_path)


def test_without_a_network_it_ends_soon_without_an_archive(server: Publisher, tmp_path: Path) -> None:
    with publisher() as gone:
        address = gone.address
    done = fetch(tmp_path, SEASONS, address, LIMITS)
    assert set(states(done).values()) == {"absent"}
    assert not done.is_success
    assert done.requests == LIMITS.failures * LIMITS.attempts
    assert not (tmp_path / "archive.json").exists()


def test_an_additional_season_keeps_existing_files(server: Publisher, tmp_path: Path) -> None:
    fetch(tmp_path, SEASONS[:1], server.address, LIMITS)
    assert whole(tmp_path) == {LITE.format("2022-23"): 2}
    fetch(tmp_path, SEASONS[1:], server.address, LIMITS)
    assert whole(tmp_path) == ALL
    told = orjson.loads((tmp_path / "archive.json").read_bytes())
    assert told["seasons"] == list(SEASONS)
    assert set(told["files"]) == set(ALL)
    assert pd.read_parquet(tmp_path / DAILY)["_source_file"].tolist() == ["0.csv", "1.csv", "2.csv"]
