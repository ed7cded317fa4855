"""prediction_files: predictions/{date}.json, every system's predictions for every player of the day's games."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pandas as pd

from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Product, on_day
from nba_assets.contracts.publication import Publication
from nba_assets.contracts.run import Run
from nba_assets.contracts.systems import SYSTEMS
from nba_assets.documents.canonical import MOMENT, Records, column_values, records
from nba_assets.documents.files_contract import files_contract
from nba_assets.documents.parts import by_key, head, paths_of_game_days
from nba_assets.tables.record.published_predictions import LIVE, RECONSTRUCTED, standing
from nba_assets.windows.asof import cutoff_of

GAME = ["game_date", "game_id"]
PERSON = [*GAME, "player_id"]
ABOUT_GAME = (
    *("game_id", "season", "season_type", "home_team", "away_team", "tipoff_at", "arena", "is_neutral_site"),
    *("spread", "total", "line_is_time_known"),
)
ABOUT_PLAYER = (
    *("player_id", "player_name", "team", "opponent", "is_home", "minutes_band", "scoring_tier", "has_line"),
    *("points_line", "system_agreement"),
)
CONTEXT = (
    *("position", "age", "injury_status", "projected_minutes", "days_rest", "back_to_back", "games_missed_in_a_row"),
    *("last_played_on", "points_avg_last_5", "games_used_last_5", "points_avg_last_10", "games_used_last_10"),
    *("minutes_avg_last_10", "points_avg_season", "minutes_avg_season", "games_played_season", "teammates_out"),
    *("teammates_out_usage", "opponent_days_rest", "opponent_back_to_back", "implied_team_total", "points_line_at"),
    *("points_line_books", "points_line_first_seen", "points_line_movement"),
)
SAID = (
    *("system_id", "predicted_points", "expected_points", "sigma", "p10", "p25", "p75", "p90", "timed_points"),
    *("prob_over", "edge", "recommendation", "confidence", "bet_side", "bet_book", "bet_line", "bet_price"),
    *("bet_snapshot_at", "expected_value", "similar_games_count", "model_id"),
)
TOLD = ("predicted_points", "points_line")
FORMER = ("made_at", *TOLD)
"""What is told of a prediction that was published and then changed before the tip-off."""
TODAY = "predictions/today.json"

CONTRACT = files_contract(
    "prediction_files",
    "pregame",
    "predictions/{date}.json of each day with predictions, and predictions/today.json, a copy of the newest: the "
    "day's games with every system's view of every player. What was published of a game before its tip-off stays.",
)


def path_of(day: pd.Timestamp) -> str:
    """The path of the document of a day, below v1/."""
    return f"predictions/{day:%Y-%m-%d}.json"


@daily_table(
    CONTRACT,
    inputs={
        "record": on_day("published_predictions"),
        "schedule": on_day("schedule"),
        "context": on_day(
            "upcoming_player_game_context", columns=(*PERSON, "player_name", "spread", "line_is_time_known", *CONTEXT)
        ),
        "teams": on_day(
            "upcoming_team_game_context", columns=(*GAME, "is_home", "spread", "total", "line_is_time_known")
        ),
    },
    expected=Expected(
        inputs={"record": on_day("published_predictions", columns=("game_date",))},
        rule=lambda record, days: paths_of_game_days(record["game_date"], "predictions"),
    ),
    publishes=Product(pointer=TODAY),
)
def prediction_files(
    record: pd.DataFrame,
    schedule: pd.DataFrame,
    context: pd.DataFrame,
    teams: pd.DataFrame,
    run: Run,
    days: pd.DatetimeIndex,
) -> Iterator[tuple[str, dict[str, Any], int]]:
    """The documents of the days that have predictions, a month at a time: a whole season would not fit in memory."""
    home = teams[teams["is_home"].fillna(False).astype(bool)].drop(columns="is_home")
    rows, former = standing(record), _former(record)
    games = games_of(schedule, rows).merge(home, on=GAME, how="left", validate="one_to_one")
    for month, of_month in rows.groupby(rows["game_date"].dt.to_period("M")):
        in_month = games[games["game_date"].dt.to_period("M") == month]
        yield from _documents(of_month, former, in_month, context, run.publication)


def _documents(
    rows: pd.DataFrame, former: pd.DataFrame, games: pd.DataFrame, context: pd.DataFrame, publication: Publication
) -> Iterator[tuple[str, dict[str, Any], int]]:
    people = rows.drop_duplicates(PERSON).merge(context, on=PERSON, how="left", validate="one_to_one")
    order = ["game_date", "game_id", "is_home", "projected_minutes", "player_id"]
    people = people.sort_values(order, ascending=[True, True, False, False, True], kind="stable")
    players = _by_game(people, _by_person(rows, former))
    is_live = rows["provenance"] == LIVE
    made = rows[is_live].groupby("game_id")["made_at"].max()
    marks = rows[["game_id"]].assign(predictions=1, live=is_live, bets=rows["bet_side"].notna())
    counted = marks.groupby("game_id").sum()
    for day, of_day in games.groupby("game_date"):
        found = {}
        for about in records(of_day, ABOUT_GAME):
            made_at = made.get(about["game_id"])
            found[about["game_id"]] = {
                **about,
                "provenance": RECONSTRUCTED if made_at is None else LIVE,
                "made_at": None if made_at is None else made_at.strftime(MOMENT),
                "players": players.get(about["game_id"], Records()),
            }
        path = path_of(day)
        if bool(of_day["game_id"].isin(made.index).any()):
            found |= _begun(publication, path, of_day)
        content = Records(found.values())
        totals = counted.reindex(of_day["game_id"]).sum()
        summary = {
            "games": len(content),
            "players": sum(len(game["players"]) for game in content),
            "lined_players": sum(player["has_line"] for game in content for player in game["players"]),
            "predictions": int(totals["predictions"]),
            "live_predictions": int(totals["live"]),
            "bets": int(totals["bets"]),
        }
        document = {
            **head("predictions", publication.source, game_date=f"{day:%Y-%m-%d}"),
            "summary": summary,
            "games": content,
        }
        yield path, document, summary["predictions"]


def games_of(schedule: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The competitive games of the days of `rows`, sorted by day, tip-off (unknown last) and id."""
    found = schedule[schedule["game_date"].isin(rows["game_date"]) & schedule["season_type"].isin(COMPETITIVE)]
    return found.sort_values(["game_date", "tipoff_at", "game_id"], na_position="last", kind="stable")


