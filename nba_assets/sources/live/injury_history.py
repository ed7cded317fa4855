"""The official injury reports of past days: `nba-assets fetch --injury-reports`.

Their publisher keeps every report. A past report lands like a live one, in a feed of its own, because it is dated
differently: it is known at the time that its title prints, not at the moment at which it was downloaded. That nothing
was published at an hour lands too (403 is how the host says so), so that the next run asks for nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from nba_assets.basketball.calendar import EASTERN
from nba_assets.sources.families import FAMILIES
from nba_assets.sources.live.extended import day_file
from nba_assets.sources.live.feeds import INJURIES, Feeds, Told, is_pdf
from nba_assets.sources.live.http import INJURY_HOST, BadReply, Reply
from nba_assets.sources.live.injury_pdf import report_name
from nba_assets.sources.live.parsed import HISTORY

HOURS = range(10, 23)
"""Hours, US Eastern, whose report of half past is asked for: those in which a report can still precede a tip-off."""
EMPTY_DAYS = 5
"""Days with games in a row without a single report after which the host is taken to refuse."""


def fetch_history(feeds: Feeds, days: Sequence[date]) -> Iterator[Told]:
    """Asks for the reports of past game days that have not landed, a day at a time.

    Days that live feeds have asked for are left out: their reports are dated by the moment at which they were here.

    Args:
        feeds: where the reports land.
        days: days with games.

    Raises:
        Refused: the host refuses, or had no report for several days in a row.
    """
    empty = 0
    for day in sorted(days):
        told = Told(HISTORY, day)
        if feeds.landings.names("injury_report", day):
            told.note = "live reports have landed"
            yield told
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
                told.problems.append(str(bad))
                continue
            if reply.status == 200:
                feeds.land(told, name, reply)
                found += 1
            else:
                unpublished.append((name, reply))
        if found or landed:
            for name, reply in unpublished:
                feeds.land(told, name, reply)
        told.landed = found
        told.calls, told.bytes = feeds.client.calls - calls, feeds.client.bytes - size
        if wanted or not day_file(feeds.families, FAMILIES["injury_report"], day).exists():
            told.problems += feeds.parse(day)
        if found or landed:
            empty = 0
        else:
            told.problems.append(f"{day}: the publisher has no injury report; the next run asks again.")
            empty += 1
        yield told
        if empty == EMPTY_DAYS:
            said = f"{EMPTY_DAYS} game days in a row have no injury report, so it seems to refuse this machine."
            raise feeds.client.refuse(
                INJURY_HOST, said, feeds.client.clock() + timedelta(seconds=feeds.client.limits.refused)
            )


def names_of(day: date) -> list[str]:
    """Files of the reports of a day that are asked for, oldest first."""
    return [report_name(datetime(day.year, day.month, day.day, hour, 30, tzinfo=EASTERN)) for hour in HOURS]
