"""The content hash of a day: equal rows have the same hash on any machine, built alone or within a range.

sha256 over canonical bytes of the rows in the types of the contract: rows sorted by key, column names included, NULLs
masked, -0.0 and NaN normalised. Inferred types are not used: a nullable boolean may be read as different types in
different seasons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nba_assets.contracts.contract import TableContract


def day_hashes(contract: TableContract, table: pa.Table, days: Sequence[date]) -> dict[date, str]:
    """sha256 (hex) of the rows of each day, also for days without rows.

    Args:
        contract: of the table.
        table: rows in the contract's Arrow schema, sorted by the full key.
        days: the days to hash, in any order.
    """
    table = table.combine_chunks()
    row_days = table.column("game_date").cast(pa.int32()).to_numpy()
    wanted = np.array([(day - date(1970, 1, 1)).days for day in days], dtype=np.int32)
    starts = np.searchsorted(row_days, wanted, side="left")
    stops = np.searchsorted(row_days, wanted, side="right")
    columns = [_canonical(table.column(column.name)) for column in contract.hashed]
    head = "\x1f".join(f"{column.name}:{column.kind}" for column in contract.hashed).encode()
    hashes: dict[date, str] = {}
    for day, start, stop in zip(days, starts.tolist(), stops.tolist(), strict=True):
        digest = hashlib.sha256(head)
        for mask, values, offsets in columns:
            digest.update(mask[start:stop].data)
            if offsets is None:
                digest.update(values[start:stop].data)
            else:
                digest.update(np.diff(offsets[start : stop + 1]).data)
                digest.update(values[offsets[start] : offsets[stop]].data)
        hashes[day] = digest.hexdigest()
    return hashes


def _canonical(column: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """(mask, values, offsets): one byte per row for NULL, the bytes of the values, and offsets of texts."""
    array = column.chunk(0) if column.num_chunks else pa.array([], column.type)
    mask = pc.is_null(array).to_numpy(zero_copy_only=False).astype(np.uint8)
    if pa.types.is_string(array.type):
        filled = pc.fill_null(array, "").cast(pa.large_binary())
        offsets = np.zeros(len(filled) + 1, dtype=np.int64)
        np.cumsum(pc.binary_length(filled).to_numpy(zero_copy_only=False), out=offsets[1:])
        data = b"".join(filled.to_pylist()) if filled.offset else _bytes(filled, int(offsets[-1]))
        return mask, np.frombuffer(data, dtype=np.uint8), offsets
    if pa.types.is_floating(array.type):
        numbers = pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False).astype(np.float64)
        numbers = np.where(np.isnan(numbers), np.nan, numbers) + 0.0
        return mask, np.ascontiguousarray(numbers), None
    if pa.types.is_boolean(array.type):
        return mask, pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(np.uint8), None
    integers = array.cast(pa.int32()).cast(pa.int64()) if pa.types.is_date(array.type) else array.cast(pa.int64())
    return mask, np.ascontiguousarray(pc.fill_null(integers, 0).to_numpy(zero_copy_only=False)), None


def _bytes(array: pa.Array, size: int) -> bytes:
    buffer = array.buffers()[2]
    return b"" if buffer is None or size == 0 else buffer.to_pybytes()[:size]


def as_uint64(hashes: Sequence[str]) -> np.ndarray:
    """The first eight bytes of each hash as uint64, to be summed modulo 2^64 over windows of days."""
    return np.frombuffer(bytes.fromhex("".join(value[:16] for value in hashes)), dtype=">u8").astype(np.uint64)
