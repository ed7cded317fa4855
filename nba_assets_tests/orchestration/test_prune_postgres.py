"""`nba-assets prune` on records in Postgres: fewer rows, the same answers, even if it is interrupted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as db
from click.testing import CliRunner

from nba_assets.cli import main
from nba_assets.engine import registry
from nba_assets.engine.checks.evaluate import checks_of
from nba_assets.orchestration import prune_postgres as module
from nba_assets.orchestration.prune import prune
from nba_assets.runtime.known_errors import ExplainedError
from nba_assets.settings import REPOSITORY
from nba_assets_tests.mini_archive import Truth
from nba_assets_tests.mini_warehouse import Home, environment
from nba_assets_tests.orchestration.interruptions import interrupted_at_each_step
from nba_assets_tests.orchestration.postgres_server import new_database
from nba_assets_tests.orchestration.test_prune import _HOLDER, DAYS, MADE_TWICE, TABLES, answers, ignore

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")
CHECKS = sum(len(checks_of(registry.tables()[name])) for name in TABLES)


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, mini: tuple[Path, Truth], postgres_server: str
) -> Iterator[tuple[Home, str]]:
    """Two tables with five days, one day of them built three times, with Dagster's records in a separate database."""
    address = new_database(postgres_server)
    home = Home(tmp_path_factory.mktemp("prune_postgres") / "home", *mini)
    with pytest.MonkeyPatch.context() as patch:
        enter(home, address, patch)
        home.backfill(DAYS[0], DAYS[-1], TABLES)
        for _ in range(2):
            home.backfill(MADE_TWICE, MADE_TWICE, TABLES, is_forced=True)
    yield home, address


def enter(home: Home, address: str, patch: pytest.MonkeyPatch) -> None:
    """Sets the environment: the instance of deploy/compose, with its records in the database."""
    for name, value in environment(home.folder, home.archive).items():
        patch.setenv(name, value)
    patch.delenv("NBA_NOW", raising=False)
    patch.setenv("DAGSTER_HOME", str(REPOSITORY / "deploy" / "compose"))
    place, _, database = address.rpartition("/")
    host, _, port = place.rpartition("@")[2].partition(":")
    for name, value in {"HOST": host, "PORT": port, "USER": "nba", "PASSWORD": "any", "DB": database}.items():
        patch.setenv(f"NBA_POSTGRES_{name}", value)


