"""The files of the batching event log: connections, and what other processes see of them."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterEventType, EventLogEntry

from nba_assets.orchestration import event_log_sqlite
from nba_assets.orchestration.event_log_sqlite import BatchingSqliteEventLogStorage
from nba_assets_tests.orchestration.event_examples import (
    DAYS,
    KEY,
    RUN,
    evaluation,
    events_in,
    log_message,
    materialization,
)

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")


def test_engines_are_bounded(ours: BatchingSqliteEventLogStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The webserver reads the files of many runs."""
    monkeypatch.setattr(event_log_sqlite, "_MAX_ENGINES", 2)
    for run_id in ("a", "b", "c", "a"):
        ours.store_event(evaluation(DAYS[0], run_id=run_id))
    assert list(ours._engines) == ["a", "index"]
    assert len(ours.get_logs_for_run("a")) == 2


def test_a_run_opens_its_file_and_the_index_once(
    ours: BatchingSqliteEventLogStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    connect = sqlite3.dbapi2.connect

    def counted(file: str, *args: Any, **kwargs: Any) -> sqlite3.Connection:
        opened.append(Path(file).stem)
        return connect(file, *args, **kwargs)

    ours.store_event(materialization(DAYS[0], 1.0))
    monkeypatch.setattr(sqlite3.dbapi2, "connect", counted)
    for day in DAYS:
        ours.store_event(materialization(day, 1.0))
        ours.store_event_batch([evaluation(day)])
        assert ours.get_latest_storage_id_by_partition(KEY, DagsterEventType.ASSET_MATERIALIZATION, {day})
    assert not opened


def test_a_failed_batch_leaves_no_transaction_open(ours: BatchingSqliteEventLogStorage, tmp_path: Path) -> None:
    """Otherwise the connection that is kept would lock the index for all other writers."""

    def fail(*_: object) -> None:
        raise ValueError("midway")

    ours.store_event(log_message())
    with pytest.MonkeyPatch.context() as patched, pytest.raises(ValueError, match="midway"):
        patched.setattr(ours, "_write_index", fail)
        ours.store_event_batch([materialization(DAYS[0], 1.0)])
    with closing(sqlite3.connect(tmp_path / "ours" / "index.db", timeout=0.1)) as other:
        other.execute("DELETE FROM asset_keys")
        other.commit()
    ours.store_event(materialization(DAYS[1], 2.0))
    ids = ours.get_latest_storage_id_by_partition(KEY, DagsterEventType.ASSET_MATERIALIZATION, set(DAYS))
    assert sorted(ids) == [DAYS[1]]


def test_dispose_leaves_complete_files(ours: BatchingSqliteEventLogStorage, tmp_path: Path) -> None:
    ours.store_event_batch([materialization(day, 1.0) for day in DAYS])
    # the idle connection prevents a checkpoint of the index at every event
    assert (tmp_path / "ours" / "index.db-wal").exists()
    ours.dispose()
    assert sorted(file.name for file in (tmp_path / "ours").iterdir()) == [f"{RUN}.db", "index.db"]
    ours.store_event(log_message())  # and it can be used again
    assert len(events_in(tmp_path / "ours")) == 2


def test_another_process_can_follow_a_live_run(ours: BatchingSqliteEventLogStorage, tmp_path: Path) -> None:
    """The UI shows a run's events immediately: SQLite must change the .db file, not only its -wal."""
    ours.store_event(log_message())
    follower = BatchingSqliteEventLogStorage(str(tmp_path / "ours"))
    seen: list[EventLogEntry] = []
    arrived = threading.Event()

    def follow(event: EventLogEntry, _: str) -> None:
        seen.append(event)
        if len(seen) == 1 + len(DAYS):
            arrived.set()

    follower.watch(RUN, None, follow)
    ours.store_event_batch([evaluation(day) for day in DAYS])
    try:
        assert arrived.wait(timeout=10)
    finally:
        follower.end_watch(RUN, follow)
        follower.dispose()


def test_new_files_have_pages_that_rows_of_evaluations_fill(tmp_path: Path) -> None:
    storage = BatchingSqliteEventLogStorage(str(tmp_path))
    with storage.run_connection("a_run"):
        pass
    for name in ("index.db", "a_run.db"):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            assert connection.execute("PRAGMA page_size").fetchone() == (8192,), name
