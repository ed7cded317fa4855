"""`nba-assets prune`: fewer records, the same answers, even if it is interrupted."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from nba_assets.basketball.calendar import FIRST_DAY, day_range
from nba_assets.cli import main
from nba_assets.engine import registry
from nba_assets.engine.checks.evaluate import checks_of
from nba_assets.orchestration import prune as module
from nba_assets.orchestration.declared import daily_partitions
from nba_assets.orchestration.event_log_sqlite import BatchingSqliteEventLogStorage
from nba_assets.orchestration.prune import Pruned, prune
from nba_assets.runtime.known_errors import ExplainedError
from nba_assets_tests.mini_archive import Truth
from nba_assets_tests.mini_warehouse import Home, environment
from nba_assets_tests.orchestration.interruptions import interrupted_at_each_step

TABLES = ("schedule", "player_boxscores")
DAYS = day_range(FIRST_DAY, FIRST_DAY + timedelta(days=4))
MADE_TWICE = DAYS[1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, mini: tuple[Path, Truth]) -> Home:
    """Two tables with five days, one day of them built twice."""
    home = Home(tmp_path_factory.mktemp("prune") / "home", *mini)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(home.folder, home.archive).items():
            patch.setenv(name, value)
        patch.delenv("NBA_NOW", raising=False)
        home.backfill(DAYS[0], DAYS[-1], TABLES)
        home.backfill(MADE_TWICE, MADE_TWICE, TABLES, is_forced=True)
    return home


@pytest.fixture
def home(made: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    folder = Path(shutil.copytree(made.folder, tmp_path / "home"))
    for name, value in environment(folder, made.archive).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NBA_NOW", raising=False)
    return Home(folder, made.archive, made.truth)


@pytest.fixture
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as found:
        yield found


def storage_of(instance: dg.DagsterInstance) -> BatchingSqliteEventLogStorage:
    assert isinstance(instance.event_log_storage, BatchingSqliteEventLogStorage)
    return instance.event_log_storage


def answers(instance: dg.DagsterInstance) -> dict[str, object]:
    """Answers to the queries of the web UI: states of checks, days of tables, the newest of each."""
    storage = instance.event_log_storage
    found: dict[str, object] = {}
    for name in TABLES:
        key = dg.AssetKey(name)
        checks = [dg.AssetCheckKey(key, check) for check in checks_of(registry.tables()[name])]
        states = storage.get_asset_check_state([(check, daily_partitions) for check in checks])
        found |= {f"{check}": state.subsets for check, state in states.items()}
        newest = storage.get_latest_asset_check_execution_by_key(checks)
        found |= {f"{check} newest": (record.id, record.evaluation) for check, record in newest.items()}
        for check in checks:
            by_day = {}
            for record in storage.get_asset_check_execution_history(check, limit=1000):
                by_day.setdefault(record.partition, (record.status, record.evaluation))
            found[f"{check} by day"] = by_day
        found[f"{name} days"] = storage.get_latest_storage_id_by_partition(
            key, dg.DagsterEventType.ASSET_MATERIALIZATION
        )
        (record,) = storage.get_asset_records([key])
        found[name] = record.asset_entry
    found["runs"] = [(run.run_id, run.status) for run in instance.get_runs()]
    return found


def rows(instance: dg.DagsterInstance, shard: str = "index") -> dict[str, int]:
    with sqlite3.connect(storage_of(instance).path_for_shard(shard)) as connection:
        return dict(connection.execute("SELECT dagster_event_type, count(*) FROM event_logs GROUP BY 1"))


def ignore(sentence: str) -> None:
    pass


def test_only_the_newest_record_of_each_day_is_kept(instance: dg.DagsterInstance, home: Home) -> None:
    before, had = answers(instance), rows(instance)
    in_run = {run.run_id: rows(instance, run.run_id) for run in instance.get_runs()}
    told: list[str] = []
    pruned = prune(instance, home.platform, is_dry=False, tell=told.append)
    assert answers(instance) == before
    left = rows(instance)
    days = len(before["schedule days"])  # type: ignore[arg-type]
    assert left["ASSET_MATERIALIZATION"] == len(TABLES) * days == had["ASSET_MATERIALIZATION"] - len(TABLES)
    assert left.get("ASSET_CHECK_EVALUATION", 0) <= 1 < had["ASSET_CHECK_EVALUATION"]
    assert pruned.after < pruned.before and told
    checks = sum(len(checks_of(registry.tables()[name])) for name in TABLES)
    assert {of_run["ASSET_CHECK_EVALUATION"] for of_run in in_run.values()} == {checks}
    with sqlite3.connect(storage_of(instance).path_for_shard("index")) as connection:
        ((executions,),) = connection.execute("SELECT count(*) FROM asset_check_executions")
        texts = connection.execute("SELECT evaluation_event FROM asset_check_executions").fetchall()
    assert executions == checks * days
    assert all("pid" not in json.loads(text)["dagster_event"] for (text,) in texts)
    for run in instance.get_runs():
        assert set(rows(instance, run.run_id).values()) <= set(range(checks + len(TABLES) * 4 + 1))
        assert instance.get_asset_keys_for_run(run.run_id) == {dg.AssetKey(name) for name in TABLES}
        assert rows(instance, run.run_id)["ASSET_CHECK_EVALUATION"] == in_run[run.run_id]["ASSET_CHECK_EVALUATION"]
        assert instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_SUCCESS)
    again = prune(instance, home.platform, is_dry=False, tell=ignore)
    assert set(again.rows.values()) == {0} and again.after == again.before
    # new ids are larger than all previous ones
    newest = max(before["schedule days"].values())  # type: ignore[attr-defined]
    instance.report_runless_asset_event(dg.AssetMaterialization("schedule", partition=f"{MADE_TWICE}"))
    assert answers(instance)["schedule days"][f"{MADE_TWICE}"] > newest  # type: ignore[index]


def test_a_dry_run_changes_nothing_and_reports_the_same_numbers(instance: dg.DagsterInstance, home: Home) -> None:
    files = {path: path.read_bytes() for path in Path(storage_of(instance)._base_dir).glob("*.db")}
    dry = prune(instance, home.platform, is_dry=True, tell=ignore)
    assert {path: path.read_bytes() for path in Path(storage_of(instance)._base_dir).glob("*.db")} == files
    assert prune(instance, home.platform, is_dry=False, tell=ignore).rows == dry.rows
    assert dry.rows["materializations of a table and day that a newer one replaces"] == len(TABLES)
    assert 0 < dry.after < dry.before


def test_an_interrupted_prune_loses_nothing(
    instance: dg.DagsterInstance, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = answers(instance)

    def nothing_is_lost(call: int) -> None:
        assert answers(instance) == before, f"call {call}"

    calls = interrupted_at_each_step(
        monkeypatch,
        module,
        ("_write", "_give_back"),
        lambda: prune(instance, home.platform, is_dry=False, tell=ignore),
        nothing_is_lost,
    )
    assert calls > 3
    assert answers(instance) == before


def test_runs_that_are_not_over_keep_all_their_records(instance: dg.DagsterInstance, home: Home) -> None:
    run = instance.get_runs(limit=1)[0]
    had = rows(instance, run.run_id)
    # as if it were still running
    with sqlite3.connect(Path(storage_of(instance)._base_dir).parent / "runs.db") as connection:
        connection.execute("UPDATE runs SET status = 'STARTED' WHERE run_id = ?", (run.run_id,))
    connection.close()
    prune(instance, home.platform, is_dry=False, tell=ignore)
    assert rows(instance, run.run_id) == had
    with sqlite3.connect(storage_of(instance).path_for_shard("index")) as connection:
        query = "SELECT count(*) FROM event_logs WHERE run_id = ? AND dagster_event_type = 'ASSET_CHECK_EVALUATION'"
        assert connection.execute(query, (run.run_id,)).fetchone()[0] > 1


_HOLDER = """
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings

