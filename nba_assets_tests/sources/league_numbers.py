"""Statistics for comparing a simulated league with the real one, from the files of an archive.

They are measured on regular-season games, by the same code for the real and a simulated archive. Names are those of the
bounds in test_simulated_distributions.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from nba_assets.basketball.names import normalise_name

MINUTE_BANDS = (0, 5, 10, 15, 20, 25, 30, 35, 40, 60)
ZONES = {
    "Above the Break 3": "above_the_break",
    "Restricted Area": "restricted_area",
    "In The Paint (Non-RA)": "paint",
    "Mid-Range": "mid_range",
    "Left Corner 3": "left_corner",
    "Right Corner 3": "right_corner",
    "Backcourt": "backcourt",
}
FULL_SEASON = 30
"""Minimum of games for the standard deviation of a player's season."""


def numbers(folder: Path, seasons: Sequence[str]) -> dict[str, float]:
    """All statistics of the seasons."""
    logs = _team_logs(folder, seasons)
    box = _boxes(folder, seasons, logs)
    return (
        _games(logs)
        | _teams(logs)
        | _rest(logs)
        | _players(box)
        | _minutes(box, logs)
        | _rosters(box)
        | _absences(box, logs)
        | _shots(folder, seasons)
        | _quotes(folder, seasons, box)
    )


def _read(folder: Path, pattern: str, seasons: Sequence[str]) -> pd.DataFrame:
    frames = [pd.read_parquet(folder / pattern.format(label)).assign(season=label) for label in seasons]
    return pd.concat(frames, ignore_index=True)


def _team_logs(folder: Path, seasons: Sequence[str]) -> pd.DataFrame:
    logs = _read(folder, "team_game_logs/{}.parquet", seasons)
    logs = logs[logs["GAME_ID"].str[2] == "2"].reset_index(drop=True)
    logs["day"] = pd.to_datetime(logs["GAME_DATE"])
    logs["overtimes"] = ((logs["MIN"] - 240) / 25).round()
    other = logs.merge(logs[["GAME_ID", "TEAM_ID", "PTS"]], on="GAME_ID", suffixes=("", "_other"))
    other = other[other["TEAM_ID"] != other["TEAM_ID_other"]]
    logs = logs.merge(other[["GAME_ID", "TEAM_ID", "PTS_other"]], on=["GAME_ID", "TEAM_ID"])
    logs["margin"] = logs["PTS"] - logs["PTS_other"]
    logs = logs.sort_values(["season", "TEAM_ID", "day"], ignore_index=True)
    logs["rest"] = logs.groupby(["season", "TEAM_ID"])["day"].diff().dt.days
    logs["number"] = logs.groupby(["season", "TEAM_ID"]).cumcount()
    return logs


def _boxes(folder: Path, seasons: Sequence[str], logs: pd.DataFrame) -> pd.DataFrame:
    box = _read(folder, "player_box_v3/{}.parquet", seasons)
    box = box[box["game_id"].str[2] == "2"].reset_index(drop=True)
    clock = box["minutes"].str.split(":", expand=True).replace("", "0").fillna("0").astype(int)
    box["mins"] = clock[0] + clock[1] / 60
    box["played"] = box["minutes"].fillna("") != ""
    box["starts"] = box["position"].fillna("") != ""
    keys = logs[["GAME_ID", "TEAM_ID", "day", "number", "margin", "overtimes"]]
    return box.merge(keys, left_on=["game_id", "team_id"], right_on=["GAME_ID", "TEAM_ID"], how="inner")


def _games(logs: pd.DataFrame) -> dict[str, float]:
    home = logs[logs["MATCHUP"].str.contains("vs.", regex=False)].set_index("GAME_ID")
    total = home["PTS"] + home["PTS_other"]
    by_day = home.groupby("day").size()
    return {
        "home_margin": home["margin"].mean(),
        "home_wins": (home["margin"] > 0).mean(),
        "margin_sd": home["margin"].std(),
        "margin_abs_median": home["margin"].abs().median(),
        "margin_abs_p90": home["margin"].abs().quantile(0.9),
        "total_mean": total.mean(),
        "total_sd": total.groupby(home["season"]).std().mean(),
        "home_away_correlation": float(np.corrcoef(home["PTS"], home["PTS_other"])[0, 1]),
        "overtime_rate": (home["overtimes"] > 0).mean(),
        "games_a_day_p10": by_day.quantile(0.1),
        "games_a_day_median": by_day.median(),
        "games_a_day_p90": by_day.quantile(0.9),
    }


