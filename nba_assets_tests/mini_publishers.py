"""The games of the mini league in the format of each publisher of the archive: one function per group of families.

Every function adds rows by file name; columns without a value are NULL in the file.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from math import hypot

from nba_assets.basketball.names import read_aliases
from nba_assets_tests.mini_league import COUNTS, FIRST, OUT, TEAMS, Game, Row, roster, team_id, team_name

INJURIES = "injuries/prosports_transactions.parquet"
AILMENT = "• sprained ankle"
CUT_GAME, CUT_SHOTS = "0022100581", 20
"""The game at which the shots of 2021-22 are cut off, and the number of its shots before the cut."""


def write_games(files: dict[str, list[Row]], season: str, games: list[Game], without: Collection[str]) -> None:
    """Schedule (one game never played; in the second season one missing), team rows, tip-offs, referees."""
    schedule: list[Row] = []
    logs: list[Row] = []
    referees: list[Row] = []
    for game in games:
        points = {team: game.side(team)["points"] for team in (game.home, game.away)}
        entry = {
            "gid": game.game_id,
            "gcode": f"{game.day:%Y%m%d}/{game.away}{game.home}",
            "date": f"{game.day}",
            "home": game.home,
            "away": game.away,
            "home_score": points[game.home],
            "away_score": points[game.away],
            "national_tv": "no",
        }
        if season == "2021-22" or not game.game_id.endswith("00004"):
            schedule.append(entry)
        for team, other in ((game.home, game.away), (game.away, game.home)):
            side = game.side(team)
            matchup = (
                f"{team} vs. {other}" if team == game.home and not game.is_neutral else f"{game.away} @ {game.home}"
            )
            logs.append(
                {name.upper(): side[name] for name in COUNTS if name not in ("points", "seconds")}
                | {
                    "SEASON_ID": f"{game.game_id[2]}20{season[2:4]}",
                    "TEAM_ID": team_id(team),
                    "TEAM_ABBREVIATION": team,
                    "TEAM_NAME": team_name(team),
                    "GAME_ID": game.game_id,
                    "GAME_DATE": f"{game.day}",
                    "MATCHUP": matchup,
                    "WL": "W" if points[team] > points[other] else "L",
                    "MIN": side["seconds"] // 60,
                    "PTS": side["points"],
                    "PLUS_MINUS": float(points[team] - points[other]),
                    "SEASON": season,
                }
            )
        crew = ("Zach Zarba", "Tony Brothers", "Scott Foster") + (("Marc Davis",) if game.kind == "playoffs" else ())
        referees.append(
            {
                "game_id": game.game_id,
                "game_date": f"{game.day:%m/%d/%Y}",
                "home_team_abbr": game.home,
                "away_team_abbr": game.away,
            }
            | {f"official{place}": name for place, name in enumerate(crew, 1)}
            | {f"official{place}_code": 1000 + place for place in range(1, len(crew) + 1)}
        )
    never = {
        "gid": f"004{season[2:4]}00109",
        "date": f"{games[-1].day - timedelta(days=1)}",
        "home": "MIL",
        "away": "BKN",
        "national_tv": "no",
    }
    files[f"schedule/{season}.parquet"] = [*schedule, never]
    files[f"team_game_logs/{season}.parquet"] = logs[::-1]
    if "referees" not in without:
        files[f"referees/{season}.parquet"] = referees
    if "tipoffs" not in without and season != "2021-22":
        files[f"schedule_tipoff_utc/{season}.parquet"] = [
            {
                "Date": f"{game.tipoff:%d/%m/%Y %H:%M}",
                "Location": "somewhere",
                "Home Team": team_name(game.home),
                "Away Team": team_name(game.away),
            }
            for game in games
            if game.kind == "regular"
        ]


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"


def write_boxes(files: dict[str, list[Row]], season: str, games: list[Game], without: Collection[str]) -> None:
    """player_box_v3 from 2022-23 on (all-star games too), logs without play-in, playoffs of the first season."""
    logs, misc, scoring, lite, v3, playoffs = ([] for _ in range(6))
    for game in games:
        for row in game.players if game.kind != "preseason" else ():
            counts = {name: row[name] for name in COUNTS if name not in ("points", "seconds")}
            first, _, family = row["name"].partition(" ")
            if season != "2021-22":
                v3.append(_v3(game, row, first, family))
            elif game.kind == "playoffs":
                playoffs.append(_playoffs(game, row))
            if game.kind not in ("regular", "playoffs") or row["status"] != "played":
                continue
            head = {
                "season": season,
                "player_id": str(row["player_id"]),
                "player_name": row["name"],
                "team_id": team_id(row["team"]),
                "team": row["team"],
                "game_id": game.game_id[2:],
                "game_date": f"{game.day}T00:00:00",
                "min_sec": _clock(row["seconds"]),
            }
            logs.append(
                head | counts | {"pts": row["points"], "plus_minus": row["plus_minus"], "min": row["seconds"] / 60}
            )
            misc.append(
                head
                | {
                    "min": row["seconds"] / 60,
                    "pts_paint": row["paint_points"],
                    "pts_fb": 0,
                    "pts_off_tov": 0,
                    "pts_2nd_chance": 0,
                    "blka": 0,
                    "pfd": 0,
                }
            )
            scoring.append(
                head | shares_of(row) | {"min": round(row["seconds"] / 60, 1), "fgm": row["fgm"], "fga": row["fga"]}
            )
            other = game.away if row["team"] == game.home else game.home
            lite.append(
                {
                    "PLAYER_ID": str(row["player_id"]),
                    "PLAYER_NAME": row["name"],
                    "TEAM_ABBREVIATION": row["team"],
                    "GAME_DATE": f"{game.day}",
                    "MATCHUP": f"{row['team']} vs. {other}",
                    "MIN": round(row["seconds"] / 60),
                    "PTS": row["points"],
                    "REB": row["reb"],
                    "AST": row["ast"],
                    "STL": row["stl"],
                    "BLK": row["blk"],
                    "TOV": row["tov"],
                    "PLUS_MINUS": row["plus_minus"],
                    "SEASON_TYPE": "Playoffs" if game.kind == "playoffs" else "Regular Season",
                }
            )
    files[f"player_game_logs/{season}.parquet"] = logs
    for name, rows in (("player_box_v3", v3), ("player_box_playoffs", playoffs)):
        if rows:
            files[f"{name}/{season}.parquet"] = rows
    if "scoring" not in without:
        files[f"player_game_misc/{season}.parquet"] = misc
        files[f"player_game_scoring/{season}.parquet"] = scoring
    if "lite" not in without:
        files[f"player_game_logs_lite/{season}.parquet"] = lite


_V3_NAMES = {
    "fgm": "field_goals_made",
    "fga": "field_goals_attempted",
    "fg3m": "three_pointers_made",
    "fg3a": "three_pointers_attempted",
    "ftm": "free_throws_made",
    "fta": "free_throws_attempted",
    "oreb": "rebounds_offensive",
    "dreb": "rebounds_defensive",
    "reb": "rebounds_total",
    "ast": "assists",
    "stl": "steals",
    "blk": "blocks",
    "tov": "turnovers",
    "pf": "fouls_personal",
    "points": "points",
}


def _v3(game: Game, row: Row, first: str, family: str) -> Row:
    comment = {"played": "", "dnp": "DNP - Coach's Decision", "dnd": "DND - Injury/Illness"}[row["status"]]
    return {theirs: row[ours] for ours, theirs in _V3_NAMES.items()} | {
        "game_id": game.game_id,
        "game_id_nba": game.game_id,
        "team_id": team_id(row["team"]),
        "team_tricode": row["team"],
        "home_team_id": int(team_id(game.home)),
        "away_team_id": int(team_id(game.away)),
        "person_id": str(row["player_id"]),
        "first_name": first,
        "family_name": family,
        "position": "G" if row["is_starter"] else "",
        "comment": comment,
        "jersey_num": "",
        "minutes": _clock(row["seconds"]) if row["status"] == "played" else "",
        "plus_minus_points": float(row["plus_minus"]),
    }


def _playoffs(game: Game, row: Row) -> Row:
    def camel(name: str) -> str:
        head, *tail = name.split("_")
        return head + "".join(word.title() for word in tail)

    counts = {camel(theirs): row[ours] for ours, theirs in _V3_NAMES.items() if ours != "reb"}
    return counts | {
        "game_data": f"{game.day}",
        "gameId": game.game_id[2:],
        "teamId": team_id(row["team"]),
        "personId": str(row["player_id"]),
        "personName": row["name"],
        "position": "G" if row["is_starter"] else None,
        "plusMinusPoints": row["plus_minus"],
    }


def shares_of(row: Row) -> Row:
    """Shares as published: rounded to .001; shares of zero points are 0, that of free throws 1."""

    def share(part: float, whole: float) -> float:
        return round(part / whole, 3) if whole else 0.0

    twos, points, made = row["fga"] - row["fg3a"], row["points"], row["fgm"]
    shares = {
        "pct_fga_2pt": share(twos, row["fga"]),
        "pct_fga_3pt": share(row["fg3a"], row["fga"]),
        "pct_pts_2pt": share(2 * (made - row["fg3m"]), points),
        "pct_pts_2pt_mr": share(row["mid_points"], points),
        "pct_pts_3pt": share(3 * row["fg3m"], points),
        "pct_pts_paint": share(row["paint_points"], points),
        "pct_pts_ft": share(row["ftm"], points) if points else 1.0,
        "pct_pts_fb": 0.0,
        "pct_pts_off_tov": 0.0,
    }
    threes = min(row["assisted"], row["fg3m"])
    for name, part, whole in (
        ("fgm", row["assisted"], made),
        ("3pm", threes, row["fg3m"]),
        ("2pm", row["assisted"] - threes, made - row["fg3m"]),
    ):
        shares |= {f"pct_ast_{name}": share(part, whole), f"pct_uast_{name}": share(whole - part, whole)}
    return shares


def has_players(game: Game) -> bool:
    """Whether a family has the game's players: not in the pre-season, in 2021-22 not for play-in and all-star game."""
    return game.kind != "preseason" and not (game.season == "2021-22" and game.kind in ("play_in", "all_star"))


