"""The prediction systems: the only list of them, in the order used by tables and documents."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class System:
    """A prediction system.

    Args:
        system_id: its name in tables, documents and URLs.
        label: display name.
        role: base = a member of the ensemble; combined = computed from other systems; reference = a baseline, graded
            for comparison and never recommended.
        shown: position on pages, from 1.
        needs_line: predicts only player-games with a line.
    """

    system_id: str
    label: str
    role: Literal["base", "combined", "reference"]
    shown: int
    needs_line: bool = False

    def as_json(self) -> dict[str, object]:
        return asdict(self)


ALL_SYSTEMS: tuple[System, ...] = (
    System("moving_average", "Moving average", "base", 4),
    System("zone_matchup", "Zone matchup", "base", 5),
    System("similarity", "Similar games", "base", 6),
    System("linear", "Linear", "base", 3),
    System("gradient_boosting", "Gradient boosting", "base", 2),
    System("ensemble", "Ensemble", "combined", 1),
    System("naive_last_10", "Naive: mean of last 10", "reference", 8),
    System("market_line", "Market: the line", "reference", 9, needs_line=True),
    System("market_informed", "Market-informed", "combined", 7, needs_line=True),
)
"""gradient_boosting is the last of the base systems: without its prediction there is none of the ensemble."""

SYSTEMS = tuple(system.system_id for system in ALL_SYSTEMS)
BASE_SYSTEMS = tuple(system.system_id for system in ALL_SYSTEMS if system.role == "base")
"""The members of the ensemble."""
REFERENCES = tuple(system.system_id for system in ALL_SYSTEMS if system.role == "reference")
"""Baselines, graded for comparison and never recommended."""
OF_LINES = tuple(system.system_id for system in ALL_SYSTEMS if system.needs_line)
"""Systems that predict only player-games with a line."""