@pytest.fixture
def home(made: tuple[Home, str], postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with a writable copy of the records."""
    home, address = made
    copy = new_database(postgres_server, template=address.rpartition("/")[2])
    enter(home, copy, monkeypatch)
    return home


@pytest.fixture
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as found:
        yield found


def query(instance: dg.DagsterInstance, statement: str) -> list[tuple[Any, ...]]:
    storage: Any = instance.event_log_storage
    with storage.index_connection() as connection:
        return [tuple(row) for row in connection.execute(db.text(statement))]


def rows(instance: dg.DagsterInstance, run_id: str | None = None) -> dict[str, int]:
    """Number of events by type, optionally of one run."""
    where = "" if run_id is None else f"WHERE run_id = '{run_id}'"
    return dict(query(instance, f"SELECT dagster_event_type, count(*) FROM event_logs {where} GROUP BY 1"))  # type: ignore[arg-type]


def test_only_the_newest_record_of_each_day_is_kept(instance: dg.DagsterInstance, home: Home) -> None:
    before, had = answers(instance), rows(instance)
    in_run = {run.run_id: rows(instance, run.run_id) for run in instance.get_runs()}
    told: list[str] = []
    pruned = prune(instance, home.platform, is_dry=False, tell=told.append)
    assert answers(instance) == before
    days = len(before["schedule days"])  # type: ignore[arg-type]
    left = rows(instance)
    # The newest of each day, and one per table in the log of the second run, all of which the third replaced.
    assert left["ASSET_MATERIALIZATION"] == len(TABLES) * (days + 1) == had["ASSET_MATERIALIZATION"] - len(TABLES)
    assert query(instance, "SELECT count(*) FROM asset_check_executions") == [(CHECKS * days,)]
    assert query(
        instance, "SELECT count(*) FROM asset_event_tags WHERE event_id NOT IN (SELECT id FROM event_logs)"
    ) == [(0,)]
    assert told
    assert pruned.after < pruned.before
    assert pruned.rows["evaluations of a check and day that a newer one replaces"] == 2 * CHECKS
    assert pruned.rows["materializations of a table and day that a newer one replaces"] == len(TABLES)
    for run_id, events in in_run.items():
        kept = rows(instance, run_id)
        assert kept["ASSET_CHECK_EVALUATION"] == CHECKS
        assert kept["ASSET_MATERIALIZATION"] >= len(TABLES)
        assert {kind for kind in events if kind not in kept} == set()
        assert instance.get_asset_keys_for_run(run_id) == {dg.AssetKey(name) for name in TABLES}
        assert instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_SUCCESS)
    again = prune(instance, home.platform, is_dry=False, tell=ignore)
    assert set(again.rows.values()) == {0}
    assert again.after == again.before == pruned.after
    newest = max(before["schedule days"].values())  # type: ignore[attr-defined]
    instance.report_runless_asset_event(dg.AssetMaterialization("schedule", partition=f"{MADE_TWICE}"))
    assert answers(instance)["schedule days"][f"{MADE_TWICE}"] > newest  # type: ignore[index]


def test_a_dry_run_changes_nothing_and_reports_the_same_numbers(instance: dg.DagsterInstance, home: Home) -> None:
    had = rows(instance)
    dry = prune(instance, home.platform, is_dry=True, tell=ignore)
    assert rows(instance) == had
    result = CliRunner().invoke(main, ["prune", "--dry-run"])
    assert result.exit_code == 0, result.output
    assert "would be deleted" in result.output
    assert prune(instance, home.platform, is_dry=False, tell=ignore) == dry


def test_of_evaluations_written_by_dagster_one_per_check_and_run_is_kept(
    instance: dg.DagsterInstance, home: Home
) -> None:
    """A job that yields its evaluations writes each of them into event_logs too."""
    before = answers(instance)
    run = instance.get_runs(limit=1)[0].run_id
    copied = "run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition"
    query_of_copies = (
        f"INSERT INTO event_logs ({copied}) SELECT {copied} FROM event_logs "
        f"WHERE run_id = '{run}' AND dagster_event_type = 'ASSET_CHECK_EVALUATION' RETURNING id"
    )
    assert len(query(instance, query_of_copies)) == CHECKS
    # No event of this test is the newest of all, which is always kept.
    instance.report_runless_asset_event(dg.AssetMaterialization("another"))
    pruned = prune(instance, home.platform, is_dry=False, tell=ignore)
    assert pruned.rows["copies of evaluations"] == CHECKS
    assert rows(instance, run)["ASSET_CHECK_EVALUATION"] == CHECKS
    assert answers(instance) == before


def test_an_interrupted_prune_loses_nothing(
    instance: dg.DagsterInstance, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = answers(instance)

    def nothing_is_lost(call: int) -> None:
        assert answers(instance) == before, f"call {call}"

    calls = interrupted_at_each_step(
        monkeypatch,
        module,
        ("_write",),
        lambda: prune(instance, home.platform, is_dry=False, tell=ignore),
        nothing_is_lost,
    )
    # Each interrupted call has completed its earlier steps, so the next one has fewer.
    assert calls > 1
    assert answers(instance) == before


def test_runs_that_are_not_over_keep_all_their_records(instance: dg.DagsterInstance, home: Home) -> None:
    run = instance.get_runs(limit=1)[0].run_id
    had = rows(instance, run)
    query(instance, f"UPDATE runs SET status = 'STARTED' WHERE run_id = '{run}' RETURNING 1")
    prune(instance, home.platform, is_dry=False, tell=ignore)
    assert rows(instance, run) == had


def test_it_is_rejected_while_a_run_writes(instance: dg.DagsterInstance, home: Home) -> None:
    had = rows(instance)
    with subprocess.Popen([sys.executable, "-c", _HOLDER], stdin=-1, stdout=-1, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ExplainedError, match="A run is writing"):
            prune(instance, home.platform, is_dry=False, tell=ignore)
        holder.stdin.close()
    assert rows(instance) == had