def has_shots(game: Game) -> bool:
    """Whether there are shots: in the regular season; in the first season up to game 580, and a part of game 581."""
    return game.kind == "regular" and (game.season != "2021-22" or game.game_id <= CUT_GAME)


def has_complete_shots(game: Game, files: Mapping[str, list[Row]]) -> bool:
    has_file = any(
        f"shots_nba_api_capped/{game.season}.parquet" == name or f"shots/{game.season}.parquet" == name
        for name in files
    )
    return has_file and has_shots(game) and game.game_id != CUT_GAME


def write_shots(files: dict[str, list[Row]], season: str, games: list[Game], without: Collection[str]) -> None:
    rows: list[Row] = []
    for game in games if "shots" not in without else ():
        shots = game.shots[:CUT_SHOTS] if game.game_id == CUT_GAME else game.shots
        for shot in shots if has_shots(game) else ():
            feet, kind = (
                int(hypot(shot["x"], shot["y"]) / 10),
                "3PT Field Goal" if "3" in shot["area"] else "2PT Field Goal",
            )
            same = {"PLAYER_NAME": shot["name"], "SHOT_DISTANCE": feet, "SHOT_TYPE": kind, "ACTION_TYPE": "Jump Shot"}
            minutes, seconds = divmod(shot["left"], 60)
            if season == "2021-22":
                rows.append(
                    same
                    | {
                        "GAME_ID": game.game_id,
                        "GAME_EVENT_ID": shot["event"],
                        "PLAYER_ID": shot["player_id"],
                        "TEAM_ID": int(team_id(shot["team"])),
                        "PERIOD": shot["period"],
                        "MINUTES_REMAINING": minutes,
                        "SECONDS_REMAINING": seconds,
                        "SHOT_ZONE_BASIC": shot["area"],
                        "LOC_X": shot["x"],
                        "LOC_Y": shot["y"],
                        "SHOT_MADE_FLAG": int(shot["made"]),
                        "GAME_DATE": f"{game.day:%Y%m%d}",
                    }
                )
            else:
                rows.append(
                    same
                    | {
                        "GAME_ID": game.game_id[2:],
                        "PLAYER_ID": str(shot["player_id"]),
                        "TEAM_ID": team_id(shot["team"]),
                        "QUARTER": shot["period"],
                        "MINS_LEFT": minutes,
                        "SECS_LEFT": seconds,
                        "BASIC_ZONE": shot["area"],
                        "LOC_X": -shot["x"] / 10,
                        "LOC_Y": round(shot["y"] / 10 + 5.25, 2),
                        "SHOT_MADE": shot["made"],
                        "GAME_DATE": f"{game.day:%m-%d-%Y}",
                    }
                )
    if rows:
        files[f"{'shots_nba_api_capped' if season == '2021-22' else 'shots'}/{season}.parquet"] = rows


