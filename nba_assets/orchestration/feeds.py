"""Live feeds as daily-partitioned assets in group `sources`, upstream of the raw tables that read their landings."""

from collections.abc import Sequence
from datetime import date

import dagster as dg

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.declared import daily_partitions
from nba_assets.runtime.known_errors import explained
from nba_assets.sources.families import FAMILIES
from nba_assets.sources.live.extended import ExtendedSource
from nba_assets.sources.live.feeds import FAMILIES_OF, FEEDS, Feeds

OFF = "live feeds are off: no request was sent (NBA_LIVE=1 turns them on)"
PREFIX = "feed"


def feed_key(name: str) -> dg.AssetKey:
    """Asset key of a feed."""
    return dg.AssetKey([PREFIX, name])


def feeds_of(table: DailyTable) -> list[dg.AssetKey]:
    """Asset keys of the feeds whose families a table reads."""
    read = {item.name for item in table.inputs.values() if item.reach == "source"}
    return [feed_key(name) for name, families in FAMILIES_OF.items() if read & set(families)]


def days_to_ask(platform: Platform, days: Sequence[date]) -> list[date]:
    """The days without results in the archive; feeds do not request days that it covers."""
    source = platform.archive
    if not isinstance(source, ExtendedSource):
        return []
    asked = []
    for season in sorted({Season.of_day(day) for day in days}):
        logs = source.base.read(FAMILIES["team_game_logs"], [season]).frame
        played = logs.loc[logs["WL"].notna(), "GAME_DATE"].str[:10]
        newest = "" if played.empty else str(played.max())
        asked += [day for day in days if Season.of_day(day) == season and day.isoformat() > newest]
    return asked


def feed_assets() -> list[dg.AssetsDefinition]:
    """One asset per feed; each depends on the feeds before it."""
    names = list(FEEDS)
    return [_asset(name, [feed_key(names[place - 1])] if place else []) for place, name in enumerate(names)]


def _asset(name: str, deps: list[dg.AssetKey]) -> dg.AssetsDefinition:
    doc = (FEEDS[name].__doc__ or "").strip()

    @dg.asset(
        key=feed_key(name),
        group_name="sources",
        partitions_def=daily_partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=deps,
        description=f"{doc} Lands in NBA_HOME/live/landing/{name}; requests only what a day still lacks.",
        metadata={"families": ", ".join(FAMILIES_OF[name]) or "none"},
        required_resource_keys={"platform"},
        kinds={"python"},
    )
    def fetch(context: dg.AssetExecutionContext) -> None:
        platform: Platform = context.resources.platform
        days = [date.fromisoformat(key) for key in context.partition_keys]
        if not platform.settings.live:
            context.log.info(OFF)
            context.add_asset_metadata({"note": OFF}, partition_key=days[-1].isoformat())
            return
        with explained():
            results = Feeds.of(platform.settings).fetch(name, days_to_ask(platform, days))
        for one in results:
            context.log.info(f"{name} {one.day}: {one.sentence}")
            found: dict[str, int | str] = {"landed": one.landed, "calls": one.calls, "bytes": one.bytes}
            found |= {"note": one.sentence} | ({"credits left": one.credits} if one.credits is not None else {})
            context.add_asset_metadata(found, partition_key=one.day.isoformat())

    return fetch
