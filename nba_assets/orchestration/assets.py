"""Converts a DailyTable to a Dagster asset and the op of its checks; the only user of Dagster's run context."""

import base64
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import dagster as dg
import pandas as pd

from nba_assets.basketball.calendar import Season, day_range
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.engine import registry
from nba_assets.engine.checks.evaluate import checks_of, evaluate
from nba_assets.engine.code_version import code_version
from nba_assets.engine.manifest import publish, publishes_any
from nba_assets.engine.materialise import materialise
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.declared import column_schema, daily_partitions
from nba_assets.orchestration.feeds import feeds_of
from nba_assets.orchestration.partitioned_checks import evaluations, latest_materializations, record, summary
from nba_assets.orchestration.pictures import TITLE, seasons_picture
from nba_assets.orchestration.reconcile import PROCESS_TAG
from nba_assets.runtime import progress
from nba_assets.runtime.garbage import rare_collections
from nba_assets.runtime.known_errors import ExplainedError, explained
from nba_assets.settings import Settings
from nba_assets.sources.families import FAMILIES

OWNER = "team:nba-assets"
SITE = "http://127.0.0.1:8000"
"""Where `make site` serves the published files."""
_FRESH_FOR, _STALE_AFTER = timedelta(hours=36), timedelta(days=7)
"""A table that is built every morning is late after a day and a half; after a week nobody runs the graph any more."""
_OF_PICTURE = ("game_date", "rows")
"""Columns of the ledger that the image of all seasons needs."""
SIMULATED = "**Simulated league: these games and players are made up.**"
"""Begins the description of every asset while the chosen archive is simulated."""


@dg.resource(description="Settings, warehouse, archive; keeps the run lock during the run and publishes at its end.")
def platform_resource(context: dg.InitResourceContext) -> Iterator[Platform]:
    """The platform of a run, the only writer during the run; the manifest is written when the run ends."""
    assert context.log is not None
    surroundings = Platform(Settings(), tell=context.log.info)
    with explained():
        surroundings.tell(surroundings.choice.sentence)
        if context.instance is not None and context.run is not None:
            context.instance.add_run_tags(context.run.run_id, {PROCESS_TAG: surroundings.sign_of_life()})
        with surroundings.run_lock(), rare_collections():
            yield surroundings
            if context.run is not None and publishes_any(_tables_of(context.run)):
                publish(surroundings)


def _tables_of(run: dg.DagsterRun) -> list[str]:
    """The tables that a run builds."""
    chosen = run.asset_selection
    return [name for name in registry.tables() if chosen is None or dg.AssetKey(name) in chosen]


def days_of_run(run: dg.DagsterRun) -> list[date]:
    """The days of a run of one partition or of a range, from its tags.

    Raises:
        ExplainedError: the run has no partition, or a range whose first day is after its last.
    """
    if (day := run.tags.get("dagster/partition")) is not None:
        return [date.fromisoformat(day)]
    first, last = (run.tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
    if first is None or last is None:
        raise ExplainedError(
            "The run has no partition. Give --partition 2024-01-15 or --partition-range 2024-01-15...2024-01-31; in "
            "the web UI use Materialize on the table and choose the days, its checks run with it."
        )
    if first > last:
        raise ExplainedError(f"The range {first}...{last} has no day: write the oldest day first, as {last}...{first}.")
    return day_range(date.fromisoformat(first), date.fromisoformat(last))


def is_of_days(run: dg.DagsterRun) -> bool:
    """Whether a run has partitions; *Execute all* in the web UI starts a run without any."""
    return not {"dagster/partition", "dagster/asset_partition_range_start"}.isdisjoint(run.tags)


def _built_days(table: DailyTable, platform: Platform) -> list[date]:
    """The days of a table that have been built, oldest first.

    Raises:
        ExplainedError: there are none.
    """
    with platform.warehouse.snapshot() as snapshot:
        ledger = snapshot.ledger([table.name], columns=["game_date"])
    days = sorted(day.date() for day in ledger["game_date"])
    if not days:
        raise ExplainedError(
            f"{table.name}: no day has been built, so there is nothing to check. Materialize the table first; its "
            "checks run with it."
        )
    return days


def asset_of(table: DailyTable, *, is_simulated: bool = False) -> dg.AssetsDefinition:
    """The daily-partitioned asset of a table; `is_simulated` marks it as one of the simulated league."""
    contract = table.contract
    deps = {_key_of(item.name, item.reach) for item in table.inputs.values()}
    if not is_simulated:
        deps |= set(feeds_of(table))
    windows = {f"reads {item.name}": item.describe() for item in table.inputs.values()}

    @dg.asset(
        name=table.name,
        group_name=contract.layer,
        partitions_def=daily_partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=sorted(deps),
        description=f"{SIMULATED}\n\n{contract.doc}" if is_simulated else contract.doc,
        metadata={
            "dagster/column_schema": column_schema(contract),
            "key": ", ".join(contract.full_key),
            "known": contract.known,
            "reference": dg.MetadataValue.path(f"docs/tables/{table.name}.md"),
            "on the site": dg.MetadataValue.url(f"{SITE}/quality.html"),
            **windows,
        },
        code_version=code_version(table),
        required_resource_keys={"platform"},
        kinds={"python", "duckdb" if Settings().database else "bigquery"},
        owners=[OWNER],
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=_STALE_AFTER, warn_window=_FRESH_FOR),
        tags={"known": contract.known, **({"source": "simulated"} if is_simulated else {})},
    )
    def build(context: dg.AssetExecutionContext) -> None:
        days = days_of_run(context.run)
        with explained(), progress.step(table.name, "rows", len(days)) as told:
            made = materialise(table, days, context.resources.platform, context.run.run_id)
            ledger = made.ledger
            told.rows = int(ledger["rows"].sum())
            for day, rows, status, reason, content_hash in zip(
                ledger["game_date"].dt.strftime("%Y-%m-%d"),
                ledger["rows"],
                ledger["status"],
                ledger["reason"],
                ledger["content_hash"],
                strict=True,
            ):
                found: dict[str, int | str] = {"dagster/partition_row_count": int(rows), "status": status}
                found["content_hash"] = content_hash
                if isinstance(reason, str):
                    found["reason"] = reason
                context.add_asset_metadata(found, partition_key=day)
            _add_plots(context, table, ledger)

    return build


