"""A backfill of several seasons trains models in threads while it builds the tables of later seasons."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.orchestration import ahead, backfill
from nba_assets.orchestration.ahead import in_two, working_ahead
from nba_assets.orchestration.backfill import SeasonRun
from nba_assets.runtime import progress
from nba_assets.settings import Settings

FIRST, LAST = date(2021, 10, 19), date(2023, 6, 30)
SEASONS = ("2021-22", "2022-23")
PARTS = {"before": "schedule", "models": "points_models"}
"""The parts of a season's tables, each with a table of it."""


def test_no_table_of_the_first_pass_reads_one_of_the_second() -> None:
    names = list(registry.tables())
    early, late = in_two(names)
    assert sorted([*early, *late]) == sorted(names)
    assert late[0] == "points_models" and {"predictions", "player_prop_predictions"} & set(late)
    for name in early:
        reads = {item.name for item in registry.tables()[name].inputs.values() if item.reach != "source"}
        assert not reads & set(late), name
    for name in late[1:]:
        reads = {item.name for item in registry.tables()[name].inputs.values() if item.reach != "source"}
        assert reads & set(late), name


def test_without_the_table_that_trains_there_is_one_pass() -> None:
    names = [name for name in registry.tables() if name != "points_models"]
    assert in_two(names) == (names, [])


@contextmanager
def working(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *pieces: Callable[[], object]) -> Iterator[ahead.Ahead]:
    monkeypatch.setattr(ahead, "work_ahead", lambda table, days, platform: pieces)
    with working_ahead(Platform(Settings(home=tmp_path))) as found:
        yield found


def test_pieces_run_beside_the_main_thread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    has_begun, may_end, done = threading.Event(), threading.Event(), threading.Event()

    def piece() -> None:
        has_begun.set()
        assert may_end.wait(10)
        done.set()

    season, steps = Season.of_day(FIRST), []
    with working(monkeypatch, tmp_path, piece) as found, progress.listening(steps.append):
        found.begin(["points_models"], season, FIRST, FIRST)
        assert has_begun.wait(10) and not done.is_set(), "begin does not wait for the piece"
        may_end.set()
        found.finish(season)
        assert done.is_set(), "finish waits for it"
    assert [(step.table, step.kind, step.days) for step in steps] == [("points_models", "ahead", 1)] * 2
    assert 0 < steps[-1].worked < 1, "processor time, not time spent waiting"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness of threads")
def test_the_main_thread_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before, season, said = niceness(), Season.of_day(FIRST), []
    with working(monkeypatch, tmp_path, lambda: said.append(niceness())) as found:
        found.begin(["points_models"], season, FIRST, FIRST)
        found.finish(season)
    assert niceness() == before
    assert said == [max(before, ahead.NICENESS)]


def test_a_failure_is_logged_and_left_to_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def piece() -> None:
        raise OSError("no space left on device")

    season = Season.of_day(FIRST)
    with working(monkeypatch, tmp_path, piece) as found:
        found.begin(["points_models"], season, FIRST, FIRST)
        found.finish(season)
    assert "points_models" in caplog.text and "no space left on device" in caplog.text


def test_an_interruption_waits_only_for_the_pieces_that_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun: list[int] = []
    may_end = threading.Event()

    def piece(place: int) -> Callable[[], None]:
        def work() -> None:
            begun.append(place)
            assert may_end.wait(10)

        return work

    pieces = [piece(place) for place in range(20)]
    with pytest.raises(KeyboardInterrupt), working(monkeypatch, tmp_path, *pieces) as found:
        found.begin(["points_models"], Season.of_day(FIRST), FIRST, FIRST)
        threading.Timer(0.3, may_end.set).start()
        raise KeyboardInterrupt
    assert len(begun) <= ahead.THREADS
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


