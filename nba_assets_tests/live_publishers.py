"""The live publishers of the mini league: replies in the documented formats, as of a clock, with faults on demand.

The values are those of `mini_league`, so the rows that feeds parse can be compared with the mini archive.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import hypot
from typing import Any

from nba_assets.basketball.calendar import EASTERN
from nba_assets.basketball.teams import TEAMS
from nba_assets_tests.injury_pdfs import page, pdf
from nba_assets_tests.local_server import Answer
from nba_assets_tests.mini_league import FIRST as FIRST_DAY
from nba_assets_tests.mini_league import TEAMS as LEAGUE
from nba_assets_tests.mini_league import Game, Row, roster
from nba_assets_tests.mini_publishers import shares_of

KEY = "0dd5-k3y/+="
LASTS = timedelta(hours=2, minutes=30)
EVEN = (1.87, 1.87)
"""The usual price of both sides."""
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
        prices: (over, under) of a book's quotes; EVEN for books without an entry.
    """

    games: Sequence[Game]
    clock: Callable[[], datetime]
    fault: Fault = lambda path: None
    injuries: dict[datetime, Sequence[tuple[str, ...]]] = field(default_factory=dict)
    postponed: set[str] = field(default_factory=set)
    lines: float = 20.5
    books: Sequence[str] = ("draftkings",)
    prices: Mapping[str, tuple[float, float]] = field(default_factory=dict)

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
        elif rest in ("stats/boxscoremiscv3", "stats/boxscorescoringv3", "stats/shotchartdetail"):
            game = self._game(query["GameID"])
            if game is None or self._status(game)[0] != 3:
                return Answer(b"{}")
            found = self._details(game, rest.rpartition("/")[2])
        elif rest == "stats/commonteamroster":
            found = self._roster(int(query["TeamID"]), query["Season"])
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

    def _details(self, game: Game, endpoint: str) -> dict[str, Any]:
        if endpoint == "shotchartdetail":
            return shot_chart(game)
        key, of_player = ("boxScoreMisc", misc_of) if endpoint == "boxscoremiscv3" else ("boxScoreScoring", scoring_of)
        box = self._stats_box(game)["boxScoreTraditional"]
        rows = {row["player_id"]: row for row in game.players}
        for side in ("homeTeam", "awayTeam"):
            for player in box[side]["players"]:
                minutes = player["statistics"]["minutes"]
                player["statistics"] = {"minutes": minutes, **of_player(rows[player["personId"]])}
        return {"meta": {"version": 1}, key: box}

    def _roster(self, number: int, season: str) -> dict[str, Any]:
        today = self.clock().astimezone(EASTERN).date()
        team = next((code for code, (of_team, *_) in TEAMS.items() if of_team == number and code in LEAGUE), None)
        members = [] if team is None else roster(team, season, (today - FIRST_DAY[season]).days)
        columns = (
            *("TeamID", "SEASON", "LeagueID", "PLAYER", "NICKNAME", "PLAYER_SLUG", "NUM", "POSITION", "HEIGHT"),
            *("WEIGHT", "BIRTH_DATE", "AGE", "EXP", "SCHOOL", "PLAYER_ID", "HOW_ACQUIRED"),
        )
        rows = [
            [
                *(number, season[:4], "00", name, name.partition(" ")[0], name.lower().replace(" ", "-"), None),
                *("G-F", "6-6", "220", "OCT 01, 1999", 23.0, "R" if player % 2 else "4", "Somewhere", player, None),
            ]
            for player, name in members
        ]
        return _result_sets("commonteamroster", CommonTeamRoster=(columns, rows), Coaches=(("TEAM_ID",), [[number]]))

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
        return [{"key": book, "title": book, "markets": [self._quotes(book, names)]} for book in self.books]

    def _quotes(self, book: str, names: list[str]) -> dict[str, Any]:
        outcomes = [
            {"name": side, "description": name, "price": price, "point": self.lines + place}
            for place, name in enumerate(names)
            for side, price in zip(("Over", "Under"), self.prices.get(book, EVEN), strict=True)
        ]
        return {"key": "player_points", "last_update": "2099-01-01T00:00:00Z", "outcomes": outcomes}

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


