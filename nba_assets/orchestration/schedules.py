"""When the day's work runs by itself, in US Eastern time; off unless NBA_LIVE=1.

Both schedules start the same job, which does what is due: `morning` after the last final, when results are made and
graded, `pregame` while lines and injury reports change. A tick with nothing to do ends at once.
"""

import dagster as dg

from nba_assets.basketball.calendar import EASTERN
from nba_assets.engine.platform import Platform
from nba_assets.runtime.known_errors import explained
from nba_assets.settings import Settings

MORNING = "0 1,6,9 * * *"
PREGAME = "*/30 10-23 * * *"


@dg.op(description="Asks the live feeds, makes the days that lack something, then today's pregame tables.")
def todays_work(context: dg.OpExecutionContext) -> None:
    """Runs `today.update`; the runs that it starts make the tables and are listed beside this one."""
    from nba_assets.orchestration.today import update  # it runs the definitions, of which this job is one

    with explained():
        done = update(Platform(Settings(), tell=context.log.info), context.instance, context.log.info)
    context.add_output_metadata(
        {
            "replies landed": sum(told.landed for told in done.asked),
            "calls": sum(told.calls for told in done.asked),
            "runs": len(done.runs),
            "lacking": "; ".join(done.lacking) or "nothing",
            "seconds of own work": round(done.seconds - done.waited, 1),
        }
    )


@dg.job(executor_def=dg.in_process_executor, description="The day's work: see `nba-assets today`.")
def live_update() -> None:
    todays_work()


def schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """The schedules, running where live feeds are on."""
    status = dg.DefaultScheduleStatus.RUNNING if settings.live else dg.DefaultScheduleStatus.STOPPED
    return [
        dg.ScheduleDefinition(
            name=name, job=live_update, cron_schedule=cron, execution_timezone=EASTERN.key, default_status=status
        )
        for name, cron in (("morning", MORNING), ("pregame", PREGAME))
    ]
