"""Concurrent and killed runs: days stay complete, Dagster's records follow the ledger, reruns repair."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from nba_assets.engine import registry
from nba_assets.orchestration.backfill import after_checks, as_of_a_day
from nba_assets.orchestration.reconcile import reconcile
from nba_assets_tests.mini_warehouse import Home, differing, hashes_of_rows

FIRST, LAST = date(2022, 10, 27), date(2022, 11, 10)
TABLES = ("player_boxscores", "team_boxscores", "rosters", "player_game_summary", "team_offense_game_summary")
"""Tables built by the killed runs, in order."""
RANGE = ("--from", f"{FIRST}", "--to", f"{LAST}", "--select", ",".join(TABLES))


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 120.0) -> None:
    """Polls quickly; fails if the process ends first or the time is up."""
    end = time.monotonic() + seconds
    while not is_so():
        assert process.poll() is None, f"the process ended first: {process.communicate()[0]}"
        assert time.monotonic() < end, "the condition was not met in time"
        time.sleep(0.002)


@pytest.mark.long
def test_concurrent_processes_both_succeed_and_the_second_names_the_first(home: Home) -> None:
    before, holder = home.hashes(), home.folder / "run.holder.json"
    holder.unlink(missing_ok=True)
    first = home.start("backfill", "--force", "--from", "2022-10-28", "--to", "2022-10-28")
    wait_until(holder.exists, first)
    second = home.start(
        *("dagster", "asset", "materialize", "-m", "nba_assets.definitions"),
        *("--select", "team_boxscores", "--partition", "2022-10-31"),
    )
    printed_first, _ = first.communicate(timeout=600)
    printed, _ = second.communicate(timeout=600)
    assert (first.returncode, second.returncode) == (0, 0), printed_first + printed
    assert f"waiting for another run: process {first.pid} (" in printed
    assert "backfill --force --from 2022-10-28" in printed
    runs = home.ledger()["run_id"]
    by_day = [name for name in registry.tables() if not as_of_a_day([name]) and not after_checks([name])]
    assert runs.xs(pd.Timestamp("2022-10-28"), level="game_date")[by_day].nunique() == 1
    assert runs[("team_boxscores", "2022-10-31")] != runs[("schedule", "2022-10-31")]
    told = set(after_checks(list(registry.tables())))  # of both runs, as they ended
    assert {name for name, _ in differing(home.hashes(), before)} <= told
    assert {name for name, _ in differing(hashes_of_rows(home.platform), before)} <= told


@pytest.fixture
def later_archive(own_archive: Path) -> Path:
    """The archive after a correction: every player of the second season has one more assist."""
    for family, column in (("player_box_v3", "assists"), ("player_game_logs", "ast"), ("team_game_logs", "AST")):
        path = own_archive / family / "2022-23.parquet"
        table = pq.read_table(path)
        played = pc.not_equal(table.column("minutes"), "") if family == "player_box_v3" else pa.scalar(True)
        place, more = table.column_names.index(column), pa.scalar(1, table.schema.field(column).type)
        corrected = pc.if_else(played, pc.add(table.column(column), more), table.column(column))
        pq.write_table(table.set_column(place, column, corrected), path)
    return own_archive


def in_ledger(home: Home, table: str, known: set[str]) -> Callable[[], bool]:
    """Whether a new run has written the table; False while the database is locked."""

    def is_so() -> bool:
        try:
            with duckdb.connect(str(home.folder / "nba.duckdb"), read_only=True) as connection:
                statement = "SELECT DISTINCT run_id FROM quality.partition_log WHERE table_name = ?"
                rows = connection.execute(statement, [table]).fetchall()
        except duckdb.IOException:
            return False
        return any(run not in known for (run,) in rows)

    return is_so


def started_runs(home: Home) -> set[str]:
    """Runs with status STARTED, read from Dagster's database file."""
    with closing(sqlite3.connect(home.folder / "dagster" / "history" / "runs.db", timeout=60)) as connection:
        return {run for (run,) in connection.execute("SELECT run_id FROM runs WHERE status = 'STARTED'")}


