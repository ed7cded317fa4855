"""Problems after the daily update, each with its cause; operators are alerted once per cause and day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from nba_assets.basketball.calendar import EASTERN
from nba_assets.contracts.findings import causes
from nba_assets.engine.platform import Platform
from nba_assets.sources.live.feeds import QUOTES_ARE_FRESH, RESERVED_CREDITS, FeedResult, Feeds, credits_left
from nba_assets.sources.live.nba import Game

if TYPE_CHECKING:  # circular: backfills run the definitions, which contain the schedules
    from nba_assets.orchestration.backfill import SeasonRun

COMPETITIVE_IDS = ("002", "004", "005", "006")
"""Prefixes of the ids of competitive games: regular season, playoffs, play-in, Cup final."""
REFUSED_TOO_LONG = timedelta(hours=2)
"""A host that refuses for longer is reported; before that the next tick may succeed."""
PUBLISHED_BEFORE = timedelta(hours=1)
"""How long before the first tip-off the predictions of a day must be published."""
PLAYED_THE_DAY_BEFORE = 9
"""Hour (US Eastern) from which a box score of the previous day is late."""
QUOTES_MATTER = timedelta(hours=3)
"""How long before a tip-off quotes must be fresh."""
PUBLICATION = "prediction_files"


@dataclass(frozen=True)
class Trouble:
    """One problem.

    Args:
        cause: identifies the problem across updates.
        sentence: description for the user.
        is_alerted: whether an alert is sent; otherwise the sentence is only displayed.
    """

    cause: str
    sentence: str
    is_alerted: bool = True


def of_feeds(feeds: Feeds, results: Sequence[FeedResult], days: Sequence[date], today: date) -> Iterator[Trouble]:
    """Refusing hosts, unusable replies, missing box scores, and odds credits that run out."""
    now = feeds.client.clock()
    missed = " ".join(text for result in results for text in result.refused)  # if no other host answered instead
    for host, one in feeds.client.refused().items():
        if f" {host} is asked again" in missed:
            needs_user = "correct NBA_" in one.sentence  # waiting does not help
            is_alerted = needs_user or max(now - one.since, one.until - now) >= REFUSED_TOO_LONG
            yield Trouble(f"refused {host}", str(one), is_alerted)
    for sentence in dict.fromkeys(text for result in results for text in result.problems):
        yield Trouble(sentence, sentence)
    is_late = now.astimezone(EASTERN).hour >= PLAYED_THE_DAY_BEFORE
    for day in (day for day in days if day < today):
        landed = feeds.day(day)
        if waiting := [game.game_id for game in landed.due if game.game_id not in landed.boxes]:
            sentence = f"{day}: no final box score of {', '.join(waiting)}."
            yield Trouble(f"boxes {day}", sentence, is_late or today - day > timedelta(days=1))
    left = credits_left(feeds, today)
    if left is not None and left <= RESERVED_CREDITS:
        yield Trouble("credits", f"{left} odds credits are left for this month.")


def of_runs(runs: Sequence[SeasonRun], days: Sequence[date], platform: Platform) -> Iterator[Trouble]:
    """Failed runs, and checks with severity ERROR that fail on one of the days, whichever run built it."""
    for run in runs:
        if not run.is_success:
            yield Trouble(f"run {run.first}", f"{run.first} to {run.last}: {run.failure}")
    with platform.warehouse.snapshot() as snapshot:
        checks = snapshot.quality("check_results", None, min(days), max(days))
    failed = checks[~checks["passed"].astype(bool) & checks["severity"].eq("ERROR")]
    failed = failed[causes(failed) != "history"]  # not caused by the day's own rows
    for (table, check), of_check in failed.groupby(["table_name", "check_name"], sort=True):
        newest = of_check["game_date"].max()
        yield Trouble(
            f"check {table} {check}",
            f"{table}: the check {check} fails on {len(of_check)} of the last days, the newest is {newest:%Y-%m-%d}; "
            "nba-assets status shows the failing keys.",
        )


def of_publication(feeds: Feeds, today: date, platform: Platform, is_behind: Callable[[], bool]) -> Iterator[Trouble]:
    """Predictions of today that are late or older than the newest landings; outdated quotes.

    is_behind: whether a table of today is stale. Called only where something landed after the publication: a reply
    without new information changes no table.
    """
    games = games_of(feeds, today)
    tipoffs = sorted(game.tipoff for game in games if game.tipoff is not None)
    now = feeds.client.clock()
    waiting = [tipoff for tipoff in tipoffs if tipoff > now]
    with platform.warehouse.snapshot() as snapshot:
        ledger = snapshot.ledger([PUBLICATION], today, today)
    published = ledger.loc[ledger["status"].eq("ok"), "written_at"]
    made: datetime | None = published.iloc[0].to_pydatetime() if len(published) else None
    if tipoffs and now >= tipoffs[0] - PUBLISHED_BEFORE and made is None:
        sentence = f"The predictions of {today} are not published; the first game begins at {_clock(tipoffs[0])}."
        yield Trouble(f"unpublished {today}", sentence)
    if not waiting:
        return
    newest = feeds.newest("odds_player_points", today)
    landed = [at for at in (newest, feeds.newest("injury_report", today)) if at is not None and at < waiting[-1]]
    if made is not None and landed and max(landed) > made and is_behind():
        sentence = f"The predictions of {today} were published at {_clock(made)}, before what landed since."
        yield Trouble(f"old predictions {today}", sentence)
    is_near = waiting[0] - now <= QUOTES_MATTER
    if feeds.odds_key is not None and is_near and (newest is None or now - newest > 3 * QUOTES_ARE_FRESH):
        when = "none has landed" if newest is None else f"the newest is of {_clock(newest)}"
        yield Trouble(f"old quotes {today}", f"The player quotes of {today} are old: {when}.")


def games_of(feeds: Feeds, day: date) -> list[Game]:
    """The competitive games of a day that are to be played, according to the landings."""
    return [game for game in feeds.day(day).due if game.game_id.startswith(COMPETITIVE_IDS)]


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(EASTERN):%H:%M} US Eastern"
