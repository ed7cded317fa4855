"""Two runs at once, and runs that are killed: days stay whole, Dagster's record follows the ledger, a rerun mends the rest."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from nba_assets import registry
from nba_assets.dagster_ext.reconcile import reconcile
from nba_assets_tests.mini_warehouse import Home, differing, hashes_of_rows

FIRST, LAST = date(2022, 10, 27), date(2022, 11, 10)
RANGE = ("--from", f"{FIRST}", "--to", f"{LAST}")


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 120.0) -> None:
    """Polls quickly; fails when the process ends before or the time is up."""
    end = time.monotonic() + seconds
    while not is_so():
        assert process.poll() is None, f"the process ended first: {process.communicate()[0]}"
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(0.002)


def test_two_processes_on_different_days_both_succeed_and_the_second_says_for_whom_it_waits(home: Home) -> None:
    before, holder = home.hashes(), home.folder / "run.holder.json"
    holder.unlink(missing_ok=True)
    first = home.start("backfill", "--again", "--from", "2022-10-28", "--to", "2022-10-28")
    wait_until(holder.exists, first)
    second = home.start(
        *("dagster", "asset", "materialize", "-m", "nba_assets.definitions"),
        *("--select", "team_boxscores", "--partition", "2022-10-31"),
    )
    printed_first, _ = first.communicate(timeout=240)
    printed, _ = second.communicate(timeout=240)
    assert (first.returncode, second.returncode) == (0, 0), printed_first + printed
    assert f"waiting for another run: process {first.pid} (" in printed
    assert "backfill --again --from 2022-10-28" in printed
    runs = home.ledger()["run_id"]
    assert runs.xs(pd.Timestamp("2022-10-28"), level="game_date").nunique() == 1
    assert runs[("team_boxscores", "2022-10-31")] != runs[("schedule", "2022-10-31")]
    assert differing(home.hashes(), before) == []
    assert differing(hashes_of_rows(home.platform), before) == []


@pytest.fixture
def later_archive(own_archive: Path) -> Path:
    """The archive after a correction: every player and team of the second season has an assist more."""
    for family, column in (("player_box_v3", "assists"), ("team_game_logs", "AST"), ("player_game_logs", "ast")):
        path = own_archive / family / "2022-23.parquet"
        table = pq.read_table(path)
        place, more = table.column_names.index(column), pa.scalar(1, table.schema.field(column).type)
        pq.write_table(table.set_column(place, column, pc.add(table.column(column), more)), path)
    return own_archive


def in_ledger(home: Home, table: str, known: set[str]) -> Callable[[], bool]:
    """Whether a run that is not known yet has written the table; the database is often locked, then not yet."""

    def is_so() -> bool:
        try:
            with duckdb.connect(str(home.folder / "nba.duckdb"), read_only=True) as connection:
                statement = "SELECT DISTINCT run_id FROM quality.partition_log WHERE table_name = ?"
                rows = connection.execute(statement, [table]).fetchall()
        except duckdb.IOException:
            return False
        return any(run not in known for (run,) in rows)

    return is_so


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


def test_killed_backfills_leave_whole_days_and_are_mended(
    home: Home, later_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 right after the first commit and at seeded moments later on, each time on what the last one left."""
    old = home.hashes()
    undisturbed = Home(Path(shutil.copytree(home.folder, tmp_path / "undisturbed")), later_archive, home.truth)
    code, printed = undisturbed.run("backfill", *RANGE)
    assert code == 0, printed
    monkeypatch.setenv("NBA_HOME", str(undisturbed.folder))
    new = undisturbed.hashes()
    monkeypatch.setenv("NBA_HOME", str(home.folder))
    assert ("player_boxscores", LAST) in differing(new, old)
    assert ("upcoming_player_game_context", FIRST) in differing(new, old) or (
        "player_game_summary",
        FIRST,
    ) in differing(new, old)

    monkeypatch.setenv("NBA_ARCHIVE", str(later_archive))
    rng = random.Random("killed at these moments")
    told: list[str] = []
    # The table that the run has written last when it is killed, and seconds after that; 0 is between our commit and
    # Dagster's event. The first three are tables whose rows differ.
    last_table = list(registry.tables())[-1]
    moments = [("player_boxscores", 0.0), ("team_boxscores", 0.0), ("player_game_summary", 0.0)]
    for table, delay in [*moments, ("rosters", rng.random() / 2), (last_table, rng.random() / 2)]:
        known = set(home.quality("partition_log")["run_id"])
        process = home.start("backfill", "--again", *RANGE, NBA_ARCHIVE=str(later_archive))
        wait_until(in_ledger(home, table, known), process)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "the run was faster than the kill"

        ledger = home.hashes()
        assert differing(hashes_of_rows(home.platform), ledger) == [], "a day is half written"
        assert [key for key, value in ledger.items() if value not in (old[key], new[key])] == []
        with dg.DagsterInstance.get() as instance:
            sentences = reconcile(instance, home.platform)
            unfinished = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
            assert instance.get_runs(dg.RunsFilter(statuses=unfinished)) == []
            for name in registry.tables():
                recorded = recorded_hashes(instance, name)
                assert differing(recorded, {key: value for key, value in ledger.items() if key[0] == name}) == []
            assert reconcile(instance, home.platform) == [], "reconciled once is reconciled"
        assert sum("was reported failed" in sentence for sentence in sentences) == 1
        told += sentences
    assert any("in the ledger and not in Dagster's record" in sentence for sentence in told)

    code, printed = home.run("backfill", *RANGE, NBA_ARCHIVE=str(later_archive))
    assert code == 0, printed
    assert differing(home.hashes(), new) == []
    assert differing(hashes_of_rows(home.platform), new) == []
    code, printed = home.run("backfill", *RANGE, NBA_ARCHIVE=str(later_archive))
    assert "nothing to do" in printed
