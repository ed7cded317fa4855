"""No pregame row of a day depends on a result of that day or later: the archive itself is poisoned, not the tables.

From day D on every row of every outcome family gets the values of another row: in range, plausible and wrong. Raw to
upcoming contexts are made again from D on; the pregame tables of D must be the same to the bit.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from nba_assets import asof, registry
from nba_assets.contracts.contract import ContractError
from nba_assets.materialise import materialise
from nba_assets.partitions import day_range
from nba_assets_tests.mini_warehouse import Home

OUTCOMES = {
    "team_game_logs/*": "GAME_ID",
    "player_box_v3/*": "game_id",
    "player_game_logs/*": "game_id",
    "player_game_misc/*": "game_id",
    "player_game_scoring/*": "game_id",
    "shots/*": "GAME_ID",
    "schedule/*": "gid",
    "player_game_logs_lite/*": "GAME_DATE",
    "injuries/*": "Date",
}
"""Files of outcome families, and the column that says which game or day a row is of."""
WHO_AND_WHERE = re.compile(
    r"id$|^gid|gcode|team|name|date|season|matchup|^home$|^away$|slug|city|tricode", re.IGNORECASE
)
MOVES = ("Acquired", "Relinquished")
"""What an injury row tells; its other columns say when and of whom."""
DAYS = [date(2022, 10, 19), date(2022, 11, 2)]


def poison(archive: Path, games: set[str], day: date) -> None:
    """Exchanges the outcomes of all rows of these games, or of the day and later, among one another."""
    for pattern, column in OUTCOMES.items():
        for path in archive.glob(f"{pattern}.parquet"):
            table = pq.read_table(path)
            values = table.column(column).to_pandas().astype(str)
            is_late = values >= day.isoformat() if "date" in column.lower() else values.str.zfill(10).isin(games)
            late = np.flatnonzero(is_late)
            order = np.arange(table.num_rows)
            order[late] = late[::-1]
            told = [name for name in table.column_names if not WHO_AND_WHERE.search(name)]
            for name in MOVES if column == "Date" else told:
                place = table.column_names.index(name)
                table = table.set_column(place, table.schema.field(place), table.column(name).take(order))
            pq.write_table(table, path)


@pytest.fixture(params=DAYS, ids=str)
def poisoned(
    request: pytest.FixtureRequest, tables_home: Home, own_archive: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Home, date]:
    """A warehouse made from the true archive, whose archive is wrong from the day on."""
    day: date = request.param
    games = tables_home.truth.games
    poison(own_archive, set(games.loc[games["game_date"] >= day, "game_id"]), day)
    monkeypatch.setenv("NBA_ARCHIVE", str(own_archive))
    return Home(tables_home.folder, own_archive, tables_home.truth), day


def differing_tables(home: Home, day: date) -> set[str]:
    """Tables whose rows of the day change when everything from the day on is made again."""
    before = home.hashes()
    for table in registry.tables().values():
        materialise(table, day_range(day, home.last_day), home.platform, "poison")
    after = home.hashes()
    return {name for name in registry.tables() if before[(name, day)] != after[(name, day)]}


def tables_known(known: str) -> set[str]:
    return {name for name, table in registry.tables().items() if table.contract.known == known}


def test_pregame_rows_of_the_day_stay_and_postgame_rows_change(poisoned: tuple[Home, date]) -> None:
    home, day = poisoned
    changed = differing_tables(home, day)
    assert changed & tables_known("pregame") == set()
    assert changed >= {"team_boxscores", "player_boxscores", "player_game_summary", "team_offense_game_summary"}


def test_a_window_that_sees_the_day_is_refused(tables_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every window a day later, so that it holds the day itself, rows say "played today": nothing is written."""
    day, before = DAYS[1], tables_home.hashes()
    plain = asof._day_numbers

    def a_day_later(days: pd.Series, whose: str) -> np.ndarray:
        return plain(days, whose) + (1 if whose == "target" else 0)

    monkeypatch.setattr(asof, "_day_numbers", a_day_later)
    with pytest.raises(ContractError, match="days_rest < 0"):
        materialise(registry.tables()["upcoming_team_game_context"], [day], tables_home.platform, "a day later")
    assert tables_home.hashes() == before
