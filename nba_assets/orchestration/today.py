"""The daily update, for schedules and `nba-assets today`: fetch the feeds, build what changed, report problems.

Incomplete days of the last two weeks, and all days since the last one that was built, are built as one range; then the
pregame tables of today that are affected by what landed. Days that are done and unchanged cost nothing, and neither
does the off-season.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import dagster as dg

from nba_assets.basketball.calendar import day_range, eastern_today
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.engine.staleness import staleness
from nba_assets.orchestration.alerts import alert, good_day
from nba_assets.orchestration.backfill import SeasonRun, backfill
from nba_assets.orchestration.feeds import OFF, days_to_ask
from nba_assets.orchestration.schedules import CATCH_UP_DAYS
from nba_assets.orchestration.troubles import PUBLICATION, Trouble, games_of, of_feeds, of_publication, of_runs
from nba_assets.runtime.known_errors import ExplainedError, sentence
from nba_assets.sources.live.feeds import FEEDS, FeedResult, Feeds, credits_left

LONGEST_GAP = 200
"""Days since the last built day (longer than an off-season) after which the user must start a backfill."""
UNMADE = (
    f"Some table has no day of the last {LONGEST_GAP} days, so no predictions are published. Run nba-assets backfill."
)
PUBLISHED_BEFORE_THE_GAMES = ("prediction_files", "best_bet_files")
Tell = Callable[[str], None]


@dataclass
class Update:
    """Result of a daily update.

    Args:
        today: the current day, US Eastern.
        feed_results: one summary per feed and day.
        runs: the Dagster runs that built tables.
        troubles: what is missing or failed.
        credits: credits left at the odds publisher; None if unknown.
        seconds: total duration.
        waited: seconds of it spent on the feeds.
    """

    today: date
    feed_results: list[FeedResult] = field(default_factory=list)
    runs: list[SeasonRun] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    credits: int | None = None
    seconds: float = 0.0
    waited: float = 0.0

    @property
    def lacking(self) -> list[str]:
        """A sentence for each thing that is missing or failed."""
        return [trouble.sentence for trouble in self.troubles]


def update(platform: Platform, instance: dg.DagsterInstance, tell: Tell, tables: Sequence[str] | None = None) -> Update:
    """Does what is due now.

    Args:
        platform: settings, warehouse, archive.
        instance: Dagster's.
        tell: called with a description of each step.
        tables: tables to build; all by default.

    Raises:
        ExplainedError: live feeds are off, or NBA_NOW pins the clock, so that replies would be dated wrongly.
    """
    settings = platform.settings
    if not settings.live:
        raise ExplainedError(f"{OFF[0].upper()}{OFF[1:]}.")
    if settings.now is not None:
        raise ExplainedError("NBA_NOW pins the clock, but live feeds fetch current data. Unset NBA_NOW.")
    try:
        done = _update(platform, instance, tell, tables)
    except Exception as error:
        said = sentence(error) or f"{type(error).__name__}: {error}"
        alert(settings, {f"failed {type(error).__name__}": f"The daily update stopped. {said}"})
        raise
    alert(settings, {trouble.cause: trouble.sentence for trouble in done.troubles if trouble.is_alerted})
    if not done.troubles:
        good_day(settings)
    return done


def _update(platform: Platform, instance: dg.DagsterInstance, tell: Tell, tables: Sequence[str] | None) -> Update:
    begun, today = time.perf_counter(), eastern_today(platform.now())
    done = Update(today)
    platform.require_one_source()
    feeds = Feeds.of(platform.settings)
    with platform.run_lock():
        days = days_to_ask(platform, day_range(today - timedelta(days=CATCH_UP_DAYS), today))
        _ask(feeds, days, done, tell)
        names = [name for name in registry.tables() if tables is None or name in tables]
        yesterday = today - timedelta(days=1)
        is_game_day = today in days and bool(games_of(feeds, today))
        is_season = is_game_day or any(feeds.day(day).due for day in days)
        first = days[0] if days else today
        if is_season:
            unmade = _first_unmade(names, today, platform)
            if unmade is None:
                done.troubles.append(Trouble("unmade", UNMADE))
            elif unmade < first:
                more = days_to_ask(platform, day_range(unmade, first - timedelta(days=1)))
                _ask(feeds, more, done, tell)
                first, days = unmade, [*more, *days]
        done.waited = time.perf_counter() - begun
        if is_season and first <= yesterday:
            stale = staleness(names, first, yesterday, platform)
            if len(stale):
                first = stale["game_date"].min().date()
                tell(f"building {first} to {yesterday}")
                done.runs += backfill(names, first, yesterday, platform, instance)
        pregame = [name for name in pregame_tables() if name in names]
        if is_game_day:
            done.runs += _pregame(pregame, today, platform, instance, tell)
    done.troubles += of_feeds(feeds, done.feed_results, days, today)
    if is_season:
        done.troubles += of_runs(done.runs, days, platform)
    if is_game_day and PUBLICATION in names:
        done.troubles += of_publication(feeds, today, platform, lambda: bool(stale_tables(pregame, today, platform)))
    done.credits = credits_left(feeds, today)
    done.seconds = time.perf_counter() - begun
    return done


def _first_unmade(names: Sequence[str], today: date, platform: Platform) -> date | None:
    """The day after the newest past day that every table has; None if some table has none in LONGEST_GAP.

    Days of an off-season are not built until there are games again; then they are built first, because tables with
    history publish nothing for a day if earlier days are missing.
    """
    with platform.warehouse.snapshot() as snapshot:
        ledger = snapshot.ledger(list(names), today - timedelta(days=LONGEST_GAP), today - timedelta(days=1))
    newest = ledger.groupby("table_name")["game_date"].max()
    return newest.min().date() + timedelta(days=1) if set(newest.index) == set(names) else None


def pregame_tables() -> list[str]:
    """The tables whose rows of a day are built before its games, and the published files that contain them."""
    tables = registry.tables()
    return [
        name
        for name, table in tables.items()
        if (table.contract.known == "pregame" and table.publishes is None) or name in PUBLISHED_BEFORE_THE_GAMES
    ]


def _pregame(
    names: Sequence[str], day: date, platform: Platform, instance: dg.DagsterInstance, tell: Tell
) -> list[SeasonRun]:
    """Builds the pregame tables of a day that are affected by what landed.

    Most replies change no row of most tables that read sources. So these are built first, in a run of their own, and
    then what their changed rows affect.
    """
    stale = stale_tables(names, day, platform)
    affected = affected_tables(names, stale)
    landed = [name for name in stale if reads_sources(name)]
    runs: list[SeasonRun] = []
    if landed and set(affected) != set(stale):
        before = _contents(landed, day, platform)
        tell(f"building {len(landed)} tables of {day} from what landed")
        runs += backfill(landed, day, day, platform, instance)
        if not runs[-1].is_success:
            return runs
        after = _contents(landed, day, platform)
        changed = [name for name in landed if after[name] != before.get(name)]
        found = set(affected_tables(names, [*changed, *stale_tables(names, day, platform)]))
        affected = [name for name in names if name in found - set(landed) or _read_now(name) & (found - set(landed))]
    if affected:
        tell(f"building {len(affected)} of {len(names)} pregame tables of {day}")
        runs += backfill(affected, day, day, platform, instance)
    return runs


def reads_sources(name: str) -> bool:
    """Whether rows of a table come from families of sources."""
    return any(item.reach == "source" for item in registry.tables()[name].inputs.values())


def _contents(names: Sequence[str], day: date, platform: Platform) -> dict[str, tuple[str, str]]:
    """Status and content hash of a day of the tables."""
    with platform.warehouse.snapshot() as snapshot:
        ledger = snapshot.ledger(list(names), day, day)
    return {
        name: (status, content) for name, status, content in ledger[["table_name", "status", "content_hash"]].to_numpy()
    }


def _read_now(name: str) -> set[str]:
    """The tables whose rows of a day the rows or checks of the same day of a table read."""
    table = registry.tables()[name]
    read = [item for item in table.inputs.values() if item.reach in ("on_day", "up_to_day")]
    read += [*table.expected.inputs.values(), *(item for check in table.checks for item in check.inputs.values())]
    return {item.name for item in read}


def stale_tables(names: Sequence[str], day: date, platform: Platform) -> list[str]:
    """The tables that are stale on a day."""
    return list(staleness(names, day, day, platform)["table_name"].unique())


def affected_tables(names: Sequence[str], changed: Iterable[str]) -> list[str]:
    """The tables that are stale or changed on a day, and those whose rows or checks of the day read one of them.

    Rebuilding the others would give the same rows: history windows end before the day.

    Args:
        names: candidates, upstream first.
        changed: stale tables, and those whose rows of the day have changed.
    """
    found = set(changed)
    for name in names:
        if _read_now(name) & found:
            found.add(name)
    return [name for name in names if name in found]


def _ask(feeds: Feeds, days: Sequence[date], done: Update, tell: Tell) -> None:
    """Runs every feed for the days."""
    for name in FEEDS:
        for result in feeds.fetch(name, days):
            done.feed_results.append(result)
            if result.calls or result.refused or result.problems:
                tell(f"{name} {result.day}: {result.sentence}")
