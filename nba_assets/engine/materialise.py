"""Builds days of a table: read, transform, validate, hash, replace.

The same path serves a day and a season, the daily job and a backfill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from nba_assets.basketball.calendar import FIRST_DAY, Season, eastern_today, final_at, seasons_of
from nba_assets.contracts.contract import PLACE, TableContract, to_arrow, typed, validated
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import BySeason, Input, Rows
from nba_assets.contracts.run import Making, Run
from nba_assets.engine import publication, registry
from nba_assets.engine.content_hash import day_hashes
from nba_assets.engine.fingerprints import InputsState, inputs_state, span
from nba_assets.engine.identities import identity
from nba_assets.engine.kept_sums import KeptSums
from nba_assets.engine.platform import Platform
from nba_assets.sources.adapt.games import game_list
from nba_assets.sources.adapt.repeats import settled
from nba_assets.sources.families import FAMILIES
from nba_assets.sources.protocol import SourceError, Span
from nba_assets.sources.quarantine import RECORD_COLUMNS, RECORD_TYPES, no_records
from nba_assets.stores.models import ModelStore
from nba_assets.warehouses.protocol import Snapshot
from nba_assets.windows.asof import History
from nba_assets.windows.on_demand import HistoryOnDemand

KEPT_AT_LEAST = 0.5
"""Smallest share of a day's rows that a correction of a source leaves; see `_refuse_shrinking`."""
FEW_OF_A_DAY, FEW = 3, 9
"""Largest loss of rows per day and per run that is accepted: a few bad rows of a file (a crew has three officials) are
quarantined and do not stop the run."""
_OF_FORMER_RUN = ("game_date", "status", "rows", "content_hash", "content_changed_at")
"""Columns of the ledger rows that a run replaces."""


@dataclass(frozen=True)
class Made:
    """The result of `materialise`: one ledger row per day (protocol.QUALITY_TABLES)."""

    table: str
    ledger: pd.DataFrame


def materialise(table: DailyTable, days: Sequence[date], platform: Platform, run_id: str) -> Made:
    """Builds the days of a table and writes them in one transaction with their ledger rows.

    Args:
        table: the table.
        days: days to build; any set, usually a range.
        platform: settings, warehouse, archive.
        run_id: of the Dagster run, for the ledger.

    Raises:
        ContractError: rows of the table's function break the contract; nothing is written.
        SourceError: an input file cannot be read, days with rows would lose them, or the warehouse has simulated rows
            and the archive real ones or vice versa; nothing is written.
        SchemaError: a document does not match its schema; files written before it remain, and the ledger has no row.
    """
    source = platform.writing_source
    contract = table.contract
    wanted = pd.DatetimeIndex(sorted(set(days)))
    first, last = wanted[0].date(), wanted[-1].date()
    read_at = platform.now()
    with platform.warehouse.snapshot() as snapshot:
        state = inputs_state(table, wanted, platform, snapshot)
        if table.publishes is None:
            before = snapshot.ledger([table.name], first, last, _OF_FORMER_RUN)
        else:
            before = snapshot.ledger([table.name])
        plan = publication.plan(table, wanted, state.missing, before, read_at)
        touched = wanted.union(pd.DatetimeIndex(plan.former))
        frames, read_records, files = _read(table, plan.served, platform, snapshot)
        earlier = _earlier(table, touched, snapshot)
    held = before[before["game_date"].isin(wanted)]
    _refuse_loss(table, state, held)
    given: dict[str, Any] = dict(frames)
    surroundings = publication.Publication(platform.store, read_at, source, platform, table)
    if table.is_given_run:
        models = ModelStore(platform.settings.models)
        given["run"] = Run(models, surroundings, earlier, _making(state, platform))
    result = table.function(**given, days=plan.served) if len(plan.served) else []
    if table.publishes is not None:
        result = publication.manifest_of(table, result, plan, earlier, surroundings)
    rows = result if isinstance(result, Rows) else Rows(result)
    frame = rows.frame[rows.frame["game_date"].isin(wanted)]
    records = [*read_records, *([] if rows.records is None else [rows.records])]
    if contract.layer == "raw":
        frame, set_aside = _set_aside_broken(contract, frame)
        records.append(set_aside)
    frame = validated(contract, frame)
    if contract.layer == "raw" and source == "simulated":
        frame, repeats = _marked_simulated(contract, frame)
        records.append(repeats)
    arrow = to_arrow(contract, frame)
    filed = _filed(contract, records, wanted, files, eastern_today(read_at))
    _refuse_shrinking(table, held, frame, frames, filed, read_at, platform)
    ledger = _ledger(table, state, frame, filed, rows.absent, read_at, platform.now(), run_id)
    if table.publishes is not None and table.publishes.is_as_of:
        ledger = publication.with_superseded(ledger, before, plan)
    ledger = _hashed(contract, arrow, ledger, before)
    platform.warehouse.replace_days(contract, arrow, [day.date() for day in touched], ledger, filed)
    return Made(table.name, ledger[ledger["game_date"].isin(wanted)].reset_index(drop=True))


