"""Parsers for replies of NBA.com: schedule file, scoreboard, box scores. They return rows of the archive's families.

Two hosts serve box scores. The one of cdn.nba.com contains the score and the inactive players; that of stats.nba.com
(V3) contains neither. Rules for values that are misleading:
- `gameStatusText` says whether a game is postponed; `postponedStatus` has been set for every game of a season.
- Only fields whose names end in UTC are in UTC; `gameEt` and similar values end in Z but are Eastern clock times.
- A V3 reply may be `{}`; a box score without the players of a team is rejected.
- The league counts whole seconds, the cdn file contains hundredths; the archive's family has MM:SS.
- Team counts are sums over the players: the cdn file's turnoversTotal and reboundsTotal include team turnovers and
  rebounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from nba_assets.basketball.calendar import EASTERN, Season
from nba_assets.basketball.teams import TEAMS

Row = dict[str, Any]
FINAL = 3
NOT_PLAYED = ("ppd", "postponed", "cancelled", "canceled")
TRICODE_OF_ID = {team: tricode for tricode, (team, _, _) in TEAMS.items()}
_GAME_ID = re.compile(r"00[1-6]\d{7}")
_MINUTES = re.compile(r"PT(\d+)M(\d+(?:\.\d+)?)S")
_SEASON_TYPE = {"1": "1", "2": "2", "3": "3", "4": "4", "5": "5", "6": "6"}
_REASON = {
    "COACH": "Coach's Decision",
    "INJURY": "Injury/Illness",
    "RETURN_TO_COMPETITION_RECONDITIONING": "Return to Competition Reconditioning",
    "NOT_WITH_TEAM": "Not With Team",
    "PERSONAL": "Personal",
    "REST": "Rest",
}
_V3 = {
    "field_goals_made": "fieldGoalsMade",
    "field_goals_attempted": "fieldGoalsAttempted",
    "three_pointers_made": "threePointersMade",
    "three_pointers_attempted": "threePointersAttempted",
    "free_throws_made": "freeThrowsMade",
    "free_throws_attempted": "freeThrowsAttempted",
    "rebounds_offensive": "reboundsOffensive",
    "rebounds_defensive": "reboundsDefensive",
    "rebounds_total": "reboundsTotal",
    "assists": "assists",
    "steals": "steals",
    "blocks": "blocks",
    "turnovers": "turnovers",
    "fouls_personal": "foulsPersonal",
    "points": "points",
    "plus_minus_points": "plusMinusPoints",
}
"""Column of the family player_box_v3 -> key of both publishers."""
_TEAM = {
    "FGM": "field_goals_made",
    "FGA": "field_goals_attempted",
    "FG3M": "three_pointers_made",
    "FG3A": "three_pointers_attempted",
    "FTM": "free_throws_made",
    "FTA": "free_throws_attempted",
    "OREB": "rebounds_offensive",
    "DREB": "rebounds_defensive",
    "AST": "assists",
    "STL": "steals",
    "BLK": "blocks",
    "TOV": "turnovers",
    "PF": "fouls_personal",
}
"""Column of the family team_game_logs -> column of player_box_v3 that is summed over the players."""


class ShapeError(RuntimeError):
    """A reply is not in the documented format; the message says where and what was expected."""


@dataclass(frozen=True)
class Game:
    """A game of a schedule or scoreboard.

    tipoff: UTC; None while undecided. is_off: postponed or cancelled.
    """

    game_id: str
    game_code: str
    day: date
    tipoff: datetime | None
    home: str
    away: str
    arena: str
    is_neutral: bool
    is_final: bool
    is_off: bool
    home_score: int | None
    away_score: int | None


def value(found: Any, path: str, kind: type | tuple[type, ...]) -> Any:
    """The value at a path of keys, checked to be of the expected type.

    Raises:
        ShapeError: the value is missing or of another type.
    """
    here = found
    for key in path.split("."):
        if not isinstance(here, Mapping) or key not in here:
            raise ShapeError(f"{path} is not in the reply")
        here = here[key]
    if not isinstance(here, kind) or (isinstance(here, bool) and kind is int):
        raise ShapeError(f"{path} is {here!r}, which is not of the documented type")
    return here


def schedule_games(body: Any) -> list[Game]:
    """The games between NBA teams in a schedule file (scheduleLeagueV2).

    Raises:
        ShapeError: the reply is not in the documented format.
    """
    games = []
    for bucket in value(body, "leagueSchedule.gameDates", list):
        day = datetime.strptime(value(bucket, "gameDate", str), "%m/%d/%Y %H:%M:%S").date()
        games += [game for row in value(bucket, "games", list) if (game := _game(row, day, "gameDateTimeUTC"))]
    return games


def scoreboard_games(body: Any) -> list[Game]:
    """The games of a day's scoreboard (ScoreboardV3).

    Raises:
        ShapeError: the reply is not in the documented format.
    """
    day = date.fromisoformat(value(body, "scoreboard.gameDate", str))
    return [game for row in value(body, "scoreboard.games", list) if (game := _game(row, day, "gameTimeUTC"))]


def _game(row: Any, day: date, tipoff: str) -> Game | None:
    """A game of two NBA teams; None if a team is undecided or not in the NBA."""
    game_id = value(row, "gameId", str)
    home, away = (
        TRICODE_OF_ID.get(value(row, f"{side}.teamId", int) if isinstance(row.get(side), Mapping) else 0)
        for side in ("homeTeam", "awayTeam")
    )
    if home is None or away is None or not _GAME_ID.fullmatch(game_id):
        return None
    text = value(row, "gameStatusText", str).strip()
    is_final = value(row, "gameStatus", int) == FINAL
    scores = [value(row, f"{side}.score", int) if is_final else None for side in ("homeTeam", "awayTeam")]
    begins = value(row, tipoff, str)
    is_timed = text.upper() != "TBD" and not begins.startswith("1900")
    return Game(
        game_id,
        value(row, "gameCode", str),
        day,
        datetime.fromisoformat(begins) if is_timed else None,
        home,
        away,
        str(row.get("arenaName") or ""),
        bool(row.get("isNeutral")),
        is_final,
        text.lower().startswith(NOT_PLAYED),
        *scores,
    )


def schedule_rows(games: Iterable[Game]) -> list[Row]:
    """Rows of the family `schedule`, by game id."""
    return [
        {
            "gid": game.game_id,
            "gcode": game.game_code,
            "date": game.day.isoformat(),
            "home": game.home,
            "away": game.away,
            "home_score": game.home_score,
            "away_score": game.away_score,
        }
        for game in sorted(games, key=lambda game: game.game_id)
    ]


def tipoff_rows(games: Iterable[Game]) -> list[Row]:
    """Rows of the family `schedule_tipoff_utc`, by game id; none for a game whose time is undecided."""
    return [
        {
            "Date": game.tipoff.strftime("%d/%m/%Y %H:%M"),
            "Location": game.arena,
            "Home Team": " ".join(TEAMS[game.home][1:]),
            "Away Team": " ".join(TEAMS[game.away][1:]),
        }
        for game in sorted(games, key=lambda game: game.game_id)
        if game.tipoff is not None
    ]


def is_final_box(body: Any) -> bool:
    """Whether a box score is of a finished game; the cdn file also exists before and during a game.

    Raises:
        ShapeError: the reply is in neither host's format.
    """
    if "boxScoreTraditional" in body:
        return bool(value(body, "boxScoreTraditional.gameId", str))
    return bool(value(body, "game.gameStatus", int) == FINAL)


def box_rows(body: Any) -> list[Row]:
    """Rows of the family `player_box_v3` from a box score of either host, without inactive players.

    Raises:
        ShapeError: the reply is in neither host's format, or a team has no players.
    """
    is_stats = isinstance(body, Mapping) and "boxScoreTraditional" in body
    game = value(body, "boxScoreTraditional" if is_stats else "game", Mapping)
    rows = []
    home_id = value(game, "homeTeam.teamId", int)
    for side in ("homeTeam", "awayTeam"):
        team = value(game, side, Mapping)
        players = value(team, "players", list)
        if not players:
            raise ShapeError(f"{side}.players is empty")
        for player in players:
            if player.get("status") == "INACTIVE":
                continue
            rows.append(
                {
                    "game_id": value(game, "gameId", str),
                    "team_id": str(value(team, "teamId", int)),
                    "team_tricode": value(team, "teamTricode", str),
                    "home_team_id": str(home_id),
                    "person_id": value(player, "personId", int),
                    "first_name": value(player, "firstName", str),
                    "family_name": value(player, "familyName", str),
                    **(_of_stats(player) if is_stats else _of_cdn(player)),
                    **{ours: int(value(player, f"statistics.{theirs}", (int, float))) for ours, theirs in _V3.items()},
                }
            )
    return rows


def rows_of_game(body: Any, game_id: str) -> list[Row]:
    """The rows of a requested box score, see `box_rows`.

    Raises:
        ShapeError: the box score is of another game, or not in a documented format.
    """
    rows = box_rows(body)
    if {row["game_id"] for row in rows} != {game_id}:
        raise ShapeError(f"it is not of the game {game_id}")
    return rows


def _of_stats(player: Any) -> Row:
    return {
        "position": value(player, "position", str),
        "comment": value(player, "comment", str),
        "minutes": value(player, "statistics.minutes", str),
    }


def _of_cdn(player: Any) -> Row:
    is_starter, played = value(player, "starter", str) == "1", value(player, "played", str) == "1"
    return {
        "position": str(player.get("position") or "")[-1:] if is_starter else "",
        "comment": "" if played else _comment(str(player.get("notPlayingReason") or "")),
        "minutes": clock(value(player, "statistics.minutes", str)) if played else "",
    }


def clock(minutes: str) -> str:
    """Converts `PT25M01.50S` to `25:02`, rounded to whole seconds.

    Raises:
        ShapeError: the text is not a playing time.
    """
    parts = _MINUTES.fullmatch(minutes)
    if parts is None:
        raise ShapeError(f"statistics.minutes is {minutes!r}, expected the form PT25M01.00S")
    seconds = 60 * int(parts[1]) + int(float(parts[2]) + 0.5)
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def _comment(reason: str) -> str:
    """Converts `DNP_COACH` to `DNP - Coach's Decision`; the words of an unknown reason are kept."""
    kind, _, rest = reason.partition("_")
    if kind not in ("DNP", "DND", "NWT"):
        return ""
    return f"{kind} - {_REASON.get(rest, rest.replace('_', ' ').title())}"


def team_rows(game: Game, players: Iterable[Row], overtimes: int) -> Iterator[Row]:
    """Rows of the family `team_game_logs` of a final game: its score, and counts summed over the players."""
    rows = list(players)
    is_home_won = (game.home_score or 0) > (game.away_score or 0)
    sides = (
        (game.home, game.away, game.home_score, game.away_score, "vs.", is_home_won),
        (game.away, game.home, game.away_score, game.home_score, "@", not is_home_won),
    )
    for team, other, points, against, sign, is_won in sides:
        own = [row for row in rows if row["team_tricode"] == team]
        if points is None or against is None or not own:
            raise ShapeError(f"game {game.game_id}: {team} has no score or no players")
        counts = {name: sum(row[column] for row in own) for name, column in _TEAM.items()}
        matchup = f"{game.away} @ {game.home}" if game.is_neutral else f"{team} {sign} {other}"
        yield {
            "SEASON_ID": f"{_SEASON_TYPE[game.game_id[2]]}{Season.of_day(game.day).start_year}",
            "TEAM_ID": str(TEAMS[team][0]),
            "TEAM_ABBREVIATION": team,
            "GAME_ID": game.game_id,
            "GAME_DATE": game.day.isoformat(),
            "MATCHUP": matchup,
            "WL": "W" if is_won else "L",
            "MIN": 240 + 25 * overtimes,
            "PTS": points,
            **counts,
            "REB": counts["OREB"] + counts["DREB"],
            "PLUS_MINUS": float(points - against),
        }


def overtimes_of(players: Iterable[Row]) -> int:
    """Number of overtimes, from the playing time of both teams: 480 minutes plus 50 per overtime."""
    seconds = 0
    for row in players:
        minutes, _, rest = str(row["minutes"]).partition(":")
        seconds += 60 * int(minutes) + int(rest) if rest else 0
    return max(round((seconds / 60 - 480) / 50), 0)


def eastern_day_of(moment: datetime) -> date:
    """US Eastern day of a moment."""
    return moment.astimezone(EASTERN).date()
