"""The context that the function of a published product receives besides its frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

import pandas as pd


class Publication(Protocol):
    """The clock, the source of the rows, the published documents, and the state of the tables.

    now: the moment of the run, UTC. source: what documents say under `source`: archive, simulated or live.
    """

    @property
    def now(self) -> datetime: ...

    @property
    def source(self) -> str: ...

    def read(self, path: str) -> dict[str, Any] | None:
        """The published document at a path below v1/; None when there is none."""
        ...

    def layers(self) -> Mapping[str, str]:
        """Layer by table, upstream first, of the tables that products with `is_of_checks` describe: every table but
        those products, whose own run leaves behind what is not known while they are made."""
        ...

    def ledger(self, first: date | None = None, last: date | None = None) -> pd.DataFrame:
        """Newest partition_log row of each table and day, as of now; for products with `is_of_checks`."""
        ...

    def check_results(self, first: date | None = None, last: date | None = None) -> pd.DataFrame:
        """Rows of quality.check_results as of now; for products with `is_of_checks`."""
        ...

    def expected_games(self) -> pd.DataFrame:
        """game_date and games: days with games that count."""
        ...

    def stale(self, newest: date) -> pd.DataFrame:
        """Days up to the newest whose inputs or code have changed: table_name, reason, days, first, last."""
        ...

    def rows(self, table: str, first: date, last: date, columns: Sequence[str]) -> pd.DataFrame:
        """Columns of the rows of a table; for products with `is_of_checks`, which declare no inputs."""
        ...