def _begun(publication: Publication, path: str, games: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The live games of the published document that have begun: they stay as published."""
    begun = set(games.loc[cutoff_of(games["game_date"], games["tipoff_at"]) <= publication.now, "game_id"])
    published = publication.read(path) if begun else None
    if published is None:
        return {}
    return {
        game["game_id"]: game for game in published["games"] if game["provenance"] == LIVE and game["game_id"] in begun
    }


def _former(record: pd.DataFrame) -> pd.DataFrame:
    """The last revision of each prediction with other points or another line than the valid one, keyed and with FORMER.

    A newer snapshot of the same quotes is a revision, too, and must not hide what was published before they came.
    """
    key = [*PERSON, "system_id"]
    again = record[record["game_id"].isin(record.loc[record["revision"] > 1, "game_id"])]
    valid = standing(again)[[*key, *TOLD]]
    both = again[[*key, "revision", *FORMER]].merge(valid, on=key, suffixes=("", " now"), validate="many_to_one")
    is_other = pd.Series(False, index=both.index)
    for name in TOLD:
        then, now = both[name], both[f"{name} now"]
        is_other |= ~((then == now).fillna(False).astype(bool) | (then.isna() & now.isna()))
    ordered = both[is_other].sort_values([*key, "revision"], kind="stable")
    return ordered.drop_duplicates(key, keep="last")[[*key, *FORMER]]


def _by_person(rows: pd.DataFrame, former: pd.DataFrame) -> dict[tuple[str, int], Records]:
    """The systems' predictions of each player-game, in the order of SYSTEMS; with what was published before as
    `before`, where there is such."""
    place = rows["system_id"].map({name: place for place, name in enumerate(SYSTEMS)})
    # Parsing one concatenated text takes a third of the time of parsing many.
    components = orjson.loads(f"[{','.join(rows['components'].fillna('{}'))}]")
    said = rows.assign(place=place, components=pd.Series(components, rows.index, dtype=object))
    found = by_key(said.sort_values("place", kind="stable"), PERSON[1:], (*SAID, "components"))
    before = former[former["game_id"].isin(rows["game_id"].unique())]
    keys = zip(before["game_id"], before["player_id"], before["system_id"], strict=True)
    for (game, player, system), values in zip(keys, records(before, FORMER), strict=True):
        for entry in found[game, player]:
            if entry["system_id"] == system:
                entry["before"] = values
    return found


def _by_game(people: pd.DataFrame, said: dict[tuple[str, int], Records]) -> dict[str, Records]:
    """The players of each game with their context and their predictions."""
    warnings = [[] if text is None else text.split("; ") for text in column_values(people["warnings"])]
    systems = [said[key] for key in zip(people["game_id"], people["player_id"], strict=True)]
    found = people[[*ABOUT_PLAYER, "game_id"]].assign(
        **{
            name: pd.Series(values, people.index, dtype=object)
            for name, values in (("warnings", warnings), ("context", records(people, CONTEXT)), ("systems", systems))
        }
    )
    return by_key(found, "game_id", (*ABOUT_PLAYER, "warnings", "context", "systems"))
