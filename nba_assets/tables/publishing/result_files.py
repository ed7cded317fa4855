"""result_files: results/{date}.json, the results of the day's predictions and best bets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Product, on_day
from nba_assets.contracts.publication import Publication
from nba_assets.contracts.run import Run
from nba_assets.contracts.systems import SYSTEMS
from nba_assets.documents.canonical import Records, records
from nba_assets.documents.files_contract import files_contract
from nba_assets.documents.parts import by_key, head, paths_of_game_days
from nba_assets.tables.grading.performance import counted as counted_predictions
from nba_assets.tables.grading.performance import figures
from nba_assets.tables.publishing.prediction_files import games_of
from nba_assets.tables.publishing.tally import COUNTS, counted, tallies

GAME = ["game_date", "game_id"]
PERSON = [*GAME, "player_id"]
ABOUT_GAME = ("game_id", "season", "season_type", "home_team", "away_team", "tipoff_at", "arena", "is_neutral_site")
ABOUT_PLAYER = (
    *("player_id", "player_name", "team", "opponent", "is_home", "scoring_tier", "minutes_band", "outcome"),
    *("actual_points", "actual_minutes", "points_line", "line_absolute_error", "naive_absolute_error"),
)
GRADED = (
    *("system_id", "provenance", "predicted_points", "expected_points", "p10", "p90", "absolute_error", "signed_error"),
    *(
        "crps",
        "in_p10_p90",
        "recommendation",
        "confidence",
        "bet_side",
        "bet_line",
        "bet_price",
        "result",
        "bet_profit",
    ),
)
FIGURES = (
    *("predictions", "graded", "voids", "mae", "naive_mae", "bias", "rmse", "mean_crps", "coverage_p10_p90"),
    *("share_within_3", "share_within_5", "lined", "lined_mae", "line_mae", "lined_naive_mae"),
    *("overs", "unders", "passes", "bets", "wins", "losses", "pushes", "accuracy", "profit", "roi"),
)
BET = (
    *("rank", "provenance", "game_id", "player_id", "player_name", "team", "opponent", "system_id", "bet_side"),
    *("bet_book", "bet_line", "bet_price", "expected_value", "confidence", "actual_points", "actual_minutes"),
    *("bet_profit", "result"),
)
HIGHLIGHT = (
    *("game_id", "player_id", "player_name", "team", "opponent", "system_id", "predicted_points", "p10", "p90"),
    *("actual_points", "absolute_error", "points_line", "provenance"),
)
WON = (
    *("game_id", "player_id", "player_name", "team", "opponent", "system_id", "bet_side", "bet_line", "bet_price"),
    *("actual_points", "bet_result", "bet_profit", "provenance"),
)
OUR_SYSTEMS = ("ensemble", "gradient_boosting", "moving_average")
"""Whose predictions are highlighted: the first of them that the day has."""
MOST = 5
WORTH_TELLING = 10.0
"""Minimum predicted points for a highlight: coming close to a bench player's 0 is not remarkable."""
LATEST = "results/latest.json"

CONTRACT = files_contract(
    "result_files",
    "postgame",
    "results/{date}.json of each day with graded predictions, and results/latest.json, a copy of the newest: every "
    "prediction of the public record with what happened, live and reconstructed apart, and the best bets.",
)


@daily_table(
    CONTRACT,
    inputs={
        "graded": on_day("prediction_accuracy"),
        "bets": on_day("best_bet_results"),
        "schedule": on_day("schedule"),
        "teams": on_day("team_boxscores", columns=("game_date", "game_id", "team", "points")),
        "context": on_day("upcoming_player_game_context", columns=(*PERSON, "player_name")),
    },
    expected=Expected(
        inputs={"graded": on_day("prediction_accuracy", columns=("game_date",))},
        rule=lambda graded, days: paths_of_game_days(graded["game_date"], "results"),
    ),
    publishes=Product(pointer=LATEST),
)
def result_files(
    graded: pd.DataFrame,
    bets: pd.DataFrame,
    schedule: pd.DataFrame,
    teams: pd.DataFrame,
    context: pd.DataFrame,
    run: Run,
    days: pd.DatetimeIndex,
) -> Iterator[tuple[str, dict[str, Any], int]]:
    """The documents of the days that have graded predictions, a month at a time."""
    games = _with_points(games_of(schedule, graded), teams)
    games = games[games["game_id"].isin(graded["game_id"].unique())]
    bets = bets.merge(context, on=PERSON, how="left", validate="one_to_one")
    for month, of_month in graded.groupby(graded["game_date"].dt.to_period("M")):
        rows = of_month.merge(context, on=PERSON, how="left", validate="many_to_one")
        own = bets[bets["game_date"].dt.to_period("M") == month]
        yield from _documents(rows, own, games[games["game_date"].dt.to_period("M") == month], run.publication)


