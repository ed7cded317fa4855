"""best_bet_files: best-bets/{date}.json, the day's best bets with reasons, and the results of earlier lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pandas as pd

from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Product, history, on_day
from nba_assets.contracts.run import Run
from nba_assets.contracts.systems import BASE_SYSTEMS
from nba_assets.documents.canonical import MOMENT, Records, records
from nba_assets.documents.files_contract import files_contract
from nba_assets.documents.parts import head, paths_of_game_days
from nba_assets.tables.publishing.prediction_files import games_of
from nba_assets.tables.publishing.reasons import CONTEXT, reasons
from nba_assets.tables.publishing.tally import COUNTS, counted, tallies
from nba_assets.tables.record.best_bets import BET, SYSTEM, first_tipoffs
from nba_assets.tables.record.published_predictions import LIVE, RECONSTRUCTED, standing
from nba_assets.windows.asof import History

KEY = ["game_date", "game_id", "player_id"]
LATEST = "best-bets/latest.json"
ABOUT = ("rank", "game_id", "player_id", "player_name", "team", "opponent", "is_home", "tipoff_at", "system_id")
WINDOWS = {"30_days": 30, "season": None}
REACH = 365

CONTRACT = files_contract(
    "best_bet_files",
    "pregame",
    "best-bets/{date}.json of each day with predictions, and best-bets/latest.json, a copy of the newest: at most 15 "
    "bets with reasons in words, and how those of earlier days came out. A list that was published before the day's "
    "first tip-off stays.",
)


@daily_table(
    CONTRACT,
    inputs={
        "bets": on_day("best_bets"),
        "record": on_day(
            "published_predictions",
            columns=(*KEY, "system_id", "revision", "provenance", "made_at", "timed_points", "components", "bet_side"),
        ),
        "schedule": on_day("schedule", columns=("game_date", "game_id", "season_type", "tipoff_at")),
        "context": on_day("upcoming_player_game_context", columns=(*KEY, "player_name", *CONTEXT)),
        "past": history("best_bet_results", days=REACH),
    },
    expected=Expected(
        inputs={"record": on_day("published_predictions", columns=("game_date",))},
        rule=lambda record, days: paths_of_game_days(record["game_date"], "best-bets"),
    ),
    publishes=Product(pointer=LATEST),
)
def best_bet_files(
    bets: pd.DataFrame,
    record: pd.DataFrame,
    schedule: pd.DataFrame,
    context: pd.DataFrame,
    past: History,
    run: Run,
    days: pd.DatetimeIndex,
) -> Iterator[tuple[str, dict[str, Any], int]]:
    """The documents of the days that have predictions."""
    rows = standing(record)
    first = first_tipoffs(schedule)
    games = games_of(schedule, rows)
    game_days = pd.DatetimeIndex(rows["game_date"].unique()).sort_values()
    listed = _listed(bets, rows, games, context)
    records_of = records_before(past, game_days)
    games_on = games["game_date"].value_counts()
    asked = rows[(rows["system_id"] == SYSTEM) & rows["bet_side"].notna()]["game_date"].value_counts()
    by_day = dict(list(bets.groupby("game_date")))
    published_at = rows[rows["provenance"] == LIVE].groupby("game_date")["made_at"].max()
    for day in game_days:
        path = f"best-bets/{day:%Y-%m-%d}.json"
        of_day = by_day.get(day)
        made_at = published_at.get(day) if of_day is None else of_day["made_at"].max()
        # Without bets the predictions tell whether the list was live: it was made with them.
        is_live = made_at is not None and (
            made_at < first[day] if of_day is None else bool((of_day["provenance"] == LIVE).any())
        )
        if is_live and first[day] <= run.publication.now:
            published = run.publication.read(path)
            if published is not None and published["provenance"] == LIVE:
                yield path, published, len(published["bets"])
                continue
        content = listed.get(day, Records())
        document = {
            **head("best-bets", run.publication.source, game_date=f"{day:%Y-%m-%d}"),
            "provenance": LIVE if is_live else RECONSTRUCTED,
            "made_at": f"{made_at:{MOMENT}}" if is_live else None,
            "decided_before": first[day],
            "summary": {
                "games": int(games_on.get(day, 0)),
                "candidates": int(asked.get(day, 0)),
                "bets": len(content),
            },
            "bets": content,
            "record": records_of.get(day, Records()),
        }
        yield path, document, len(content)


def _listed(
    bets: pd.DataFrame, rows: pd.DataFrame, games: pd.DataFrame, context: pd.DataFrame
) -> dict[pd.Timestamp, Records]:
    """The bets of each day by rank, with their reasons."""
    found = bets.merge(context, on=KEY, how="left", validate="one_to_one")
    found = found.merge(games[["game_date", "game_id", "tipoff_at"]], on=KEY[:2], how="left", validate="many_to_one")
    index = pd.MultiIndex.from_frame(found[KEY])
    of_bets = rows[pd.MultiIndex.from_frame(rows[KEY]).isin(index)]
    said = of_bets.pivot(index=KEY, columns="system_id", values="timed_points").reindex(index)
    said = said.reindex(columns=list(BASE_SYSTEMS)).reset_index(drop=True)
    moving = of_bets[of_bets["system_id"] == "moving_average"].set_index(KEY)["components"].reindex(index)
    found = found.assign(parts=moving.to_numpy()).sort_values(["game_date", "rank"], kind="stable")
    said = said.loc[found.index]
    by_day: dict[pd.Timestamp, Records] = {}
    for day, about, bet, own, systems, parts in zip(
        found["game_date"],
        records(found, ABOUT),
        records(found, (*BET, "timed_points")),
        records(found, ("opponent", *CONTEXT)),
        records(said),
        found["parts"],
        strict=True,
    ):
        components = {} if pd.isna(parts) else orjson.loads(parts)
        why = reasons(bet, systems, components, own)
        timed = bet.pop("timed_points")
        entry = {**about, **bet, "break_even": round(1 / bet["bet_price"], 4), "timed_points": timed, "reasons": why}
        by_day.setdefault(day, Records()).append(entry)
    return by_day


def records_before(past: History, days: pd.DatetimeIndex) -> dict[pd.Timestamp, Records]:
    """Results of the best bets before each day, by window and provenance; windows without bets are left out."""
    groups = past.assign_many(counted).by("provenance")
    found: dict[pd.Timestamp, Records] = {}
    for provenance in (LIVE, RECONSTRUCTED):
        target = pd.DataFrame({"game_date": days, "provenance": provenance}).astype({"provenance": "string[pyarrow]"})
        for name, length in WINDOWS.items():
            window = groups.season_to_date(target) if length is None else groups.last_days(target, length)
            sums = pd.DataFrame({count: window.sum(count).fillna(0) for count in COUNTS}).astype("int64")
            is_some = (sums["bets"] + sums["voids"]) > 0
            for day, tally in zip(days[is_some], tallies(sums[is_some]), strict=True):
                entry = {"time_window": name, "provenance": provenance, **tally}
                found.setdefault(day, Records()).append(entry)
    return found
