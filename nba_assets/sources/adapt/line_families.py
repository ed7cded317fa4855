"""The families of game lines in one shape: home side first, spreads in betting convention.

Archived families have one row per game, a closing line without a time. The live family has a row per snapshot and
bookmaker.

To add a family, write its adapter and name it in PRIORITY and ADAPTERS; the table reads what is named here.

Spread: the handicap of the home team, negative = home favoured. Each source has its own convention:
- oddsapi_consensus_closing: `spread_point` already is the home team's handicap.
- sbr from 2022-23 on: `Spread` is positive where the home team is favoured, so its sign is reversed.
- sbr 2021-22: `Spread` is a size without a sign; the row's moneylines give the favourite (`is_signed` false).
- spreads_by_season, kaggle_sbr: a size and the favoured side.
- game_lines_oddsapi_live: the handicap of the home team.
Prices: American odds, converted to decimal odds; `<price>_printed` keeps the original for records of invalid prices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from nba_assets.basketball.calendar import season_start_year
from nba_assets.basketball.odds import american_to_decimal
from nba_assets.basketball.teams import to_tricode
from nba_assets.sources.adapt.matching import by_distinct, eastern_day
from nba_assets.sources.adapt.prop_quotes import BOOKMAKERS

TEXT = pd.StringDtype("pyarrow")
PRICES = (
    "moneyline_home",
    "moneyline_away",
    "spread_price_home",
    "spread_price_away",
    "total_over_price",
    "total_under_price",
)
UNSIGNED_SBR_SEASON = 2021
PRIORITY = ("game_lines_oddsapi_live", "kaggle_sbr", "spreads_by_season", "sbr", "oddsapi_consensus_closing")
"""The families, the preferred one first. Quotes with a time come before all others: a recommendation may depend on
them, and a day that is built again after a closing line was archived gives the same prediction. Of the closing lines
those without quotes from during the game come first. Where both exist, kaggle_sbr has a smaller mean error than sbr
(2021-22: spread 10.68 against 10.87, total 13.95 against 14.16). The consensus is last: some of its lines were taken
hours before closing."""
CONSENSUS = "consensus"
"""The bookmaker of lines whose source names none."""


def of_sbr(rows: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Family `sbr`: signed from 2022-23 on."""
    rows, day = _dated(rows, by_distinct(rows["Date"], _sbr_day), days)
    is_signed = (season_start_year(day.fillna(pd.Timestamp(0))) != UNSIGNED_SBR_SEASON).astype(bool)
    prices = {"moneyline_home": rows["ML_Home"], "moneyline_away": rows["ML_Away"]}
    spread = (-rows["Spread"]).where(is_signed, rows["Spread"].abs())
    return _shaped(rows, "sbr", day, rows["Home"], rows["Away"], spread, rows["OU"], prices).assign(is_signed=is_signed)