def _teams(logs: pd.DataFrame) -> dict[str, float]:
    mean = logs.mean(numeric_only=True)
    possessions = logs["FGA"] + 0.44 * logs["FTA"] - logs["OREB"] + logs["TOV"]
    possessions = possessions / (1 + logs["overtimes"] * 5 / 48)
    by_team = logs.groupby(["season", "TEAM_ID"])[["PTS", "PTS_other", "margin"]].mean()
    between = by_team.groupby("season").std().mean()
    return {
        "team_points": mean["PTS"],
        "team_points_sd": logs.groupby("season")["PTS"].std().mean(),
        "field_goals_attempted": mean["FGA"],
        "threes_share_of_attempts": mean["FG3A"] / mean["FGA"],
        "free_throws_an_attempt": mean["FTA"] / mean["FGA"],
        "three_pct": mean["FG3M"] / mean["FG3A"],
        "two_pct": (mean["FGM"] - mean["FG3M"]) / (mean["FGA"] - mean["FG3A"]),
        "free_throw_pct": mean["FTM"] / mean["FTA"],
        "offensive_rebounds": mean["OREB"],
        "defensive_rebounds": mean["DREB"],
        "assists": mean["AST"],
        "assists_a_field_goal": mean["AST"] / mean["FGM"],
        "turnovers": mean["TOV"],
        "steals": mean["STL"],
        "blocks": mean["BLK"],
        "fouls": mean["PF"],
        "possessions": possessions.mean(),
        "possessions_sd": possessions.std(),
        "between_teams_attack_sd": between["PTS"],
        "between_teams_defence_sd": between["PTS_other"],
        "between_teams_net_sd": between["margin"],
    }


def _rest(logs: pd.DataFrame) -> dict[str, float]:
    days = logs["rest"].dropna()
    tired = logs.assign(is_tired=logs["rest"] == 1, is_home=logs["MATCHUP"].str.contains("vs.", regex=False))
    home, away = tired[tired["is_home"]], tired[~tired["is_home"]]
    games = home.merge(away[["GAME_ID", "is_tired"]], on="GAME_ID", suffixes=("", "_away"))
    found = {f"rest_{n}": (days == n).mean() for n in range(1, 5)}
    for name, at_home, away_ in (("nobody", False, False), ("away", False, True), ("home", True, False)):
        picked = games[(games["is_tired"] == at_home) & (games["is_tired_away"] == away_)]
        found[f"home_margin_{name}_tired"] = picked["margin"].mean()
    return found


def _players(box: pd.DataFrame) -> dict[str, float]:
    played = box[box["played"]]
    points, mins = played["points"], played["mins"]
    found = {
        "points_mean": points.mean(),
        "points_sd": points.std(),
        "points_zero": (points == 0).mean(),
        "points_30": (points >= 30).mean(),
        "points_40": (points >= 40).mean(),
    }
    for low, high in pairwise(MINUTE_BANDS):
        band = points[(mins >= low) & (mins < high)]
        found |= {
            f"points_mean_{low}_minutes": band.mean(),
            f"points_sd_{low}_minutes": band.std(),
            f"points_zero_{low}_minutes": (band == 0).mean(),
            f"share_of_{low}_minutes": len(band) / len(points),
        }
    for name, part in (("starter", played[played["starts"]]), ("bench", played[~played["starts"]])):
        found |= {
            f"{name}_minutes": part["mins"].mean(),
            f"{name}_minutes_sd": part["mins"].std(),
            f"{name}_points": part["points"].mean(),
            f"{name}_points_sd": part["points"].std(),
            f"{name}_points_zero": (part["points"] == 0).mean(),
        }
    rank = played.groupby(["game_id", "team_id"])["points"].rank(ascending=False, method="first")
    share = played["points"] / played.groupby(["game_id", "team_id"])["points"].transform("sum")
    found |= {f"points_share_of_rank_{n}": share[rank == n].mean() for n in (1, 2, 3, 5, 8)}
    return found


