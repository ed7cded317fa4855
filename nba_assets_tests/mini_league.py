"""The mini league of the mini archive: games, line-ups, and every shot, from which the box scores are counted.

Four teams, two seasons of twelve competitive days each, generated from the game's id as seed, so that the games are
reproducible.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
FIRST = {"2021-22": date(2021, 10, 19), "2022-23": date(2022, 10, 18)}
"""First game day of each season."""
Row = dict[str, Any]

# tricode: (team id, name, code in the line files, twelve players: id, name; the first five available start)
TEAMS: Mapping[str, tuple[int, str, str, str]] = {
    "BKN": (
        1610612751,
        "Brooklyn Nets",
        "bkn",
        "201142 Kevin Durant;201935 James Harden;202681 Kyrie Irving;1629651 Nic Claxton;"
        "201933 Blake Griffin;201988 Patty Mills;1628971 Bruce Brown;201949 James Johnson;1630560 Cam Thomas;"
        "1630556 Kessler Edwards;203552 Seth Curry;1627761 DeAndre' Bembry",
    ),
    "MIL": (
        1610612749,
        "Milwaukee Bucks",
        "mil",
        "203507 Giannis Antetokounmpo;201950 Jrue Holiday;203114 Khris Middleton;"
        "201572 Brook Lopez;1628960 Grayson Allen;1626171 Bobby Portis;1626192 Pat Connaughton;201588 George Hill;"
        "1629670 Jordan Nwora;203648 Thanasis Antetokounmpo;1628975 Jevon Carter;202083 Wesley Matthews",
    ),
    "LAL": (
        1610612747,
        "Los Angeles Lakers",
        "lal",
        "2544 LeBron James;203076 Anthony Davis;201566 Russell Westbrook;"
        "1628370 Malik Monk;1630559 Austin Reaves;2546 Carmelo Anthony;1629659 Talen Horton-Tucker;"
        "202340 Avery Bradley;1626169 Stanley Johnson;2730 Dwight Howard;201961 Wayne Ellington;2772 Trevor Ariza",
    ),
    "GSW": (
        1610612744,
        "Golden State Warriors",
        "gs",
        "201939 Stephen Curry;202691 Klay Thompson;203952 Andrew Wiggins;"
        "203110 Draymond Green;1626172 Kevon Looney;1629673 Jordan Poole;203490 Otto Porter Jr.;1627780 Gary Payton II;"
        "1627814 Damion Lee;1630228 Jonathan Kuminga;1629308 Juan Toscano-Anderson;1630541 Moses Moody",
    ),
}
ALL_STARS = {"DRT": (1610616833, "Team Durant"), "LBN": (1610616834, "Team LeBron")}
# Days after the season's first: kind of game, home, away, marks. ot2 = double overtime; neutral = both team rows have
# the same text (second season only); the second day is a back-to-back; days between are off.
SEASONS = """
0 regular MIL BKN | 0 regular LAL GSW | 1 regular BKN LAL | 3 regular GSW MIL
5 regular BKN GSW | 5 regular MIL LAL ot2
7 regular GSW BKN | 7 regular LAL MIL | 9 regular MIL GSW neutral | 10 regular BKN MIL | 10 regular GSW LAL
11 all_star DRT LBN | 13 regular MIL BKN ot1 | 13 regular LAL GSW | 15 regular BKN LAL
18 play_in GSW LAL | 21 playoffs MIL BKN | 23 playoffs BKN MIL
"""
BUSY_FROM, BUSY_UNTIL = 17, 155
"""Offsets of the days, every other one with two games, that a busy season has before its play-in."""
PREFIX = {"preseason": "001", "regular": "002", "all_star": "003", "playoffs": "004", "play_in": "005"}
TRADED, FROM, TO, TRADE_AFTER = 1628971, "BKN", "LAL", 7
OUT = {"2021-22": {201142: range(4, 9)}, "2022-23": {202691: range(2, 6), 203076: range(6, 14)}}
"""Injured players and the days on which they are out."""
SECONDS = (2040, 1980, 1920, 1860, 1800, 1200, 1080, 1020, 900, 600)
ZONES = {
    "Restricted Area": "paint",
    "In The Paint (Non-RA)": "paint",
    "Mid-Range": "mid_range",
    "Above the Break 3": "three",
    "Left Corner 3": "three",
}


@dataclass
class Game:
    game_id: str
    day: date
    season: str
    kind: str
    home: str
    away: str
    overtimes: int
    is_neutral: bool
    players: list[Row] = field(default_factory=list)
    shots: list[Row] = field(default_factory=list)

    @property
    def tipoff(self) -> datetime:
        hour = 22 if self.home in ("LAL", "GSW") else 19
        return datetime.combine(self.day, time(hour, 30), EASTERN).astimezone(UTC)

    def side(self, team: str) -> Row:
        """The team's box score: sums over its players."""
        rows = [row for row in self.players if row["team"] == team and row["status"] == "played"]
        return {name: sum(row[name] for row in rows) for name in COUNTS}