def write_props(files: dict[str, list[Row]], season: str, games: list[Game], without: Collection[str]) -> None:
    """Season 2: one line at DraftKings, three at BetRivers; a nickname, a late quote, a team total, a duplicate."""
    if season == "2021-22" or "props" in without:
        return
    rows: list[Row] = []
    for game in games:
        event = {
            "data.id": f"{int(game.game_id):032x}",
            "data.commence_time": f"{game.tipoff:%Y-%m-%dT%H:%M:%SZ}",
            "bookmakers.markets.key": "player_points",
            "data.home_team": team_name(game.home),
            "data.away_team": team_name(game.away),
            "timestamp": f"{game.tipoff - timedelta(hours=12):%Y-%m-%dT%H:%M:%SZ}",
        }

        def add(book: str, name: str, line: float, over: float, under: float, event: Row = event, **other: str) -> None:
            for side, price in (("Over", over), ("Under", under)):
                rows.append(
                    event
                    | {
                        "bookmakers.key": book,
                        "outcomes.name": side,
                        "outcomes.description": name,
                        "outcomes.price": price,
                        "outcomes.point": line,
                    }
                    | other
                )

        starters = [row for row in game.players if row["is_starter"]] if game.kind == "regular" else []
        for place, row in enumerate(starters):
            first, _, family = row["name"].partition(" ")
            line = 12.5 + place % 5
            add("draftkings", "Nicolas Claxton" if row["name"] == "Nic Claxton" else row["name"], line, 1.83, 1.91)
            for step, over in ((0.0, 1.9), (5.0, 2.6), (-5.0, 1.4)):
                add("betrivers", f"{family} {first}", line + step, over, round(1 / (1.05 - 1 / over), 2))
        if game.game_id == "0022200001":
            add(
                "draftkings",
                starters[0]["name"],
                30.5,
                1.9,
                1.9,
                timestamp=f"{game.tipoff + timedelta(minutes=10):%Y-%m-%dT%H:%M:%SZ}",
            )
            add("bovada", "Bkn Nets Alternate Total", 101.5, 1.9, 1.9)
            rows.append(dict(rows[0]))
    files[f"props/oddsapi_historical_player_points/{season}.parquet"] = rows


