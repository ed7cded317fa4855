"""No row depends on the future: tested by corrupting the archive, not the tables.

From day D on all results are wrong or missing, and so is every quote from its game's tip-off on. The season is rebuilt
up to a few days after D, from raw to the last layer: every row before D and every pregame row of D must be identical.
Mutants verify the test itself: tables that deliberately read future data, each of which must be detected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nba_assets.basketball import quotes
from nba_assets.contracts.contract import ContractError
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import Rows, on_day
from nba_assets.engine import registry
from nba_assets.engine.materialise import materialise
from nba_assets.engine.platform import Platform
from nba_assets.settings import Settings
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.tables.raw import prop_lines
from nba_assets.windows import asof
from nba_assets.windows.asof import REACH_DAYS, Grouped, Window
from nba_assets_tests.mini_warehouse import Home
from nba_assets_tests.poison import (
    AFTER,
    CLOSING_LINES,
    KNOWN_BEFORE,
    OUTCOMES,
    QUOTES,
    Mode,
    difference,
    differing_columns,
    games_of,
    ledger_after_build,
    reached_by_closing_lines,
    season_until,
    write_poisoned,
)

MOVE, LATE_QUOTE, TWO_GAMES = date(2021, 10, 28), date(2022, 10, 18), date(2022, 10, 31)
"""A day on which an injured player returns, one with a quote after tip-off, one with two games of known teams."""
Mutate = Callable[[pytest.MonkeyPatch], None]


def poisoned(home: Home, day: date, mode: Mode, folder: Path, *, has_closing_lines: bool = True) -> Platform:
    """The home's warehouse with an archive that is corrupted from the day on."""
    games = games_of(home.platform)
    write_poisoned(home.archive, folder, day, games, mode, has_closing_lines=has_closing_lines)
    return Platform(Settings(home=home.folder, archive=str(folder)))


def few_days(day: date) -> list[date]:
    """The day and the later days built with it."""
    return season_until(day)[-AFTER - 1 :]


def test_late_rows_are_defined_for_every_file() -> None:
    said = [*OUTCOMES, *CLOSING_LINES, *QUOTES, *KNOWN_BEFORE]
    assert sorted(said) == sorted({family.pattern for family in FAMILIES.values()})


@pytest.mark.parametrize(
    ("day", "mode"), [(MOVE, "truncated"), (LATE_QUOTE, "exchanged"), (TWO_GAMES, "truncated")], ids=str
)
def test_no_row_depends_on_the_future(tables_home: Home, tmp_path: Path, day: date, mode: Mode) -> None:
    before = tables_home.ledger()
    after = ledger_after_build(poisoned(tables_home, day, mode, tmp_path / "poisoned"), season_until(day), since=day)
    found = difference(before, after, day)
    assert found.ahead == []
    assert found.unmoved == [], "the poison must reach the results of the day"


def test_closing_lines_affect_only_the_columns_that_show_them(tables_home: Home, tmp_path: Path) -> None:
    """Untimed lines count as known at tip-off: those of the day itself affect only the declared columns."""
    changed = differing_columns(
        tables_home.platform,
        poisoned(tables_home, TWO_GAMES, "exchanged", tmp_path / "poisoned", has_closing_lines=False),
        TWO_GAMES,
    )
    assert "spread" in changed[UPCOMING]
    del changed["game_lines"]
    assert reached_by_closing_lines(changed) == {}
    assert changed["best_bet_files"] == set()


def use(patch: pytest.MonkeyPatch, table: DailyTable) -> None:
    """Replaces the table of the same name."""
    tables = registry.tables() | {table.name: table}
    patch.setattr(registry, "tables", lambda: tables)


def window_a_day_later(patch: pytest.MonkeyPatch) -> None:
    """The last n games include the day itself. No bound and no rule of a contract detects that."""
    plain = Grouped.last_games

    def last_games(self: Grouped, target: pd.DataFrame, n: int, days: int = REACH_DAYS) -> Window:
        return plain(self, target.assign(game_date=target["game_date"] + pd.Timedelta(days=1)), n, days)

    patch.setattr(Grouped, "last_games", last_games)


