"""Fixtures: an event log of the project, and live days after the end of an archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nba_assets.orchestration.event_log_sqlite import BatchingSqliteEventLogStorage
from nba_assets_tests.orchestration.live_days import ARCHIVE_ENDS, LiveDays, archive_until, live_days


@pytest.fixture(scope="module")
def cut_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that ends on ARCHIVE_ENDS."""
    folder = tmp_path_factory.mktemp("cut")
    archive_until(folder, ARCHIVE_ENDS)
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_archive: Path) -> Iterator[LiveDays]:
    """The live days after it, with local publishers and a clock that the test sets."""
    with live_days(tmp_path, monkeypatch, cut_archive) as found:
        yield found


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[BatchingSqliteEventLogStorage]:
    storage = BatchingSqliteEventLogStorage(str(tmp_path / "ours"))
    yield storage
    storage.dispose()