def of_oddsapi(rows: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Family `oddsapi_consensus_closing`, the only archived one with a commence time (`commence_at`)."""
    rows, day = _dated(rows, by_distinct(rows["commence_time"], lambda texts: eastern_day(_moments(texts))), days)
    commence = _moments(rows["commence_time"])
    prices = {
        "moneyline_home": rows["home_ml"],
        "moneyline_away": rows["away_ml"],
        "spread_price_home": rows["home_spread_price"],
        "spread_price_away": rows["away_spread_price"],
        "total_over_price": rows["total_over_price"],
        "total_under_price": rows["total_under_price"],
    }
    home, away = rows["home_team"], rows["away_team"]
    shaped = _shaped(
        rows, "oddsapi_consensus_closing", day, home, away, rows["spread_point"], rows["total_point"], prices
    )
    return shaped.assign(commence_at=commence)


def of_spreads(rows: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Family `spreads_by_season`: spreads only."""
    rows, day = _dated(rows, pd.to_datetime(rows["date"], format="%Y-%m-%d", errors="coerce"), days)
    spread = _of_favourite(rows["spread"], rows["whos_favored"])
    no_total = pd.Series(float("nan"), index=rows.index)
    return _shaped(rows, "spreads_by_season", day, rows["home"], rows["away"], spread, no_total, {})


def of_kaggle(rows: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Family `kaggle_sbr`."""
    rows, day = _dated(rows, pd.to_datetime(rows["dates"], format="%m/%d/%Y", errors="coerce"), days)
    spread = _of_favourite(rows["spread"], rows["whos_favored"])
    prices = {name: rows[name] for name in ("moneyline_home", "moneyline_away")}
    return _shaped(rows, "kaggle_sbr", day, rows["home"], rows["away"], spread, rows["total"], prices)


def of_oddsapi_live(rows: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Family `game_lines_oddsapi_live`: every snapshot of every bookmaker, with its time."""
    rows, day = _dated(rows, by_distinct(rows["commence_time"], lambda texts: eastern_day(_moments(texts))), days)
    commence, seen = _moments(rows["commence_time"]), _moments(rows["timestamp"])
    shaped = _shaped(
        rows,
        "game_lines_oddsapi_live",
        day,
        rows["home_team"],
        rows["away_team"],
        rows["spread_home"],
        rows["total"],
        {name: rows[name] for name in PRICES},
    )
    bookmaker = rows["bookmaker"].astype(TEXT)
    return shaped.assign(commence_at=commence, bookmaker=bookmaker.replace(dict(BOOKMAKERS)), snapshot_at=seen)


ADAPTERS: Mapping[str, Callable[[pd.DataFrame, pd.DatetimeIndex], pd.DataFrame]] = {
    "game_lines_oddsapi_live": of_oddsapi_live,
    "sbr": of_sbr,
    "oddsapi_consensus_closing": of_oddsapi,
    "spreads_by_season": of_spreads,
    "kaggle_sbr": of_kaggle,
}
"""Function of each family: (rows, days) -> its rows of these days, and those without a day, in the common shape."""


def other_way_round(lines: pd.DataFrame, is_swapped: pd.Series) -> pd.DataFrame:
    """Lines with home and away exchanged in these rows: the spread's sign reversed, prices swapped."""
    turned = lines.copy()
    turned["spread_home"] = lines["spread_home"].mask(is_swapped & lines["is_signed"], -lines["spread_home"]) + 0.0
    for home, away in (("moneyline_home", "moneyline_away"), ("spread_price_home", "spread_price_away")):
        for suffix in ("", "_printed"):
            turned[f"{home}{suffix}"] = lines[f"{home}{suffix}"].mask(is_swapped, lines[f"{away}{suffix}"])
            turned[f"{away}{suffix}"] = lines[f"{away}{suffix}"].mask(is_swapped, lines[f"{home}{suffix}"])
    return turned


def _shaped(
    rows: pd.DataFrame,
    family: str,
    day: pd.Series,
    home: pd.Series,
    away: pd.Series,
    spread: pd.Series,
    total: pd.Series,
    prices: dict[str, pd.Series],
) -> pd.DataFrame:
    """Columns: source, bookmaker, snapshot_at (NULL: a closing line), day, home_team, away_team, spread_home,
    is_signed, total, PRICES and `<price>_printed`, commence_at, _file, _row."""
    shaped = pd.DataFrame(
        {
            "source": pd.Series(family, index=rows.index, dtype=TEXT),
            "bookmaker": pd.Series(CONSENSUS, index=rows.index, dtype=TEXT),
            "snapshot_at": pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns, UTC]"),
            "day": day,
            "home_team": to_tricode(home).astype(TEXT),
            "away_team": to_tricode(away).astype(TEXT),
            # -0.0 and 0.0 are the same spread and must be the same bits.
            "spread_home": spread.astype("float64") + 0.0,
            "is_signed": pd.Series(True, index=rows.index),
            "total": total.astype("float64"),
            "commence_at": pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns, UTC]"),
            "_file": rows["_file"],
            "_row": rows["_row"],
        }
    )
    for name in PRICES:
        if name not in prices:
            shaped[name] = float("nan")
            shaped[f"{name}_printed"] = pd.Series(pd.NA, index=rows.index, dtype=TEXT)
            continue
        printed = prices[name]
        shaped[name] = american_to_decimal(printed).astype("float64")
        shaped[f"{name}_printed"] = printed.astype(TEXT)
    return shaped


def _dated(rows: pd.DataFrame, day: pd.Series, days: pd.DatetimeIndex) -> tuple[pd.DataFrame, pd.Series]:
    """The rows of the days and those without a day, with the midnight of their day."""
    midnights = pd.to_datetime(day).astype("datetime64[ns]").dt.normalize()
    is_asked = midnights.isin(days) | midnights.isna()
    return rows[is_asked], midnights[is_asked]


def _moments(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce").astype("datetime64[ns, UTC]")


def _of_favourite(size: pd.Series, favourite: pd.Series) -> pd.Series:
    """Home handicap from the size of a spread and the favoured side; NULL where the side is neither home nor away."""
    return (-size).where(favourite == "home", size.where(favourite == "away"))


def _sbr_day(dates: pd.Series) -> pd.Series:
    """`2021-22-1019` (season, month and day) or `2023-10-24` as midnights; NaT for anything else."""
    parts = dates.astype(TEXT).str.extract(r"^(?P<start>\d{4})-\d{2}-(?P<month>\d{2})(?P<day>\d{2})$").astype(TEXT)
    is_second_year = parts["month"].astype("Int64") < 7
    year = (parts["start"].astype("Int64") + is_second_year.astype("Int64")).astype(TEXT)
    of_season = pd.to_datetime(year + parts["month"] + parts["day"], format="%Y%m%d", errors="coerce")
    return of_season.fillna(pd.to_datetime(dates, format="%Y-%m-%d", errors="coerce")).astype("datetime64[ns]")