def roster_of_the_box_score(patch: pytest.MonkeyPatch) -> None:
    """Members are the players in the box score of the day."""
    plain = registry.tables()["rosters"]

    def rosters(listed: pd.DataFrame, **inputs: object) -> Rows:
        made = plain.function(**inputs)
        assert isinstance(made, Rows)
        return replace(made, frame=made.frame.merge(listed[["game_date", "player_id"]].drop_duplicates()))

    use(patch, replace(plain, function=rosters, inputs={**plain.inputs, "listed": on_day("player_boxscores")}))


def injuries_of_the_day(patch: pytest.MonkeyPatch) -> None:
    """A player who leaves the injured list on the day is not on it in the morning."""
    plain = registry.tables()["rosters"]

    def rosters(moves: pd.DataFrame, **inputs: object) -> Rows:
        made = plain.function(**inputs)
        assert isinstance(made, Rows)
        back = pd.MultiIndex.from_frame(moves.loc[moves["direction"] == "in", ["game_date", "player_id"]])
        is_back = pd.MultiIndex.from_frame(made.frame[["game_date", "player_id"]]).isin(back)
        is_out = made.frame["on_injured_list"] & ~is_back
        return replace(made, frame=made.frame.assign(on_injured_list=is_out))

    use(patch, replace(plain, function=rosters, inputs={**plain.inputs, "moves": on_day("injury_transactions")}))


def quotes_after_tipoff(patch: pytest.MonkeyPatch) -> None:
    """No quote is too late, neither for its table nor for the line of a player."""
    plain, main_lines = prop_lines._with_times, quotes._main_lines
    too_late = [prop_lines.TOO_LATE, prop_lines.MAY_BE_TOO_LATE]

    def with_times(outcomes: pd.DataFrame, games: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
        dated = plain(outcomes, games, days)
        return dated.assign(reason=dated["reason"].mask(dated["reason"].isin(too_late)))

    patch.setattr(prop_lines, "_with_times", with_times)
    patch.setattr(quotes, "_main_lines", lambda rows, tipoffs: main_lines(rows, None))


UPCOMING = "upcoming_player_game_context"
MUTANTS: Sequence[tuple[Mutate, date, Mode, Sequence[str]]] = [
    (window_a_day_later, TWO_GAMES, "exchanged", ("player_boxscores", "player_game_summary", UPCOMING)),
    (roster_of_the_box_score, TWO_GAMES, "truncated", ("player_boxscores", "rosters")),
    (injuries_of_the_day, MOVE, "exchanged", ("injury_transactions", "rosters")),
    (quotes_after_tipoff, LATE_QUOTE, "exchanged", ("prop_lines", UPCOMING)),
]
"""Mutants that read the future, the day and mode that detect them, and the tables through which the future is read."""


@pytest.mark.parametrize(("mutate", "day", "mode", "names"), MUTANTS)
def test_a_table_that_reads_the_future_is_detected(
    tables_home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mutate: Mutate,
    day: date,
    mode: Mode,
    names: Sequence[str],
) -> None:
    """The same comparison for a mutant, on the original and the poisoned archive."""
    mutate(monkeypatch)
    before = ledger_after_build(tables_home.platform, few_days(day), names)
    after = ledger_after_build(poisoned(tables_home, day, mode, tmp_path / "poisoned"), few_days(day), names, since=day)
    looking = [name for name in names if registry.contract(name).known == "pregame"]
    assert difference(before, after, day).ahead == [(name, day) for name in looking]


def test_a_window_that_includes_the_day_is_rejected(tables_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """With windows shifted by a day, so that they include the day itself, rows break the contract."""
    before = tables_home.hashes()
    plain = asof._day_numbers

    def a_day_later(days: pd.Series, whose: str) -> np.ndarray:
        return plain(days, whose) + (1 if whose == "target" else 0)

    monkeypatch.setattr(asof, "_day_numbers", a_day_later)
    with pytest.raises(ContractError, match="days_rest < 0"):
        materialise(registry.tables()["upcoming_team_game_context"], [TWO_GAMES], tables_home.platform, "a day later")
    assert tables_home.hashes() == before
