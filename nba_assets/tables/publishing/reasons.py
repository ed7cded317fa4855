"""The reasons for a bet as text: its price, each system's prediction, and the factors that move it up or down.

Nothing here may depend on an untimed closing line of the game, which is known only at tip-off. So the systems' values
are their timed_points, and of the components of moving_average only those from the player's own games, rest, role and
opponent are used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nba_assets.contracts.systems import BASE_SYSTEMS

Values = Mapping[str, Any]
LEAST_POINTS = 0.2
"""Points by which a part must move the prediction to be listed."""
MOST_PARTS = 3
CONTEXT = (
    *("projected_minutes", "minutes_avg_last_10", "points_avg_last_10", "games_used_last_10", "points_avg_season"),
    *("games_played_season", "days_rest", "back_to_back", "teammates_out", "teammates_out_usage"),
)
"""Columns of upcoming_player_game_context that reasons name."""


def _minutes(c: Values, up: bool) -> str:
    lately = c["minutes_avg_last_10"]
    usual = f" after {lately:.1f} a game over his last {c['games_used_last_10']}" if lately is not None else ""
    return f"projected for {c['projected_minutes']:.1f} minutes{usual}"


def _long_run(c: Values, up: bool) -> str:
    season, games = c["points_avg_season"], c["games_played_season"]
    at = f" ({season:.1f} points in {games} games this season)" if season is not None and games else ""
    return f"his longer averages lie {'above' if up else 'below'} his last games{at}"


def _fatigue(c: Values, up: bool) -> str:
    if c["back_to_back"]:
        return "he played yesterday"
    return f"the load of his last two weeks, {c['days_rest']} days of rest before this game"


def _usage(c: Values, up: bool) -> str:
    out = c["teammates_out"]
    if up and out:
        return f"{out} teammates with {c['teammates_out_usage']:.0f} % of usage between them are out"
    return f"his share of the team's plays has been {'rising' if up else 'falling'}"


PARTS: Mapping[str, Callable[[Values, bool], str]] = {
    "minutes": _minutes,
    "long_run": _long_run,
    "fatigue": _fatigue,
    "matchup": lambda c, up: (
        f"{c['opponent']} {'allows more' if up else 'allows less'} than others to his position and where he shoots"
    ),
    "pace": lambda c, up: f"the game promises {'more' if up else 'fewer'} possessions than his team usually plays",
    "usage": _usage,
    "venue": lambda c, up: "he plays at home" if up else "he plays away",
}
"""In words, by the name of the part of moving_average."""


def reasons(bet: Values, said: Mapping[str, float], parts: Mapping[str, float | None], context: Values) -> list[str]:
    """The reasons for the bet: price, then systems, then the factors in the bet's direction, strongest first.

    Args:
        bet: bet_side, bet_line, bet_price, confidence, expected_value, timed_points.
        said: timed_points by base system.
        parts: components of moving_average, points.
        context: CONTEXT and opponent.
    """
    is_over = bet["bet_side"] == "OVER"
    side, line = ("over" if is_over else "under"), bet["bet_line"]
    found = [
        f"At {bet['bet_price']:.2f} the {side} breaks even at {1 / bet['bet_price']:.1%}; we give it "
        f"{bet['confidence']:.1%}, worth {bet['expected_value']:+.3f} units a unit"
    ]
    timed = bet["timed_points"]
    if timed is not None:
        found.append(f"Starting from the line of {line:g} we make it {timed:.1f} points")
    systems = [name for name in BASE_SYSTEMS if said.get(name) is not None]
    if systems:
        agree = [name for name in systems if (said[name] > line) == is_over and said[name] != line]
        listed = ", ".join(f"{name.replace('_', ' ')} {said[name]:.1f}" for name in systems)
        found.append(f"{len(agree)} of {len(systems)} systems that do not see his line are {side} it: {listed}")
    sign = 1.0 if is_over else -1.0
    moving = [(name, value) for name, value in parts.items() if name in PARTS and value is not None]
    moving = [(name, value) for name, value in moving if sign * value >= LEAST_POINTS and _is_known(name, context)]
    for name, value in sorted(moving, key=lambda part: -abs(part[1]))[:MOST_PARTS]:
        text = PARTS[name](context, value > 0)
        found.append(f"{text[0].upper()}{text[1:]}: {value:+.1f} points")
    return found


def _is_known(part: str, context: Values) -> bool:
    """Whether the context has the numbers that the text of the component uses."""
    match part:
        case "minutes":
            return context["projected_minutes"] is not None
        case "fatigue":
            return context["back_to_back"] is not None and context["days_rest"] is not None
        case _:
            return True
