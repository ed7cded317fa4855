"""The files of a simulated season, in the publishers' own layouts: the same folders, columns, types, ids and dates.

`layouts.json` contains the columns and types of the real files. A column that is not simulated is NULL. Only what the
raw tables read is written; the secondary sources of the real archive (game logs in addition to box scores, three more
publishers of game lines, four of props) are left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nba_assets.basketball import arenas
from nba_assets.basketball.calendar import EASTERN, Season
from nba_assets.basketball.teams import TEAMS, TRICODES
from nba_assets.sources.simulated import season as made
from nba_assets.sources.simulated.box import ZONES
from nba_assets.sources.simulated.injury_reports import reports
from nba_assets.sources.simulated.league import FIRST_ID, FORMER_PLAYERS, POSITIONS, Floats, Ints, League, Players
from nba_assets.sources.simulated.quotes import BOOKS

Texts = npt.NDArray[np.str_]

CODES: Final = np.array(TRICODES, dtype=object)
TEAM_IDS: Final = np.array([TEAMS[team][0] for team in TRICODES])
CITIES: Final = np.array([TEAMS[team][1] for team in TRICODES], dtype=object)
NICKNAMES: Final = np.array([TEAMS[team][2] for team in TRICODES], dtype=object)
FULL_NAMES: Final = np.array([f"{TEAMS[team][1]} {TEAMS[team][2]}" for team in TRICODES], dtype=object)
FULL_NAMES[TRICODES.index("LAC")] = "Los Angeles Clippers"
COVERED_SHOTS_2021: Final = "0022100580"
"""The real shots of 2021-22 end with this game, and the table `shots` expects none after it."""
UNCOVERED_SHARES: Final = ("0042400403", "0042400407")
"""The real shares end with game 2 of the 2025 Finals, likewise."""
REFEREES: Final = 75
FIRST_REFEREE: Final = 95_000_001
STANDARD_PRICE: Final = -110.0
SNAPSHOT_HOURS: Final = 12.0
ALL_STAR_TEAMS: Final = ((1610699901, "SME", "Sim All Stars East"), (1610699902, "SMW", "Sim All Stars West"))
PRESEASON_ROUNDS: Final = 5
ACTIONS: Final = {
    "restricted_area": "Layup Shot",
    "paint": "Driving Floating Jump Shot",
    "mid_range": "Pullup Jump shot",
    "left_corner": "Jump Shot",
    "right_corner": "Jump Shot",
    "above_the_break": "Jump Shot",
    "backcourt": "Jump Shot",
}
AREAS: Final = {
    "restricted_area": ("Restricted Area", "Center", "C", "Less Than 8 ft."),
    "paint": ("In The Paint (Non-RA)", "Center", "C", "8-16 ft."),
    "mid_range": ("Mid-Range", "Center", "C", "16-24 ft."),
    "left_corner": ("Left Corner 3", "Left Side", "L", "24+ ft."),
    "right_corner": ("Right Corner 3", "Right Side", "R", "24+ ft."),
    "above_the_break": ("Above the Break 3", "Center", "C", "24+ ft."),
    "backcourt": ("Backcourt", "Back Court", "BC", "Back Court Shot"),
}
HOOP_FROM_BASELINE: Final = 5.25


@cache
def layouts() -> Mapping[str, Mapping[str, str]]:
    """Columns and types of the real files, by family."""
    found: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_name("layouts.json").read_text("utf-8"))
    return found


def write(folder: Path, path: str, layout: str, frame: pd.DataFrame) -> None:
    """Writes the frame in a layout; columns of the layout that the frame lacks are NULL."""
    fields = [pa.field(name, pa.type_for_alias(kind)) for name, kind in layouts()[layout].items()]
    if strangers := set(frame.columns) - {field.name for field in fields}:
        raise ValueError(f"{path}: columns {sorted(strangers)} are not in the layout {layout}.")
    columns = [
        pa.array(frame[field.name], field.type, from_pandas=True)
        if field.name in frame
        else pa.nulls(len(frame), field.type)
        for field in fields
    ]
    write_table(folder / path, pa.Table.from_arrays(columns, schema=pa.schema(fields)))


def write_table(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")


def write_season(folder: Path, season: made.Season, players: Players, rng: np.random.Generator) -> None:
    """Writes the files of one season and, below `.parts`, its rows of the files that all seasons share."""
    label = Season(season.dates.start_year).label
    games = _games(season)
    names = players.names
    people = season.players.assign(
        person_id=FIRST_ID + season.players["player"].to_numpy(), name=names[season.players["player"]]
    )
    friendlies = _friendlies(season, rng)
    write(folder, f"schedule/{label}.parquet", "schedule", _schedule(games, friendlies))
    write(folder, f"schedule_tipoff_utc/{label}.parquet", "schedule_tipoff_utc", _tipoffs(games))
    write(folder, f"referees/{label}.parquet", "referees", _referees(games, rng))
    logs = pd.concat([_team_logs(games, people), _friendly_logs(friendlies)], ignore_index=True).assign(SEASON=label)
    write(folder, f"team_game_logs/{label}.parquet", "team_game_logs", logs)
    write(folder, f"player_box_v3/{label}.parquet", "player_box_v3", _player_box(games, people, players))
    shares = _shares(games, people)
    for family in ("player_game_misc", "player_game_scoring"):
        columns = [name for name in layouts()[family] if name in shares]
        write(folder, f"{family}/{label}.parquet", family, shares[columns])
    write(folder, f"shots/{label}.parquet", "shots", _shots(season, games, people, label, rng))
    props = _props(season, games, names, rng)
    write(folder, f"props/oddsapi_historical_player_points/{label}.parquet", "oddsapi_historical_player_points", props)
    write(folder, f"game_lines/sbr_{label}.parquet", "sbr", _sbr(season, games))
    truth = _truth(season, games, people, names, label)
    write_table(folder / f"truth/player_games/{label}.parquet", pa.Table.from_pandas(truth, preserve_index=False))


def write_reports(folder: Path, season: made.Season, players: Players) -> None:
    """Writes the injury reports of one season."""
    label = Season(season.dates.start_year).label
    write_table(folder / f"injury_report/{label}.parquet", reports(season.statuses, _games(season), players))


def _games(season: made.Season) -> pd.DataFrame:
    """The games with dates, names and tip-offs."""
    games = season.games.copy()
    opening = pd.Timestamp(season.dates.opening)
    games["date"] = opening + pd.to_timedelta(games["day"], unit="D")
    games["planned_date"] = opening + pd.to_timedelta(games["planned_day"], unit="D")
    for name, column in (("date", "tip"), ("planned_date", "planned_tip")):
        local = games[name] + pd.to_timedelta(games["tip_hour"], unit="h")
        games[column] = local.dt.tz_localize(EASTERN.key).dt.tz_convert("UTC")
    for side in ("home", "away"):
        games[f"{side}_code"] = CODES[games[side]]
    games["text_date"] = games["date"].dt.strftime("%Y-%m-%d")
    games["gcode"] = games["date"].dt.strftime("%Y%m%d") + "/" + games["away_code"] + games["home_code"]
    return games


def _schedule(games: pd.DataFrame, friendlies: pd.DataFrame) -> pd.DataFrame:
    own = pd.DataFrame(
        {
            "gid": games["game_id"],
            "gcode": games["gcode"],
            "date": games["text_date"],
            "home": games["home_code"],
            "away": games["away_code"],
            "home_score": games["home_points"],
            "away_score": games["away_points"],
        }
    )
    other = friendlies[["gid", "gcode", "date", "home", "away", "home_score", "away_score"]]
    found = pd.concat([other, own], ignore_index=True).sort_values(["date", "gid"], kind="stable", ignore_index=True)
    return found.assign(national_tv="no")


def _tipoffs(games: pd.DataFrame) -> pd.DataFrame:
    """The schedule published before the season: regular season, the postponed game on its original day."""
    planned = games[games["season_type"] == "regular"].sort_values(["planned_day", "game_id"], ignore_index=True)
    asked = planned.assign(game_date=planned["planned_date"], home_team=planned["home_code"])
    return pd.DataFrame(
        {
            "Match Number": np.arange(1, len(planned) + 1),
            "Round Number": 1 + planned["planned_day"] // 7,
            "Date": planned["planned_tip"].dt.strftime("%d/%m/%Y %H:%M"),
            "Location": arenas.sites(asked)["arena"].astype(object),
            "Home Team": FULL_NAMES[planned["home"]],
            "Away Team": FULL_NAMES[planned["away"]],
        }
    )


def _referees(games: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Three officials per game, four in the play-in and playoffs; a moved game is also listed under its first day."""
    crews = np.empty((len(games), 4), dtype=np.int64)
    for _, rows in games.groupby("day").indices.items():
        crews[rows] = rng.permutation(REFEREES)[: 4 * len(rows)].reshape(-1, 4)
    has_fourth = games["season_type"].isin(["play_in", "playoffs"]).to_numpy()
    moved = np.flatnonzero(games["day"] != games["planned_day"])
    rows = np.concatenate([np.arange(len(games)), moved])
    is_first_day = np.arange(len(rows)) >= len(games)
    day = games["date"].iloc[rows].where(~is_first_day, games["planned_date"].iloc[rows])
    found = {
        "game_id": games["game_id"].iloc[rows].to_numpy(),
        "game_date": day.dt.strftime("%m/%d/%Y").to_numpy(),
        "season": "2" + games["game_id"].str[3:5].radd("20").iloc[rows].to_numpy(),
        "game_code": games["gcode"].iloc[rows].to_numpy(),
    }
    for side in ("home", "away"):
        team = games[side].to_numpy()[rows]
        found |= {f"{side}_team_id": TEAM_IDS[team].astype(str), f"{side}_team": CITIES[team]}
        found[f"{side}_team_abbr"] = CODES[team]
    for slot in range(4):
        official = crews[rows, slot]
        is_there = np.full(len(rows), True) if slot < 3 else has_fourth[rows]
        name = np.array([f"Sim Referee {number + 1:02d}" for number in range(REFEREES)], dtype=object)[official]
        found[f"official{slot + 1}"] = np.where(is_there, name, None)
        for suffix, first in (("code", FIRST_REFEREE), ("JNum", 1)):
            found[f"official{slot + 1}_{suffix}"] = pd.array(official + first, dtype="Int64")
            found[f"official{slot + 1}_{suffix}"][~is_there] = pd.NA
    return pd.DataFrame(found)


