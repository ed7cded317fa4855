"""published_predictions: the public record of every prediction and its time; live rows are never rewritten."""

from __future__ import annotations

import pandas as pd

from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, on_day
from nba_assets.contracts.run import Run
from nba_assets.windows.asof import cutoff_of

GAME = ["game_date", "game_id"]
KEY = [*GAME, "player_id", "system_id"]
SAID = (
    *("team", "opponent", "season", "season_type", "is_home", "minutes_band", "scoring_tier"),
    *("predicted_points", "expected_points", "sigma", "p10", "p25", "p75", "p90", "timed_points"),
    *("has_line", "points_line", "prob_over", "edge"),
    *("bet_side", "bet_book", "bet_line", "bet_price", "bet_snapshot_at", "expected_value", "recommendation"),
    *("confidence", "components", "model_id", "similar_games_count", "system_agreement", "warnings"),
)
"""Columns of player_prop_predictions that are recorded."""
LIVE, RECONSTRUCTED = "live", "reconstructed"

CONTRACT = TableContract(
    name="published_predictions",
    layer="record",
    key=("game_id", "player_id", "system_id", "revision"),
    known="pregame",
    columns=columns(
        *(*KEY, "revision", "provenance"),
        # Unusual lines have been reported by the checks of prop_lines.
        *(col(name).within(0.5, 60.5) if name == "points_line" else name for name in SAID),
        *("made_at", "inputs_fingerprint"),
    ),
    rules={
        "a live row has a revision": lambda f: (f["provenance"] == LIVE) == (f["revision"] >= 1),
        "it says when it was made": lambda f: f["made_at"].notna(),
        "it says what it is": lambda f: f["provenance"].notna(),
    },
    unhashed=("made_at", "inputs_fingerprint"),
    doc="The published version of each prediction. A row built before its game's tip-off is live and is never "
    "rewritten, whatever changes in other tables; a change before tip-off adds a revision, and the highest one is "
    "valid. A game without live rows has reconstructed ones, built by a backfill, with a pinned clock (NBA_NOW) "
    "or after tip-off; they follow player_prop_predictions. A tip-off that no source gives counts as 05:00 US "
    "Eastern. Days built from an incomplete history are not published.",
)


def standing(record: pd.DataFrame) -> pd.DataFrame:
    """The valid row of each prediction: its highest revision."""
    if bool((record["revision"] <= 1).all()):
        return record
    ordered = record.sort_values([*KEY, "revision"], kind="stable")
    return ordered.drop_duplicates(KEY, keep="last").sort_index()


def _due(predictions: pd.DataFrame, record: pd.DataFrame) -> pd.DataFrame:
    """The keys of player_prop_predictions, without games that already have live rows."""
    live = record.loc[record["provenance"] == LIVE, "game_id"].unique()
    return predictions.loc[~predictions["game_id"].isin(live), KEY]


@daily_table(
    CONTRACT,
    inputs={
        "predictions": on_day("player_prop_predictions", columns=(*KEY, *SAID)),
        "schedule": on_day("schedule", columns=("game_date", "game_id", "tipoff_at")),
    },
    expected=Expected(
        inputs={
            "predictions": on_day("player_prop_predictions", columns=tuple(KEY)),
            "record": on_day("published_predictions", columns=(*KEY, "provenance")),
        },
        rule=lambda predictions, record, days: _due(predictions, record),
        is_exact=False,
    ),
    keeps={"provenance": LIVE},
)
def published_predictions(
    predictions: pd.DataFrame,
    schedule: pd.DataFrame,
    run: Run,
    days: pd.DatetimeIndex,
) -> pd.DataFrame:
    """Existing live rows, current predictions of games that have not begun, and reconstructed rows of the others."""
    live, making = run.live, run.making
    rows = predictions.loc[~predictions["game_date"].isin(making.partial), [*KEY, *SAID]]
    # Per game, not per row: the conversion of Eastern times is the slowest step here.
    games = schedule.assign(is_open=(cutoff_of(schedule["game_date"], schedule["tipoff_at"]) > making.at))
    open_games = games.loc[games["is_open"] & (not making.is_replay), "game_id"]
    is_open = rows["game_id"].isin(open_games)
    has_live = rows["game_id"].isin(live["game_id"].unique())
    fingerprint = rows["game_date"].map(making.fingerprints).astype("string[pyarrow]")
    rows = rows.assign(made_at=pd.Timestamp(making.at), inputs_fingerprint=fingerprint)
    fresh = _fresh(rows[is_open], live)
    past = rows[~is_open & ~has_live].assign(provenance=RECONSTRUCTED, revision=0)
    parts = [part for part in (live, fresh, past) if len(part)]
    return pd.concat(parts, ignore_index=True)[CONTRACT.column_names] if parts else live


def _fresh(rows: pd.DataFrame, live: pd.DataFrame) -> pd.DataFrame:
    """Rows of open games that differ from the published ones, as live rows with the next revision."""
    stands = standing(live)[[*KEY, "revision", *SAID]]
    both = rows.merge(stands, on=KEY, how="left", suffixes=("", " before"), validate="one_to_one")
    revision = both["revision"].astype("Int64").fillna(0).astype("int64")
    is_new = revision == 0
    for name in SAID:
        now, before = both[name], both[f"{name} before"]
        is_same = (now == before).fillna(False).astype(bool) | (now.isna() & before.isna())
        is_new |= ~is_same
    found = both.assign(revision=revision + 1, provenance=LIVE)
    return found.loc[is_new, [*KEY, "revision", "provenance", *SAID, "made_at", "inputs_fingerprint"]]
