"""Fingerprints of a day's inputs: windows, missing days and their names, absent sources."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from nba_assets.basketball.calendar import day_range
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Input, history, on_day, source, up_to_day
from nba_assets.engine import registry
from nba_assets.engine.fingerprints import InputsState
from nba_assets_tests.hand_made_ledger import DAYS, UPSTREAM, World, table


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(registry, "tables", lambda: {"upstream": UPSTREAM})
    return World(tmp_path)


def changed(before: InputsState, after: InputsState) -> list[int]:
    """Positions of the days with a different fingerprint."""
    return [n for n, pair in enumerate(zip(before.inputs_hash, after.inputs_hash, strict=True)) if pair[0] != pair[1]]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (on_day("upstream"), [4]),
        (history("upstream", days=3), [5, 6, 7]),
        (up_to_day("upstream"), [4, 5, 6, 7, 8, 9]),
        (up_to_day("upstream", days=2), [4, 5, 6]),
    ],
)
def test_a_changed_day_changes_exactly_the_days_that_read_it(world: World, window: Input, expected: list[int]) -> None:
    downstream = table("downstream", upstream=window)
    world.write(DAYS, "aa")
    before = world.state(downstream)
    world.write(DAYS[4:5], "bb")
    assert changed(before, world.state(downstream)) == expected


def test_the_fingerprint_of_a_day_is_the_same_alone_and_in_a_range(world: World) -> None:
    downstream = table("downstream", a=history("upstream", days=4), b=on_day("upstream"))
    for number, day in enumerate(DAYS):
        world.write([day], f"{number:02x}")
    whole = world.state(downstream).inputs_hash
    assert [world.state(downstream, [day]).inputs_hash[0] for day in DAYS] == whole


def test_a_changed_file_changes_exactly_the_days_of_its_season(world: World, tmp_path: Path) -> None:
    """The season of 2022-23 begins on 1 July."""
    downstream, days = table("downstream", referees=source("referees")), day_range(date(2022, 6, 28), date(2022, 7, 3))
    (tmp_path / "referees").mkdir()
    for season in ("2021-22", "2022-23"):
        (tmp_path / "referees" / f"{season}.parquet").write_bytes(b"as published")
    before = world.state(downstream, days)
    (tmp_path / "referees" / "2022-23.parquet").write_bytes(b"corrected")
    after = world.state(downstream, days)
    assert changed(before, after) == [3, 4, 5]
    (tmp_path / "referees" / "2021-22.parquet").write_bytes(b"corrected")
    assert changed(after, world.state(downstream, days)) == [0, 1, 2]


def test_a_missing_day_is_counted_and_named_with_the_command_that_builds_it(world: World) -> None:
    downstream = table("downstream", upstream=history("upstream", days=3))
    world.write([day for day in DAYS if day not in (DAYS[4], DAYS[5])], "aa")
    state = world.state(downstream)
    assert state.missing.tolist() == [0, 0, 0, 0, 0, 1, 2, 2, 1, 0]
    assert state.reason.iloc[6] == (
        f"2 days of upstream are missing, the first is {DAYS[4]}; nba-assets backfill --with-history makes them first"
    )
    assert pd.isna(state.reason.iloc[9])


def test_days_before_the_first_partition_are_not_missing(world: World) -> None:
    downstream = table("downstream", upstream=history("upstream", days=400))
    world.write(DAYS, "aa")
    assert world.state(downstream).missing.tolist() == [0] * 10


def test_a_partial_day_makes_its_readers_partial(world: World) -> None:
    downstream = table("downstream", upstream=on_day("upstream"))
    world.write(DAYS, "aa")
    world.write(DAYS[2:3], "aa", status="partial_history")
    assert world.state(downstream).missing.tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]


def test_absence_propagates_only_if_the_input_determines_the_rows(world: World) -> None:
    world.write(DAYS, "aa")
    world.write(DAYS[1:2], "aa", status="absent_source", reason="no file")
    decides = table("downstream", upstream=on_day("upstream"))
    assert world.state(decides).absent.fillna("").tolist()[:3] == ["", "no file", ""]
    beside = daily_table(decides.contract, inputs=decides.inputs, expected=Expected({}, lambda days: pd.DataFrame()))(
        decides.function
    )
    assert world.state(beside).absent.isna().all()


def test_the_window_is_part_of_the_code_version(world: World) -> None:
    before, after = (table("upstream", upstream=history("upstream", days=days)) for days in (1, 2))
    assert world.state(before).code_version != world.state(after).code_version