def _american(probability: float) -> int:
    return (
        round(-100 * probability / (1 - probability))
        if probability > 0.5
        else round(100 * (1 - probability) / probability)
    )


def write_lines(files: dict[str, list[Row]], games: list[Game], without: Collection[str]) -> None:
    """Four publishers of closing lines; in 2021-22 the `Spread` of sbr has no sign."""
    sbr: dict[str, list[Row]] = {}
    odds, spreads, kaggle = ([] for _ in range(3))
    for game in games if "lines" not in without else ():
        if game.kind in ("preseason", "all_star"):
            continue
        rng = random.Random(f"lines {game.game_id}")
        size, is_home = rng.choice([2.5, 4.0, 6.5, 8.0]), rng.random() < 0.6
        odds_on = 2.718281828 ** (size / 6.8)
        favourite, other = _american(1.036 * odds_on / (1 + odds_on)), _american(1.036 / (1 + odds_on))
        home_ml, away_ml = (favourite, other) if is_home else (other, favourite)
        total, favoured = 215.5 + rng.randrange(20), "home" if is_home else "away"
        year = game.season
        sbr.setdefault(year, []).append(
            {
                "Date": f"{year}-{game.day:%m%d}",
                "Home": team_name(game.home),
                "Away": team_name(game.away),
                "OU": total,
                "ML_Home": home_ml,
                "ML_Away": str(away_ml) if year == "2021-22" else away_ml,
                "Spread": size if year == "2021-22" or is_home else -size,
            }
        )
        same = {
            "season": int(year[:4]) + 1,
            "home": TEAMS[game.home][2],
            "away": TEAMS[game.away][2],
            "spread": size,
            "whos_favored": favoured,
        }
        if game.kind == "regular":
            spreads.append(same | {"date": datetime.combine(game.day, time())})
        if year == "2021-22":
            kaggle.append(
                same
                | {
                    "dates": f"{game.day:%m/%d/%Y}",
                    "total": total,
                    "moneyline_home": home_ml,
                    "moneyline_away": away_ml,
                }
            )
        elif game.kind == "regular":
            odds.append(
                {
                    "event_id": f"{int(game.game_id):032x}",
                    "home_team": team_name(game.home),
                    "away_team": team_name(game.away),
                    "home_ml": float(home_ml),
                    "away_ml": float(away_ml),
                    "commence_time": f"{game.tipoff:%Y-%m-%dT%H:%M:%SZ}",
                    "spread_point": -size if is_home else size,
                    "home_spread_price": -108.5,
                    "total_over_price": -109.5,
                    "total_under_price": -108.0,
                    "total_point": total,
                }
            )
    if sbr:
        files |= {f"game_lines/sbr_{season}.parquet": rows for season, rows in sbr.items()}
        files["game_lines/spreads_2021-22_2024-25.parquet"] = spreads
        files["game_lines/kaggle_sbr_2021-22_2022-23.parquet"] = kaggle
        files["game_lines/oddsapi_consensus_closing.parquet"] = odds


