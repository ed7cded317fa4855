"""Conversion of quality tables between frames and Arrow, shared by all warehouses."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from nba_assets.warehouses.protocol import QUALITY_TABLES


def quality_arrow(name: str, frame: pd.DataFrame | None) -> pa.Table:
    """Rows of a quality table in its Arrow schema."""
    schema = pa.schema(list(QUALITY_TABLES[name].items()))
    if frame is None or len(frame) == 0:
        return schema.empty_table()
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


def quality_frame(table: pa.Table) -> pd.DataFrame:
    """Rows of a quality table as a frame: text as pandas strings, nullable integers, days as datetime64[ns]."""
    kinds = {pa.string(): pd.StringDtype("pyarrow"), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame = table.to_pandas(types_mapper=kinds.get, date_as_object=False)
    for column in ("game_date",):
        frame[column] = frame[column].astype("datetime64[ns]")
    return frame
