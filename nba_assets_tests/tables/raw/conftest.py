"""Hand-made rows of source families, typed as the archive reads them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.sources.archive.families import FAMILIES

FamilyRows = Callable[..., pd.DataFrame]
KINDS = {
    "text": pd.StringDtype("pyarrow"),
    "integer": pd.Int64Dtype(),
    "number": "float64",
    "boolean": pd.BooleanDtype(),
    "timestamp": "datetime64[ns]",
}


@pytest.fixture
def family_rows() -> FamilyRows:
    """(family, *rows as dicts, file=...) -> frame of the family; omitted columns are NULL."""

    def build(family: str, *rows: dict[str, object], file: str = "made/2023-24.parquet") -> pd.DataFrame:
        columns = FAMILIES[family].columns
        unknown = {name for row in rows for name in row} - set(columns)
        assert not unknown, f"{family} has no column {unknown}"
        made = pd.DataFrame(list(rows), columns=list(columns), dtype=object)
        typed = {name: pd.Series(made[name].to_list(), dtype=KINDS[kind]) for name, kind in columns.items()}
        frame = pd.DataFrame(typed, index=made.index)
        frame["_file"] = pd.Series([file] * len(frame), dtype=KINDS["text"])
        frame["_row"] = range(len(frame))
        return frame

    return build
