"""The live publishers of the mini league: replies in the documented formats, as of a clock, with faults on demand.

The values are those of `mini_league`, so the rows that feeds parse can be compared with the mini archive.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from nba_assets.basketball.calendar import EASTERN
from nba_assets.basketball.teams import TEAMS
from nba_assets_tests.injury_pdfs import page, pdf
from nba_assets_tests.local_server import Answer
from nba_assets_tests.mini_league import Game, Row

KEY = "0dd5-k3y/+="
LASTS = timedelta(hours=2, minutes=30)
STATISTICS = {
    "points": "points",
    "fgm": "fieldGoalsMade",
    "fga": "fieldGoalsAttempted",
    "fg3m": "threePointersMade",
    "fg3a": "threePointersAttempted",
    "ftm": "freeThrowsMade",
    "fta": "freeThrowsAttempted",
    "oreb": "reboundsOffensive",
    "dreb": "reboundsDefensive",
    "reb": "reboundsTotal",
    "ast": "assists",
    "stl": "steals",
    "blk": "blocks",
    "tov": "turnovers",
    "pf": "foulsPersonal",
}
REASONS = {"dnp": "DNP_COACH", "dnd": "DND_INJURY"}
Fault = Callable[[str], Answer | None]


@dataclass
class Publishers:
    """Answers like the hosts at the time of the clock.

    Args:
        games: all games of the season.
        clock: now, UTC.
        fault: path -> an answer instead of the regular one; None for the regular one.
        injuries: (published at, US Eastern) -> rows of the report.
        postponed: ids of postponed games.
        lines: lines of the first player of a game.
        books: bookmakers that quote players.
    """

    games: Sequence[Game]
    clock: Callable[[], datetime]
    fault: Fault = lambda path: None
    injuries: dict[datetime, Sequence[tuple[str, ...]]] = field(default_factory=dict)
    postponed: set[str] = field(default_factory=set)
    lines: float = 20.5
    books: Sequence[str] = ("draftkings",)

    def __call__(self, path: str, query: dict[str, str]) -> Answer:
        """The answer for `local_server`."""
        if (broken := self.fault(path)) is not None:
            return broken
        host, _, rest = path.partition("/")
        found: Any
        if host == "ak-static.cms.nba.com":
            return self._report(rest)
        if host == "api.the-odds-api.com":
            return self._odds(rest, query)
        if rest == "static/json/staticData/scheduleLeagueV2.json" or rest == "stats/scheduleleaguev2":
            found = self._schedule()
        elif rest == "stats/scoreboardv3":
            found = self._scoreboard(date.fromisoformat(query["GameDate"]))
        elif "boxscore_" in rest:
            game = self._game(rest.rpartition("_")[2].removesuffix(".json"))
            if game is None or self.clock() < game.tipoff - timedelta(hours=1):
                return Answer(b"<Error>AccessDenied</Error>", status=404)
            found = self._cdn_box(game)
        elif rest == "stats/boxscoretraditionalv3":
            game = self._game(query["GameID"])
            found = {} if game is None else self._stats_box(game)
        else:
            return Answer(b"not served", status=404)
        return _json(found)

    def _game(self, game_id: str) -> Game | None:
        return next((game for game in self.games if game.game_id == game_id), None)

    def _status(self, game: Game) -> tuple[int, str]:
        if game.game_id in self.postponed:
            return 1, "PPD"
        now = self.clock()
        if now < game.tipoff:
            return 1, game.tipoff.astimezone(EASTERN).strftime("%I:%M pm ET")
        return (2, "Q2 07:15") if now < game.tipoff + LASTS else (3, "Final               ")

    def _of_game(self, game: Game, key: str) -> dict[str, Any]:
        status, text = self._status(game)
        return {
            "gameId": game.game_id,
            "gameCode": f"{game.day:%Y%m%d}/{game.away}{game.home}",
            "gameStatus": status,
            "gameStatusText": text,
            key: f"{game.tipoff:%Y-%m-%dT%H:%M:%SZ}",
            "arenaName": "Some Arena",
            "isNeutral": game.is_neutral,
            "postponedStatus": "A",
            "homeTeam": self._side(game, game.home, status),
            "awayTeam": self._side(game, game.away, status),
        }

    @staticmethod
    def _side(game: Game, team: str, status: int) -> dict[str, Any]:
        number, city, name = TEAMS.get(team, (15016, "Somewhere", "Else"))
        score = game.side(team)["points"] if status == 3 else 0
        return {"teamId": number, "teamCity": city, "teamName": name, "teamTricode": team, "score": score}

    def _schedule(self) -> dict[str, Any]:
        dates = [
            {
                "gameDate": f"{day:%m/%d/%Y} 00:00:00",
                "games": [self._of_game(game, "gameDateTimeUTC") for game in self.games if game.day == day],
            }
            for day in sorted({game.day for game in self.games})
        ]
        return {
            "meta": {"version": 1},
            "leagueSchedule": {"seasonYear": "2022-23", "leagueId": "00", "gameDates": dates},
        }

    def _scoreboard(self, day: date) -> dict[str, Any]:
        games = [self._of_game(game, "gameTimeUTC") for game in self.games if game.day == day]
        return {"scoreboard": {"gameDate": day.isoformat(), "leagueId": "00", "games": games}}

    def _cdn_box(self, game: Game) -> dict[str, Any]:
        status, text = self._status(game)
        sides = {}
        for name, team in (("homeTeam", game.home), ("awayTeam", game.away)):
            sides[name] = self._side(game, team, status) | {
                "players": [
                    *(self._cdn_player(row) for row in game.players if row["team"] == team),
                    {"status": "INACTIVE", "personId": 1, "notPlayingReason": "INACTIVE_INJURY"},
                ]
            }
        return {"game": {"gameId": game.game_id, "gameStatus": status, "gameStatusText": text, **sides}}

    @staticmethod
    def _cdn_player(row: Row) -> dict[str, Any]:
        first, _, family = row["name"].partition(" ")
        played = row["status"] == "played"
        minutes, seconds = divmod(row["seconds"], 60)
        found = {
            "status": "ACTIVE",
            "personId": row["player_id"],
            "firstName": first,
            "familyName": family,
            "starter": str(int(row["is_starter"])),
            "played": str(int(played)),
            "statistics": {theirs: row[ours] for ours, theirs in STATISTICS.items()}
            | {"minutes": f"PT{minutes:02d}M{seconds:02d}.20S", "plusMinusPoints": float(row["plus_minus"])},
        }
        found |= {"position": "SG"} if row["is_starter"] else {}
        return found | ({} if played else {"notPlayingReason": REASONS[row["status"]]})

    def _stats_box(self, game: Game) -> dict[str, Any]:
        sides = {}
        for name, team in (("homeTeam", game.home), ("awayTeam", game.away)):
            players = []
            for row in (row for row in game.players if row["team"] == team):
                first, _, family = row["name"].partition(" ")
                played = row["status"] == "played"
                clock = f"{row['seconds'] // 60:02d}:{row['seconds'] % 60:02d}" if played else ""
                comment = {"played": "", "dnp": "DNP - Coach's Decision", "dnd": "DND - Injury/Illness"}[row["status"]]
                players.append(
                    {
                        "personId": row["player_id"],
                        "firstName": first,
                        "familyName": family,
                        "position": "G" if row["is_starter"] else "",
                        "comment": comment,
                        "statistics": {theirs: row[ours] for ours, theirs in STATISTICS.items()}
                        | {"minutes": clock, "plusMinusPoints": float(row["plus_minus"])},
                    }
                )
            sides[name] = {"teamId": TEAMS[team][0], "teamTricode": team, "players": players}
        return {"boxScoreTraditional": {"gameId": game.game_id, **sides}}

    def _event(self, game: Game) -> dict[str, Any]:
        names = {side: " ".join(TEAMS[team][1:]) for side, team in (("home_team", game.home), ("away_team", game.away))}
        commence = f"{game.tipoff:%Y-%m-%dT%H:%M:%SZ}"
        return {"id": f"event{game.game_id}", "sport_key": "basketball_nba", "commence_time": commence, **names}

    def _odds(self, rest: str, query: dict[str, str]) -> Answer:
        headers = {"x-requests-remaining": "400"}
        if query.get("apiKey") != KEY:
            said = {"message": f"API key is not valid: {query.get('apiKey')}", "error_code": "INVALID_KEY"}
            return _json(said, 401)
        waiting = [game for game in self.games if self.clock() < game.tipoff < self.clock() + timedelta(days=2)]
        if rest.endswith("/events"):
            return _json([self._event(game) for game in waiting], headers=headers)
        if "/events/" not in rest:
            return _json([self._event(game) | {"bookmakers": [self._lines(game)]} for game in waiting], headers=headers)
        event = rest.split("/")[-2]
        game = next((game for game in waiting if f"event{game.game_id}" == event), None)
        if game is None:
            return _json({"message": "Event not found", "error_code": "EVENT_NOT_FOUND"}, 404, headers)
        return _json(self._event(game) | {"bookmakers": self._points(game)}, headers=headers)

    def _points(self, game: Game) -> list[dict[str, Any]]:
        names = [row["name"] for row in game.players if row["is_starter"]]
        outcomes = [
            {"name": side, "description": name, "price": 1.87, "point": self.lines + place}
            for place, name in enumerate(names)
            for side in ("Over", "Under")
        ]
        market = {"key": "player_points", "last_update": "2099-01-01T00:00:00Z", "outcomes": outcomes}
        return [{"key": book, "title": book, "markets": [market]} for book in self.books]

    def _lines(self, game: Game) -> dict[str, Any]:
        home, away = (" ".join(TEAMS[team][1:]) for team in (game.home, game.away))
        markets = [
            {"key": "h2h", "outcomes": [{"name": home, "price": -150}, {"name": away, "price": 130}]},
            {
                "key": "spreads",
                "outcomes": [
                    {"name": home, "price": -110, "point": -3.5},
                    {"name": away, "price": -110, "point": 3.5},
                ],
            },
            {
                "key": "totals",
                "outcomes": [
                    {"name": "Over", "price": -110, "point": 221.5},
                    {"name": "Under", "price": -110, "point": 221.5},
                ],
            },
        ]
        return {"key": "draftkings", "title": "DraftKings", "markets": markets}

    def _report(self, rest: str) -> Answer:
        name = rest.rpartition("/")[2].removeprefix("Injury-Report_").removesuffix(".pdf")
        for moment, rows in self.injuries.items():
            if moment <= self.clock() and name in (
                moment.strftime("%Y-%m-%d_%I_%M%p"),
                moment.strftime("%Y-%m-%d_%I%p"),
            ):
                return Answer(pdf([page(moment, rows)]), headers={"Content-Type": "application/pdf"})
        return Answer(b"<Error>AccessDenied</Error>", status=403)


def _json(found: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(json.dumps(found).encode(), status, {"Content-Type": "application/json", **(headers or {})})
