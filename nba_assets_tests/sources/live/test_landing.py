"""Landings: immutable, written atomically, and changes on disk are detected."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from nba_assets.sources.live.landing import Landing, LandingError, LandingFolder

DAY = date(2026, 11, 29)
AT = datetime(2026, 11, 29, 15, 0, 0, 123456, UTC)


def landing(body: bytes = b'{"games": []}', subject: str = "0022600001", at: datetime = AT) -> Landing:
    return Landing("nba_boxscores", DAY, subject, "https://cdn.nba.com/x.json", 200, {"etag": "1"}, at, body)


@pytest.mark.parametrize(
    "body", [b'{"games": []}', b"%PDF-1.4 \xff\xfe\x00", b"<html>no JSON</html>", "Dončić".encode()]
)
def test_a_reply_is_read_as_received(tmp_path: Path, body: bytes) -> None:
    folder = LandingFolder(tmp_path)
    path = folder.write(landing(body))
    assert path.parent == tmp_path / "nba_boxscores" / "2026-11-29"
    assert path.name.startswith("20261129T150000123456Z-") and path.name.endswith(".json.zst")
    (found,) = folder.read("nba_boxscores", DAY)
    assert (found.body, found.subject, found.fetched_at, found.headers) == (body, "0022600001", AT, {"etag": "1"})
    assert found.file == path.relative_to(tmp_path).as_posix()


def test_a_landing_is_never_written_again(tmp_path: Path) -> None:
    folder = LandingFolder(tmp_path)
    path = folder.write(landing())
    before = path.stat()
    assert folder.write(landing()) == path
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert path.stat().st_mode & 0o222 == 0


def test_replies_of_two_games_in_one_moment_are_two_landings(tmp_path: Path) -> None:
    folder = LandingFolder(tmp_path)
    folder.write(landing(subject="0022600001"))
    folder.write(landing(subject="0022600002"))
    assert [found.subject for found in folder.read("nba_boxscores", DAY)] != []
    assert len(list(folder.read("nba_boxscores", DAY))) == 2


def test_landings_are_read_oldest_first(tmp_path: Path) -> None:
    folder = LandingFolder(tmp_path)
    later, earlier = datetime(2026, 11, 30, 1, tzinfo=UTC), datetime(2026, 11, 29, 9, tzinfo=UTC)
    folder.write(landing(at=later))
    folder.write(landing(at=earlier))
    assert [found.fetched_at for found in folder.read("nba_boxscores", DAY)] == [earlier, later]


def test_a_damaged_landing_is_an_error_that_names_it(tmp_path: Path) -> None:
    folder = LandingFolder(tmp_path)
    path = folder.write(landing())
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(LandingError, match=path.name):
        list(folder.read("nba_boxscores", DAY))


def test_a_changed_landing_is_detected(tmp_path: Path) -> None:
    folder = LandingFolder(tmp_path)
    path = folder.write(landing())
    with pa.input_stream(str(path), compression="zstd") as stream:
        text = stream.read()
    path.chmod(0o644)
    with pa.output_stream(str(path), compression="zstd") as out:
        out.write(text.replace(b"games", b"gamez"))
    with pytest.raises(LandingError, match="was changed"):
        list(folder.read("nba_boxscores", DAY))


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nba_assets.sources.live.landing.os.fsync", full)
    folder = LandingFolder(tmp_path)
    with pytest.raises(OSError, match="No space"):
        folder.write(landing())
    assert list(tmp_path.rglob("*.*")) == []
    assert list(folder.read("nba_boxscores", DAY)) == []
