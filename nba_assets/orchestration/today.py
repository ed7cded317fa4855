"""The day's work, the same for the schedules and for `nba-assets today`: ask the feeds, make what they changed, tell.

Days of the last two weeks that are not done, a week of downtime among them, are made as one range; then the pregame
tables of today. What is done and unchanged costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import dagster as dg

from nba_assets.basketball.calendar import day_range, eastern_today
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.engine.staleness import is_done, staleness
from nba_assets.orchestration.alerts import alert, good_day
from nba_assets.orchestration.backfill import SeasonRun, backfill
from nba_assets.orchestration.feeds import OFF, days_to_ask
from nba_assets.runtime.known_errors import ExplainedError
from nba_assets.sources.live.feeds import FEEDS, RESERVED_CREDITS, Feeds, Told, credits_left

CATCH_UP_DAYS = 14
PUBLISHED_BEFORE_THE_GAMES = ("prediction_files", "best_bet_files")
COMPETITIVE_IDS = ("002", "004", "005", "006")
"""How the ids of games begin that count: regular season, playoffs, play-in, Cup final."""
Tell = Callable[[str], None]


@dataclass
class Update:
    """What was done.

    Args:
        today: the day, US Eastern.
        asked: what each feed did, a day at a time.
        runs: the Dagster runs that made tables.
        lacking: a sentence for each thing that is missing or failed.
        credits: left at the odds publisher; None where no reply said.
        seconds: of own work and of waiting for the network.
    """

    today: date
    asked: list[Told] = field(default_factory=list)
    runs: list[SeasonRun] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    credits: int | None = None
    seconds: float = 0.0
    waited: float = 0.0


def update(platform: Platform, instance: dg.DagsterInstance, tell: Tell, tables: Sequence[str] | None = None) -> Update:
    """Does what is due now.

    Args:
        platform: settings, warehouse, archive.
        instance: Dagster's.
        tell: is told each step.
        tables: which of the tables are made; all unless given.

    Raises:
        ExplainedError: live feeds are off, or NBA_NOW pins the clock: what comes now would be dated wrongly.
    """
    settings = platform.settings
    if not settings.live:
        raise ExplainedError(f"{OFF[0].upper()}{OFF[1:]}.")
    if settings.now is not None:
        raise ExplainedError("NBA_NOW pins the clock, and live feeds ask for what is there now. Unset NBA_NOW.")
    begun, today = time.perf_counter(), eastern_today(platform.now())
    done = Update(today)
    platform.require_one_source()
    feeds = Feeds.of(settings)
    with platform.run_lock():
        days = days_to_ask(platform, day_range(today - timedelta(days=CATCH_UP_DAYS), today))
        changed = _ask(feeds, days, done, tell)
        done.waited = time.perf_counter() - begun
        past = [day for day in days if day < today]
        names = [name for name in registry.tables() if tables is None or name in tables]
        if past and any(feeds.day(day).due for day in past):
            stale = staleness(names, past[0], past[-1], platform)
            if len(stale):
                first = stale["game_date"].min().date()
                tell(f"making {first} to {past[-1]}")
                done.runs += backfill(names, first, past[-1], platform, instance)
        if today in days and any(game.game_id.startswith(COMPETITIVE_IDS) for game in feeds.day(today).due):
            pregame = [name for name in pregame_tables() if name in names]
            if today in changed or not is_done(pregame, today, today, platform):
                tell(f"making the pregame tables of {today}")
                done.runs += backfill(pregame, today, today, platform, instance)
    done.lacking += _lacking(feeds, days, done)
    done.credits = credits_left(feeds, today)
    if done.credits is not None and done.credits <= RESERVED_CREDITS:
        done.lacking.append(f"{done.credits} odds credits are left for this month.")
    done.seconds = time.perf_counter() - begun
    alert(settings, done.lacking)
    if not done.lacking:
        good_day(settings)
    return done


def pregame_tables() -> list[str]:
    """The tables whose rows of a day are made before its games, and the files that tell of them."""
    tables = registry.tables()
    return [
        name
        for name, table in tables.items()
        if (table.contract.known == "pregame" and table.publishes is None) or name in PUBLISHED_BEFORE_THE_GAMES
    ]


def _ask(feeds: Feeds, days: Sequence[date], done: Update, tell: Tell) -> set[date]:
    """Asks every feed for the days; the days of which something landed."""
    for name in FEEDS:
        for told in feeds.fetch(name, days):
            done.asked.append(told)
            if told.calls or told.refused or told.problems:
                tell(f"{name} {told.day}: {told.sentence}")
    return {told.day for told in done.asked if told.landed}


def _lacking(feeds: Feeds, days: Sequence[date], done: Update) -> list[str]:
    """What is missing after the feeds were asked and the tables made, one sentence a cause."""
    found = list(dict.fromkeys(sentence for told in done.asked for sentence in (*told.refused, *told.problems)))
    for day in (day for day in days if day < done.today):
        landed = feeds.day(day)
        if waiting := [game.game_id for game in landed.due if game.game_id not in landed.boxes]:
            found.append(f"{day}: no final box score of {', '.join(waiting)}.")
    found += [f"{run.first} to {run.last}: {run.failure}" for run in done.runs if not run.is_success]
    return found
