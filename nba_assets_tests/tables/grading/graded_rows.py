"""A base graded row: with a line, 20 points predicted, 18 scored, and a won bet on the under."""

from __future__ import annotations

Row = dict[str, object]
GRADED: Row = {
    "game_date": "2024-01-10",
    "game_id": "0022300500",
    "player_id": 1,
    "system_id": "ensemble",
    "team": "BOS",
    "opponent": "MIN",
    "season": "2023-24",
    "season_type": "regular",
    "is_home": True,
    "minutes_band": "28-34",
    "scoring_tier": "starter",
    "predicted_points": 20.0,
    "expected_points": 20.5,
    "p10": 12.0,
    "p90": 29.0,
    "points_line": 20.5,
    "prob_over": 0.45,
    "recommendation": "UNDER",
    "confidence": 0.55,
    "bet_side": "UNDER",
    "bet_line": 20.5,
    "bet_price": 1.9,
    "days_rest": 1,
    "outcome": "graded",
    "provenance": "reconstructed",
    "actual_points": 18,
    "actual_minutes": 31.0,
    "signed_error": 2.5,
    "absolute_error": 2.0,
    "naive_absolute_error": 3.0,
    "line_absolute_error": 2.5,
    "within_3": True,
    "within_5": True,
    "pinball_loss": 0.7,
    "crps": 1.4,
    "in_p10_p90": True,
    "pit": 0.4,
    "is_lined": True,
    "projected_minutes_error": -1.0,
    "prediction_correct": True,
    "bet_result": "WIN",
    "bet_profit": 0.9,
}
NO_BET: Row = {
    **dict.fromkeys(("confidence", "bet_side", "bet_line", "bet_price", "bet_result", "bet_profit")),
    "prediction_correct": None,
    "recommendation": "PASS",
}
NO_LINE: Row = {
    **NO_BET,
    "points_line": None,
    "prob_over": None,
    "recommendation": "NO_LINE",
    "is_lined": False,
    "line_absolute_error": None,
}
_OF_RESULT = (
    *("actual_points", "actual_minutes", "signed_error", "absolute_error", "naive_absolute_error"),
    *("line_absolute_error", "within_3", "within_5", "pinball_loss", "crps", "in_p10_p90", "pit"),
    *("projected_minutes_error", "prediction_correct"),
)
VOID: Row = {**dict.fromkeys(_OF_RESULT), "outcome": "void", "bet_result": "VOID", "bet_profit": 0.0}


def graded(points: int, **changes: object) -> Row:
    """A row of a player who scored `points`, with its errors; without a bet unless `changes` has one."""
    row: Row = {**GRADED, **NO_BET, **changes, "actual_points": points}
    predicted, line = float(str(row["predicted_points"])), row["points_line"]
    row["absolute_error"] = abs(predicted - points)
    row["signed_error"] = float(str(row["expected_points"])) - points
    row["line_absolute_error"] = None if line is None else abs(float(str(line)) - points)
    return row