def work_ahead(table: DailyTable, days: Sequence[date], platform: Platform) -> Sequence[Callable[[], object]]:
    """The pieces of work of `table.ahead` for these days, with their inputs read now.

    They only write models, which are named by their content, so they may run in threads beside anything else.
    """
    wanted = pd.DatetimeIndex(sorted(set(days)))
    if table.ahead is None:
        return []
    with platform.warehouse.snapshot() as snapshot:
        frames, _, _ = _read(table, wanted, platform, snapshot)
    return table.ahead(**frames, models=ModelStore(platform.settings.models), days=wanted)


def _earlier(table: DailyTable, days: pd.DatetimeIndex, snapshot: Snapshot) -> pd.DataFrame:
    """Existing rows of the days: all rows of a product, else those that the table keeps unchanged."""
    if table.publishes is None and table.keeps is None:
        return pd.DataFrame(columns=table.contract.column_names)
    rows = snapshot.read(table.contract, days[0].date(), days[-1].date(), holding=table.keeps)
    return rows[rows["game_date"].isin(days)].reset_index(drop=True)


def _hashed(contract: TableContract, rows: pa.Table, ledger: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """The ledger rows with the content hash of each day and the time of its last change."""
    days = pd.DatetimeIndex(ledger["game_date"])
    hashes = list(day_hashes(contract, rows, [day.date() for day in days]).values())
    earlier = before.set_index("game_date").reindex(days)
    is_same = earlier["content_hash"].fillna("").to_numpy(dtype=object) == np.array(hashes, dtype=object)
    changed = earlier["content_changed_at"].reset_index(drop=True)
    return ledger.assign(content_hash=hashes, content_changed_at=changed.where(is_same, ledger["written_at"]))


def _making(state: InputsState, platform: Platform) -> Making:
    fingerprints = pd.Series([text[:16] for text in state.inputs_hash], index=state.days, dtype="string[pyarrow]")
    partial = state.days[(state.missing > 0).to_numpy()]
    return Making(platform.settings.machine_clock(), platform.settings.now is not None, partial, fingerprints)


def _refuse_loss(table: DailyTable, state: InputsState, before: pd.DataFrame) -> None:
    """Refuses to replace raw days with rows by empty ones because their source files are gone.

    Raises:
        SourceError: names the days and what to do.
    """
    held = pd.DatetimeIndex(before.loc[before["status"] == "ok", "game_date"])
    lost = held.intersection(state.absent.index[state.absent.notna()])
    if table.contract.layer == "raw" and len(lost):
        raise SourceError(
            f"{table.name}: {len(lost)} days from {lost[0]:%Y-%m-%d} to {lost[-1]:%Y-%m-%d} have rows, but now "
            f"there is {state.absent[lost[0]]}. Set NBA_ARCHIVE to an archive that has them; nothing was written."
        )


def _refuse_shrinking(
    table: DailyTable,
    before: pd.DataFrame,
    rows: pd.DataFrame,
    frames: Mapping[str, Any],
    filed: pd.DataFrame,
    read_at: datetime,
    platform: Platform,
) -> None:
    """Refuses to replace a past day by less than half of its rows: a correction of a source is smaller.

    Rows of games that the files now put on another day do not count as lost; for pregame tables, nor do rows of games
    that were never played. Rows that were set aside always count as lost, whatever the reason: a damaged file can
    cause any of the reasons.

    Raises:
        SourceError: names the table, the days, the rows before and now, the most frequent reason among the rows set
            aside, and what to do.
    """
    contract = table.contract
    if contract.layer != "raw" or not any(item.reach == "source" for item in table.inputs.values()):
        return
    held = before.loc[before["status"] == "ok"].set_index("game_date")["rows"].astype("int64")
    held = held[[final_at(day.date()) <= read_at for day in held.index]]
    counts = rows["game_date"].value_counts().reindex(held.index, fill_value=0)
    held = held[counts < KEPT_AT_LEAST * held]
    if held.empty:
        return
    if "game_id" in contract.column_names:
        with platform.warehouse.snapshot() as snapshot:
            first, last = held.index.min().date(), held.index.max().date()
            former = snapshot.read(contract, first, last, ["game_date", "game_id"])
        gone = former[former["game_id"].isin(_games_off(table, frames, former))]
        held = held - gone["game_date"].value_counts().reindex(held.index, fill_value=0)
        held = held[counts.reindex(held.index) < KEPT_AT_LEAST * held]
    lost = held - counts.reindex(held.index)
    if held.empty or (lost.max() <= FEW_OF_A_DAY and lost.sum() <= FEW):
        return
    day = lost.idxmax()
    reasons = filed[filed["action"] == "set_aside"].groupby("reason")["rows"].sum().sort_values(ascending=False)
    said = f" {int(reasons.iloc[0])} rows of the files are set aside: {reasons.index[0]}." if len(reasons) else ""
    raise SourceError(
        f"{contract.name}: {day:%Y-%m-%d} has {held[day]} rows, of which only {counts[day]} would be left"
        f"{f' (and {len(held) - 1} more such days)' if len(held) > 1 else ''}.{said} Correct the files or fetch them "
        "again; if the publisher really withdrew the rows, rebuild the tables in an empty NBA_HOME. Nothing was "
        "written."
    )


def _games_off(table: DailyTable, frames: Mapping[str, Any], former: pd.DataFrame) -> list[str]:
    """Games of former rows that the files now put on another day; for pregame tables, also games never played."""
    of_family = {item.name: frames[argument] for argument, item in table.inputs.items() if item.reach == "source"}
    found = game_list(of_family["schedule"], of_family["team_game_logs"])
    known = found.games[["game_id", "game_date"]]
    if table.contract.known == "pregame":
        known = pd.concat([known, found.dropped[["game_id"]]], ignore_index=True)
    pairs = former.drop_duplicates().merge(known, on="game_id", suffixes=("", "_now"))
    return pairs.loc[pairs["game_date"] != pairs["game_date_now"], "game_id"].tolist()


def _read(
    table: DailyTable, days: pd.DatetimeIndex, platform: Platform, snapshot: Snapshot
) -> tuple[dict[str, Any], list[pd.DataFrame], dict[str, Season | None]]:
    """Input frames by argument name, quarantine records from reading the sources, and the season of each file read."""
    seasons = seasons_of([day.date() for day in days])
    frames: dict[str, Any] = {}
    records: list[pd.DataFrame] = []
    files: dict[str, Season | None] = {}
    if not len(days):
        return frames, records, files
    for argument, item in table.inputs.items():
        if item.reach == "source":
            rows = platform.archive.read(FAMILIES[item.name], seasons, _days_of_source(item, days))
            frames[argument] = rows.frame
            files |= rows.files
            records.append(rows.records)
            continue
        first, last = span(item, days)
        if item.is_on_demand:
            frames[argument] = _on_demand(table, item, first, last, platform)
            continue
        if table.publishes is not None and table.publishes.is_as_of and item.reach == "up_to_day" and item.days is None:
            frames[argument] = BySeason(_reader(table, item, platform), first, last)
            continue
        frame = _rows(table, item, first, last, platform, snapshot)
        frames[argument] = History(frame, item.days) if item.reach == "history" else frame
    return frames, records, files


def _rows(
    table: DailyTable, item: Input, first: date, last: date, platform: Platform, snapshot: Snapshot
) -> pd.DataFrame:
    """The rows of an input table, or their sums by day if the input declares that."""
    if item.sums is None:
        return snapshot.read(registry.contract(item.name), first, last, item.columns)
    return KeptSums(platform.settings.sums, table, item.name, item.columns, item.sums).read(first, last, snapshot)


def _days_of_source(item: Input, days: pd.DatetimeIndex) -> Span | None:
    """The first and last day whose rows of a source family the table uses; None = all."""
    if item.margin is None:
        return None
    margin = timedelta(days=item.margin)
    return days[0].date() - margin, days[-1].date() + margin


def _reader(table: DailyTable, item: Input, platform: Platform) -> Callable[[date, date], pd.DataFrame]:
    """Reads rows of an input in new snapshots, which are equal to that of the run because no other run writes."""

    def read(first: date, last: date) -> pd.DataFrame:
        with platform.warehouse.snapshot() as snapshot:
            return _rows(table, item, first, last, platform, snapshot)

    return read


def _on_demand(table: DailyTable, item: Input, first: date, last: date, platform: Platform) -> HistoryOnDemand:
    read = _reader(table, item, platform)

    def identified(start: date, end: date) -> str | None:
        if max(start, FIRST_DAY) < first or end > last:
            raise ValueError(f"{table.name} reads {item.name} from {first} to {last}, not from {start} to {end}")
        with platform.warehouse.snapshot() as snapshot:
            return identity(table, item.name, start, end, snapshot)

    return HistoryOnDemand(lambda: History(read(first, last), item.days), identified)


def _ledger(
    table: DailyTable,
    state: InputsState,
    frame: pd.DataFrame,
    filed: pd.DataFrame,
    absent: Mapping[pd.Timestamp, str],
    read_at: datetime,
    now: datetime,
    run_id: str,
) -> pd.DataFrame:
    """One ledger row per day, without its content hash."""
    counts = frame["game_date"].value_counts().reindex(state.days, fill_value=0)
    by_action = filed.groupby(["game_date", "action"])["rows"].sum().unstack(fill_value=0)
    by_action = by_action.reindex(index=state.days, columns=["set_aside", "duplicate"], fill_value=0)
    absent_reasons = state.absent.copy()
    for day, reason in absent.items():
        if day in absent_reasons.index:
            absent_reasons[day] = reason
    is_partial = state.missing > 0
    is_open = pd.Series(
        [table.contract.known == "postgame" and now < final_at(day.date()) for day in state.days], index=state.days
    )
    is_absent = absent_reasons.notna() & (counts == 0)
    status = pd.Series("empty", index=state.days, dtype="object")
    status[counts > 0] = "ok"
    status[is_absent] = "absent_source"
    status[is_open] = "not_final"
    status[is_partial] = "partial_history"
    reason = state.reason.where(is_partial, pd.Series("its games are not over", index=state.days).where(is_open))
    reason = reason.where(is_partial | is_open, absent_reasons.where(is_absent, state.lacking))
    return pd.DataFrame(
        {
            "table_name": table.name,
            "game_date": state.days,
            "status": status.to_numpy(),
            "reason": reason.to_numpy(dtype=object),
            "rows": counts.to_numpy(),
            "set_aside": by_action["set_aside"].to_numpy(),
            "duplicates": by_action["duplicate"].to_numpy(),
            "missing_days": state.missing.to_numpy(),
            "inputs_hash": state.inputs_hash,
            "code_version": state.code_version,
            "run_id": run_id,
            "read_at": read_at,
            "written_at": now,
        }
    )


def _set_aside_broken(contract: TableContract, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Moves raw rows that break the contract or have a duplicate key to quarantine, so that they do not stop the run.

    The table's function chooses between rows with the same key if it can. Of the remaining ones the row with the larger
    values is kept, so that the result does not depend on the order of the file.
    """
    frame = frame.reset_index(drop=True)
    places = frame.reindex(columns=list(PLACE))
    rows = typed(contract, frame, is_strict=False, keeps_index=True)
    found: list[pd.DataFrame] = []
    bad = pd.Series(False, index=rows.index)
    for reason, mask in contract.broken_rows(rows).items():
        fresh = mask & ~bad
        bad |= mask
        found.append(_as_set_aside(contract, rows[fresh].join(places), reason))
    rows = rows[~bad]
    key = contract.full_key
    values = [name for name in contract.column_names if name not in key]
    kept, again = settled(rows.join(places) if rows.duplicated(key).any() else rows, key, values)
    found.append(_as_set_aside(contract, again, "another row has the same key"))
    return kept[contract.column_names].reset_index(drop=True), pd.concat(found, ignore_index=True)


def _as_set_aside(contract: TableContract, rows: pd.DataFrame, reason: str) -> pd.DataFrame:
    if rows.empty:
        return no_records()
    key = rows[contract.full_key[1:]].astype("string").fillna("NULL")
    found = pd.DataFrame(
        {
            "game_date": rows["game_date"],
            "action": "set_aside",
            "reason": reason,
            "key": key.agg(" ".join, axis=1),
            "source_file": rows.get("_file"),
            "source_row": rows.get("_row"),
            "column_name": rows.get("column_name"),
            "value": rows.get("value"),
            "rows": 1,
        },
        index=rows.index,
    )
    return found.astype(RECORD_TYPES)


def _marked_simulated(contract: TableContract, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sets the column `source` of rows of the simulated league to `simulated`; rows of real games name their family.

    It is set after the contract check, because rules may refer to families. If the family is part of the key, the first
    row of a key is kept, in the order of the table's function; the others are recorded as duplicates.
    """
    none = pd.DataFrame(columns=list(RECORD_COLUMNS))
    if "source" not in contract.column_names:
        return frame, none
    families = frame["source"]
    marked = frame.assign(source=pd.Series("simulated", index=frame.index, dtype=families.dtype))
    repeated = marked.duplicated(contract.full_key, keep="first")
    if not bool(repeated.any()):
        return marked, none
    key = marked.loc[repeated, contract.full_key[1:]].astype("string").fillna("NULL").agg(" ".join, axis=1)
    records = pd.DataFrame(
        {
            "game_date": marked.loc[repeated, "game_date"],
            "action": "duplicate",
            "reason": "the simulated row of another family has the same key",
            "key": key,
            "value": families[repeated],
            "rows": 1,
        }
    )
    return marked[~repeated].reset_index(drop=True), records


def _filed(
    contract: TableContract,
    records: Sequence[pd.DataFrame],
    days: pd.DatetimeIndex,
    files: Mapping[str, Season | None],
    today: date,
) -> pd.DataFrame:
    """The records of these days as rows of `quality.quarantine`.

    A row of another day is recorded by the run that builds that day. A row without a valid day (unreadable, outside the
    season of its file, or in the future) may belong to any day, so every run that rejects it records it, on the run's
    first day in the season of the file.

    Args:
        files: the files that were read, with the season of each (None if it spans seasons).
    """
    found = [part.reindex(columns=list(RECORD_COLUMNS)).astype(RECORD_TYPES) for part in records if len(part)]
    if not found:
        return pd.DataFrame(columns=["table_name", *RECORD_COLUMNS])
    filed = pd.concat(found, ignore_index=True)
    seasons = filed["source_file"].map(files)
    own = filed["game_date"]
    is_possible = own <= pd.Timestamp(today)
    first = pd.Series(days[0], index=filed.index)
    for season in {season for season in files.values() if season is not None}:
        of_season = seasons == season
        start, end = pd.Timestamp(season.start_year, 7, 1), pd.Timestamp(season.last_day)
        is_possible &= ~of_season | own.between(start, end)
        first[of_season] = next((day for day in days if start <= day <= end), days[0])
    own = own.clip(lower=pd.Timestamp(FIRST_DAY))
    filed["game_date"] = own.where(is_possible, first).astype("datetime64[ns]")
    filed = filed[filed["game_date"].isin(days)]
    filed["rows"] = filed["rows"].fillna(1)
    filed.insert(0, "table_name", contract.name)
    return filed.reset_index(drop=True)
