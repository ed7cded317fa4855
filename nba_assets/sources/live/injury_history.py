"""The official injury reports of past days: `nba-assets fetch --injury-reports`.

The publisher keeps every report. Past reports land in a feed of their own because they are dated differently: by the
time printed in the title, not by the time of download. The reply that nothing was published at an hour (status 403)
lands too, so that the next run does not repeat the request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from nba_assets.basketball.calendar import EASTERN
from nba_assets.sources.families import FAMILIES
from nba_assets.sources.live.extended import day_file
from nba_assets.sources.live.feeds import INJURIES, FeedResult, Feeds, is_pdf
from nba_assets.sources.live.http import INJURY_HOST, BadReply, Reply
from nba_assets.sources.live.injury_pdf import report_name
from nba_assets.sources.live.parsed import HISTORY

HOURS = range(10, 23)
"""Hours (US Eastern) whose half-past report is requested: those in which a report can still precede a tip-off."""
EMPTY_DAYS = 5
"""Consecutive game days without any report after which the host is assumed to refuse."""


def fetch_history(feeds: Feeds, days: Sequence[date]) -> Iterator[FeedResult]:
    """Requests the reports of past game days that have not landed, one day at a time.

    Days with live injury reports are left out: those reports are dated by their time of arrival.

    Args:
        feeds: stores the reports.
        days: days with games.

    Raises:
        Refused: the host refuses, or had no report on EMPTY_DAYS game days in a row.
    """
    empty = 0
    for day in sorted(days):
        result = FeedResult(HISTORY, day)
        if feeds.landings.names("injury_report", day):
            result.note = "live reports have landed"
            yield result
            continue
        landed = {one.subject for one in feeds.landings.read(HISTORY, day)}
        wanted = [name for name in names_of(day) if name not in landed]
        calls, size = feeds.client.calls, feeds.client.bytes
        unpublished: list[tuple[str, Reply]] = []
        found = 0
        for name in wanted:
            try:
                reply = feeds.client.get(f"{INJURIES}/{name}", answers=(403, 404), is_good=is_pdf)
            except BadReply as bad:
                result.problems.append(str(bad))
                continue
            if reply.status == 200:
                feeds.land(result, name, reply)
                found += 1
            else:
                unpublished.append((name, reply))
        if found or landed:
            for name, reply in unpublished:
                feeds.land(result, name, reply)
        result.landed = found
        result.calls, result.bytes = feeds.client.calls - calls, feeds.client.bytes - size
        if wanted or not day_file(feeds.families, FAMILIES["injury_report"], day).exists():
            result.problems += feeds.parse(day)
        if found or landed:
            empty = 0
        else:
            result.problems.append(f"{day}: the publisher has no injury report; the next run asks again.")
            empty += 1
        yield result
        if empty == EMPTY_DAYS:
            said = f"{EMPTY_DAYS} game days in a row have no injury report, so it seems to refuse this machine."
            raise feeds.client.refuse(
                INJURY_HOST, said, feeds.client.clock() + timedelta(seconds=feeds.client.limits.refused)
            )


def names_of(day: date) -> list[str]:
    """File names of a day's reports to request, oldest first."""
    return [report_name(datetime(day.year, day.month, day.day, hour, 30, tzinfo=EASTERN)) for hour in HOURS]
