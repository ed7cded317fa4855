"""Schedules and sensors of the daily update, in US Eastern time; off unless NBA_LIVE=1.

All of them start the same job, which does what is due: `morning` after the last final, to build and grade results,
`pregame` while lines and injury reports change. Between these ticks `late_finals` starts it while a finished game has
no box score, and `stale_days` if days of live feeds are stale for another reason, such as a change of code. A tick with
nothing to do ends at once; a sensor sends no request, it reads only landings.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

import dagster as dg

from nba_assets.basketball.calendar import EASTERN, day_range, eastern_today
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.engine.staleness import staleness
from nba_assets.orchestration.feeds import days_to_ask
from nba_assets.orchestration.troubles import games_of
from nba_assets.runtime.known_errors import explained
from nba_assets.settings import Settings
from nba_assets.sources.live.feeds import GAME_LASTS, SCHEDULE_IS_FRESH, Feeds

CATCH_UP_DAYS = 14
"""Days before today that the daily update completes."""
ASKED_AGAIN = timedelta(minutes=15)
"""Interval at which `late_finals` starts the job for the same games."""
GIVEN_UP = timedelta(hours=7)
"""Time after the tip-off at which it stops; the next tick of a schedule asks anyway."""
MORNING = "0 1,6,9 * * *"
PREGAME = "*/30 10-23 * * *"


@dg.op(description="Fetches the live feeds, builds incomplete days, then today's pregame tables.")
def todays_work(context: dg.OpExecutionContext) -> None:
    """Runs `today.update`; the runs that it starts build the tables and are listed separately."""
    from nba_assets.orchestration.today import update  # circular: it runs the definitions, which contain this job

    with explained():
        done = update(Platform(Settings(), tell=context.log.info), context.instance, context.log.info)
    context.add_output_metadata(
        {
            "replies landed": sum(result.landed for result in done.feed_results),
            "calls": sum(result.calls for result in done.feed_results),
            "runs": len(done.runs),
            "lacking": "; ".join(done.lacking) or "nothing",
            "seconds of own work": round(done.seconds - done.waited, 1),
        }
    )


@dg.job(executor_def=dg.in_process_executor, description="The daily update, see `nba-assets today`.")
def live_update() -> None:
    todays_work()


def has_nothing_to_do(feeds: Feeds, now: datetime) -> bool:
    """Whether the landings say that no day since CATCH_UP_DAYS has a game, and the schedule is not due to be asked."""
    today = eastern_today(now)
    newest = feeds.newest("nba_schedule", today)
    if newest is None or now - newest >= SCHEDULE_IS_FRESH or not feeds.day(today).is_planned:
        return False
    return not any(feeds.day(day).due for day in day_range(today - timedelta(days=CATCH_UP_DAYS), today))


def _unless_idle(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Starts the job unless there is nothing to do: its process would take seconds to find that out."""
    feeds = Feeds.of(Settings())
    if has_nothing_to_do(feeds, feeds.client.clock()):
        return dg.SkipReason("no games lately, and the schedule is fresh")
    return dg.RunRequest()


def schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """The schedules, running if live feeds are on."""
    status = dg.DefaultScheduleStatus.RUNNING if settings.live else dg.DefaultScheduleStatus.STOPPED
    return [
        dg.ScheduleDefinition(
            name=name,
            job=live_update,
            cron_schedule=cron,
            execution_fn=_unless_idle,
            execution_timezone=EASTERN.key,
            default_status=status,
        )
        for name, cron in (("morning", MORNING), ("pregame", PREGAME))
    ]


def waiting_games(feeds: Feeds, now: datetime) -> list[str]:
    """Ids of the games that must be over and have no final box score, according to the landings."""
    today = eastern_today(now)
    return [
        game.game_id
        for day in (today - timedelta(days=1), today)
        for game in games_of(feeds, day)
        if game.tipoff is not None
        and GAME_LASTS <= now - game.tipoff < GIVEN_UP
        and game.game_id not in feeds.day(day).boxes
    ]


def _late_finals(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Starts the daily update while a game that must be over has no box score."""
    feeds = Feeds.of(Settings())
    now = feeds.client.clock()
    games = waiting_games(feeds, now)
    if not games:
        yield dg.SkipReason("no game is waiting for its final box score")
        return
    quarter = int(now.timestamp() // ASKED_AGAIN.total_seconds())
    yield dg.RunRequest(run_key=f"late {quarter} {' '.join(games)}")


def _stale_days(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Starts the daily update once for each set of stale days of live feeds."""
    platform = Platform(Settings())
    today = eastern_today(platform.now())
    days = days_to_ask(platform, day_range(today - timedelta(days=CATCH_UP_DAYS), today - timedelta(days=1)))
    feeds = Feeds.of(platform.settings)
    if not any(games_of(feeds, day) for day in days):
        yield dg.SkipReason("live feeds had no games lately")
        return
    stale = staleness(list(registry.tables()), days[0], days[-1], platform)
    if stale.empty:
        yield dg.SkipReason("no day of live feeds is stale")
        return
    state = hashlib.sha256(stale.to_csv(index=False).encode()).hexdigest()[:16]
    yield dg.RunRequest(run_key=f"stale {state}")


def sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """The sensors, running if live feeds are on."""
    status = dg.DefaultSensorStatus.RUNNING if settings.live else dg.DefaultSensorStatus.STOPPED
    return [
        dg.SensorDefinition(
            name=name, job=live_update, evaluation_fn=find, minimum_interval_seconds=seconds, default_status=status
        )
        for name, find, seconds in (("late_finals", _late_finals, 300), ("stale_days", _stale_days, 3600))
    ]