@contextmanager
def locked_event_index(home: Home) -> Iterator[None]:
    """Holds the write lock of Dagster's event index: a run continues until it has to write an event of an asset."""
    with closing(sqlite3.connect(home.folder / "dagster" / "history" / "runs" / "index.db", timeout=60)) as connection:
        connection.isolation_level = None
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def recorded_hashes(instance: dg.DagsterInstance, table: str) -> dict[tuple[str, date], str]:
    """Content hash of Dagster's latest materialisation of each day."""
    found: dict[tuple[str, date], str] = {}
    newest_first = instance.fetch_materializations(dg.AssetKey(table), limit=10_000).records
    for record in newest_first:
        made = record.asset_materialization
        assert made is not None
        assert made.partition is not None
        found.setdefault((table, date.fromisoformat(made.partition)), str(made.metadata["content_hash"].value))
    return found


@pytest.mark.long
def test_killed_backfills_leave_complete_days_and_are_repaired(
    home: Home, later_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 between commit and Dagster's event, and at seeded moments, each on the state left by the previous one."""
    old = home.hashes()
    undisturbed = Home(Path(shutil.copytree(home.folder, tmp_path / "undisturbed")), later_archive, home.truth)
    code, printed = undisturbed.run("backfill", *RANGE)
    assert code == 0, printed
    monkeypatch.setenv("NBA_HOME", str(undisturbed.folder))
    new = undisturbed.hashes()
    monkeypatch.setenv("NBA_HOME", str(home.folder))
    assert {table for table, _ in differing(new, old)} == set(TABLES) - {"rosters"}

    home = Home(home.folder, later_archive, home.truth)
    monkeypatch.setenv("NBA_ARCHIVE", str(later_archive))
    rng = random.Random("killed at these moments")
    told: list[str] = []
    # The last table written before the kill, and seconds after that.
    for table, delay in [(TABLES[0], 0.0), ("player_game_summary", rng.random() / 4), (TABLES[-1], rng.random() / 2)]:
        known = set(home.quality("partition_log")["run_id"])
        process = home.start("backfill", "--force", *RANGE)
        with ExitStack() as stack:
            if table == TABLES[0]:
                wait_until(lambda: bool(started_runs(home)), process)
                stack.enter_context(locked_event_index(home))
            wait_until(in_ledger(home, table, known), process)
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        assert process.returncode == -signal.SIGKILL, "the run was faster than the kill"

        ledger = home.hashes()
        assert differing(hashes_of_rows(home.platform), ledger) == [], "a day is incomplete"
        assert [key for key, value in ledger.items() if value not in (old[key], new[key])] == []
        with dg.DagsterInstance.get() as instance:
            unfinished = dg.RunsFilter(
                statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
            )
            killed = {run.run_id for run in instance.get_runs(unfinished)}
            # After the last table a fast machine may have ended the run, but not the process, before the signal.
            assert len(killed) == 1 or (table == TABLES[-1] and not killed)
            sentences = reconcile(instance, home.platform)
            assert instance.get_runs(unfinished) == []
            status = home.ledger()["status"]
            for name in registry.tables():
                recorded = recorded_hashes(instance, name)
                # Superseded days were built by the run of a later day, or never.
                own = {key for key in ledger if key[0] == name and status[name, pd.Timestamp(key[1])] != "superseded"}
                found = {key: value for key, value in recorded.items() if key in own}
                assert differing(found, {key: ledger[key] for key in own}) == []
            assert reconcile(instance, home.platform) == [], "a second reconcile has nothing to do"
        assert {sentence.split()[1] for sentence in sentences if "was reported failed" in sentence} == killed
        told += sentences
    # The first kill was between the commit and the event.
    assert any(sentence.startswith(f"{TABLES[0]}: ") and "not in Dagster's record" in sentence for sentence in told)

    code, printed = home.run("backfill", *RANGE)
    assert code == 0, printed
    assert differing(home.hashes(), new) == []
    assert differing(hashes_of_rows(home.platform), new) == []
    code, printed = home.run("backfill", *RANGE)
    assert "nothing to do" in printed
