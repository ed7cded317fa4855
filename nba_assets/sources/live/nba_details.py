"""Parsers for further replies of stats.nba.com: Misc and Scoring box scores, shot charts, rosters.

They return rows of the archive's families, which differ from NBA.com's replies:
- The families contain players who played; the V3 box scores list everybody, so the caller passes who played and the
  counts.
- Their game ids have 8 digits. The share of free throws of a player without points is 1 in the families, 0 in V3.
- The family `shots` has feet from the middle of the baseline with x mirrored; NBA.com has tenths of a foot from the
  hoop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from nba_assets.sources.live.nba import TRICODE_OF_ID, Game, Row, ShapeError, value

MOST_SHOTS = 102_400
"""Number of rows after which NBA.com truncates a shot chart without notice."""
HOOP_FROM_BASELINE = 5.25
"""Feet."""
_MISC = {
    "pts_off_tov": "pointsOffTurnovers",
    "pts_2nd_chance": "pointsSecondChance",
    "pts_fb": "pointsFastBreak",
    "pts_paint": "pointsPaint",
    "blka": "blocksAgainst",
    "pfd": "foulsDrawn",
}
"""Column of the family player_game_misc -> key of BoxScoreMiscV3."""
_SCORING = {
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
"""Column of the family player_game_scoring -> key of BoxScoreScoringV3."""
_NOT_PLAYED = ("DNP", "DND", "NWT")


def misc_rows(body: Any, game_id: str) -> list[Row]:
    """All players of a Misc box score, with the values of `player_game_misc` (BoxScoreMiscV3).

    Raises:
        ShapeError: the reply is not in the documented format, or of another game.
    """
    rows = _v3_rows(body, "boxScoreMisc", game_id, _MISC)
    return [row | {name: int(row[name]) for name in _MISC} for row in rows]


def scoring_rows(body: Any, game_id: str) -> list[Row]:
    """All players of a Scoring box score, with the shares of `player_game_scoring` (BoxScoreScoringV3).

    Raises:
        ShapeError: the reply is not in the documented format, or of another game.
    """
    rows = _v3_rows(body, "boxScoreScoring", game_id, _SCORING)
    return [row | {name: float(row[name]) for name in _SCORING} for row in rows]


def shot_rows(body: Any, game_id: str) -> list[Row]:
    """The attempts of a game as rows of the family `shots` (ShotChartDetail with ContextMeasure FGA).

    Raises:
        ShapeError: the reply is not in the documented format, has shots of another game, or may be truncated.
    """
    shots = _result_set(body, "Shot_Chart_Detail")
    if len(shots) >= MOST_SHOTS:
        raise ShapeError(f"it has {len(shots):,} shots; NBA.com cuts a reply at {MOST_SHOTS:,}")
    if {value(shot, "GAME_ID", str) for shot in shots} - {game_id}:
        raise ShapeError(f"it has shots of other games than {game_id}")
    return [
        {
            "GAME_DATE": datetime.strptime(value(shot, "GAME_DATE", str), "%Y%m%d").strftime("%m-%d-%Y"),
            "GAME_ID": game_id[2:],
            "TEAM_ID": str(value(shot, "TEAM_ID", int)),
            "PLAYER_ID": value(shot, "PLAYER_ID", int),
            "PLAYER_NAME": value(shot, "PLAYER_NAME", str),
            "ACTION_TYPE": value(shot, "ACTION_TYPE", str),
            "SHOT_TYPE": value(shot, "SHOT_TYPE", str),
            "BASIC_ZONE": value(shot, "SHOT_ZONE_BASIC", str),
            "SHOT_DISTANCE": value(shot, "SHOT_DISTANCE", int),
            "QUARTER": value(shot, "PERIOD", int),
            "MINS_LEFT": value(shot, "MINUTES_REMAINING", int),
            "SECS_LEFT": value(shot, "SECONDS_REMAINING", int),
            "LOC_X": -value(shot, "LOC_X", int) / 10,
            "LOC_Y": round(value(shot, "LOC_Y", int) / 10 + HOOP_FROM_BASELINE, 2),
            "SHOT_MADE": value(shot, "SHOT_MADE_FLAG", int) == 1,
        }
        for shot in shots
    ]


def roster_rows(body: Any, team_id: str, day: date, known_at: datetime) -> list[Row]:
    """The members of a team as rows of the family `nba_rosters` (CommonTeamRoster).

    Raises:
        ShapeError: the reply is not in the documented format, is empty, or of another team.
    """
    members = _result_set(body, "CommonTeamRoster")
    if {str(value(member, "TeamID", int)) for member in members} != {team_id}:
        raise ShapeError(f"it has no members of the team {team_id}, or others")
    return [
        {
            "game_date": day.isoformat(),
            "known_at": known_at.isoformat().replace("+00:00", "Z"),
            "team": TRICODE_OF_ID[int(team_id)],
            "player_id": value(member, "PLAYER_ID", int),
            "player_name": value(member, "PLAYER", str),
            "position": value(member, "POSITION", str),
            "height": value(member, "HEIGHT", str),
            "birth_date": datetime.strptime(value(member, "BIRTH_DATE", str).title(), "%b %d, %Y").date().isoformat(),
            "seasons_played": _seasons_played(value(member, "EXP", str)),
            "how_acquired": member.get("HOW_ACQUIRED"),
        }
        for member in members
    ]


def has_played(row: Row) -> bool:
    """Whether a row of `player_box_v3` is of a player who played."""
    return bool(row["minutes"].strip()) and row["comment"].strip()[:3].upper() not in _NOT_PLAYED


def of_who_played(game: Game, box: Iterable[Row], listed: Iterable[Row]) -> list[Row]:
    """Rows of `player_game_misc` or `player_game_scoring` for the players who played according to the box score.

    Args:
        game: the game of the box scores.
        box: rows of `player_box_v3`.
        listed: result of `misc_rows` or `scoring_rows`.
    """
    played = {row["person_id"]: row for row in box if has_played(row)}
    found = []
    for row in (row for row in listed if row["player_id"] in played):
        counts = played[row["player_id"]]
        more: Row = {"game_date": f"{game.day.isoformat()}T00:00:00"}
        if "pct_pts_ft" in row:
            more |= {"fgm": counts["field_goals_made"], "fga": counts["field_goals_attempted"]}
            more |= {} if counts["points"] else {"pct_pts_ft": 1.0}
        found.append(row | more)
    return found


def attempts_of(box: Iterable[Row]) -> int:
    """Field-goal attempts of a game by its box score, the number of shots in a complete shot chart."""
    return sum(row["field_goals_attempted"] for row in box)


def _v3_rows(body: Any, key: str, game_id: str, names: Mapping[str, str]) -> list[Row]:
    box = value(body, key, Mapping)
    if (said := value(box, "gameId", str)) != game_id:
        raise ShapeError(f"it is of the game {said}, not of {game_id}")
    rows = []
    for side in ("homeTeam", "awayTeam"):
        players = value(box, f"{side}.players", list)
        if not players:
            raise ShapeError(f"{side}.players is empty")
        for player in players:
            name = f"{value(player, 'firstName', str)} {value(player, 'familyName', str)}".strip()
            rows.append(
                {
                    "game_id": game_id[2:],
                    "team": value(box, f"{side}.teamTricode", str),
                    "player_id": value(player, "personId", int),
                    "player_name": name,
                    **{ours: value(player, f"statistics.{theirs}", (int, float)) for ours, theirs in names.items()},
                }
            )
    return rows


def _result_set(found: Any, name: str) -> list[Row]:
    """The rows of a table in stats.nba.com's older format, as dicts by column name."""
    sets = value(found, "resultSets", list)
    table = next((each for each in sets if isinstance(each, Mapping) and each.get("name") == name), None)
    if table is None:
        raise ShapeError(f"resultSets has no table {name}")
    headers, rows = value(table, "headers", list), value(table, "rowSet", list)
    if any(not isinstance(row, list) or len(row) != len(headers) for row in rows):
        raise ShapeError(f"a row of {name} has another number of values than its {len(headers)} columns")
    return [dict(zip(headers, row, strict=True)) for row in rows]


def _seasons_played(text: str) -> int:
    """Seasons played from the text of EXP: `R` (rookie) is 0."""
    if text == "R":
        return 0
    if not text.isdigit():
        raise ShapeError(f"EXP is {text!r}, expected R or a number of seasons")
    return int(text)
