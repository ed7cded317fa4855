"""Shared by several commands: the console, argument types, the range of days, the line that names the archive."""

from __future__ import annotations

import sys
from datetime import date, datetime
from typing import TYPE_CHECKING

import click
from rich.console import Console

from nba_assets.settings import Settings

if TYPE_CHECKING:
    from nba_assets.engine.platform import Platform


console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 160)


def say(text: str) -> None:
    """Prints a text as it is: brackets in a path are no markup."""
    console.print(text, markup=False)


class Day(click.ParamType[date]):
    """A day as 2024-01-15."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2024-01-15", param, ctx)


class SeasonLabel(click.ParamType[str]):
    """A season as 2023-24."""

    name = "season"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from nba_assets.basketball.calendar import FIRST_DAY, Season, eastern_today

        newest = Season.of_day(eastern_today(Settings().clock()))
        known = [Season(year).label for year in range(Season.of_day(FIRST_DAY).start_year, newest.start_year + 1)]
        if value not in known:
            self.fail(f"{value!r} is not a season; allowed are {', '.join(known)}", param, ctx)
        return value


def open_platform() -> Platform:
    from nba_assets.engine.platform import Platform

    return Platform(Settings(), tell=say)


def asked_days(platform: Platform, first: date | None, last: date | None) -> tuple[date, date]:
    """The requested days; by default from the first partition to the archive's last game day."""
    from nba_assets.basketball.calendar import FIRST_DAY
    from nba_assets.engine.status import expected_game_days

    check_days(platform, first, last)
    if last is None:
        days = expected_game_days(platform)
        last = days[-1].date() if len(days) else first or FIRST_DAY
    first = first or FIRST_DAY
    check_days(platform, first, last)
    return first, last


def check_days(platform: Platform, first: date | None, last: date | None) -> None:
    """Refuses days that are not partitions, and a first day after the last one.

    Raises:
        click.UsageError: names the days and the allowed range.
    """
    from nba_assets.basketball.calendar import FIRST_DAY, eastern_today

    today = eastern_today(platform.now())
    if today < FIRST_DAY:
        raise click.UsageError(f"NBA_NOW={platform.settings.now} is before {FIRST_DAY}, the first partition.")
    given = [day for day in (first, last) if day is not None]
    if given != sorted(given) or any(not FIRST_DAY <= day <= today for day in given):
        asked = " ".join(f"--{end} {day}" for end, day in (("from", first), ("to", last)) if day is not None)
        raise click.UsageError(f"{asked}: allowed are days from {FIRST_DAY} to {today}, the first not after the last.")


def check_order(first: date | None, last: date | None, names: tuple[str, str] = ("--from", "--to")) -> None:
    """Refuses a first day after the last one: the command would find nothing and call that complete."""
    if first is not None and last is not None and first > last:
        raise click.UsageError(
            f"{names[0]} {first} {names[1]} {last}: there is no such day; give the oldest day first."
        )


def say_where_from(platform: Platform) -> None:
    """Prints the first line of a run: which archive was chosen and why, and whether its games are simulated."""
    from nba_assets.sources.choice import REAL_GAMES

    say(f"{platform.choice.sentence}; warehouse: {platform.settings.warehouse_name}")
    if platform.choice.looks_simulated:
        console.print(f"[red]{REAL_GAMES}[/red]")


def say_if_simulated(platform: Platform) -> None:
    """Warns if the warehouse holds the simulated league: its figures are not those of real games."""
    if platform.held_source == "simulated":
        console.print("[red]Simulated league: these figures are of invented games.[/red]")