def _documents(
    rows: pd.DataFrame, bets: pd.DataFrame, games: pd.DataFrame, publication: Publication
) -> Iterator[tuple[str, dict[str, Any], int]]:
    players = _by_game(rows)
    people = rows.drop_duplicates(PERSON)
    counts = pd.crosstab(people["game_date"], people["outcome"].astype(object))
    of_systems = _figures(rows)
    of_bets = _best_bets(bets)
    highlights = _highlights(rows, bets)
    predictions = rows["game_date"].value_counts()
    for day, of_day in games.groupby("game_date"):
        outcomes = counts.loc[day]
        document = {
            **head("results", publication.source, game_date=f"{day:%Y-%m-%d}"),
            "summary": {
                "games": len(of_day),
                "players": int(outcomes.sum()),
                "played": int(outcomes.get("graded", 0)),
                "voids": int(outcomes.get("void", 0)),
                "not_ingested": int(outcomes.get("not_ingested", 0)),
                "systems": of_systems[day],
            },
            "best_bets": of_bets.get(day),
            "highlights": highlights[day],
            "games": Records(
                {**about, "players": players[about["game_id"]]}
                for about in records(of_day, (*ABOUT_GAME, "home_points", "away_points"))
            ),
        }
        yield f"results/{day:%Y-%m-%d}.json", document, int(predictions[day])


def _with_points(games: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """The games with home_points and away_points."""
    for side in ("home", "away"):
        points = teams.rename(columns={"team": f"{side}_team", "points": f"{side}_points"})
        games = games.merge(points, on=[*GAME, f"{side}_team"], how="left", validate="one_to_one")
    return games


def _by_game(rows: pd.DataFrame) -> dict[str, Records]:
    """The players of each game, home first, then by points scored, with the predictions of every system."""
    has_line = rows["points_line"].notna()
    is_known = rows["outcome"] != "not_ingested"
    waiting = pd.Series("PASS", rows.index, dtype="string[pyarrow]").where(has_line & is_known)
    place = rows["system_id"].map({name: place for place, name in enumerate(SYSTEMS)})
    rows = rows.assign(result=rows["bet_result"].fillna(waiting.where(rows["bet_side"].isna())), place=place)
    order = ["game_date", "game_id", "is_home", "actual_points", "player_id", "place"]
    rows = rows.sort_values(order, ascending=[True, True, False, False, True, True], kind="stable")
    people = rows.drop_duplicates(PERSON)
    said = by_key(rows, PERSON[1:], GRADED)
    systems = [said[key] for key in zip(people["game_id"], people["player_id"], strict=True)]
    found = people[[*ABOUT_PLAYER, "game_id"]].assign(systems=pd.Series(systems, people.index, dtype=object))
    return by_key(found, "game_id", (*ABOUT_PLAYER, "systems"))


def _figures(rows: pd.DataFrame) -> dict[pd.Timestamp, Records]:
    """Accuracy figures of each day by system and provenance, in the order of SYSTEMS."""
    key = ["game_date", "system_id", "provenance"]
    sums = counted_predictions(rows).groupby([rows[name] for name in key]).sum()
    found = figures(sums).reset_index()
    found["place"] = found["system_id"].map({name: place for place, name in enumerate(SYSTEMS)})
    found = found.sort_values(["game_date", "place", "provenance"], kind="stable")
    by_day: dict[pd.Timestamp, Records] = {}
    for day, entry in zip(found["game_date"], records(found, (*key[1:], *FIGURES)), strict=True):
        by_day.setdefault(day, Records()).append(entry)
    return by_day


def _best_bets(bets: pd.DataFrame) -> dict[pd.Timestamp, dict[str, Any]]:
    """The best bets of each day with their results, and the day's totals."""
    bets = bets.sort_values(["game_date", "rank"], kind="stable")
    sums = counted(bets).groupby(bets["game_date"]).sum()[list(COUNTS)]
    found: dict[pd.Timestamp, dict[str, Any]] = {
        day: {"day": tally, "bets": Records()} for day, tally in zip(sums.index, tallies(sums), strict=True)
    }
    listed = records(bets.assign(result=bets["bet_result"]), BET)
    for day, bet in zip(bets["game_date"], listed, strict=True):
        found[day]["bets"].append(bet)
    return found


def _highlights(rows: pd.DataFrame, bets: pd.DataFrame) -> dict[pd.Timestamp, dict[str, Any]]:
    """Highlights of each day: the closest and the worst predictions, and the best bets that won."""
    graded = rows[(rows["outcome"] == "graded") & rows["system_id"].isin(OUR_SYSTEMS)]
    place = graded["system_id"].map({name: place for place, name in enumerate(OUR_SYSTEMS)})
    ours = graded[place == place.groupby(graded["game_date"]).transform("min")]
    ordered = ours.sort_values(["game_date", "absolute_error", "game_id", "player_id"], kind="stable")
    close = ordered[ordered["predicted_points"] >= WORTH_TELLING].groupby("game_date").head(MOST)
    far = ordered.iloc[::-1].groupby("game_date").head(MOST)
    won = bets[bets["bet_result"] == "WIN"]
    won = won.sort_values("bet_profit", ascending=False, kind="stable").groupby("game_date").head(MOST)
    found: dict[pd.Timestamp, dict[str, Any]] = {
        day: {"system_id": None, "closest": Records(), "furthest": Records(), "best_bets_won": Records()}
        for day in rows["game_date"].unique()
    }
    for name, chosen, columns in (
        ("closest", close, HIGHLIGHT),
        ("furthest", far, HIGHLIGHT),
        ("best_bets_won", won, WON),
    ):
        for day, entry in zip(chosen["game_date"], records(chosen, columns), strict=True):
            found[day][name].append(entry)
    for day, system in ours.groupby("game_date")["system_id"].first().items():
        found[day]["system_id"] = system
    return found
