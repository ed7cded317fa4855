"""Copies between warehouses: everything is copied, a copy resumes, and damage is detected before and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from click.testing import CliRunner

from nba_assets import cli
from nba_assets.contracts.contract import TableContract
from nba_assets.engine import copying
from nba_assets.engine.content_hash import day_hashes
from nba_assets.engine.copying import Copied, CopyError, copy
from nba_assets.warehouses.duckdb import DuckDBWarehouse
from nba_assets.warehouses.factory import open_warehouse
from nba_assets.warehouses.protocol import QUALITY_TABLES, Warehouse
from nba_assets_tests.warehouses.hand_made import DAYS, POINTS, TEAMS, arrow, ledger, quarantined, results, rows

NOW = datetime(2024, 1, 1, tzinfo=UTC)
NAMES = (POINTS.name, TEAMS.name)


def fill(warehouse: Warehouse, points: Mapping[date, Sequence[int]]) -> None:
    """Writes days of `points_by_day` with correct hashes in the ledger, a quarantine row and check results."""
    written, days = rows(points), sorted(points)
    hashes = list(day_hashes(POINTS, written, days).values())
    warehouse.replace_days(
        POINTS, written, days, ledger(days, "x").assign(content_hash=hashes), quarantined(days[0], ["no such player"])
    )
    checks = results({("keys", day): day == days[0] for day in days})
    warehouse.replace_check_results(checks, POINTS.name, ["keys"], days)


@pytest.fixture(autouse=True)
def contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, TableContract] = {POINTS.name: POINTS, TEAMS.name: TEAMS}
    monkeypatch.setattr(copying.registry, "contract", found.__getitem__)
    monkeypatch.setattr(copying, "DAYS_AT_ONCE", 2)


@pytest.fixture
def source(tmp_path: Path) -> DuckDBWarehouse:
    """Three days, of which two were written twice, and a table without rows on its one day."""
    warehouse = DuckDBWarehouse(tmp_path / "source.duckdb")
    warehouse.record_source("archive", NOW)
    fill(warehouse, {DAYS[0]: [1, 2], DAYS[1]: [3], DAYS[2]: [4, 5]})
    fill(warehouse, {DAYS[1]: [6], DAYS[2]: []})
    none = arrow(TEAMS, {"game_date": [], "player_id": [], "team": []})
    hashes = list(day_hashes(TEAMS, none, DAYS[:1]).values())
    found = ledger(DAYS[:1], "x", TEAMS).assign(content_hash=hashes)
    warehouse.replace_days(TEAMS, none, DAYS[:1], found, pd.DataFrame())
    return warehouse


@pytest.fixture
def target(tmp_path: Path) -> DuckDBWarehouse:
    return DuckDBWarehouse(tmp_path / "target.duckdb")


def require_same(source: Warehouse, target: Warehouse) -> None:
    with source.snapshot() as left, target.snapshot() as right:
        assert left.source() == right.source()
        pd.testing.assert_frame_equal(left.ledger().drop(columns="sequence"), right.ledger().drop(columns="sequence"))
        pd.testing.assert_frame_equal(left.read(POINTS, DAYS[0], DAYS[2]), right.read(POINTS, DAYS[0], DAYS[2]))
        for name in QUALITY_TABLES:
            frames = []
            for frame in (left.quality(name), right.quality(name)):
                frame = frame.drop(columns="sequence", errors="ignore")
                frames.append(frame.sort_values(frame.columns.tolist(), ignore_index=True))
            assert len(frames[0])
            pd.testing.assert_frame_equal(*frames)


def test_everything_is_copied_and_a_second_copy_has_nothing_to_do(
    source: DuckDBWarehouse, target: DuckDBWarehouse
) -> None:
    assert list(copy(source, target, NAMES, NOW)) == [Copied(POINTS.name, 3, 3, 0), Copied(TEAMS.name, 1, 0, 0)]
    require_same(source, target)
    assert list(copy(source, target, NAMES, NOW)) == [Copied(POINTS.name, 0, 0, 3), Copied(TEAMS.name, 0, 0, 1)]


def test_an_interrupted_copy_resumes(source: DuckDBWarehouse, target: DuckDBWarehouse) -> None:
    list(copy(source, target, NAMES, NOW, DAYS[0], DAYS[0]))
    fill(source, {DAYS[0]: [9]})
    assert next(copy(source, target, NAMES, NOW)) == Copied(POINTS.name, 3, 2, 0)
    assert next(copy(source, target, NAMES, NOW)) == Copied(POINTS.name, 0, 0, 3)


def test_a_damaged_day_of_the_source_is_not_copied(source: DuckDBWarehouse, target: DuckDBWarehouse) -> None:
    with duckdb.connect(str(source.path)) as connection:
        connection.execute("UPDATE raw.points_by_day SET points = points + 1")
    with pytest.raises(
        CopyError, match=r"points_by_day: 2 days differ from the ledger of the source, first 2024-01-14"
    ):
        list(copy(source, target, NAMES, NOW))
    with target.snapshot() as snapshot:
        assert snapshot.ledger().empty


def test_a_day_that_changes_during_the_copy_is_detected(
    source: DuckDBWarehouse, target: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = DuckDBWarehouse.replace_days

    def lossy(self: DuckDBWarehouse, contract: object, rows: object, *rest: object) -> None:
        replace(self, contract, rows.slice(1), *rest)  # type: ignore[arg-type,attr-defined]

    monkeypatch.setattr(DuckDBWarehouse, "replace_days", lossy)
    with pytest.raises(CopyError, match="points_by_day: 1 days differ from the rows that were written"):
        list(copy(source, target, NAMES, NOW))


def test_real_and_simulated_rows_are_not_mixed(source: DuckDBWarehouse, target: DuckDBWarehouse) -> None:
    with pytest.raises(CopyError, match="to copy from is empty"):
        list(copy(target, source, NAMES, NOW))
    target.record_source("simulated", NOW)
    with pytest.raises(CopyError, match="has rows of kind simulated, the other one archive; nothing was copied"):
        list(copy(source, target, NAMES, NOW))


def test_the_command_reports_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBA_HOME", str(tmp_path / "home"))
    one, other = f"duckdb:{tmp_path / 'one.duckdb'}", f"duckdb:{tmp_path / 'other.duckdb'}"
    for addresses, told in (((one, one), "are the same warehouse"), ((one, other), "to copy from is empty")):
        result = CliRunner().invoke(cli.main, ["copy", "--from", addresses[0], "--to", addresses[1]])
        assert result.exit_code != 0
        assert told in " ".join(result.output.split())


@pytest.mark.long
def test_a_warehouse_is_copied_to_bigquery_and_back(
    source: DuckDBWarehouse, target: DuckDBWarehouse, bigquery_address: str
) -> None:
    cloud = open_warehouse(bigquery_address)
    list(copy(source, cloud, NAMES, NOW))
    require_same(source, cloud)
    list(copy(cloud, target, NAMES, NOW))
    require_same(source, target)
