"""Resolves duplicate rows by a rule that does not depend on their position in the file.

Publishers correct a row by appending a new version, and files are later sorted, merged and rewritten, so neither the
first nor the last duplicate in a file is reliably the correct one.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

TEXT = pd.StringDtype("pyarrow")


def settled(
    rows: pd.DataFrame, key: Sequence[str], compared: Sequence[str], evidence: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per key, and the duplicates with their differences.

    The row with the most evidence is used; with equal evidence the one with the larger values, column by column.

    Args:
        rows: rows with `_file` and `_row`.
        key: the key columns.
        compared: the columns in which rows of a key may differ, the most important first.
        evidence: evidence for a row (larger = stronger), columns in order of precedence; indexed like `rows`, or like
            the duplicate rows only.

    Returns:
        The rows that are used, in the order of `rows`; the others, with `column_name` (the columns that differ) and
        `value` (both rows' values, files and row numbers).
    """
    is_repeated = rows.duplicated(list(key), keep=False)
    if not bool(is_repeated.any()):
        return rows, rows.iloc[:0].assign(column_name=pd.Series(dtype=TEXT), value=pd.Series(dtype=TEXT))
    several = rows[is_repeated]
    order = several[list(key)].copy()
    weights = pd.DataFrame(index=several.index) if evidence is None else evidence
    for name in weights:
        order[f"evidence {name}"] = weights[name].reindex(several.index).astype("float64").fillna(0.0)
    for name in compared:
        order[f"value {name}"] = several[name]
    ascending = [name in key for name in order]
    taken = order.sort_values(list(order), ascending=ascending, kind="stable").drop_duplicates(list(key)).index
    others = several.drop(index=taken)
    kept = several.loc[taken].set_index(list(key)).reindex(pd.MultiIndex.from_frame(others[list(key)]))
    if len(key) == 1:
        kept = several.loc[taken].set_index(key[0]).reindex(others[key[0]])
    kept.index = others.index
    names, ours, theirs = (pd.Series("", index=others.index, dtype=TEXT) for _ in range(3))
    for name in compared:
        taken_text = kept[name].astype(TEXT).fillna("NULL")
        other_text = others[name].astype(TEXT).fillna("NULL")
        differs = (taken_text != other_text).astype(bool)
        names += pd.Series(f", {name}", index=others.index, dtype=TEXT).where(differs, "")
        ours += (f", {name} " + taken_text).where(differs, "")
        theirs += (f", {name} " + other_text).where(differs, "")
    place = " (" + kept["_file"].astype(TEXT) + " row " + kept["_row"].astype(TEXT) + ")"
    value = "taken " + ours.str[2:] + place + ", other " + theirs.str[2:]
    return rows.drop(index=others.index), others.assign(column_name=names.str[2:], value=value)
