"""Why a day is stale: each reason separately, on a hand-made ledger."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import history, on_day, source, up_to_day
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.engine.staleness import by_reason, stale_reasons, staleness
from nba_assets.settings import Settings
from nba_assets_tests.hand_made_ledger import DAYS, UPSTREAM, World, table

OTHER = table("other", "pregame")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A warehouse in which both upstream tables are built for all days."""
    world = World(tmp_path)
    world.write(DAYS, "aa")
    world.write(DAYS, "aa", of=OTHER)
    return world


def reasons(world: World, downstream: DailyTable) -> dict[str, list[int]]:
    """Positions of the stale days by reason."""
    with world.platform.warehouse.snapshot() as snapshot:
        found = stale_reasons(downstream, DAYS, world.platform, snapshot)
    return {
        str(reason): [DAYS.index(day.date()) for day in days] for reason, days in found.groupby("reason")["game_date"]
    }


def test_a_day_without_a_ledger_row_was_never_built(world: World) -> None:
    downstream = table("downstream", upstream=on_day("upstream"))
    world.write([day for day in DAYS if day not in (DAYS[2], DAYS[7])], "cc", of=downstream)
    assert reasons(world, downstream) == {"never made": [2, 7]}


def test_a_day_that_was_not_final_is_stale(world: World) -> None:
    downstream = table("downstream", upstream=on_day("upstream"))
    world.write(DAYS, "cc", of=downstream)
    world.write(DAYS[9:], "cc", status="not_final", of=downstream)
    assert reasons(world, downstream) == {"not final when made": [9]}


def test_changed_code_makes_all_days_stale_and_hides_other_reasons(world: World) -> None:
    world.write(DAYS, "cc", of=table("downstream", upstream=history("upstream", days=1)))
    world.write(DAYS[3:4], "bb")
    downstream = table("downstream", upstream=history("upstream", days=2))
    assert reasons(world, downstream) == {"the table's code changed": list(range(10))}


def test_the_changed_input_is_named_on_the_days_that_read_it(world: World) -> None:
    downstream = table("downstream", first=history("upstream", days=3), second=up_to_day("other", days=1))
    world.write(DAYS, "cc", of=downstream)
    assert reasons(world, downstream) == {}
    world.write(DAYS[4:5], "bb")
    world.write(DAYS[6:7], "bb", of=OTHER)
    assert reasons(world, downstream) == {
        "input days in the window changed: upstream": [5, 6, 7],
        "input days in the window changed: other": [6, 7],
    }


def test_a_fingerprint_without_parts_names_only_the_kind_of_input(world: World) -> None:
    downstream = table("downstream", first=history("upstream", days=3), second=on_day("other"))
    world.write(DAYS, "cc", of=downstream)
    with duckdb.connect(str(world.platform.settings.database)) as connection:
        connection.execute("UPDATE quality.partition_log SET inputs_hash = left(inputs_hash, 16)")
    assert reasons(world, downstream) == {}
    world.write(DAYS[4:5], "bb")
    assert reasons(world, downstream) == {"input days in the window changed": [5, 6, 7]}


def test_an_input_rebuilt_with_the_same_content_makes_nothing_stale(world: World) -> None:
    downstream = table("downstream", upstream=history("upstream", days=3))
    world.write(DAYS, "cc", of=downstream)
    world.write(DAYS, "aa")
    world.write(DAYS[4:5], "bb")
    world.write(DAYS[4:5], "aa")
    assert reasons(world, downstream) == {}


def test_a_day_whose_input_is_complete_now_is_stale_even_with_the_same_rows(world: World) -> None:
    downstream = table("downstream", upstream=on_day("upstream"))
    world.write(DAYS[5:6], "aa", status="partial_history")
    world.write(DAYS, "cc", of=downstream)
    world.write(DAYS[5:6], "aa")
    assert reasons(world, downstream) == {"input days in the window changed: upstream": [5]}


def test_a_day_whose_input_has_a_source_now_is_stale_if_the_input_determines_the_rows(world: World) -> None:
    downstream = table("downstream", upstream=on_day("upstream"))
    beside = replace(table("beside", upstream=on_day("upstream")), expected=OTHER.expected)
    world.write(DAYS[5:6], "aa", status="absent_source", reason="no file")
    for of in (downstream, beside):
        world.write(DAYS, "cc", of=of)
    world.write(DAYS[5:6], "aa", status="empty")
    assert reasons(world, downstream) == {"input days in the window changed: upstream": [5]}
    assert reasons(world, beside) == {}


def test_the_family_whose_file_of_the_season_changed_is_named(world: World, tmp_path: Path) -> None:
    for season in ("2021-22", "2022-23"):
        (tmp_path / "referees").mkdir(exist_ok=True)
        (tmp_path / "referees" / f"{season}.parquet").write_bytes(b"as published")
    downstream = table("downstream", referees=source("referees"), schedule=source("schedule"))
    world.write(DAYS, "cc", of=downstream)
    (tmp_path / "referees" / "2022-23.parquet").write_bytes(b"corrected")
    assert reasons(world, downstream) == {}
    (tmp_path / "referees" / "2021-22.parquet").write_bytes(b"corrected")
    assert reasons(world, downstream) == {"source files of the season changed: referees": list(range(10))}


def test_a_day_that_is_not_final_yet_is_not_stale_unless_something_else_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    downstream = table("downstream", upstream=on_day("upstream"))
    monkeypatch.setattr(registry, "tables", lambda: {"upstream": UPSTREAM, "downstream": downstream})
    world.write(DAYS, "cc", of=downstream)
    world.write(DAYS[8:], "cc", status="not_final", of=downstream)

    def found(hour: int) -> dict[str, list[str]]:
        now = datetime(DAYS[9].year, DAYS[9].month, DAYS[9].day, hour, tzinfo=UTC)
        settings = Settings(home=world.platform.settings.home, now=now)
        stale = staleness(["downstream"], DAYS[0], DAYS[9], Platform(settings))
        return stale.groupby("reason")["game_date"].agg(lambda days: [f"{day:%d}" for day in days]).to_dict()

    assert found(hour=8) == {}
    assert found(hour=12) == {"not final when made": [f"{DAYS[8]:%d}"]}
    world.write(DAYS[9:], "bb")
    assert found(hour=8) == {"input days in the window changed: upstream": [f"{DAYS[9]:%d}"]}


def test_reasons_are_counted_by_table() -> None:
    days = pd.to_datetime(["2024-01-03", "2024-01-01", "2024-01-02", "2024-01-02"])
    rows = {"table_name": ["a", "a", "a", "b"], "game_date": days, "reason": ["x", "x", "y", "x"]}
    assert by_reason(pd.DataFrame(rows)).astype(str).to_numpy().tolist() == [
        ["a", "x", "2", "2024-01-01", "2024-01-03"],
        ["a", "y", "1", "2024-01-02", "2024-01-02"],
        ["b", "x", "1", "2024-01-02", "2024-01-02"],
    ]