_TEAM_SUMS: Final = {
    "PTS": "points",
    "FGM": "field_goals_made",
    "FGA": "field_goals_attempted",
    "FG3M": "threes_made",
    "FG3A": "threes_attempted",
    "FTM": "free_throws_made",
    "FTA": "free_throws_attempted",
    "OREB": "offensive_rebounds",
    "DREB": "defensive_rebounds",
    "AST": "assists",
    "STL": "steals",
    "BLK": "blocks",
    "TOV": "turnovers",
    "PF": "personal_fouls",
}


def _team_logs(games: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """One row per side: the sums of its players."""
    sums = people.groupby(["game", "side"])[list(_TEAM_SUMS.values())].sum().reset_index()
    game = games.loc[sums["game"]].reset_index(drop=True)
    is_home = sums["side"].to_numpy() == 0
    team = np.where(is_home, game["home"], game["away"])
    margin = np.where(is_home, 1, -1) * (game["home_points"] - game["away_points"])
    home_first = game["home_code"] + " vs. " + game["away_code"]
    away_first = game["away_code"] + " @ " + game["home_code"]
    found = pd.DataFrame({ours: sums[theirs] for ours, theirs in _TEAM_SUMS.items()})
    found["SEASON_ID"] = game["game_id"].str[2] + "20" + game["game_id"].str[3:5]
    found["TEAM_ID"] = TEAM_IDS[team].astype(str)
    found["TEAM_ABBREVIATION"] = CODES[team]
    found["TEAM_NAME"] = FULL_NAMES[team]
    found["GAME_ID"] = game["game_id"]
    found["GAME_DATE"] = game["text_date"]
    # For a game at a neutral site both rows contain the same text.
    found["MATCHUP"] = home_first.where(is_home & ~game["is_neutral"].to_numpy(), away_first)
    found["WL"] = np.where(margin > 0, "W", "L")
    found["MIN"] = 240 + 25 * game["overtimes"]
    found["REB"] = found["OREB"] + found["DREB"]
    found["PLUS_MINUS"] = margin.astype("float64")
    return _with_shares_made(found)


def _with_shares_made(logs: pd.DataFrame) -> pd.DataFrame:
    for share, made_, tried in (("FG_PCT", "FGM", "FGA"), ("FG3_PCT", "FG3M", "FG3A"), ("FT_PCT", "FTM", "FTA")):
        logs[share] = (logs[made_] / logs[tried].where(logs[tried] > 0)).round(3)
    return logs


def _friendlies(season: made.Season, rng: np.random.Generator) -> pd.DataFrame:
    """Pre-season and all-star games: teams, day and score; scores do not depend on the players' abilities."""
    rows: list[tuple[object, ...]] = []
    year = season.dates.start_year % 100
    for number in range(PRESEASON_ROUNDS):
        pairs = rng.permutation(len(CODES)).reshape(-1, 2)
        for place, (home, away) in enumerate(pairs.tolist()):
            day = season.dates.day(-15 + 2 * number + place % 2)
            game_id = f"001{year:02d}{len(rows) + 1:05d}"
            teams = ((int(TEAM_IDS[team]), CODES[team], FULL_NAMES[team]) for team in (home, away))
            rows.append((game_id, day, *teams))
    rows.append((f"003{year:02d}00001", season.dates.all_star_sunday, *ALL_STAR_TEAMS))
    found = pd.DataFrame(rows, columns=["gid", "day", "home_team", "away_team"])
    found["date"] = pd.to_datetime(found["day"]).dt.strftime("%Y-%m-%d")
    for side in ("home", "away"):
        found[side] = found[f"{side}_team"].str[1]
    found["gcode"] = found["date"].str.replace("-", "") + "/" + found["away"] + found["home"]
    is_all_star = found["gid"].str[2] == "3"
    for side in ("home", "away"):
        scale = np.where(is_all_star, 1.5, 1.0)
        box = {
            "FGM": np.rint(scale * rng.integers(36, 46, len(found))),
            "FG3M": np.rint(scale * rng.integers(9, 16, len(found))),
            "FTM": rng.integers(10, 24, len(found)),
        }
        box |= {
            "FGA": box["FGM"] + np.rint(scale * rng.integers(40, 50, len(found))),
            "FG3A": box["FG3M"] + np.rint(scale * rng.integers(18, 26, len(found))),
            "FTA": box["FTM"] + rng.integers(2, 7, len(found)),
            "OREB": rng.integers(6, 14, len(found)),
            "DREB": rng.integers(28, 40, len(found)),
            "AST": rng.integers(18, 30, len(found)),
            "STL": rng.integers(4, 11, len(found)),
            "BLK": rng.integers(2, 8, len(found)),
            "TOV": rng.integers(9, 19, len(found)),
            "PF": rng.integers(14, 25, len(found)),
        }
        box["PTS"] = 2 * box["FGM"] + box["FG3M"] + box["FTM"]
        for name, values in box.items():
            found[f"{side}_{name}"] = values.astype(np.int64)
    # A tie is settled by one more free throw of the home team.
    is_tied = found["home_PTS"] == found["away_PTS"]
    for name in ("PTS", "FTM", "FTA"):
        found[f"home_{name}"] += is_tied
    found["home_score"], found["away_score"] = found["home_PTS"], found["away_PTS"]
    return found


def _friendly_logs(friendlies: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for side, other, text in (("home", "away", " vs. "), ("away", "home", " @ ")):
        team = friendlies[f"{side}_team"]
        margin = friendlies[f"{side}_PTS"] - friendlies[f"{other}_PTS"]
        boxes = {
            name.removeprefix(f"{side}_"): friendlies[name]
            for name in friendlies
            if name.startswith(f"{side}_") and name.removeprefix(f"{side}_").isupper()
        }
        rows = pd.DataFrame(boxes)
        rows["SEASON_ID"] = friendlies["gid"].str[2] + "20" + friendlies["gid"].str[3:5]
        rows["TEAM_ID"] = team.str[0].astype(str)
        rows["TEAM_ABBREVIATION"], rows["TEAM_NAME"] = team.str[1], team.str[2]
        rows["GAME_ID"], rows["GAME_DATE"] = friendlies["gid"], friendlies["date"]
        rows["MATCHUP"] = team.str[1] + text + friendlies[f"{other}_team"].str[1]
        rows["WL"] = np.where(margin > 0, "W", "L")
        rows["MIN"] = 240
        rows["REB"] = rows["OREB"] + rows["DREB"]
        rows["PLUS_MINUS"] = margin.astype("float64")
        parts.append(_with_shares_made(rows))
    return pd.concat(parts, ignore_index=True).sort_values(["GAME_ID", "MATCHUP"], kind="stable")


def _clock(seconds: pd.Series) -> pd.Series:
    return (seconds // 60).astype(str) + ":" + (seconds % 60).astype(str).str.zfill(2)


def _player_box(games: pd.DataFrame, people: pd.DataFrame, players: Players) -> pd.DataFrame:
    game = games.loc[people["game"]].reset_index(drop=True)
    team = people["team"].to_numpy()
    played = people["status"] == 0
    position = np.array(POSITIONS, dtype=object)[players.position[people["player"]]]
    comments = np.array(["", *made.STATUSES[1:]], dtype=object)
    family = people["name"].str.removeprefix("Sim ")
    found = pd.DataFrame(
        {
            "game_id": game["game_id"],
            "away_team_id": TEAM_IDS[game["away"]],
            "home_team_id": TEAM_IDS[game["home"]],
            "team_id": TEAM_IDS[team].astype(str),
            "team_name": NICKNAMES[team],
            "team_city": CITIES[team],
            "team_tricode": CODES[team],
            "team_slug": np.char.lower(NICKNAMES.astype(str))[team],
            "person_id": people["person_id"].astype(str),
            "first_name": "Sim",
            "family_name": family,
            "name_i": "S. " + family,
            "player_slug": "sim-" + family.str.lower().str.replace(" ", "-"),
            "position": np.where(people["is_starter"] & played, position, ""),
            "comment": comments[people["status"]],
            "jersey_num": "",
            "minutes": _clock(people["seconds"]).where(played, ""),
            "rebounds_offensive": people["offensive_rebounds"],
            "rebounds_defensive": people["defensive_rebounds"],
            "rebounds_total": people["offensive_rebounds"] + people["defensive_rebounds"],
            "fouls_personal": people["personal_fouls"],
            "plus_minus_points": people["plus_minus"].astype("float64"),
            "game_id_nba": game["game_id"],
        }
    )
    for name in ("assists", "steals", "blocks", "turnovers", "points"):
        found[name] = people[name]
    for ours, theirs in (
        ("field_goals", "field_goals"),
        ("three_pointers", "threes"),
        ("free_throws", "free_throws"),
    ):
        hit, tried = people[f"{theirs}_made"], people[f"{theirs}_attempted"]
        found[f"{ours}_made"], found[f"{ours}_attempted"] = hit, tried
        found[f"{ours}_percentage"] = (hit / tried.where(tried > 0)).fillna(0.0).round(3)
    return found


def _shares(games: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The columns of misc and scoring for everyone who played in the regular season and the playoffs."""
    of_type = games["season_type"].isin(["regular", "playoffs"])
    is_covered = of_type & ~games["game_id"].between(*UNCOVERED_SHARES)
    rows = people[(people["status"] == 0) & is_covered.to_numpy()[people["game"]]].reset_index(drop=True)
    game = games.loc[rows["game"]].reset_index(drop=True)
    team = rows["team"].to_numpy()
    is_home = rows["side"].to_numpy() == 0
    threes = rows["threes_made"]
    twos = rows["field_goals_made"] - threes
    two_tries = rows["field_goals_attempted"] - rows["threes_attempted"]
    points = rows["points"]
    assisted = rows["assisted_twos"] + rows["assisted_threes"]

    def share(part: pd.Series, whole: pd.Series, of_nothing: float = 0.0) -> pd.Series:
        return (part / whole.where(whole > 0)).fillna(of_nothing).round(3)

    won = np.where(is_home, 1, -1) * (game["home_points"] - game["away_points"]) > 0
    versus = game["home_code"] + " vs. " + game["away_code"]
    return pd.DataFrame(
        {
            "season": Season.of_day(game["date"].iloc[0].date()).label,
            "player_id": rows["person_id"].astype(str),
            "player_name": rows["name"],
            "nickname": "Sim",
            "team_id": TEAM_IDS[team].astype(str),
            "team": CODES[team],
            "team_name": FULL_NAMES[team],
            "game_id": game["game_id"].str[2:],
            "game_date": game["text_date"] + "T00:00:00",
            "matchup": versus.where(is_home, game["away_code"] + " @ " + game["home_code"]),
            "wl": np.where(won, "W", "L"),
            "min": rows["seconds"] / 60.0,
            "pts_off_tov": rows["points_off_turnovers"],
            "pts_2nd_chance": rows["second_chance_points"],
            "pts_fb": rows["fast_break_points"],
            "pts_paint": rows["points_in_paint"],
            "blk": rows["blocks"],
            "blka": rows["attempts_blocked"],
            "pf": rows["personal_fouls"],
            "pfd": rows["fouls_drawn"],
            "available_flag": 1,
            "min_sec": _clock(rows["seconds"]),
            "season_start": game["date"].iloc[0].year,
            "season_end": game["date"].iloc[0].year + 1,
            "pct_fga_2pt": share(two_tries, rows["field_goals_attempted"]),
            "pct_fga_3pt": share(rows["threes_attempted"], rows["field_goals_attempted"]),
            "pct_pts_2pt": share(2 * twos, points),
            "pct_pts_2pt_mr": share(2 * twos - rows["points_in_paint"], points),
            "pct_pts_3pt": share(3 * threes, points),
            "pct_pts_fb": share(rows["fast_break_points"], points),
            "pct_pts_ft": share(rows["free_throws_made"], points, of_nothing=1.0),
            "pct_pts_off_tov": share(rows["points_off_turnovers"], points),
            "pct_pts_paint": share(rows["points_in_paint"], points),
            "pct_ast_2pm": share(rows["assisted_twos"], twos),
            "pct_uast_2pm": share(twos - rows["assisted_twos"], twos),
            "pct_ast_3pm": share(rows["assisted_threes"], threes),
            "pct_uast_3pm": share(threes - rows["assisted_threes"], threes),
            "pct_ast_fgm": share(assisted, rows["field_goals_made"]),
            "pct_uast_fgm": share(rows["field_goals_made"] - assisted, rows["field_goals_made"]),
            "fgm": rows["field_goals_made"],
            "fga": rows["field_goals_attempted"],
            "fg_pct": share(rows["field_goals_made"], rows["field_goals_attempted"]),
        }
    )


def _shots(
    season: made.Season, games: pd.DataFrame, people: pd.DataFrame, label: str, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per field-goal attempt of the regular season, by game, period and clock."""
    is_covered = games["season_type"] == "regular"
    if label == "2021-22":
        is_covered &= games["game_id"] <= COVERED_SHOTS_2021
    rows = np.flatnonzero(is_covered.to_numpy()[people["game"]])
    counts = np.stack([season.zones_missed[rows], season.zones_made[rows]], axis=1)
    cell = np.repeat(np.arange(counts.size), counts.reshape(-1))
    row, rest = np.divmod(cell, 2 * len(ZONES))
    is_made, zone = np.divmod(rest, len(ZONES))
    person = people.iloc[rows[row]]
    x, y = _places(zone, rng)
    overtimes = games["overtimes"].to_numpy()[person["game"]]
    elapsed = np.floor(rng.random(len(row)) * (2880 + 300 * overtimes)).astype(np.int64)
    in_regulation = elapsed < 2880
    period = np.where(in_regulation, elapsed // 720, 4 + (elapsed - 2880) // 300) + 1
    left = np.where(in_regulation, 719 - elapsed % 720, 299 - (elapsed - 2880) % 300)
    order = np.lexsort((np.arange(len(row)), elapsed, person["game"].to_numpy()))
    # Format dates once per game, not once per shot: formatting is slow.
    game = games[["game_id", "home_code", "away_code"]].assign(printed=games["date"].dt.strftime("%m-%d-%Y"))
    game = game.loc[person["game"]]
    areas = np.array([AREAS[name] for name in ZONES], dtype=object)[zone]
    team = person["team"].to_numpy()
    found = pd.DataFrame(
        {
            "SEASON_1": season.dates.start_year + 1,
            "SEASON_2": label,
            "TEAM_ID": TEAM_IDS[team].astype(str),
            "TEAM_NAME": FULL_NAMES[team],
            "PLAYER_ID": person["person_id"].to_numpy().astype(str),
            "PLAYER_NAME": person["name"].to_numpy(),
            "GAME_DATE": game["printed"].to_numpy(),
            "GAME_ID": game["game_id"].str[2:].to_numpy(),
            "HOME_TEAM": game["home_code"].to_numpy(),
            "AWAY_TEAM": game["away_code"].to_numpy(),
            "EVENT_TYPE": np.where(is_made == 1, "Made Shot", "Missed Shot"),
            "SHOT_MADE": is_made == 1,
            "ACTION_TYPE": np.array([ACTIONS[name] for name in ZONES], dtype=object)[zone],
            "SHOT_TYPE": np.where(zone >= 3, "3PT Field Goal", "2PT Field Goal"),
            "BASIC_ZONE": areas[:, 0],
            "ZONE_NAME": areas[:, 1],
            "ZONE_ABB": areas[:, 2],
            "ZONE_RANGE": areas[:, 3],
            "LOC_X": -x,
            "LOC_Y": np.round(y + HOOP_FROM_BASELINE, 2),
            "SHOT_DISTANCE": np.floor(np.hypot(x, y)).astype(np.int64),
            "QUARTER": period,
            "MINS_LEFT": left // 60,
            "SECS_LEFT": left % 60,
        }
    )
    return found.iloc[order].reset_index(drop=True)


def _places(zone: Ints, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Coordinates in feet from the hoop, to a tenth, by zone."""
    n = len(zone)
    radius = np.select(
        [zone == 0, zone == 1, zone == 2, zone == 6],
        [4.0 * np.sqrt(rng.random(n)), 4.2 + 9.5 * rng.random(n), 14.5 + 7.0 * rng.random(n), 50 + 20 * rng.random(n)],
        23.9 + np.minimum(rng.exponential(1.7, n), 8.0),
    )
    wide = np.select([zone == 0, zone == 1, zone == 2], [np.pi, 0.55 * np.pi, 0.95 * np.pi], 0.7 * np.pi)
    angle = np.pi / 2 + (rng.random(n) - 0.5) * np.where(zone == 6, 0.3 * np.pi, wide)
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    corner = (zone == 3) | (zone == 4)
    x = np.where(corner, np.where(zone == 3, -1.0, 1.0) * (22.1 + 1.3 * rng.random(n)), x)
    y = np.where(corner, -4.0 + 12.0 * rng.random(n), y)
    return _to_a_tenth(x, 25.0), _to_a_tenth(y, 89.0)


def _to_a_tenth(feet: Floats, most: float) -> Floats:
    """Rounded to a tenth, without negative zero, which is the same place but different bytes."""
    found: Floats = np.clip(np.rint(10.0 * feet), -52.0 if most > 25.0 else -10.0 * most, 10.0 * most) / 10.0 + 0.0
    return found


def _event_ids(games: pd.DataFrame) -> Texts:
    """The odds provider's id of each game, 32 hexadecimal digits."""
    return np.array([hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() for text in games["game_id"]])


def _props(season: made.Season, games: pd.DataFrame, names: Texts, rng: np.random.Generator) -> pd.DataFrame:
    """One row per side (over, under) of each quote, in the layout of The Odds API's historical event odds."""
    taken = games["tip"] - pd.to_timedelta(np.round(3600 * (SNAPSHOT_HOURS + rng.normal(0, 0.4, len(games)))), unit="s")
    form = "%Y-%m-%dT%H:%M:%SZ"
    texts = pd.DataFrame(
        {
            "timestamp": taken.dt.strftime(form),
            "previous_timestamp": (taken - pd.Timedelta(minutes=5)).dt.strftime(form),
            "next_timestamp": (taken + pd.Timedelta(minutes=5)).dt.strftime(form),
            "data.id": _event_ids(games),
            "data.sport_key": "basketball_nba",
            "data.sport_title": "NBA",
            "data.commence_time": games["tip"].dt.strftime(form),
            "data.home_team": FULL_NAMES[games["home"]],
            "data.away_team": FULL_NAMES[games["away"]],
        }
    )
    quotes = season.quotes.sort_values(["game", "book", "player", "line"], kind="stable", ignore_index=True)
    rows = texts.iloc[np.repeat(quotes["game"].to_numpy(), 2)].reset_index(drop=True)
    twice = quotes.loc[np.repeat(quotes.index, 2)].reset_index(drop=True)
    is_over = np.arange(len(twice)) % 2 == 0
    rows["bookmakers.key"] = BOOKS["key"].to_numpy()[twice["book"]]
    rows["bookmakers.title"] = BOOKS["title"].to_numpy()[twice["book"]]
    rows["bookmakers.last_update"] = rows["timestamp"]
    rows["bookmakers.markets.key"] = "player_points"
    rows["bookmakers.markets.last_update"] = rows["timestamp"]
    rows["outcomes.name"] = np.where(is_over, "Over", "Under")
    rows["outcomes.description"] = names[twice["player"]]
    rows["outcomes.price"] = np.where(is_over, twice["over"], twice["under"])
    rows["outcomes.point"] = twice["line"]
    return rows


def _sbr(season: made.Season, games: pd.DataFrame) -> pd.DataFrame:
    """Closing lines; `Spread` is positive where the home team is favoured, in 2021-22 without a sign."""
    lines = season.lines.set_index("game").loc[games.index]
    spread = -lines["spread_home"]
    return pd.DataFrame(
        {
            "index": np.arange(len(games)),
            "Date": games["text_date"],
            "Home": FULL_NAMES[games["home"]],
            "Away": FULL_NAMES[games["away"]],
            "OU": lines["total"],
            "Spread": spread.abs() if season.dates.start_year == 2021 else spread,
            "ML_Home": lines["moneyline_home"],
            "ML_Away": lines["moneyline_away"],
            "Points": games["home_points"] + games["away_points"],
            "Win_Margin": games["home_points"] - games["away_points"],
        }
    )


def closing_lines(season: made.Season) -> pd.DataFrame:
    """The season's rows of the consensus closing lines, with prices on both sides of spread and total."""
    games = _games(season)
    lines = season.lines.set_index("game").loc[games.index]
    return pd.DataFrame(
        {
            "event_id": _event_ids(games),
            "home_team": FULL_NAMES[games["home"]],
            "away_team": FULL_NAMES[games["away"]],
            "commence_time": games["tip"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "home_ml": lines["moneyline_home"].astype("float64"),
            "away_ml": lines["moneyline_away"].astype("float64"),
            "home_spread_price": STANDARD_PRICE,
            "away_spread_price": STANDARD_PRICE,
            "spread_point": lines["spread_home"],
            "total_over_price": STANDARD_PRICE,
            "total_under_price": STANDARD_PRICE,
            "total_point": lines["total"],
        }
    )


def transactions(season: made.Season, players: Players) -> pd.DataFrame:
    """The season's moves on and off the injured list, as Pro Sports Transactions prints them."""
    moves = season.moves
    names = "• " + pd.Series(players.names[moves["player"]])
    day = pd.Timestamp(season.dates.opening) + pd.to_timedelta(moves["day"], unit="D")
    return pd.DataFrame(
        {
            "Date": day.dt.strftime("%Y-%m-%d"),
            "Team": NICKNAMES[moves["team"]],
            "Acquired": names.where(~moves["is_out"], ""),
            "Relinquished": names.where(moves["is_out"], ""),
            "Notes": moves["notes"],
        }
    )


def _truth(season: made.Season, games: pd.DataFrame, people: pd.DataFrame, names: Texts, label: str) -> pd.DataFrame:
    """What only the generator knows about every player who played; docs/simulated-league.md lists the columns."""
    truth = season.truth.merge(
        people[["game", "player", "seconds", "points"]], on=["game", "player"], how="left", validate="one_to_one"
    )
    game = games.loc[truth["game"]].reset_index(drop=True)
    known = {
        "game_date": game["date"],
        "game_id": game["game_id"],
        "player_id": FIRST_ID + truth["player"],
        "player_name": names[truth["player"]],
        "team": CODES[truth["team"]],
        "season": label,
        "season_type": game["season_type"],
    }
    found = pd.DataFrame(known)
    rest = truth.drop(columns=["game", "player", "team", "seconds", "points"])
    found = pd.concat([found, rest], axis=1)
    return found.assign(actual_minutes=truth["seconds"] / 60.0, actual_points=truth["points"])


def write_people(folder: Path, league: League, first_season: int, rng: np.random.Generator) -> None:
    """Writes the players of the league and former players whose careers ended before the first season."""
    players = league.players
    count = FORMER_PLAYERS
    former_from = rng.integers(1946, first_season - 3, count)
    former_to = np.minimum(former_from + rng.integers(0, 15, count), first_season - 2)
    kind = rng.integers(0, 3, count)
    position = np.concatenate([players.position, kind])
    names = np.concatenate([players.names, [f"Sim Former {number:04d}" for number in range(1, count + 1)]])
    ids = np.concatenate([players.player_id, FIRST_ID + 5_000_000 + np.arange(count)])
    height = np.concatenate([players.height, 74 + 4 * kind])
    born_year = np.concatenate([players.birth_year, former_from - 22])
    born_day = np.concatenate([players.birth_day, rng.integers(0, 365, count)])
    first = np.concatenate([players.first_season, former_from])
    last = np.concatenate([players.last_season, former_to])
    family = pd.Series(names).str.removeprefix("Sim ")
    slug = "sim-" + family.str.lower().str.replace(" ", "-")
    tall = pd.Series(height // 12).astype(str) + "-" + pd.Series(height % 12).astype(str)
    is_active = np.arange(len(names)) < len(players)
    write(
        folder,
        "players/players_index.parquet",
        "players_index",
        pd.DataFrame(
            {
                "person_id": ids.astype(str),
                "display_last_comma_first": family + ", Sim",
                "display_first_last": names,
                "rosterstatus": np.where(is_active, "1", "0"),
                "from_year.x": first.astype(str),
                "to_year.x": last.astype(str),
                "playercode": slug.str.replace("-", "_"),
                "player_slug.x": slug,
                "games_played_flag": "Y",
                "player_last_name": family,
                "player_first_name": "Sim",
                "player_slug.y": slug,
                "position": np.array(POSITIONS, dtype=object)[position],
                "height": tall,
                "from_year.y": first.astype(str),
                "to_year.y": last.astype(str),
            }
        ),
    )
    born = pd.to_datetime(pd.Series(born_year).astype(str) + "-01-01") + pd.to_timedelta(born_day, unit="D")
    words = np.array(["Guard", "Forward", "Center"], dtype=object)
    write(
        folder,
        "players/players_bio.parquet",
        "players_bio",
        pd.DataFrame(
            {
                "player": names,
                "position": words[position],
                "height": tall,
                "birthdate": born.dt.strftime("%Y-%m-%dT%H:%M:%S"),
                "profile_url": "https://www.nba.com/player/" + pd.Series(ids).astype(str) + "/" + slug,
                "is_active": is_active,
                "is_free_agent": False,
                "is_retired": ~is_active,
                "legacy": False,
            }
        ),
    )
