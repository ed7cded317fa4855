"""The context that the function of a published product receives in addition to its frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

import pandas as pd

from nba_assets.contracts.inputs import DaySums


class Publication(Protocol):
    """The clock, the source of the rows, the published documents, and the state of the tables."""

    @property
    def now(self) -> datetime:
        """Time of the run, UTC."""
        ...

    @property
    def source(self) -> str:
        """The field `source` of documents: archive, simulated or live."""
        ...

    def read(self, path: str) -> dict[str, Any] | None:
        """The published document at a path below v1/; None if there is none."""
        ...

    def layers(self) -> Mapping[str, str]:
        """Layer by table, upstream first, of the tables that products with `is_of_checks` describe.

        Those products are left out: the results of their own run are not known while they are built.
        """
        ...

    def ledger(self, first: date | None = None, last: date | None = None) -> pd.DataFrame:
        """Newest row of quality.partition_log for each table and day, as of now; for products with `is_of_checks`."""
        ...

    def check_results(
        self, columns: Sequence[str], first: date | None = None, last: date | None = None
    ) -> pd.DataFrame:
        """Some columns of quality.check_results as of now; for products with `is_of_checks`."""
        ...

    def expected_games(self) -> pd.DataFrame:
        """game_date and games (their number): days with competitive games."""
        ...

    def stale(self, newest: date) -> pd.DataFrame:
        """Days up to `newest` whose inputs or code have changed: table_name, reason, days (number), first, last."""
        ...

    def sums(self, table: str, first: date, last: date, columns: Sequence[str], function: DaySums) -> pd.DataFrame:
        """The sums by day of a table's rows, from some of its columns, see `inputs.up_to_day`; for products with
        `is_of_checks`, which declare no inputs."""
        ...
