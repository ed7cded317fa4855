"""Results that several tables need, computed once per process and found by the contents of the frames."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import pandas as pd
import pyarrow as pa

Result = TypeVar("Result")


def by_content(most: int) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Caches the newest results of a function of frames by the contents of the frames; callers must not change them.

    Args:
        most: number of results that are kept.
    """

    def decorated(function: Callable[..., Result]) -> Callable[..., Result]:
        kept: OrderedDict[tuple[bytes, ...], Result] = OrderedDict()

        @wraps(function)
        def of_frames(*frames: pd.DataFrame) -> Result:
            key = tuple(content(frame) for frame in frames)
            if key not in kept:
                kept[key] = function(*frames)
                while len(kept) > most:
                    kept.popitem(last=False)
            kept.move_to_end(key)
            return kept[key]

        return of_frames

    return decorated


def content(frame: pd.DataFrame) -> bytes:
    """sha256 of a frame: its columns, their types, and the rows in their order; the index does not count."""
    digest = hashlib.sha256(repr(list(frame.dtypes.items())).encode())
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    digest.update(sink.getvalue())
    return digest.digest()