class Runs:
    """Stands for Dagster's runs: records their order; the chosen ones fail."""

    def __init__(
        self, *failing: tuple[str, str], done: Sequence[tuple[str, str]] = (), makes_stale: bool = True
    ) -> None:
        self.failing = failing
        self.makes_stale = makes_stale
        self.done = set(done)
        self.order: list[tuple[str, str]] = []

    def is_done(self, names: Sequence[str], first: date, last: date, _: Platform) -> bool:
        """Whether all parts of the season are; a run makes what follows it stale."""
        label = Season.of_day(last).label
        return all((part, label) in self.done for part in PARTS if PARTS[part] in names)

    def is_before(self, one: tuple[str, str], ran: list[str], season: Season) -> bool:
        """Whether a part does not depend on the parts that ran."""
        return one[1] < season.label or (one[1] == season.label and ran == ["models"])

    def __call__(self, names: Sequence[str], season: Season, first: date, last: date, _: object) -> SeasonRun:
        part = " and ".join(part for part in PARTS if PARTS[part] in names)
        self.order.append((part, season.label))
        ran = part.split(" and ")
        if self.makes_stale:
            self.done = {one for one in self.done if self.is_before(one, ran, season)}
        self.done |= {(one, season.label) for one in ran}
        failure = "broken" if (part, season.label) in self.failing else None
        return SeasonRun(season, first, last, f"{part} {season.label}", failure is None, 1.0, failure, list(names))


def of_seasons(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    runs: Runs,
    names: Sequence[str] = ("schedule", "points_models", "base_predictions"),
) -> list[SeasonRun]:
    monkeypatch.setattr(ahead, "work_ahead", lambda table, days, platform: [])
    monkeypatch.setattr(backfill, "_run", runs)
    monkeypatch.setattr(backfill, "is_done", runs.is_done)
    nothing: Any = None
    return backfill.backfill(names, FIRST, LAST, Platform(Settings(home=tmp_path)), nothing)


def test_all_seasons_are_built_up_to_the_models_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runs = Runs()
    done = of_seasons(monkeypatch, tmp_path, runs)
    assert runs.order == [(part, season) for part in ("before", "models") for season in SEASONS]
    assert [(run.season.label, run.is_success, run.seconds) for run in done] == [
        (label, True, 2.0) for label in SEASONS
    ]


def test_a_season_that_an_earlier_one_makes_stale_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runs = Runs(done=[("before", "2021-22"), ("before", "2022-23"), ("models", "2022-23")])
    done = of_seasons(monkeypatch, tmp_path, runs)
    assert runs.order == [("before and models", "2021-22"), ("before and models", "2022-23")]
    assert [run.is_success for run in done] == [True, True]


def test_a_later_season_that_stays_up_to_date_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runs = Runs(done=[("before", "2021-22"), ("before", "2022-23"), ("models", "2022-23")], makes_stale=False)
    done = of_seasons(monkeypatch, tmp_path, runs)
    assert runs.order == [("before and models", "2021-22")]
    assert [(run.season.label, run.run_id is None) for run in done] == [("2021-22", False), ("2022-23", True)]


def test_two_passes_run_only_what_is_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runs = Runs(done=[("before", "2021-22"), ("before", "2022-23")])
    of_seasons(monkeypatch, tmp_path, runs)
    assert runs.order == [("models", season) for season in SEASONS]


def test_nothing_is_run_if_all_is_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runs = Runs(done=[(part, season) for part in PARTS for season in SEASONS])
    done = of_seasons(monkeypatch, tmp_path, runs)
    assert runs.order == []
    assert [(run.season.label, run.run_id) for run in done] == [(season, None) for season in SEASONS]


def test_seasons_of_products_that_are_built_at_the_end_have_no_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runs = Runs()
    monkeypatch.setattr(backfill, "_ends", lambda *_: [])
    done = of_seasons(monkeypatch, tmp_path, runs, ["progress_files"])
    assert runs.order == []
    assert [(run.season.label, run.run_id) for run in done] == [(season, None) for season in SEASONS]


def test_a_season_that_fails_before_its_models_does_not_hold_up_earlier_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runs = Runs(("before", "2022-23"))
    done = of_seasons(monkeypatch, tmp_path, runs)
    assert runs.order == [("before", "2021-22"), ("before", "2022-23"), ("models", "2021-22")]
    assert [(run.season.label, run.is_success) for run in done] == [("2021-22", True), ("2022-23", False)]
    assert done[1].run_id == "before 2022-23"


def test_no_season_is_complete_after_one_whose_models_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runs = Runs(("models", "2021-22"))
    done = of_seasons(monkeypatch, tmp_path, runs)
    assert runs.order == [("before", "2021-22"), ("before", "2022-23"), ("models", "2021-22")]
    assert [(run.season.label, run.is_success, run.run_id) for run in done] == [("2021-22", False, "models 2021-22")]