COUNTS = ("points fgm fga fg3m fg3a ftm fta oreb dreb reb ast stl blk tov pf seconds").split()


def roster(team: str, season: str, offset: int) -> list[tuple[int, str]]:
    """Players of a team on a day, after trades."""
    found = [(int(number), name) for number, _, name in (text.partition(" ") for text in TEAMS[team][3].split(";"))]
    is_traded = season != "2021-22" or offset > TRADE_AFTER
    if is_traded and team == FROM:
        return [player for player in found if player[0] != TRADED]
    return [*found, (TRADED, "Bruce Brown")] if is_traded and team == TO else found


def busy(plan: list[list[str]]) -> list[list[str]]:
    """The plan with many more regular games: enough results for distributions of errors, so for bets."""
    length = BUSY_UNTIL - BUSY_FROM + 1
    later = dict.fromkeys(("play_in", "playoffs"), length)
    pairings = (("BKN MIL", "LAL GSW"), ("GSW BKN", "MIL LAL"), ("LAL BKN", "GSW MIL"))
    more = [
        [str(offset), "regular", *teams.split()]
        for offset in range(BUSY_FROM, BUSY_UNTIL + 1, 2)
        for teams in pairings[offset // 2 % 3]
    ]
    moved = [[str(int(offset) + later.get(kind, 0)), kind, *rest] for offset, kind, *rest in plan]
    return sorted([*moved, *more], key=lambda game: int(game[0]))


def games_of(season: str, is_busy: bool = False) -> list[Game]:
    """The games of a season, oldest first; a busy one has seventy more days of regular games, see `busy`."""
    year, first = season[2:4], FIRST[season]
    plan = [line.split() for line in SEASONS.replace("\n", "|").split("|") if line.strip()]
    if is_busy:
        plan = busy(plan)
    plan.insert(0, [str(-9 if year == "21" else -4), "preseason", "GSW", "LAL"])
    counts: dict[str, int] = {}
    games = []
    for offset, kind, home, away, *marks in plan:
        counts[kind] = counts.get(kind, 0) + 1
        number = counts[kind]
        # The shots of 2021-22 end with game 580, as in the archive: from the tenth day on game numbers are higher.
        if year == "21" and kind == "regular" and int(offset) >= 10:
            number += 571
        tail = {"playoffs": f"0010{number}", "play_in": "00111"}.get(kind, f"{number:05d}")
        game = Game(
            f"{PREFIX[kind]}{year}{tail}",
            first + timedelta(days=int(offset)),
            season,
            kind,
            home,
            away,
            overtimes=int(marks[0][2:]) if marks and marks[0].startswith("ot") else 0,
            is_neutral="neutral" in marks and year == "22",
        )
        play(game, int(offset))
        games.append(game)
    return games


def play(game: Game, offset: int) -> None:
    """Generates line-ups and every shot; box scores are counted from the shots."""
    rng = random.Random(f"mini archive {game.game_id}")
    for team in (game.home, game.away):
        listed = (
            roster(team, game.season, offset)
            if team in TEAMS
            else roster({"DRT": "BKN", "LBN": "LAL"}[team], "2021-22", 0)
        )
        out = [number for number, days in OUT[game.season].items() if offset in days]
        available = [player for player in listed if player[0] not in out]
        bench = sorted(rng.sample(available[5:], 5))
        seconds = [base + 300 * game.overtimes * (place < 5) for place, base in enumerate(SECONDS)]
        for place in range(0, 10, 2):
            moved = rng.randrange(120)
            seconds[place], seconds[place + 1] = seconds[place] + moved, seconds[place + 1] - moved
        playing = dict(zip([*available[:5], *bench], seconds, strict=True))
        for player in listed:
            row = {"player_id": player[0], "name": player[1], "team": team, "seconds": playing.get(player, 0)}
            row["is_starter"] = player in available[:5]
            row["status"] = "played" if player in playing else "dnd" if player[0] in out else "dnp"
            box(rng, game, row)
            game.players.append(row)
    home, away = game.side(game.home)["points"], game.side(game.away)["points"]
    if home == away:
        first = next(row for row in game.players if row["status"] == "played")
        for name in ("ftm", "fta", "points"):
            first[name] += 1
        home += 1
    for row in game.players:
        row["plus_minus"] = round((home - away) * row["seconds"] / 2880) * (1 if row["team"] == game.home else -1)
    rng.shuffle(game.shots)
    length = 2880 + 300 * game.overtimes
    for place, shot in enumerate(game.shots):
        elapsed = (place + 1) * length // (len(game.shots) + 1)
        shot["period"] = 1 + elapsed // 720 if elapsed < 2880 else 5 + (elapsed - 2880) // 300
        shot["left"] = 720 * shot["period"] - elapsed if elapsed < 2880 else 2880 + 300 * (shot["period"] - 4) - elapsed
        shot["event"] = 7 + 3 * place


def box(rng: random.Random, game: Game, row: Row) -> None:
    row.update(dict.fromkeys((name for name in COUNTS if name != "seconds"), 0))
    row["paint_points"] = row["mid_points"] = row["assisted"] = 0
    if row["status"] != "played":
        return
    for _ in range(row["seconds"] // 160 + rng.randrange(3)):
        area = rng.choice(
            ["Restricted Area", "In The Paint (Non-RA)", "Mid-Range", "Above the Break 3", "Left Corner 3"]
        )
        zone, is_made = ZONES[area], rng.random() < (0.36 if "3" in area else 0.52)
        x, y = {
            "Restricted Area": (rng.randint(-25, 25), rng.randint(0, 25)),
            "Mid-Range": (rng.randint(100, 150), rng.randint(60, 130)),
            "In The Paint (Non-RA)": (rng.randint(-60, 60), rng.randint(50, 110)),
            "Left Corner 3": (-225, rng.randint(0, 60)),
            "Above the Break 3": (rng.randint(-80, 80), rng.randint(240, 270)),
        }[area]
        game.shots.append(
            {
                "player_id": row["player_id"],
                "name": row["name"],
                "team": row["team"],
                "area": area,
                "x": x,
                "y": y,
                "made": is_made,
            }
        )
        row["fga"] += 1
        row["fg3a"] += zone == "three"
        row["fgm"] += is_made
        row["fg3m"] += is_made and zone == "three"
        row["paint_points"] += 2 * (is_made and zone == "paint")
        row["mid_points"] += 2 * (is_made and zone == "mid_range")
        row["assisted"] += is_made and rng.random() < 0.6
    row["fta"] = rng.randrange(row["seconds"] // 400 + 1)
    row["ftm"] = rng.randint(0, row["fta"])
    row["points"] = 2 * row["fgm"] + row["fg3m"] + row["ftm"]
    for name, most in (("oreb", 2), ("dreb", 5), ("ast", 5), ("stl", 2), ("blk", 2), ("tov", 3), ("pf", 4)):
        row[name] = rng.randint(0, most)
    row["reb"] = row["oreb"] + row["dreb"]


def team_id(team: str) -> str:
    return str(TEAMS[team][0] if team in TEAMS else ALL_STARS[team][0])


def team_name(team: str) -> str:
    return TEAMS[team][1] if team in TEAMS else ALL_STARS[team][1]
