"""completeness: an open day does not lack what is built after its games; a day that is over does."""

from __future__ import annotations

import json
from datetime import date, datetime

import pandas as pd
import pytest

from nba_assets.engine import registry
from nba_assets.engine.checks.completeness import completeness
from nba_assets.engine.checks.evaluate import evaluate
from nba_assets.engine.materialise import materialise
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings
from nba_assets_tests.engine.checks.hand_made_evidence import DAYS, MakeEvidence
from nba_assets_tests.mini_warehouse import Home

GAME_DAY = date(2022, 10, 25)
LAST_OPEN, FIRST_FINAL = "2022-10-26T08:59:59+00:00", "2022-10-26T09:00:00+00:00"
"""The second before 5:00 US Eastern, and that hour, from which the games of GAME_DAY count as final."""


def checked(at: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The result of completeness of schedule when it is checked at this time."""
    monkeypatch.setenv("NBA_NOW", at)
    platform = Platform(Settings())
    assert platform.now() == datetime.fromisoformat(at)
    (row,) = evaluate(registry.tables()["schedule"], [GAME_DAY], platform, "run", ["completeness"]).to_dict("records")
    return row | {"reasons": json.loads(row["reasons"]), "observed": json.loads(row["observed"])}


def test_what_is_built_after_the_games_is_lacking_once_they_are_over(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Box scores tell which games the schedule must have."""
    tables = registry.tables()
    monkeypatch.setenv("NBA_NOW", LAST_OPEN)
    materialise(tables["schedule"], [GAME_DAY], Platform(Settings()), "run")
    row = checked(LAST_OPEN, monkeypatch)
    assert (row["passed"], row["severity"]) == (False, "WARN")
    assert row["reasons"] == {"not due: its games are not over": 0}
    assert row["observed"]["state"] == "missing" and "what_to_do" not in row["observed"]  # type: ignore[index, operator]

    row = checked(FIRST_FINAL, monkeypatch)
    assert (row["passed"], row["severity"]) == (False, "ERROR")
    assert row["reasons"] == {"unknown what the day must have: team_boxscores was never made": 0}
    assert row["observed"]["what_to_do"].endswith("--select +team_boxscores")  # type: ignore[index]

    materialise(tables["team_boxscores"], [GAME_DAY], Platform(Settings()), "run")
    row = checked(FIRST_FINAL, monkeypatch)
    assert row["passed"] and row["observed"]["expected"] == row["observed"]["found"] == 2  # type: ignore[index]


def test_what_is_built_before_the_games_is_lacking_at_any_time(
    empty_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """prop_lines must have what the schedule says, and that is built in the morning."""
    monkeypatch.setenv("NBA_NOW", LAST_OPEN)
    table = registry.tables()["prop_lines"]
    materialise(table, [GAME_DAY], Platform(Settings()), "run")
    (row,) = evaluate(table, [GAME_DAY], Platform(Settings()), "run", ["completeness"]).to_dict("records")
    assert row["severity"] == "ERROR"
    assert json.loads(row["reasons"]) == {"unknown what the day must have: schedule was never made": 0}


@pytest.mark.parametrize("name", ["games", "results"])
@pytest.mark.parametrize("is_over", [True, False])
def test_only_what_cannot_be_there_yet_is_a_warning(make_evidence: MakeEvidence, name: str, is_over: bool) -> None:
    day = DAYS[10]
    ledger = make_evidence().ledger.assign(reason=pd.NA, missing_days=0)
    expected = pd.DataFrame({"game_date": DAYS[:0]})
    found = make_evidence(
        rows=expected, ledger=ledger, expected=expected, unmade={day: name}, not_over=DAYS[:0] if is_over else DAYS
    )
    (row,) = [row for row in completeness(found) if not row["passed"]]
    is_open = name == "results" and not is_over
    assert row["game_date"] == day and row["severity"] == ("WARN" if is_open else "ERROR")
    assert ("not due: its games are not over" in str(row["reasons"])) == is_open
