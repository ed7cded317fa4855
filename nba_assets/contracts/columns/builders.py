"""Short constructors for the columns of the dictionary."""

from __future__ import annotations

from nba_assets.contracts.contract import Column, Kind


def text(name: str, doc: str, *values: str) -> Column:
    return Column(name, "text", doc, values=values)


def count(name: str, doc: str, high: float | None = None, usual_high: float | None = None, low: float = 0) -> Column:
    return Column(name, "integer", doc, "count", low=low, high=high, usual_high=usual_high)


def number(
    name: str,
    doc: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    usual_low: float | None = None,
    usual_high: float | None = None,
) -> Column:
    return Column(name, "number", doc, unit, low, high, usual_low, usual_high)


def fraction(name: str, doc: str, high: float = 1.0) -> Column:
    return Column(name, "number", doc, "fraction", low=0.0, high=high)


def flag(name: str, doc: str) -> Column:
    return Column(name, "boolean", doc)


def of(kind: Kind, name: str, doc: str, unit: str = "") -> Column:
    return Column(name, kind, doc, unit)
