"""Predictions of the systems, their uncertainty, the bets based on them, and their grades."""

from __future__ import annotations

from nba_assets.contracts.columns.builders import count, flag, number, of, text
from nba_assets.contracts.contract import Column
from nba_assets.contracts.systems import SYSTEMS

MINUTES_BANDS = ("0-12", "12-20", "20-28", "28-34", "34-48")
"""Bands of projected minutes; the lower bound belongs to the band."""
MINUTES_EDGES = (12.0, 20.0, 28.0, 34.0)
LINED_BAND = "lined"
"""Band of the weights of market_informed: player-games with a line, whatever their minutes."""
SCORING_TIERS = ("bench", "rotation", "starter", "star")
TIER_EDGES = (10.0, 18.0, 25.0)
"""Lower bounds of the tiers above bench, in points per game this season before the day (over the last 10 games if he
has not played this season)."""
QUANTILES = {"p10": 0.10, "p25": 0.25, "predicted_points": 0.50, "p75": 0.75, "p90": 0.90}
"""Quantile levels by column."""
WINDOWS = ("7_days", "30_days", "season")
DIMENSIONS = (
    *("overall", "tier", "minutes_band", "confidence", "prob_over", "home_away", "rest", "recommendation", "player"),
)

SYSTEM = (
    text("system_id", "The prediction system", *SYSTEMS),
    text("minutes_band", "Band of projected minutes", *MINUTES_BANDS),
    text("band", "Band of projected minutes, or lined for player-games with a line", *MINUTES_BANDS, LINED_BAND),
    text(
        "scoring_tier",
        "By points per game before the day: star from 25, starter from 18, rotation from 10, else bench",
        *SCORING_TIERS,
    ),
)
HEADS = ("median", "mean", "timed", "scale")
MODELS = (
    text(
        "head",
        "What the model predicts: median or mean of his points, median without the game's line, scale of the error",
        *HEADS,
    ),
    of("date", "trained_before", "Cut-off: the model was trained on games before this day only"),
    text("model_id", "The model in use: system, cut-off and the start of its sha256"),
    text("artifact_path", "File of the model, relative to the models folder"),
    text("artifact_sha256", "sha256 of the file"),
    count("training_rows", "Player-games that the model was trained on"),
    of("date", "training_first_day", "Day of the oldest game that the model was trained on"),
    number("training_mae", "Mean absolute error of the head on its own training rows", "points", 0, 20),
    number(
        "trailing_mae",
        "Mean absolute error of the head on the games from its cut-off to the day before; NULL without games",
        "points",
        0,
        40,
    ),
    count("trailing_rows", "Number of player-games in trailing_mae"),
    count("model_age_days", "Days from the cut-off to the day", 400),
    text("model_parameters", "JSON of the parameters, threads included"),
    text(
        "largest_effects",
        "JSON: points added by one standard deviation of each feature, largest effect first; NULL for trees",
    ),
)
POINTS = (
    number("predicted_points", "Median of his points if he plays", "points", 0, 60),
    number("expected_points", "Mean of his points if he plays", "points", 0, 60),
    number("sigma", "Standard deviation of his points if he plays", "points", 0, 30),
    number("p10", "10th percentile of his points if he plays", "points", 0, 60),
    number("p25", "25th percentile of his points if he plays", "points", 0, 60),
    number("p75", "75th percentile of his points if he plays", "points", 0, 70),
    number("p90", "90th percentile of his points if he plays", "points", 0, 80),
    number(
        "timed_points",
        "predicted_points without the game's closing lines of unknown time; bets are based on this",
        "points",
        0,
        60,
    ),
    text("components", "JSON: parts of the prediction, in points"),
    count("similar_games_count", "Past games that the similarity system matched; NULL for other systems"),
    number(
        "system_agreement",
        "1 minus (standard deviation of the base systems' predictions / 5 points), at least 0",
        "fraction",
        0,
        1,
    ),
    text("warnings", "Reasons for caution about this prediction, separated by '; '; NULL if none"),
)
BET = (
    flag("has_line", "There is a consensus line before tip-off"),
    number(
        "prob_over",
        "Probability of more points than the consensus line, given no push, with the line's own information",
        "probability",
        0,
        1,
    ),
    number("edge", "predicted_points minus the consensus line; NULL without a line", "points", -60, 60),
    text("bet_side", "Side of the bet; NULL without a bet", "OVER", "UNDER"),
    text("bet_book", "Bookmaker of the quote that the bet takes"),
    number("bet_line", "Line of that quote", "points", 0.5, 60.5),
    number("bet_price", "Price of that side in that quote", "decimal odds", 1.0001),
    of("timestamp", "bet_snapshot_at", "When that quote was seen: the time of the decision"),
    number("expected_value", "Expected profit of one unit at that quote", "units", -1, 30),
    text(
        "recommendation",
        "OVER or UNDER with a bet, PASS with a line and no bet, NO_LINE without a line",
        *("OVER", "UNDER", "PASS", "NO_LINE"),
    ),
    number(
        "confidence",
        "Probability that the recommended side wins, given no push; NULL without a bet",
        "probability",
        0,
        1,
    ),
)
WEIGHTS = (
    number("weight", "Weight of the system in the band; the weights of a band add up to 1", "fraction", 0, 1),
    count("weight_rows", "Earlier player-games that the weights of the band were fitted on"),
)
GRADES = (
    Column("actual_points", "integer", "Points that he scored; NULL if he did not play", "points", low=0, high=100),
    number("actual_minutes", "Minutes that he played; NULL if he did not play", "minutes", 0, 70),
    text(
        "outcome",
        "graded: he played; void: he did not play; not_ingested: no player of his game has a box score",
        *("graded", "void", "not_ingested"),
    ),
    number("signed_error", "expected_points minus actual_points", "points", -100, 60),
    number("absolute_error", "|predicted_points - actual_points|", "points", 0, 100),
    flag("within_3", "absolute_error is at most 3"),
    flag("within_5", "absolute_error is at most 5"),
    number("pinball_loss", "Mean pinball loss over the levels .05 to .95 of the distribution", "points", 0, 60),
    number("crps", "Continuous ranked probability score, twice the mean pinball loss", "points", 0, 120),
    flag("in_p10_p90", "actual_points is from p10 to p90"),
    number(
        "pit",
        "Randomised probability integral transform of actual_points (uniform if calibrated)",
        "fraction",
        0,
        1,
    ),
    flag("prediction_correct", "The recommended side won; NULL for PASS, push, void and without a line"),
    text("bet_result", "Result of the bet at its own line", "WIN", "LOSS", "PUSH", "VOID"),
    number(
        "bet_profit", "Profit of one unit at the bet's price: 0 for a push or void; NULL without a bet", "units", -1, 30
    ),
    flag("is_lined", "The player-game had a consensus line"),
    number("line_absolute_error", "|consensus line - actual_points|", "points", 0, 100),
    number("naive_absolute_error", "|mean of the last 10 games - actual_points|", "points", 0, 100),
    number("projected_minutes_error", "projected_minutes minus actual_minutes", "minutes", -70, 48),
    text("provenance", "live: published before tip-off; reconstructed: built by a backfill", "live", "reconstructed"),
)
PERFORMANCE = (
    count("predictions", "Predictions of the day or window on final games"),
    count("graded", "Number of them that are graded"),
    count("voids", "Number of them that are void"),
    number("void_rate", "Share of voids", "fraction", 0, 1),
    number("mae", "Mean absolute error of predicted_points", "points", 0, 40),
    number("naive_mae", "Mean absolute error of the mean of the last 10 games on the same rows", "points", 0, 60),
    number("bias", "Mean of expected_points minus actual_points", "points", -40, 40),
    number("rmse", "Root mean squared error of expected_points", "points", 0, 60),
    number("mean_crps", "Mean of crps", "points", 0, 60),
    number("coverage_p10_p90", "Share of actual points from p10 to p90", "fraction", 0, 1),
    number("share_within_3", "Share within 3 points", "fraction", 0, 1),
    number("share_within_5", "Share within 5 points", "fraction", 0, 1),
    number("minutes_mae", "Mean absolute error of projected_minutes", "minutes", 0, 48),
    count("lined", "Graded predictions with a consensus line"),
    number("lined_mae", "Mean absolute error on lined rows", "points", 0, 60),
    number("line_mae", "Mean absolute error of the line on the same rows", "points", 0, 60),
    number("lined_naive_mae", "Mean absolute error of the mean of the last 10 games on lined rows", "points", 0, 60),
    number("lined_bias", "Mean of expected_points minus actual_points on lined rows", "points", -40, 40),
    count("overs", "Recommendations OVER"),
    count("unders", "Recommendations UNDER"),
    count("passes", "Lined predictions without a recommendation"),
    count("bets", "Bets on games that he played in, pushes included"),
    count("wins", "Bets won"),
    count("losses", "Bets lost"),
    count("pushes", "Bets whose line was hit exactly"),
    number("accuracy", "Share of bets won, not counting pushes", "fraction", 0, 1),
    number("over_accuracy", "accuracy of the recommendations OVER", "fraction", 0, 1),
    number("under_accuracy", "accuracy of the recommendations UNDER", "fraction", 0, 1),
    number("profit", "Profit of all bets, one unit each", "units"),
    number("roi", "Profit per unit staked", "fraction", -1, 30),
    number("mean_prob_over", "Mean of prob_over of lined rows without a push", "probability", 0, 1),
    number("observed_over", "Share of lined rows without a push that ended over", "fraction", 0, 1),
    text("time_window", "Days that the row summarises, up to and including the day", *WINDOWS),
    text("dimension", "What the predictions are grouped by", *DIMENSIONS),
    text("value", "Value of the dimension; all for overall"),
)
FEEDBACK = (
    count("tier_rows", "Graded predictions of the tier in the 30 days before"),
    number("tier_bias", "Their mean of expected_points minus actual_points; NULL without any", "points", -40, 40),
    number(
        "adjustment",
        "Points to add to the prediction: the shrunk bias of the tier with the opposite sign",
        "points",
        -10,
        10,
    ),
    number("mae_without", "Mean absolute error over the 30 days before without any adjustment", "points", 0, 40),
    number("mae_with", "Mean absolute error over the same days with the adjustment of each day", "points", 0, 40),
    flag("is_applied", "The adjustment is used: it would have lowered the error over the days before"),
    number("unadjusted_absolute_error", "|predicted_points before adjustment - actual_points|", "points", 0, 100),
    number("unadjusted_signed_error", "expected_points before adjustment minus actual_points", "points", -100, 60),
)

COLUMNS: tuple[Column, ...] = (*SYSTEM, *MODELS, *POINTS, *BET, *WEIGHTS, *GRADES, *PERFORMANCE, *FEEDBACK)