def _add_plots(context: dg.AssetExecutionContext, table: DailyTable, ledger: pd.DataFrame) -> None:
    """Adds plots to the metadata of the newest day: the table's own, and its rows and checks by day.

    The table's own plots need rows, so they are attached to the newest day with rows.
    """
    newest, held = ledger["game_date"].max(), ledger.loc[ledger["rows"] > 0, "game_date"]
    with context.resources.platform.warehouse.snapshot() as snapshot:
        all_days, failed = snapshot.ledger([table.name], columns=_OF_PICTURE), snapshot.failed_checks(table.name)
        seasons = seasons_picture(all_days, failed, sorted(checks_of(table)), ledger["game_date"])
        of_all_days: dict[str, Any] = {TITLE: seasons, "dagster/row_count": int(all_days["rows"].sum())}
        context.add_asset_metadata(of_all_days, partition_key=f"{newest:%Y-%m-%d}")
        if table.plots is None or held.empty:
            return
        newest = held.max()

        def read(name: str, first: date, last: date, columns: Sequence[str]) -> pd.DataFrame:
            return snapshot.read(registry.contract(name), first, last, columns)

        pictures = table.plots(read, newest.date())
    for title, png in pictures.items():
        data = base64.b64encode(png).decode()
        picture = dg.MarkdownMetadataValue(f"![{title}](data:image/png;base64,{data})")
        context.add_asset_metadata({title: picture}, partition_key=f"{newest:%Y-%m-%d}")


def checks_op_of(table: DailyTable) -> dg.AssetChecksDefinition:
    """One op for all checks of a table: it reads the days once and records one result per check and day."""
    key = dg.AssetKey(table.name)
    # The inputs of the checks must be built first; without these dependencies the op could run right after the table.
    read = {item.name for item in table.expected.inputs.values()}
    read |= {item.name for check in table.checks for item in check.inputs.values()}
    specs = [
        dg.AssetCheckSpec(
            name,
            asset=key,
            description=doc,
            partitions_def=daily_partitions,
            blocking=False,
            additional_deps=sorted(read - {table.name}),
        )
        for name, (_, doc) in checks_of(table).items()
    ]

    @dg.multi_asset_check(
        name=f"{table.name}_checks", specs=specs, can_subset=True, required_resource_keys={"platform"}
    )
    def check(context: dg.AssetCheckExecutionContext) -> Iterator[object]:
        op_context = context.op_execution_context
        platform = op_context.resources.platform
        names = sorted(selected.name for selected in context.selected_asset_check_keys)
        has_days = is_of_days(op_context.run)
        days = days_of_run(op_context.run) if has_days else _built_days(table, platform)
        with explained(), progress.step(table.name, "checks", len(days)) as told:
            seasons = [list(of_season) for _, of_season in groupby(days, key=Season.of_day)]
            results = pd.concat(
                [evaluate(table, of_season, platform, op_context.run_id, names) for of_season in seasons],
                ignore_index=True,
            )
            told.rows = len(results)
            texts = pd.DatetimeIndex(results["game_date"].unique()).strftime("%Y-%m-%d").tolist()
            targets = latest_materializations(op_context.instance, key, texts)
            with platform.warehouse.snapshot() as snapshot:
                failed = snapshot.failed_checks(table.name)
                all_days = snapshot.ledger([table.name], columns=_OF_PICTURE)
                picture = seasons_picture(all_days, failed, sorted(checks_of(table)))
            layer = table.contract.layer
            found = list(evaluations(key, results, targets, failed, layer, {"completeness": {TITLE: picture}}))
            if not has_days:
                # Dagster has planned one check without a day; without a result it would be shown as skipped.
                found[:0] = [
                    summary(key, str(name), of_check, layer) for name, of_check in results.groupby("check_name")
                ]
            record(op_context, found)
        for spec in specs:
            if spec.name in names:
                yield dg.Output(None, output_name=spec.get_python_identifier())

    return check


def source_specs(*, is_simulated: bool = False) -> list[dg.AssetSpec]:
    """Source families as external assets, so that raw tables have lineage, too; for `is_simulated` see `asset_of`."""
    used = {
        item.name for table in registry.tables().values() for item in table.inputs.values() if item.reach == "source"
    }
    return [
        dg.AssetSpec(
            _key_of(name, "source"),
            group_name="sources",
            description=f"{SIMULATED}\n\n{FAMILIES[name].doc}" if is_simulated else FAMILIES[name].doc,
            tags={"source": "simulated"} if is_simulated else {},
            metadata={"files": FAMILIES[name].pattern, "columns": ", ".join(FAMILIES[name].columns)},
            kinds={"parquet"},
        )
        for name in sorted(used)
    ]


def _key_of(name: str, reach: str) -> dg.AssetKey:
    return dg.AssetKey(["source", name]) if reach == "source" else dg.AssetKey(name)
