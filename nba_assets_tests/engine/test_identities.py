"""History on demand: its identity follows the content of the days, and it gives the rows of the declared window."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, history
from nba_assets.engine import identities, registry
from nba_assets.engine.materialise import materialise
from nba_assets.windows.on_demand import HistoryOnDemand
from nba_assets_tests.engine.test_kept_sums import DAYS, TOTALS, UPSTREAM, League, upstream

EXPECTED = Expected({}, lambda days: pd.DataFrame({"game_date": days}))
given: list[HistoryOnDemand] = []
"""What the table's function has received, newest last."""


@daily_table(
    TOTALS,
    inputs={"rows": history("upstream", days=3, columns=("game_date", "points"), is_on_demand=True)},
    expected=EXPECTED,
)
def totals(rows: HistoryOnDemand, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The points of the three days before the day."""
    given.append(rows)
    target = pd.DataFrame({"game_date": days})
    return target.assign(points=rows.read().by().last_days(target, 3).sum("points"))


@pytest.fixture
def league(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> League:
    tables: dict[str, Any] = {
        "upstream": daily_table(UPSTREAM, inputs={}, expected=EXPECTED)(upstream),
        "totals": totals,
    }
    monkeypatch.setattr(registry, "tables", lambda: tables)
    return League(tmp_path)


def received(league: League, day: date) -> HistoryOnDemand:
    """What the function receives for a day."""
    materialise(totals, [day], league.platform, "run")
    return given[-1]


def test_the_rows_are_those_of_the_window(league: League) -> None:
    rows = received(league, DAYS[4]).read()
    assert rows.distinct("game_date")["game_date"].tolist() == [pd.Timestamp(day) for day in DAYS[1:4]]
    with league.platform.warehouse.snapshot() as snapshot:
        assert snapshot.read(TOTALS, DAYS[4], DAYS[4])["points"].tolist() == [12 + 13 + 14]


@pytest.mark.parametrize("place", range(6))
def test_the_identity_is_that_of_the_content_of_its_days(league: League, place: int) -> None:
    rows = received(league, DAYS[4])
    former = rows.identity(DAYS[1], DAYS[3])
    assert former is not None and rows.identity(DAYS[1], DAYS[3]) == former
    league.write(DAYS[place], 50)
    assert (rows.identity(DAYS[1], DAYS[3]) != former) == (place in (1, 2, 3))
    league.write(DAYS[place], place + 1, 10)
    assert rows.identity(DAYS[1], DAYS[3]) == former


def test_contents_that_change_places_have_another_identity(league: League) -> None:
    rows = received(league, DAYS[4])
    former = rows.identity(DAYS[1], DAYS[3])
    league.write(DAYS[1], 3, 10)
    league.write(DAYS[2], 2, 10)
    assert rows.identity(DAYS[1], DAYS[3]) != former


def test_other_days_have_another_identity(league: League) -> None:
    rows = received(league, DAYS[4])
    found = {rows.identity(first, last) for first in DAYS[1:4] for last in DAYS[1:4] if first <= last}
    assert len(found) == 6


@pytest.mark.parametrize("version", ["code", "pandas"])
def test_other_code_has_another_identity(league: League, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    rows = received(league, DAYS[4])
    former = rows.identity(DAYS[1], DAYS[3])
    if version == "code":
        monkeypatch.setattr(identities, "code_version", lambda table: "0123456789abcdef")
    else:
        monkeypatch.setattr(pd, "__version__", "9.9.9")
    assert rows.identity(DAYS[1], DAYS[3]) != former


def test_a_day_without_a_ledger_row_has_no_identity(league: League) -> None:
    later = [date(2022, 7, 4), date(2022, 7, 5)]
    league.write(later[0], 7, has_ledger=False)
    rows = received(league, later[1])
    assert rows.identity(DAYS[4], DAYS[5]) is not None
    assert rows.identity(DAYS[4], later[0]) is None


@pytest.mark.parametrize(("first", "last"), [(DAYS[0], DAYS[3]), (DAYS[1], DAYS[4])])
def test_days_outside_the_window_are_refused(league: League, first: date, last: date) -> None:
    with pytest.raises(ValueError, match="totals reads upstream from 2022-06-29 to 2022-07-01, not from"):
        received(league, DAYS[4]).identity(first, last)


def test_nothing_is_before_the_first_day(league: League, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "FIRST_DAY", DAYS[2])
    with league.platform.warehouse.snapshot() as snapshot:
        whole = identities.identity(totals, "upstream", DAYS[0], DAYS[3], snapshot)
        assert whole == identities.identity(totals, "upstream", DAYS[2], DAYS[3], snapshot)
