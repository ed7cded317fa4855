"""Files of the families that the mini archive lacks, so that their deviations are judged too.

The quotes and game lines of the mini archive's season again, in the layouts of the other publishers, and an injury
report.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nba_assets.basketball.calendar import EASTERN
from nba_assets.basketball.teams import to_tricode

QUOTES = "props/oddsapi_historical_player_points/2022-23.parquet"
BOXES = "player_box_v3/2022-23.parquet"
DAILY = "props/oddsapi_daily_2022-10_2023-06.parquet"
OF_ONE_DAY = "props/props_2023-02_2023-03.parquet"
TABLE = "props/dk_fd_mgm_snapshots_2022-10_2023-06.parquet"
LINES = "props/prizepicks_snapshots_2022-10_2023-06.parquet"
REPORT = "injury_report/2022-23.parquet"
CLOSING = "game_lines/oddsapi_consensus_closing.parquet"
GAME_LINES = "game_lines/oddsapi_live/2022-23.parquet"
FILES = (DAILY, OF_ONE_DAY, TABLE, LINES, REPORT, GAME_LINES)


def write_rare_files(folder: Path) -> None:
    """Writes FILES to a mini archive of the season 2022-23."""
    quotes = pd.read_parquet(folder / QUOTES).rename(columns=lambda name: name.removeprefix("data."))
    quotes = quotes[quotes["bookmakers.key"] == "draftkings"]
    quotes = quotes.drop_duplicates(["id", "outcomes.description", "outcomes.name"]).reset_index(drop=True)
    price = quotes["outcomes.price"]
    american = (100 * (price - 1)).where(price >= 2, -100 / (price - 1)).round().astype("int64")
    local = pd.to_datetime(quotes["commence_time"]).dt.tz_convert(EASTERN.key)
    home, away = to_tricode(quotes["home_team"]), to_tricode(quotes["away_team"])
    daily_at, table_at, lines_at = (local.dt.strftime(f"%Y-%m-%dT{hour:02d}:00:00-05:00") for hour in (8, 9, 10))

    daily = quotes.rename(columns=lambda name: name.replace("outcomes.", "outcomes_"))
    daily = daily.assign(outcomes_price=american, _source_file="data_points_" + local.dt.strftime("%Y-%m-%d") + ".csv")
    daily["bookmakers.markets.last_update"] = daily_at
    _write(folder / DAILY, daily)

    first = local.dt.date == local.dt.date.min()
    of_one_day = pd.DataFrame(
        {
            "id": quotes["id"],
            "prop_type": "player_points",
            "player_name": quotes["outcomes.description"],
            "matchup_home_team": quotes["home_team"],
            "matchup_away_team": quotes["away_team"],
            "sports_book": "fanduel",
            "name": quotes["outcomes.name"],
            "price": american,
            "points": quotes["outcomes.point"],
            "_source_file": local.dt.strftime("%Y_%m_%d.csv"),
        }
    )
    _write(folder / OF_ONE_DAY, of_one_day[first])

    boxes = pd.read_parquet(folder / BOXES)
    team = boxes.assign(name=boxes["first_name"] + " " + boxes["family_name"]).groupby("name")["team_tricode"].first()
    players_team = quotes["outcomes.description"].replace("Nicolas Claxton", "Nic Claxton").map(team)
    cell = quotes["outcomes.point"].astype(str) + " (" + american.astype(str) + ")"
    table = pd.DataFrame(
        {
            "PlayerName": quotes["outcomes.description"],
            "Prop": "Points",
            "Over_Under": quotes["outcomes.name"],
            "draftkings": cell,
            "fanduel": cell,
            "mgm": "-",
            "pointsbet": cell,
            "opp": ("@" + home).where(players_team == away, away),
            "_commit_time": table_at,
        }
    )
    _write(folder / TABLE, table)

    is_over = quotes["outcomes.name"] == "Over"
    lines = pd.DataFrame(
        {
            "Name": quotes["outcomes.description"],
            "Team": players_team + " - G",
            "Value": quotes["outcomes.point"].astype(str),
            "Prop": "Points",
            "_commit_time": lines_at,
        }
    )
    _write(folder / LINES, lines[is_over])

    report = pd.DataFrame(
        {
            "report_at": local.dt.strftime("%Y-%m-%dT12:30:00-05:00"),
            "known_at": local.dt.strftime("%Y-%m-%dT12:30:00-05:00"),
            "game_date": local.dt.strftime("%Y-%m-%d"),
            "matchup": away + "@" + home,
            "team": players_team,
            "player_name": quotes["outcomes.description"].str.replace(r"^(\S+) (.+)$", r"\2, \1", regex=True),
            "status": "Questionable",
            "reason": "Injury/Illness - Left Knee; Soreness",
        }
    )
    _write(folder / REPORT, report[is_over])

    closing = pd.read_parquet(folder / CLOSING)
    starts_at = pd.to_datetime(closing["commence_time"], utc=True)
    closing = closing[starts_at.dt.year >= 2022]
    seen = (starts_at - pd.Timedelta(hours=3)).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    game_lines = closing.rename(columns={"event_id": "id"})[["id", "commence_time", "home_team", "away_team"]]
    given = {
        "moneyline_home": "home_ml",
        "moneyline_away": "away_ml",
        "spread_home": "spread_point",
        "spread_price_home": "home_spread_price",
        "spread_price_away": "away_spread_price",
        "total": "total_point",
        "total_over_price": "total_over_price",
        "total_under_price": "total_under_price",
    }
    numbers = {name: pd.to_numeric(closing[column]).astype("float64") for name, column in given.items()}
    _write(folder / GAME_LINES, game_lines.assign(timestamp=seen, bookmaker="draftkings", **numbers))


def _write(path: Path, rows: pd.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.reset_index(drop=True).to_parquet(path)