with Platform(Settings()).run_lock():
    print("held", flush=True)
    input()
"""


def test_it_is_rejected_while_a_run_writes(instance: dg.DagsterInstance, home: Home) -> None:
    before = rows(instance)
    # the lock is reentrant in a process, so another process takes it
    with subprocess.Popen([sys.executable, "-c", _HOLDER], stdin=-1, stdout=-1, text=True) as holder:
        assert holder.stdin is not None and holder.stdout is not None and holder.stdout.readline() == "held\n"
        with pytest.raises(ExplainedError, match="A run is writing"):
            prune(instance, home.platform, is_dry=False, tell=ignore)
        holder.stdin.close()
    assert rows(instance) == before
    result = CliRunner().invoke(main, ["prune", "--dry-run"])
    assert result.exit_code == 0, result.output
    assert "would be deleted" in result.output and "Dagster's records: " in result.output
    assert rows(instance) == before


def test_other_storages_are_rejected(home: Home) -> None:
    with (
        dg.DagsterInstance.ephemeral() as other,
        pytest.raises(ExplainedError, match="prune supports only the storages of this project"),
    ):
        prune(other, home.platform, is_dry=False, tell=ignore)


def test_prune_returns_bytes_of_the_files(instance: dg.DagsterInstance, home: Home) -> None:
    folder = Path(storage_of(instance)._base_dir)
    found = prune(instance, home.platform, is_dry=False, tell=ignore)
    assert isinstance(found, Pruned)
    assert found.after == sum(path.stat().st_size for path in folder.iterdir())