def _minutes(box: pd.DataFrame, logs: pd.DataFrame) -> dict[str, float]:
    played = box[box["played"]].sort_values(["season", "person_id", "day"])
    grouped = played.groupby(["season", "person_id"])
    seasons = grouped.agg(
        n=("points", "size"),
        points=("points", "mean"),
        points_sd=("points", "std"),
        mins=("mins", "mean"),
        mins_sd=("mins", "std"),
    )
    seasons = seasons[seasons["n"] >= FULL_SEASON]
    slope, constant = np.polyfit(np.sqrt(seasons["points"]), seasons["points_sd"], 1)
    centred = played[["points", "mins"]] - grouped[["points", "mins"]].transform("mean")
    enough = grouped["points"].transform("size") >= FULL_SEASON
    centred = centred[enough]
    keys = [played.loc[enough, "season"], played.loc[enough, "person_id"]]
    before = centred.groupby(keys).shift(1)
    by_rank = played.groupby(["game_id", "team_id"])["mins"].rank(ascending=False, method="first")
    starters = played[played["starts"] & (played["overtimes"] == 0)]
    margin = starters["margin"].abs()
    residual = centred["points"]
    of_side = residual.groupby([played.loc[enough, "game_id"], played.loc[enough, "team_id"]])
    sums = of_side.agg(["sum", "size"])
    squares = (residual**2).groupby([played.loc[enough, "game_id"], played.loc[enough, "team_id"]]).sum()
    pairs = (sums["size"] * (sums["size"] - 1)).sum()
    return {
        "within_points_sd_at_9": constant + slope * 3.0,
        "within_points_sd_at_16": constant + slope * 4.0,
        "within_points_sd_at_25": constant + slope * 5.0,
        "within_minutes_sd_stars": seasons.loc[seasons["mins"] >= 32, "mins_sd"].mean(),
        "within_minutes_sd_middle": seasons.loc[seasons["mins"].between(20, 28), "mins_sd"].mean(),
        "within_minutes_sd_fringe": seasons.loc[seasons["mins"] < 14, "mins_sd"].mean(),
        "points_minutes_correlation": float(np.corrcoef(centred["points"], centred["mins"])[0, 1]),
        "points_a_minute_slope": float(np.polyfit(centred["mins"], centred["points"], 1)[0]),
        "points_autocorrelation": float(centred["points"].corr(before["points"])),
        "minutes_autocorrelation": float(centred["mins"].corr(before["mins"])),
        "teammates_correlation": float(((sums["sum"] ** 2 - squares).sum() / pairs) / (residual**2).mean()),
        **{f"minutes_of_rank_{n}": played.loc[by_rank == n, "mins"].mean() for n in (1, 3, 5, 8, 10)},
        "starter_minutes_close": starters.loc[margin <= 5, "mins"].mean(),
        "starter_minutes_blow_out": starters.loc[margin > 30, "mins"].mean(),
    }


def _rosters(box: pd.DataFrame) -> dict[str, float]:
    sides = box.groupby(["game_id", "team_id"])["played"].agg(["size", "sum"])
    out = box[~box["played"]]
    comment = out["comment"].fillna("")
    return {
        "listed": sides["size"].mean(),
        "played": sides["sum"].mean(),
        "played_sd": sides["sum"].std(),
        **{f"played_{n}": (sides["sum"] == n).mean() for n in range(9, 14)},
        "coachs_decision": comment.str.startswith("DNP - Coach").mean(),
        "did_not_dress": comment.str.startswith("DND").mean(),
    }


def _absences(box: pd.DataFrame, logs: pd.DataFrame) -> dict[str, float]:
    """Team games missed by players of 20 minutes between their first and last game for the team."""
    played = box[box["played"]]
    usual = played.groupby(["season", "team_id", "person_id"]).agg(
        mins=("mins", "mean"), n=("mins", "size"), first=("number", "min"), last=("number", "max")
    )
    usual = usual[(usual["mins"] >= 20) & (usual["n"] >= 20)].reset_index()
    keys = played.merge(usual[["season", "team_id", "person_id"]], on=["season", "team_id", "person_id"])
    keys = keys.sort_values(["season", "team_id", "person_id", "number"])
    gap = keys.groupby(["season", "team_id", "person_id"])["number"].diff() - 1
    gap = gap[gap > 0]
    reach = (usual["last"] - usual["first"] + 1).sum()
    bands = {"1": (1, 1), "2": (2, 2), "3_5": (3, 5), "6_10": (6, 10), "11_20": (11, 20), "21": (21, 99)}
    return {
        "absent_share": gap.sum() / reach,
        "spells_a_season": 82 * len(gap) / reach,
        "spell_mean": gap.mean(),
        **{f"spell_{name}": gap.between(*band).mean() for name, band in bands.items()},
    }


