"""prediction_performance_summary: accuracy of each system over 7 days, 30 days and the season, by group."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.columns import columns
from nba_assets.contracts.columns.predictions import DIMENSIONS
from nba_assets.contracts.contract import TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, on_day, up_to_day
from nba_assets.contracts.systems import SYSTEMS
from nba_assets.tables.grading import plots
from nba_assets.tables.grading.alarms import ALARMS
from nba_assets.tables.grading.performance import COUNTS, FIGURES, READ, RULES, counted, figures, values_of
from nba_assets.windows.asof import Grouped, History

KEY = ["game_date", "system_id", "time_window", "dimension", "value"]
GROUP = ["system_id", "dimension", "value"]
SEASON_DAYS = 365
DAYS = {"7_days": 7, "30_days": 30}
LEAST_OF_PLAYER = 5
"""Minimum of graded predictions for a player's row."""
PLAYER_SYSTEM, PLAYER_WINDOW = "ensemble", "season"
"""Players have rows for one system and window only: with all of them the table would be thirty times as long."""

CONTRACT = TableContract(
    name="prediction_performance_summary",
    layer="grading",
    key=("system_id", "time_window", "dimension", "value"),
    known="postgame",
    columns=columns(*KEY, *FIGURES),
    rules=RULES,
    doc="As of the end of a game day, including that day: figures of each system over the last 7 and 30 days and the "
    "season so far, over all predictions and by scoring tier, minutes band, tenth of confidence and of prob_over "
    "(the calibration tables), home and away, days of rest and recommendation; and by player with at least 5 "
    "graded predictions (ensemble, season; only players with a prediction on the day, because the figures of "
    "others have not changed).",
)


def _of_the_day(graded: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Keys of the groups with rows on the day itself, in every window; without players, who depend on the season."""
    found = []
    for dimension in DIMENSIONS:
        if dimension != "player":
            groups = graded[["game_date", "system_id"]].assign(dimension=dimension, value=values_of(graded, dimension))
            groups = groups.dropna(subset="value").drop_duplicates()
            found += [groups.assign(time_window=name) for name in (*DAYS, "season")]
    return pd.concat(found, ignore_index=True).astype(
        {"dimension": "string[pyarrow]", "time_window": "string[pyarrow]"}
    )


def day_sums(graded: pd.DataFrame) -> pd.DataFrame:
    """Sums of graded rows (READ) by game_date, system_id, dimension and value: the columns of `performance.counted`."""
    counts = counted(graded)
    day_number = (graded["game_date"] - pd.Timestamp(0)).dt.days
    systems = graded["system_id"].map({name: place for place, name in enumerate(SYSTEMS)}).astype("int64")
    day_and_system = day_number * len(SYSTEMS) + systems
    found: list[pd.DataFrame] = []
    for dimension in DIMENSIONS:
        values = values_of(graded, dimension)
        is_in = values.notna()
        if dimension == "player":
            is_in &= systems == SYSTEMS.index(PLAYER_SYSTEM)
        is_in = is_in.to_numpy(dtype=bool)
        if is_in.all():
            daily = _by_day(day_and_system, values, counts)
        else:
            daily = _by_day(day_and_system[is_in], values[is_in], counts[is_in])
        daily.insert(0, "dimension", pd.Series(dimension, index=daily.index, dtype="string[pyarrow]"))
        found.append(daily)
    return pd.concat(found, ignore_index=True)


@daily_table(
    CONTRACT,
    inputs={
        "graded": up_to_day("prediction_accuracy", days=SEASON_DAYS, columns=READ, sums=day_sums),
        "today": on_day("prediction_accuracy", columns=("game_date",)),
    },
    expected=Expected(inputs={"graded": on_day("prediction_accuracy")}, rule=_of_the_day, is_exact=False),
    checks=ALARMS,
    plots=plots.performance_summary,
)
def prediction_performance_summary(graded: pd.DataFrame, today: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The figures of each game day, system, window and group; graded: `day_sums` of prediction_accuracy."""
    game_days = today[["game_date"]].drop_duplicates().sort_values("game_date", ignore_index=True)
    oldest = min(pd.Timestamp(Season.of_day(days[0].date()).first_day), days[0] - pd.Timedelta(days=max(DAYS.values())))
    graded = graded[graded["game_date"] >= oldest]
    is_player = graded["dimension"] == "player"
    groups = game_days.merge(graded.loc[~is_player, GROUP].drop_duplicates(), how="cross")
    players = graded.loc[is_player, ["game_date", *GROUP]].merge(game_days, on="game_date")
    history = History(graded).by(*GROUP)
    with_players = pd.concat([groups, players], ignore_index=True)
    targets = {name: with_players if name == PLAYER_WINDOW else groups for name in (*DAYS, "season")}
    sums = pd.concat([_summed(history, target, name) for name, target in targets.items()], ignore_index=True)
    return pd.concat([sums[KEY], figures(sums)], axis=1)[CONTRACT.column_names]


def _by_day(day_and_system: pd.Series, of_dimension: pd.Series, counts: pd.DataFrame) -> pd.DataFrame:
    """Sums of the counts by day, system and value of a dimension.

    Args:
        day_and_system: days since 1970 times the number of systems, plus the place of the row's system.
        of_dimension: value of the row.
        counts: as returned by `counted`.
    """
    codes, values = pd.factorize(of_dimension)
    place = day_and_system * max(len(values), 1) + codes
    sums = counts.groupby(place.to_numpy()).sum()
    place = sums.index.to_numpy()
    of_sums = place // max(len(values), 1)
    sums = sums.reset_index(drop=True)
    sums.insert(0, "value", pd.Series(pd.array(values, dtype="string[pyarrow]").take(place % max(len(values), 1))))
    names = pd.array(SYSTEMS, dtype="string[pyarrow]")
    sums.insert(0, "system_id", pd.Series(names.take(of_sums % len(SYSTEMS))))
    sums.insert(0, "game_date", pd.Series(pd.to_datetime(of_sums // len(SYSTEMS), unit="D")))
    return sums


def _summed(history: Grouped, target: pd.DataFrame, name: str) -> pd.DataFrame:
    """The sums of the target's days and groups in a window: KEY and COUNTS; without groups that have too few rows.

    A window of `asof` ends before its target day. To include the day itself, the target is the day after.
    """
    morning_after = target.assign(game_date=target["game_date"] + pd.Timedelta(days=1))
    is_season = name == "season"
    window = history.season_to_date(morning_after) if is_season else history.last_days(morning_after, DAYS[name])
    sums = pd.DataFrame({count: window.sum(count).fillna(0).astype("int64") for count in COUNTS})
    is_shown = (sums["predictions"] > 0).where(target["dimension"] != "player", sums["graded"] >= LEAST_OF_PLAYER)
    return pd.concat([target.assign(time_window=name), sums], axis=1)[is_shown]