def misc_of(row: Row) -> dict[str, Any]:
    """The statistics of a Misc box score."""
    names = ("pointsOffTurnovers", "pointsSecondChance", "pointsFastBreak", "blocksAgainst", "foulsDrawn")
    return dict.fromkeys(names, 0) | {"pointsPaint": row["paint_points"], "oppPointsPaint": 40, "blocks": row["blk"]}


def scoring_of(row: Row) -> dict[str, Any]:
    """The statistics of a Scoring box score; the share of free throws of nothing is 0 there."""
    names = {
        "pct_fga_2pt": "percentageFieldGoalsAttempted2pt",
        "pct_fga_3pt": "percentageFieldGoalsAttempted3pt",
        "pct_pts_2pt": "percentagePoints2pt",
        "pct_pts_2pt_mr": "percentagePointsMidrange2pt",
        "pct_pts_3pt": "percentagePoints3pt",
        "pct_pts_fb": "percentagePointsFastBreak",
        "pct_pts_ft": "percentagePointsFreeThrow",
        "pct_pts_off_tov": "percentagePointsOffTurnovers",
        "pct_pts_paint": "percentagePointsPaint",
        "pct_ast_2pm": "percentageAssisted2pt",
        "pct_uast_2pm": "percentageUnassisted2pt",
        "pct_ast_3pm": "percentageAssisted3pt",
        "pct_uast_3pm": "percentageUnassisted3pt",
        "pct_ast_fgm": "percentageAssistedFGM",
        "pct_uast_fgm": "percentageUnassistedFGM",
    }
    found = shares_of(row) | ({} if row["points"] else {"pct_pts_ft": 0.0})
    return {names[ours]: share for ours, share in found.items()}


def shot_chart(game: Game) -> dict[str, Any]:
    """A shot chart of a game: in NBA.com's own coordinates, tenths of feet from the hoop."""
    columns = (
        *("GRID_TYPE", "GAME_ID", "GAME_EVENT_ID", "PLAYER_ID", "PLAYER_NAME", "TEAM_ID", "TEAM_NAME", "PERIOD"),
        *("MINUTES_REMAINING", "SECONDS_REMAINING", "EVENT_TYPE", "ACTION_TYPE", "SHOT_TYPE", "SHOT_ZONE_BASIC"),
        *("SHOT_ZONE_AREA", "SHOT_ZONE_RANGE", "SHOT_DISTANCE", "LOC_X", "LOC_Y", "SHOT_ATTEMPTED_FLAG"),
        *("SHOT_MADE_FLAG", "GAME_DATE", "HTM", "VTM"),
    )
    rows = [
        [
            *("Shot Chart Detail", game.game_id, shot["event"], shot["player_id"], shot["name"]),
            *(TEAMS[shot["team"]][0], TEAMS[shot["team"]][2], shot["period"], *divmod(shot["left"], 60)),
            *("Made Shot" if shot["made"] else "Missed Shot", "Jump Shot"),
            *("3PT Field Goal" if "3" in shot["area"] else "2PT Field Goal", shot["area"], "Center(C)", "24+ ft."),
            *(int(hypot(shot["x"], shot["y"]) / 10), shot["x"], shot["y"], 1, int(shot["made"]), f"{game.day:%Y%m%d}"),
            *(game.home, game.away),
        ]
        for shot in game.shots
    ]
    return _result_sets("shotchartdetail", Shot_Chart_Detail=(columns, rows), LeagueAverages=(("GRID_TYPE",), []))


def _result_sets(resource: str, **tables: tuple[Sequence[str], list[list[Any]]]) -> dict[str, Any]:
    """The envelope of the older replies of stats.nba.com."""
    sets = [{"name": name, "headers": list(columns), "rowSet": rows} for name, (columns, rows) in tables.items()]
    return {"resource": resource, "parameters": {}, "resultSets": sets}


def _json(found: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(json.dumps(found).encode(), status, {"Content-Type": "application/json", **(headers or {})})
