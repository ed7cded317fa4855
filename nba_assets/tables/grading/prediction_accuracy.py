"""prediction_accuracy: every prediction compared with the result."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, on_day
from nba_assets.tables.predictions.distribution import HALF_POINT, probability_below, quantiles_at
from nba_assets.tables.record.published_predictions import standing

LEVELS = np.arange(5, 100, 5) / 100
"""Levels of the pinball loss, .05 to .95; CRPS is twice its mean over all of them."""
PERSON = ["game_date", "game_id", "player_id"]
KEY = [*PERSON, "system_id"]
PREDICTED = (
    *("team", "opponent", "season", "season_type", "is_home", "minutes_band", "scoring_tier"),
    *("predicted_points", "expected_points", "p10", "p25", "p75", "p90"),
    *("points_line", "prob_over", "recommendation", "confidence", "bet_side", "bet_line", "bet_price"),
)
CONTEXT = ("days_rest", "projected_minutes", "points_avg_last_10")
MOST_VOID = 0.7
"""Per game day: rosters also contain injured and two-way players."""
_VARYING = ("signed_error", "naive_absolute_error", "crps", "pit", "actual_points", "actual_minutes")

CONTRACT = TableContract(
    name="prediction_accuracy",
    layer="grading",
    key=("game_id", "player_id", "system_id"),
    known="postgame",
    columns=columns(
        *("game_date", "game_id", "player_id", "system_id"),
        *(name for name in PREDICTED if name not in ("p25", "p75", "points_line")),
        # Unusual lines have been reported by the checks of prop_lines.
        *(col("points_line").within(0.5, 60.5), "days_rest"),
        *("outcome", "provenance"),
        *(col("absolute_error").varying("day").nulls(0.0, MOST_VOID), *(col(name).varying("day") for name in _VARYING)),
        *("within_3", "within_5", "pinball_loss", "in_p10_p90"),
        *("is_lined", "line_absolute_error", "projected_minutes_error"),
        *("prediction_correct", "bet_result", "bet_profit"),
    ),
    rules={
        "points where he played": lambda f: f["actual_points"].notna() == (f["outcome"] == "graded"),
        "an error where it is graded": lambda f: f["absolute_error"].notna() == (f["outcome"] == "graded"),
        "the error of the line where it is graded and lined": lambda f: (
            f["line_absolute_error"].notna() == ((f["outcome"] == "graded") & f["is_lined"])
        ),
        "a result of every bet, once the box score is there": lambda f: (
            f["bet_result"].notna() == (f["bet_side"].notna() & (f["outcome"] != "not_ingested"))
        ),
        "a void bet is void and costs nothing": lambda f: (
            ((f["bet_result"] == "VOID") == ((f["outcome"] == "void") & f["bet_side"].notna()))
            & ((f["bet_result"] != "VOID") | (f["bet_profit"] == 0))
        ),
        "right or wrong only where the bet was decided": lambda f: (
            f["prediction_correct"].notna() == f["bet_result"].isin(["WIN", "LOSS"])
        ),
        "the distribution is graded as a whole": lambda f: (
            (f["crps"].notna() == f["pit"].notna()) & (f["crps"].notna() == f["in_p10_p90"].notna())
        ),
        "crps is twice the pinball loss": lambda f: (f["crps"] - 2 * f["pinball_loss"]).fillna(0) == 0,
    },
    unusual={
        "the naive prediction is known where it is graded": lambda f: (
            f["naive_absolute_error"].notna() | (f["outcome"] != "graded")
        ),
        "the game has player box scores": lambda f: f["outcome"] != "not_ingested",
    },
    doc="One row per prediction of the public record (the revision that was valid at tip-off) whose game is final: "
    "graded, or void if the player did not play. If no player of the game has a box score, it is not_ingested. "
    "Each row has the errors of the system, of the naive prediction (mean of his last 10 games) and of the "
    "consensus line. Columns that need a distribution are NULL if the prediction has none. Bets are graded at "
    "their own line and price.",
)


def _on_final_games(record: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    predictions = standing(record)
    return predictions[predictions["game_id"].isin(teams["game_id"].unique())].reset_index(drop=True)


@daily_table(
    CONTRACT,
    inputs={
        "record": on_day("published_predictions", columns=(*KEY, "revision", "provenance", *PREDICTED)),
        "played": on_day("player_game_summary", columns=(*PERSON, "points", "minutes")),
        "upcoming": on_day("upcoming_player_game_context", columns=(*PERSON, *CONTEXT)),
        "teams": on_day("team_boxscores", columns=("game_date", "game_id", "team")),
    },
    expected=Expected(
        inputs={
            "record": on_day("published_predictions", columns=(*KEY, "revision")),
            "teams": on_day("team_boxscores", columns=("game_date", "game_id")),
        },
        rule=lambda record, teams, days: _on_final_games(record, teams)[KEY],
    ),
)
def prediction_accuracy(
    record: pd.DataFrame,
    played: pd.DataFrame,
    upcoming: pd.DataFrame,
    teams: pd.DataFrame,
    days: pd.DatetimeIndex,
) -> pd.DataFrame:
    """Outcome, errors, calibration and bets of each prediction on a final game."""
    rows = _on_final_games(record, teams)[[*KEY, "provenance", *PREDICTED]]
    actual = played[[*PERSON, "points", "minutes"]]
    actual = actual.rename(columns={"points": "actual_points", "minutes": "actual_minutes"})
    rows = rows.merge(actual, on=PERSON, how="left", validate="many_to_one")
    rows = rows.merge(upcoming[[*PERSON, *CONTEXT]], on=PERSON, how="left", validate="many_to_one")
    has_box_score = rows["game_id"].isin(played["game_id"].unique())
    rows["outcome"] = np.select([rows["actual_points"].notna(), has_box_score], ["graded", "void"], "not_ingested")
    rows["is_lined"] = rows["points_line"].notna()
    rows = _with_errors(rows)
    rows = _with_distribution(rows)
    return _with_bets(rows)[CONTRACT.column_names]


def _with_errors(rows: pd.DataFrame) -> pd.DataFrame:
    points = rows["actual_points"].astype("float64")
    absolute = (rows["predicted_points"] - points).abs()
    is_graded = points.notna()
    return rows.assign(
        signed_error=rows["expected_points"] - points,
        absolute_error=absolute,
        within_3=(absolute <= 3).astype("boolean").where(is_graded),
        within_5=(absolute <= 5).astype("boolean").where(is_graded),
        naive_absolute_error=(rows["points_avg_last_10"] - points).abs(),
        line_absolute_error=(rows["points_line"] - points).abs(),
        projected_minutes_error=rows["projected_minutes"] - rows["actual_minutes"],
    )


def _with_distribution(rows: pd.DataFrame) -> pd.DataFrame:
    """Pinball loss, CRPS, whether p10-p90 contains the points, and PIT.

    CRPS is twice the integral of the pinball loss over all levels (Gneiting and Ranjan 2011), here over LEVELS. PIT is
    randomised within the probability of exactly these points (Czado, Gneiting and Held 2009); otherwise the zeros of
    bench players alone would look like miscalibration. The random number is a hash of the key.
    """
    points = rows["actual_points"].to_numpy(dtype="float64", na_value=np.nan)
    total = np.zeros(len(rows))
    for level, quantile in zip(LEVELS, quantiles_at(rows, LEVELS).T, strict=True):
        total += np.maximum(level * (points - quantile), (level - 1) * (points - quantile))
    loss = total / len(LEVELS)
    below = probability_below(rows, points - HALF_POINT)
    up_to = probability_below(rows, points + HALF_POINT)
    is_inside = (points >= rows["p10"]) & (points <= rows["p90"])
    return rows.assign(
        pinball_loss=loss,
        crps=2 * loss,
        in_p10_p90=is_inside.astype("boolean").where(~np.isnan(loss)),
        pit=np.where(np.isnan(points), np.nan, below + _draws(rows) * (up_to - below)),
    )


def _draws(rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    """A pseudo-random number in [0, 1), determined by the key of the row."""
    text = rows["game_id"].astype(object) + "|" + rows["player_id"].astype(str) + "|" + rows["system_id"].astype(object)
    hashes = pd.util.hash_array(text.to_numpy(dtype=object), categorize=False)
    return (hashes >> np.uint64(11)) * 2.0**-53


def _with_bets(rows: pd.DataFrame) -> pd.DataFrame:
    """Result and profit of each bet at its own line and price."""
    has_bet = rows["bet_side"].notna().to_numpy()
    is_over = (rows["bet_side"] == "OVER").fillna(False).to_numpy(dtype=bool)
    margin = rows["actual_points"].to_numpy(dtype="float64", na_value=np.nan) - rows["bet_line"].to_numpy()
    ahead = np.where(is_over, margin, -margin)
    cases = {
        "VOID": has_bet & (rows["outcome"] == "void").to_numpy(),
        "WIN": has_bet & (ahead > 0),
        "LOSS": has_bet & (ahead < 0),
        "PUSH": has_bet & (ahead == 0),
    }
    profits = [0.0, rows["bet_price"].to_numpy() - 1, -1.0, 0.0]
    result = pd.Series(np.select(list(cases.values()), list(cases), ""), rows.index, dtype="string[pyarrow]")
    return rows.assign(
        bet_result=result.mask(result == ""),
        bet_profit=np.select(list(cases.values()), profits, np.nan),
        prediction_correct=pd.Series(cases["WIN"], rows.index, dtype="boolean").where(cases["WIN"] | cases["LOSS"]),
    )