def injuries(seasons: Sequence[str]) -> list[Row]:
    """Moves of the players in OUT, one before the first partition, and one with an ailment in place of a player."""
    names = {number: (name, team) for team in TEAMS for number, name in roster(team, "2021-22", 0)}
    rows = [("2021-07-03", "Bucks", "", "• Brook Lopez", "placed on IL with sore back")]
    for season in seasons:
        for number, days in OUT[season].items():
            name, team = names[number]
            nickname, first = team_name(team).split()[-1], FIRST[season]
            rows.append(
                (
                    f"{first + timedelta(days=days.start)}",
                    nickname,
                    "",
                    f"• {name}",
                    "placed on IL with sprained left knee",
                )
            )
            rows.append((f"{first + timedelta(days=days.stop)}", nickname, f"• {name}", "", "activated from IL"))
        rows.append((f"{FIRST[season] + timedelta(days=3)}", "Warriors", "", AILMENT, "(DTD)"))
    return [dict(zip(("Date", "Team", "Acquired", "Relinquished", "Notes"), row, strict=True)) for row in rows]


def write_people(files: dict[str, list[Row]]) -> None:
    """The players of the teams, those of `player_aliases.csv`, and the minimum of veterans and newcomers of 2022."""
    people = {number: name for team in TEAMS for number, name in roster(team, "2021-22", 0)}
    aliases = read_aliases()
    for number, evidence in zip(aliases["player_id"], aliases["evidence"], strict=True):
        people.setdefault(int(number), str(evidence).split(":")[0])
    bio: list[Row] = []
    for place, (number, name) in enumerate(sorted(people.items())):
        born = date(1990, 1, 1) + timedelta(days=37 * place)
        born_text = f"{born:%B} {born.day}, {born.year}" if place % 2 else f"{born}T00:00:00"
        url = f"https://www.nba.com/player/{number}/{name.split()[0].lower()}"
        bio.append({"player": name, "position": "Guard", "height": "6-7", "birthdate": born_text, "profile_url": url})
    seasons = dict.fromkeys(people, ("2015", "2025"))
    for number in range(5000, 9560):
        people[number] = f"{chr(65 + number % 26)}{number:b} Filler".translate(str.maketrans("01", "ab"))
        seasons[number] = ("1970", "1980") if number < 9500 else ("2022", "2025")
    index = []
    for number, name in sorted(people.items()):
        first, _, family = name.partition(" ")
        index.append(
            {
                "person_id": str(number),
                "display_first_last": name,
                "player_first_name": first,
                "player_last_name": family,
            }
            | {"position": "G-F", "height": "6-7", "from_year.x": seasons[number][0], "to_year.x": seasons[number][1]}
        )
    files["players/players_index.parquet"], files["players/players_bio.parquet"] = index, bio
