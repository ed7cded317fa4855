"""Game lines: spread, total, moneylines. All publishers call them closing lines; they have no time.

Columns in which a source mixes numbers and text are read as text: one bad moneyline must not reject the whole row; the
table sets it to NULL and records it.
"""

from nba_assets.sources.cells import Form, days, moments
from nba_assets.sources.protocol import Family, all_of

SIDE = Form("home|away", "home or away")

FAMILIES = (
    Family(
        "sbr",
        "game_lines/sbr_{season}.parquet",
        all_of("text", "Date Home Away ML_Home ML_Away") | all_of("number", "OU Spread"),
        "Sportsbook Review by season, to 2024-04-28. Dates are 2021-22-1019 in the first two files; Spread has no sign "
        "in 2021-22 and is positive where the home team is favoured after that; OU has 4 impossible values (from 3.0); "
        "two ML_Away end in a no-break space. From 2022-23 on some rows were taken during the game.",
        dates={"Date": days("%Y-%m-%d", "%Y-%y-%m%d")},
    ),
    Family(
        "oddsapi_consensus_closing",
        "game_lines/oddsapi_consensus_closing.parquet",
        all_of("text", "event_id home_team away_team commence_time")
        | all_of("number", "home_ml away_ml home_spread_price away_spread_price spread_point")
        | all_of("number", "total_over_price total_under_price total_point"),
        "Mean over the books of American prices, so a mean across even money is between -100 and +100, no price; "
        "spread_point is the home team's. About a tenth of the rows was taken during the game.",
        may_be_empty=("away_spread_price",),
        has_gaps=("home_ml", "away_ml", "total_over_price", "total_under_price", "total_point"),
        dates={"commence_time": moments("ISO8601")},
        day="commence_time",
    ),
    Family(
        "spreads_by_season",
        "game_lines/spreads_*.parquet",
        all_of("text", "date home away whos_favored") | all_of("number", "spread"),
        "Size of the spread and favoured side, regular season, four seasons. Equal to kaggle_sbr where both exist.",
        has_gaps=("spread",),
        forms={"whos_favored": SIDE},
        dates={"date": days("%Y-%m-%d")},
        day="date",
    ),
    Family(
        "kaggle_sbr",
        "game_lines/kaggle_sbr_*.parquet",
        all_of("text", "dates home away whos_favored moneyline_home moneyline_away") | all_of("number", "spread total"),
        "Size of the spread and favoured side, total, moneylines; 2021-22 and 2022-23 to 2023-01-16.",
        forms={"whos_favored": SIDE},
        dates={"dates": days("%m/%d/%Y")},
        day="dates",
    ),
    Family(
        "game_lines_oddsapi_live",
        "game_lines/oddsapi_live/{season}.parquet",
        all_of("text", "timestamp id commence_time home_team away_team bookmaker")
        | all_of("number", "moneyline_home moneyline_away spread_home spread_price_home spread_price_away")
        | all_of("number", "total total_over_price total_under_price"),
        "The Odds API (v4) game lines as received by the live feeds, one row per snapshot, event and bookmaker, "
        "American prices; timestamp is the moment of the reply.",
        may_be_empty=(
            *("moneyline_home", "moneyline_away", "spread_home", "spread_price_home", "spread_price_away"),
            *("total", "total_over_price", "total_under_price"),
        ),
        dates={"timestamp": moments("ISO8601"), "commence_time": moments("ISO8601")},
        day="commence_time",
        is_live=True,
    ),
)
