"""When the daily update starts: sensors, by the landings, and schedules, through the loop of Dagster's daemon."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget

from nba_assets.orchestration.build import loaded_definitions
from nba_assets.orchestration.schedules import schedules, sensors
from nba_assets.settings import REPOSITORY, Settings
from nba_assets.sources.live.feeds import FEEDS, Feeds
from nba_assets_tests.live_publishers import Publishers
from nba_assets_tests.local_server import Answer, serving
from nba_assets_tests.mini_archive import write_mini_archive
from nba_assets_tests.mini_warehouse import environment
from nba_assets_tests.orchestration.live_days import GAMES, LiveDays, eastern

SUNDAY = date(2022, 10, 23)
OF_SUNDAY = [game.game_id for game in GAMES if game.day == SUNDAY]


def ask(here: LiveDays, at: datetime, feeds: list[str] | None = None) -> None:
    here.now = at.astimezone(UTC)
    asking = Feeds.of(Settings())
    for name in feeds or list(FEEDS):
        asking.fetch(name, [SUNDAY])


def evaluated(here: LiveDays, name: str, at: datetime) -> dg.RunRequest | str:
    """The run requested by a sensor, or the reason for skipping."""
    here.now = at.astimezone(UTC)
    sensor = next(sensor for sensor in sensors(Settings()) if sensor.name == name)
    asked = len(here.server.asked)
    with dg.build_sensor_context(instance=here.instance, definitions=loaded_definitions()) as context:
        found = sensor.evaluate_tick(context)
    assert len(here.server.asked) == asked, "a sensor sends no request"
    return found.run_requests[0] if found.run_requests else str(found.skip_message)


def test_a_game_that_must_be_over_starts_the_job_until_its_box_score_lands(here: LiveDays) -> None:
    assert evaluated(here, "late_finals", eastern(SUNDAY, 23)) == "no game is waiting for its final box score"
    ask(here, eastern(SUNDAY, 15))
    assert evaluated(here, "late_finals", eastern(SUNDAY, 20)) == "no game is waiting for its final box score"
    first, again, later = (evaluated(here, "late_finals", eastern(SUNDAY, 21, minute)) for minute in (36, 41, 51))
    assert isinstance(first, dg.RunRequest) and isinstance(again, dg.RunRequest) and isinstance(later, dg.RunRequest)
    assert first.run_key == again.run_key != later.run_key
    assert first.run_key is not None and set(OF_SUNDAY) <= set(first.run_key.split())
    broken = (OF_SUNDAY[0], "boxscoretraditional")
    here.publishers.fault = lambda path: Answer(status=500) if any(part in path for part in broken) else None
    ask(here, eastern(SUNDAY, 23, 30))
    waiting = evaluated(here, "late_finals", eastern(SUNDAY, 23, 45))
    assert isinstance(waiting, dg.RunRequest) and str(waiting.run_key).split()[2:] == [OF_SUNDAY[0]]
    here.publishers.fault = lambda path: None
    ask(here, eastern(SUNDAY, 23, 59))
    assert evaluated(here, "late_finals", eastern(SUNDAY, 23, 59)) == "no game is waiting for its final box score"


def test_a_missing_box_score_is_given_up_after_a_while(here: LiveDays) -> None:
    ask(here, eastern(SUNDAY, 15))
    monday = SUNDAY + timedelta(days=1)
    assert isinstance(evaluated(here, "late_finals", eastern(monday, 2)), dg.RunRequest)
    assert evaluated(here, "late_finals", eastern(monday, 3)) == "no game is waiting for its final box score"


def test_stale_days_start_the_job_once_per_state(here: LiveDays) -> None:
    monday = SUNDAY + timedelta(days=1)
    assert evaluated(here, "stale_days", eastern(monday, 10)) == "live feeds had no games lately"
    ask(here, eastern(SUNDAY, 15))
    first = evaluated(here, "stale_days", eastern(monday, 10))
    assert isinstance(first, dg.RunRequest) and first == evaluated(here, "stale_days", eastern(monday, 11))
    ask(here, eastern(SUNDAY, 23, 30))
    landed = evaluated(here, "stale_days", eastern(monday, 11))
    assert isinstance(landed, dg.RunRequest)


def test_a_schedule_starts_nothing_while_there_is_nothing_to_do(here: LiveDays) -> None:
    """Without games a process is started every three hours, to ask for the schedule."""
    summer = date(2023, 7, 10)

    def started(at: datetime) -> int:
        here.now = at.astimezone(UTC)
        asked = len(here.server.asked)
        found = []
        for schedule in schedules(Settings()):
            with dg.build_schedule_context(instance=here.instance, scheduled_execution_time=at) as context:
                found.append(len(schedule.evaluate_tick(context).run_requests or []))
        assert len(here.server.asked) == asked, "a schedule sends no request"
        assert len(set(found)) == 1
        return found[0]

    assert started(eastern(summer, 10)) == 1, "the schedule of the day has not landed"
    here.tick(eastern(summer, 10), tables=None)
    assert [started(eastern(summer, hour, minute)) for hour, minute in ((10, 30), (12, 30), (13, 0))] == [0, 0, 1]
    here.publishers.games = [*GAMES, replace(GAMES[0], game_id="0022200999", day=summer)]
    Feeds.of(Settings()).fetch("nba_schedule", [summer])
    assert started(eastern(summer, 13, 30)) == 1, "there is a game"


def test_the_sensors_are_off_unless_live_feeds_are_on() -> None:
    off, on = (sensors(Settings(live=is_live)) for is_live in (False, True))
    assert {one.default_status for one in off} == {dg.DefaultSensorStatus.STOPPED}
    assert {one.default_status for one in on} == {dg.DefaultSensorStatus.RUNNING}


@pytest.mark.long
def test_the_daemon_starts_the_daily_update_on_schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop of the daemon, a code server, and a run in a separate process; the publishers have no games."""
    from dagster._daemon.run_coordinator import QueuedRunCoordinatorDaemon  # must be imported before the scheduler
    from dagster._scheduler.scheduler import launch_scheduled_runs

    write_mini_archive(tmp_path / "archive")
    with serving(Publishers([], lambda: datetime.now(UTC))) as server:
        for name, value in environment(tmp_path / "home", tmp_path / "archive").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("NBA_LIVE", "1")
        monkeypatch.setenv("NBA_FEED_MIRROR", server.address)
        target = ModuleTarget("nba_assets.definitions", None, str(REPOSITORY), "nba_assets")
        with dg.DagsterInstance.get() as instance, WorkspaceProcessContext(instance, target) as workspace:
            begun, iterations = datetime.now(UTC), {}
            for at in (begun, begun + timedelta(days=1)):
                loop = launch_scheduled_runs(workspace, logging.getLogger("daemon"), at, iterations)
                assert [failure for failure in loop if failure is not None] == []
            ticked = {}
            for state in instance.all_instigator_state():
                ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id)
                ticked[state.instigator_name] = sum(len(tick.run_ids) for tick in ticks)
            assert set(ticked) == {"morning", "pregame"} and min(ticked.values()) >= 1, ticked
            deadline = time.monotonic() + 240
            queue = QueuedRunCoordinatorDaemon(interval_seconds=1)
            while not all(run.is_finished for run in instance.get_runs()) and time.monotonic() < deadline:
                assert [failure for failure in queue.run_iteration(workspace) if failure is not None] == []
                time.sleep(0.5)
            assert {run.status for run in instance.get_runs()} == {dg.DagsterRunStatus.SUCCESS}
            assert {run.job_name for run in instance.get_runs()} == {"live_update"}
    assert any("scheduleLeagueV2" in path for path, _ in server.asked)
    assert not (tmp_path / "home" / "live" / "alerts.json").exists()