def _shots(folder: Path, seasons: Sequence[str]) -> dict[str, float]:
    found = []
    for label in seasons:
        path = folder / f"shots/{label}.parquet"
        if path.exists():
            found.append(pd.read_parquet(path, columns=["BASIC_ZONE", "SHOT_MADE"]))
    shots = pd.concat(found, ignore_index=True)
    zone = shots["BASIC_ZONE"].map(ZONES)
    return {f"shots_share_{name}": (zone == name).mean() for name in ZONES.values()} | {
        f"shots_pct_{name}": shots.loc[zone == name, "SHOT_MADE"].mean() for name in ZONES.values()
    }


def _quotes(folder: Path, seasons: Sequence[str], box: pd.DataFrame) -> dict[str, float]:
    labels = [
        label for label in seasons if (folder / f"props/oddsapi_historical_player_points/{label}.parquet").exists()
    ]
    quotes = _read(folder, "props/oddsapi_historical_player_points/{}.parquet", labels)
    quotes = quotes.rename(columns=lambda name: name.split(".")[-1] if name.startswith("outcomes.") else name)
    key = ["season", "data.id", "bookmakers.key", "description", "point"]
    wide = quotes.pivot_table(index=key, columns="name", values="price", aggfunc="first").dropna().reset_index()
    over, under = 1 / wide["Over"], 1 / wide["Under"]
    wide["overround"], wide["fair_over"] = over + under, over / (over + under)
    wide["distance"] = (wide["fair_over"] - 0.5).abs()
    main = wide.sort_values("distance", kind="stable").drop_duplicates(key[:-1])
    by_player = main.groupby(["season", "data.id", "description"])
    lines = by_player["point"].agg(line="median", books="size", line_sd="std").reset_index()
    commence = quotes.drop_duplicates("data.id").set_index("data.id")["data.commence_time"]
    moment = pd.to_datetime(lines["data.id"].map(commence), utc=True).dt.tz_convert("America/New_York")
    lines["day"] = moment.dt.tz_localize(None).dt.normalize()
    lines["name"] = normalise_name(lines["description"])
    people = box.assign(name=normalise_name(box["first_name"] + " " + box["family_name"]))
    people = people[["day", "name", "points", "played", "mins"]].drop_duplicates(["day", "name"])
    is_regular = lines["day"].isin(box["day"])
    lines = lines[is_regular]
    result = lines.merge(people, on=["day", "name"], how="left")
    known = result[result["name"].isin(people["name"])]
    is_played = (known["played"] == True).to_numpy()  # noqa: E712
    graded = known[is_played]
    miss = graded["points"] - graded["line"]
    of_days = people[people["day"].isin(lines["day"])]
    regulars = of_days[of_days["played"] & (of_days["mins"] >= 20)]
    lined = regulars.merge(graded[["day", "name"]], on=["day", "name"], how="left", indicator=True)
    middle = miss[graded["line"].between(13, 19)]
    by_book = main.groupby("bookmakers.key")["overround"].median()
    return {
        **{f"overround_{book}": float(value) for book, value in by_book.items()},
        "fair_over_sd": main["fair_over"].std(),
        "books_a_player": lines["books"].mean(),
        "players_an_event": lines.groupby("data.id").size().mean(),
        "books_all_equal": (lines.loc[lines["books"] >= 2, "line_sd"] == 0).mean(),
        "line_p5": lines["line"].quantile(0.05),
        "line_median": lines["line"].median(),
        "line_mean": lines["line"].mean(),
        "line_p95": lines["line"].quantile(0.95),
        "lined_not_played": 1 - is_played.mean(),
        "regulars_lined": (lined["_merge"] == "both").mean(),
        "result_less_line": miss.mean(),
        "result_less_line_median": miss.median(),
        "result_less_line_sd": miss.std(),
        "result_less_line_abs": miss.abs().mean(),
        "over_share": (miss > 0).sum() / (miss != 0).sum(),
        "result_less_line_sd_at_16": middle.std(),
        "quote_rows_a_season": len(quotes) / len(labels),
    }
