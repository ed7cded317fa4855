"""Downloading one piece from a faulty server: the file is complete and correct, or missing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from nba_assets.sources.fetch.download import Downloader, Got, Limits, Unavailable
from nba_assets.sources.fetch.pieces import Piece
from nba_assets_tests.sources.fetch.http_publisher import WEB_PAGE, Fault, Publisher, publisher

CONTENT = bytes(range(256)) * 2000
PATH = "raw.githubusercontent.com/one/repo/0123abc/a file.csv"
LIMITS = Limits(interval=0.0, attempts=3, connect=1.0, read=0.3, per_attempt=5.0, first_wait=0.001, longest_wait=60.0)


@pytest.fixture
def server() -> Iterator[Publisher]:
    with publisher() as found:
        found.files[PATH] = CONTENT
        yield found


def blob_of(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def piece(content: bytes = CONTENT, path: str = PATH, is_committed: bool = True) -> Piece:
    blob, size = (blob_of(content), len(content)) if is_committed else (None, None)
    return Piece(f"https://{path}", path.rpartition("/")[2], path, blob=blob, size=size)


def downloader(
    server: Publisher, folder: Path, waits: list[float] | None = None, limits: Limits = LIMITS
) -> Downloader:
    return Downloader(folder, server.address, limits, sleep=(waits if waits is not None else []).append)


def test_a_piece_is_downloaded_once(server: Publisher, tmp_path: Path) -> None:
    got = downloader(server, tmp_path).get(piece())
    assert got.path.read_bytes() == CONTENT
    assert got.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert downloader(server, tmp_path).get(piece()).blob == blob_of(CONTENT)
    assert server.asked == [PATH]


def test_a_piece_damaged_on_disk_is_downloaded_again(server: Publisher, tmp_path: Path) -> None:
    path = downloader(server, tmp_path).get(piece()).path
    path.write_bytes(CONTENT[:-1] + b"x")
    assert downloader(server, tmp_path).get(piece()).path.read_bytes() == CONTENT
    assert len(server.asked) == 2


@pytest.mark.parametrize("has_ranges", [True, False])
def test_a_cut_download_resumes_if_the_server_supports_ranges(
    server: Publisher, tmp_path: Path, has_ranges: bool
) -> None:
    server.has_ranges = has_ranges
    server.faults[PATH] = [Fault(cut_at=300_000)]
    got = downloader(server, tmp_path).get(piece())
    assert got.path.read_bytes() == CONTENT
    assert len(server.asked) == 2
    assert len(server.ranges) == 1
    assert 0 < int(server.ranges[0][6:-1]) <= 300_000
    assert not list(tmp_path.rglob("*.part"))


def test_a_cut_download_resumes_in_the_next_run(server: Publisher, tmp_path: Path) -> None:
    server.faults[PATH] = [Fault(cut_at=300_000), Fault(status=404)]
    with pytest.raises(Unavailable, match="404"):
        downloader(server, tmp_path).get(piece())
    part = next(tmp_path.rglob("*.part")).stat().st_size
    assert downloader(server, tmp_path).get(piece()).path.read_bytes() == CONTENT
    assert server.ranges[-1] == f"bytes={part}-"


def test_a_partial_download_is_not_completed_from_another_file(server: Publisher, tmp_path: Path) -> None:
    part = tmp_path / f"{PATH}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * 1000)
    assert downloader(server, tmp_path).get(piece()).path.read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_a_partial_download_longer_than_the_file_is_discarded(server: Publisher, tmp_path: Path) -> None:
    part = tmp_path / f"{PATH}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT + b"x")
    assert downloader(server, tmp_path).get(piece()).path.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_a_transient_fault_is_retried(server: Publisher, tmp_path: Path, status: int) -> None:
    server.faults[PATH] = [Fault(status=status), Fault(status=status)]
    waits: list[float] = []
    assert downloader(server, tmp_path, waits).get(piece()).path.read_bytes() == CONTENT
    assert waits == [0.001, 0.002]


def test_attempts_are_bounded(server: Publisher, tmp_path: Path) -> None:
    server.faults[PATH] = [Fault(status=500)] * 10
    with pytest.raises(Unavailable, match="answered 500"):
        downloader(server, tmp_path).get(piece())
    assert len(server.asked) == LIMITS.attempts
    assert not (tmp_path / PATH).exists()


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451])
def test_a_refusal_is_not_retried(server: Publisher, tmp_path: Path, status: int) -> None:
    server.faults[PATH] = [Fault(status=status)]
    with pytest.raises(Unavailable, match=f"answered {status}"):
        downloader(server, tmp_path).get(piece())
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 403, 503])
def test_the_wait_is_that_requested_by_the_server(server: Publisher, tmp_path: Path, status: int) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.faults[PATH] = [
        Fault(status=status, headers=(("Retry-After", "7"),)),
        Fault(status=status, headers=(("Retry-After", until),)),
    ]
    waits: list[float] = []
    downloader(server, tmp_path, waits).get(piece())
    assert waits[0] == 7.0
    assert 25.0 < waits[1] <= 30.0


def test_a_host_that_asks_to_wait_an_hour_is_not_asked_again(server: Publisher, tmp_path: Path) -> None:
    other = f"{PATH}2"
    server.files[other] = CONTENT
    server.faults[PATH] = [Fault(status=429, headers=(("Retry-After", "3600"),))]
    working = downloader(server, tmp_path)
    with pytest.raises(Unavailable, match="asks to wait 3600 s"):
        working.get(piece())
    with pytest.raises(Unavailable, match="asks to wait 3600 s"):
        working.get(piece(path=other))
    assert server.asked == [PATH]


def test_a_host_that_fails_repeatedly_is_given_up(server: Publisher, tmp_path: Path) -> None:
    paths = [f"{PATH}{number}" for number in range(5)]
    for path in paths:
        server.faults[path] = [Fault(status=500)] * 10
    working = downloader(server, tmp_path)
    for path in paths:
        with pytest.raises(Unavailable):
            working.get(piece(path=path))
    assert len(server.asked) == LIMITS.failures * LIMITS.attempts
    with pytest.raises(Unavailable, match="failed for 3 files in a row"):
        working.get(piece())


def test_wrong_files_do_not_count_as_failures_of_the_host(server: Publisher, tmp_path: Path) -> None:
    working = downloader(server, tmp_path)
    for number in range(LIMITS.failures + 1):
        server.files[f"{PATH}{number}"] = b"other"
        with pytest.raises(Unavailable, match="is not the file of its commit"):
            working.get(piece(path=f"{PATH}{number}"))
    assert working.get(piece()).path.read_bytes() == CONTENT


@pytest.mark.parametrize("is_committed", [True, False])
@pytest.mark.parametrize(("body", "told"), [(WEB_PAGE, "a web page"), (b"", "empty file|not the file of its commit")])
def test_a_web_page_or_an_empty_body_is_rejected(
    server: Publisher, tmp_path: Path, body: bytes, told: str, is_committed: bool
) -> None:
    server.faults[PATH] = [Fault(body=body)] * 10
    with pytest.raises(Unavailable, match=told):
        downloader(server, tmp_path).get(piece(is_committed=is_committed))
    assert not (tmp_path / PATH).exists()
    assert not list(tmp_path.rglob("*.part"))


def test_a_single_sign_in_page_is_retried(server: Publisher, tmp_path: Path) -> None:
    server.faults[PATH] = [Fault(body=WEB_PAGE)]
    assert downloader(server, tmp_path).get(piece()).path.read_bytes() == CONTENT


def test_a_wrong_checksum_is_rejected(server: Publisher, tmp_path: Path) -> None:
    server.files[PATH] = CONTENT[:-1] + b"x"
    with pytest.raises(Unavailable, match=f"expected the Git blob {blob_of(CONTENT)}"):
        downloader(server, tmp_path).get(piece())
    assert not (tmp_path / PATH).exists()


def test_a_git_lfs_pointer_is_named(server: Publisher, tmp_path: Path) -> None:
    server.files[PATH] = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    with pytest.raises(Unavailable, match="pointer to Git LFS"):
        downloader(server, tmp_path).get(piece())


def test_a_hanging_server_runs_into_the_timeout(server: Publisher, tmp_path: Path) -> None:
    server.faults[PATH] = [Fault(hang=30.0)] * 10
    start = time.monotonic()
    with pytest.raises(Unavailable, match="no answer in time"):
        downloader(server, tmp_path).get(piece())
    assert time.monotonic() - start < 5.0


def test_an_unreachable_server(tmp_path: Path) -> None:
    with publisher() as gone:
        address = gone.address
    with pytest.raises(Unavailable, match="no connection"):
        Downloader(tmp_path, address, LIMITS, sleep=lambda _: None).get(piece())


def test_requests_to_a_host_are_spaced_out(server: Publisher, tmp_path: Path) -> None:
    waits: list[float] = []
    working = downloader(server, tmp_path, waits, Limits(interval=10.0))
    working.get(piece())
    server.files[f"{PATH}2"] = CONTENT
    working.get(piece(path=f"{PATH}2"))
    assert len(waits) == 1
    assert 9.0 < waits[0] <= 10.0


def test_a_changeable_piece_is_downloaded_again_only_if_it_changed(server: Publisher, tmp_path: Path) -> None:
    loose = piece(is_committed=False)
    first = downloader(server, tmp_path).get(loose)
    same = downloader(server, tmp_path).get(loose, known=first, renew=True)
    assert (same.sha256, len(server.asked)) == (first.sha256, 2)
    assert server.unchanged == [first.etag]
    server.files[PATH] = CONTENT + b"more"
    renewed = downloader(server, tmp_path).get(loose, known=first, renew=True)
    assert renewed.path.read_bytes() == CONTENT + b"more"
    assert downloader(server, tmp_path).get(loose, known=renewed).sha256 == renewed.sha256
    assert len(server.asked) == 3


def test_a_piece_without_checksum_or_record_is_not_trusted(server: Publisher, tmp_path: Path) -> None:
    (tmp_path / PATH).parent.mkdir(parents=True)
    (tmp_path / PATH).write_bytes(b"half of it")
    assert downloader(server, tmp_path).get(piece(is_committed=False)).path.read_bytes() == CONTENT


def test_without_a_mirror_the_publisher_is_asked(tmp_path: Path) -> None:
    assert Downloader(tmp_path).address(piece()) == f"https://{PATH}"
    mirrored = Downloader(tmp_path, "http://127.0.0.1:1/").address(piece())
    assert mirrored == f"http://127.0.0.1:1/{PATH}"
    assert isinstance(Limits().read, float)
    assert Got(tmp_path, "a", "b", 1).etag is None
