"""Injury reports of past days, downloaded from a local publisher: how they are dated, and that a run resumes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from nba_assets.basketball.calendar import EASTERN, Season
from nba_assets.sources.archive.reader import Archive
from nba_assets.sources.families import FAMILIES
from nba_assets.sources.live.extended import ExtendedSource
from nba_assets.sources.live.feeds import FeedResult, Feeds
from nba_assets.sources.live.http import Client, Limits, Refused
from nba_assets.sources.live.injury_history import EMPTY_DAYS, HOURS, fetch_history, names_of
from nba_assets.sources.live.landing import Landing
from nba_assets_tests.injury_pdfs import page, pdf
from nba_assets_tests.live_publishers import Publishers
from nba_assets_tests.local_server import Answer, LocalServer, serving

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = date(2023, 1, 5)
EASY = Limits(interval=0.0, intervals={}, attempts=2, first_wait=0.0, read=0.5)


def entry(status: str) -> tuple[str, ...]:
    return ("01/05/2023", "07:30 (ET)", "BOS@DAL", "Dallas Mavericks", "Doncic, Luka", status, "Rest")


def at(hour: int, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=EASTERN)


@contextmanager
def history(root: Path, publishers: Publishers) -> Iterator[tuple[Feeds, LocalServer]]:
    with serving(publishers) as server:
        client = Client(lambda: NOW, [], root / "refused.json", server.address, EASY, lambda _: None)
        yield Feeds(root, client), server


def publishers() -> Publishers:
    reports = {at(13): [entry("Questionable")], at(17): [entry("Doubtful")], at(19): [entry("Out")]}
    return Publishers([], lambda: NOW, injuries=dict(reports))


def reports(root: Path) -> pd.DataFrame:
    source = ExtendedSource(Archive(str(root / "nothing")), root / "archive")
    return source.read(FAMILIES["injury_report"], [Season.of_day(DAY)]).frame.sort_values("report_at")


def test_a_past_report_is_known_at_the_time_of_its_title(tmp_path: Path) -> None:
    with history(tmp_path, publishers()) as (feeds, _):
        [result] = fetch_history(feeds, [DAY])
        assert (result.landed, result.calls, result.problems) == (3, len(HOURS), [])
        rows = reports(tmp_path)
        assert rows["status"].tolist() == ["Questionable", "Doubtful", "Out"]
        assert rows["known_at"].tolist() == [f"2023-01-{clock}:30:00Z" for clock in ("05T18", "05T22", "06T00")]
        assert rows["known_at"].tolist() == rows["report_at"].tolist()


def test_landed_reports_are_not_requested_again_and_are_parsed_after_a_crash(tmp_path: Path) -> None:
    with history(tmp_path, publishers()) as (feeds, server):
        list(fetch_history(feeds, [DAY]))
        [written] = (tmp_path / "archive").rglob("*.parquet")
        written.unlink()  # as if the process had ended before writing it
        asked = len(server.asked)
        [result] = fetch_history(Feeds(tmp_path, feeds.client), [DAY])
        assert (result.landed, result.calls) == (0, 0) and len(server.asked) == asked
        assert len(reports(tmp_path)) == 3


def test_a_failed_request_is_repeated_by_the_next_run(tmp_path: Path) -> None:
    failing = publishers()
    failing.fault = lambda path: Answer(status=500) if path.endswith("05PM.pdf") else None
    with history(tmp_path, failing) as (feeds, _):
        [result] = fetch_history(feeds, [DAY])
        assert result.landed == 2 and "answered 500" in result.problems[0]
        failing.fault = lambda path: None
        [result] = fetch_history(feeds, [DAY])
        assert (result.landed, result.calls, result.problems) == (1, 1, [])
        assert len(reports(tmp_path)) == 3


def test_a_report_whose_title_contradicts_its_name_is_rejected(tmp_path: Path) -> None:
    lying = publishers()
    body = pdf([page(at(13), [entry("Out")])])
    lying.fault = lambda path: Answer(body) if path.endswith("07PM.pdf") else None
    with history(tmp_path, lying) as (feeds, _):
        [result] = fetch_history(feeds, [DAY])
        assert any("its title says 05 Jan 2023 13:30" in problem for problem in result.problems)
        assert reports(tmp_path)["status"].tolist() == ["Questionable", "Doubtful"]


def test_a_host_without_reports_for_days_counts_as_refusing(tmp_path: Path) -> None:
    days = [DAY + timedelta(days=number) for number in range(EMPTY_DAYS + 2)]
    seen: list[FeedResult] = []
    with history(tmp_path, Publishers([], lambda: NOW)) as (feeds, server):
        with pytest.raises(Refused, match="no injury report"):
            seen.extend(fetch_history(feeds, days))
        assert len(server.asked) == EMPTY_DAYS * len(HOURS)
        assert list((tmp_path / "landing").rglob("*.zst")) == []
        with pytest.raises(Refused):
            list(fetch_history(feeds, days))
        assert len(server.asked) == EMPTY_DAYS * len(HOURS)


def test_days_of_live_feeds_keep_the_arrival_times_of_reports(tmp_path: Path) -> None:
    with history(tmp_path, publishers()) as (feeds, server):
        body = pdf([page(at(17), [entry("Out")])])
        here = datetime(2023, 1, 5, 22, 41, tzinfo=UTC)
        feeds.landings.write(Landing("injury_report", DAY, names_of(DAY)[7], "https://x", 200, {}, here, body))
        [result] = fetch_history(feeds, [DAY])
        assert server.asked == [] and "live" in result.note
        feeds.parse(DAY)
        assert reports(tmp_path)["known_at"].tolist() == ["2023-01-05T22:41:00Z"]


def test_since_december_2025_the_name_has_the_minute() -> None:
    assert names_of(date(2025, 12, 1))[7] == "Injury-Report_2025-12-01_05PM.pdf"
    assert names_of(date(2026, 1, 1))[7] == "Injury-Report_2026-01-01_05_30PM.pdf"
