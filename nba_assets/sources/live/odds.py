"""Parsers for replies of The Odds API (v4): events, player-points quotes, game lines. They return rows of families.

The time of a quote is that of the reply by this machine's clock. The `last_update` of a market comes from the
publisher's clock, which may be wrong, so it is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from nba_assets.sources.live.nba import Row, ShapeError, eastern_day_of, value

MARKET = "player_points"
_SIDES = {"h2h": "moneyline", "spreads": "spread_price"}


@dataclass(frozen=True)
class Event:
    """A game as listed by the bookmakers."""

    event_id: str
    commence: datetime

    @property
    def day(self) -> date:
        """US Eastern day on which it begins."""
        return eastern_day_of(self.commence)


def events(body: Any) -> list[Event]:
    """The events in a reply of `/events`.

    Raises:
        ShapeError: the reply is not in the documented format.
    """
    if not isinstance(body, list):
        raise ShapeError(f"expected a list of events, found {type(body).__name__}")
    return [Event(value(row, "id", str), datetime.fromisoformat(value(row, "commence_time", str))) for row in body]


def error_code(body: Any) -> str | None:
    """The `error_code` of an error reply; None for any other reply."""
    return str(body["error_code"]) if isinstance(body, Mapping) and "error_code" in body else None


def point_rows(body: Any, at: datetime) -> list[Row]:
    """Rows of the family `props_oddsapi_historical`, one per outcome, from the odds of one event.

    Args:
        body: the parsed JSON.
        at: time of the reply.

    Raises:
        ShapeError: the reply is not in the documented format.
    """
    event = _event(body, at)
    return [
        {
            "timestamp": event["timestamp"],
            **{f"data.{name}": event[name] for name in ("id", "commence_time", "home_team", "away_team")},
            "bookmakers.key": value(book, "key", str),
            "outcomes.name": value(outcome, "name", str),
            "outcomes.description": value(outcome, "description", str),
            "outcomes.price": float(value(outcome, "price", (int, float))),
            "outcomes.point": float(value(outcome, "point", (int, float))),
        }
        for book in value(body, "bookmakers", list)
        for market in value(book, "markets", list)
        if value(market, "key", str) == MARKET
        for outcome in value(market, "outcomes", list)
    ]


def line_rows(body: Any, at: datetime) -> list[Row]:
    """Rows of the family `game_lines_oddsapi_live`, one per event and bookmaker, with American prices.

    Raises:
        ShapeError: the reply is not in the documented format.
    """
    if not isinstance(body, list):
        raise ShapeError(f"expected a list of events, found {type(body).__name__}")
    rows = []
    for item in body:
        event = _event(item, at)
        for book in value(item, "bookmakers", list):
            row: Row = {**event, "bookmaker": value(book, "key", str)}
            for market in value(book, "markets", list):
                row |= _prices(market, event)
            rows.append(row)
    return rows


def _event(found: Any, at: datetime) -> Row:
    names = ("id", "commence_time", "home_team", "away_team")
    moment = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"timestamp": moment, **{name: value(found, name, str) for name in names}}


def _prices(market: Any, event: Row) -> Row:
    key, found = value(market, "key", str), {}
    for outcome in value(market, "outcomes", list):
        name, price = value(outcome, "name", str), float(value(outcome, "price", (int, float)))
        if key == "totals" and name in ("Over", "Under"):
            found["total"] = float(value(outcome, "point", (int, float)))
            found[f"total_{name.lower()}_price"] = price
        elif key in _SIDES and name in (event["home_team"], event["away_team"]):
            side = "home" if name == event["home_team"] else "away"
            found[f"{_SIDES[key]}_{side}"] = price
            if key == "spreads" and side == "home":
                found["spread_home"] = float(value(outcome, "point", (int, float)))
    return found
