"""Turns the landings of a day into the families' daily files. They are rewritten whenever a landing is added.

The files of a day are derived from its landings alone, so they can be rebuilt after a parser bug is fixed. A reply that
cannot be read is reported as a problem; meanwhile the newest readable one is used.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nba_assets.sources.families import FAMILIES
from nba_assets.sources.live import injury_pdf, nba, nba_details, odds
from nba_assets.sources.live.extended import day_file
from nba_assets.sources.live.landing import Landing, LandingError, LandingFolder
from nba_assets.sources.protocol import Family

_ARROW = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
HISTORY = "injury_history"
"""The feed of past reports, downloaded long after they were published."""
FEEDS_OF_A_DAY = (
    *("nba_schedule", "nba_scoreboard", "nba_boxscores", "nba_box_misc", "nba_box_scoring", "nba_shots"),
    "nba_rosters",
    *("odds_player_points", "odds_game_lines", "injury_report", HISTORY),
)
"""The feeds with data about a day's games. An injury report of the evening before may list them, too."""
State = tuple[tuple[str, int, int], ...]
Found = TypeVar("Found")


@dataclass
class Day:
    """The parsed landings of a day.

    games: by game id, from the newest schedule, else from the scoreboard; with scores if final. boxes: player rows of
    final games, by game id. misc, scoring, shots: rows by game id; rosters: rows (see nba_details). problems: one
    sentence per unreadable reply. is_planned: a schedule was read, so no entry in `games` means no game.
    """

    day: date
    is_planned: bool = False
    games: dict[str, nba.Game] = field(default_factory=dict)
    boxes: dict[str, list[nba.Row]] = field(default_factory=dict)
    misc: dict[str, list[nba.Row]] = field(default_factory=dict)
    scoring: dict[str, list[nba.Row]] = field(default_factory=dict)
    shots: dict[str, list[nba.Row]] = field(default_factory=dict)
    rosters: list[nba.Row] = field(default_factory=list)
    points: list[nba.Row] = field(default_factory=list)
    lines: list[nba.Row] = field(default_factory=list)
    injuries: list[nba.Row] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def due(self) -> list[nba.Game]:
        """The games to be played, in order of game id."""
        return [game for _, game in sorted(self.games.items()) if not game.is_off]

    @property
    def is_over(self) -> bool:
        """Whether every game to be played is final and has its box score."""
        return all(game.is_final and game.game_id in self.boxes for game in self.due)


class DayReader:
    """Parses the landings of days; the result is cached until a landing is added or changed.

    The schedule of a season is a file of several megabytes that lands for each day; each distinct body is parsed once.
    """

    def __init__(self, folder: LandingFolder) -> None:
        self.folder = folder
        self._days: dict[date, tuple[State, Day]] = {}
        self._schedules: dict[str, list[nba.Game]] = {}

    def state(self, day: date) -> State:
        """State of all landings about a day's games: equal as long as none is added or changed."""
        sources_of_day = [(feed, day) for feed in FEEDS_OF_A_DAY] + [("injury_report", day - timedelta(days=1))]
        return tuple(item for feed, of_day in sources_of_day for item in self.folder.state(feed, of_day))

    def day(self, day: date) -> Day:
        """The parsed landings of a day; must not be modified.

        Raises:
            LandingError: a landing is damaged on disk.
        """
        state = self.state(day)
        known = self._days.get(day)
        if known is None or known[0] != state:
            known = self._days[day] = (state, self._read(day))
        return known[1]

    def _read(self, day: date) -> Day:
        found = Day(day)
        for game in self._planned(found):
            if game.day == day:
                found.games[game.game_id] = game
        for one in self.folder.read("nba_scoreboard", day, is_newest_first=True):
            if (board := _read(one, lambda one: nba.scoreboard_games(one.json()), found)) is not None:
                for game in board:
                    found.games[game.game_id] = _merged(found.games.get(game.game_id), game)
                break
        for one in self.folder.read("nba_boxscores", day):
            _read(one, lambda one: _box(one, found), found)
        for feed, of_game, rows_of in (
            ("nba_box_misc", found.misc, nba_details.misc_rows),
            ("nba_box_scoring", found.scoring, nba_details.scoring_rows),
            ("nba_shots", found.shots, nba_details.shot_rows),
        ):
            for one in self.folder.read(feed, day):
                if (rows := _read(one, partial(_details, rows_of), found)) is not None:
                    of_game[one.subject] = rows
        for one in self.folder.read("nba_rosters", day):
            found.rosters += _read(one, lambda one: _roster(one, day), found) or []
        for one in self.folder.read("odds_player_points", day):
            found.points += _read(one, lambda one: odds.point_rows(one.json(), one.fetched_at), found) or []
        for one in self.folder.read("odds_game_lines", day):
            rows = _read(one, lambda one: odds.line_rows(one.json(), one.fetched_at), found) or []
            found.lines += [row for row in rows if _day_of(row["commence_time"]) == day]
        for asked in (day - timedelta(days=1), day):
            for one in self.folder.read("injury_report", asked):
                found.injuries += _read(one, lambda one: _injury_rows(one, day), found) or []
        for one in self.folder.read(HISTORY, day):
            if one.status == 200:
                found.injuries += _read(one, lambda one: _injury_rows(one, day), found) or []
        return found

    def _planned(self, day_state: Day) -> list[nba.Game]:
        """The games of the season from the newest readable schedule."""
        for name in reversed(self.folder.names("nba_schedule", day_state.day)):
            sha = name.rpartition("-")[2]
            if sha not in self._schedules:
                one = self.folder.named("nba_schedule", day_state.day, name)
                games = _read(one, lambda one: nba.schedule_games(one.json()), day_state)
                if games is None:
                    continue
                self._schedules[sha] = games
            day_state.is_planned = True
            return self._schedules[sha]
        return []


def write_day(root: Path, day_state: Day) -> list[Path]:
    """Writes the families' files of a day in the folder `root`; returns those that changed.

    A family without rows has no file: an existing one is removed.
    """
    final = [game for game in day_state.due if game.is_final and game.game_id in day_state.boxes]
    teams = [row for game in final for row in _team_rows(game, day_state)]
    complete = {row["GAME_ID"] for row in teams}
    games = [_unscored(game) if game.game_id not in complete else game for game in day_state.due]
    scored = [game for game in final if game.game_id in complete]
    rows: Mapping[str, list[nba.Row]] = {
        "schedule": nba.schedule_rows(games),
        "schedule_tipoff_utc": nba.tipoff_rows(games),
        "player_box_v3": [row for game in scored for row in day_state.boxes[game.game_id]],
        "team_game_logs": teams,
        "player_game_misc": _shares(scored, day_state, day_state.misc),
        "player_game_scoring": _shares(scored, day_state, day_state.scoring),
        "shots": [row for game in scored for row in day_state.shots.get(game.game_id, [])],
        "nba_rosters": day_state.rosters,
        "props_oddsapi_historical": day_state.points,
        "game_lines_oddsapi_live": day_state.lines,
        "injury_report": day_state.injuries,
    }
    return [
        path for name, of_family in rows.items() if (path := _write(root, FAMILIES[name], day_state.day, of_family))
    ]


def _read(one: Landing, parse: Callable[[Landing], Found], day: Day) -> Found | None:
    try:
        return parse(one)
    except (nba.ShapeError, LandingError, ValueError) as error:
        day.problems.append(f"{one.feed} {one.file}: {error}.")
        return None


def _merged(planned: nba.Game | None, board: nba.Game) -> nba.Game:
    """Status and score from the scoreboard, arena and site from the schedule."""
    if planned is None:
        return board
    return nba.Game(
        board.game_id,
        board.game_code,
        board.day,
        board.tipoff or planned.tipoff,
        board.home,
        board.away,
        board.arena or planned.arena,
        board.is_neutral or planned.is_neutral,
        board.is_final,
        board.is_off,
        board.home_score,
        board.away_score,
    )


def _unscored(game: nba.Game) -> nba.Game:
    """The game as scheduled: a score without a box score is not a result yet."""
    fields = {name: getattr(game, name) for name in game.__dataclass_fields__}
    return nba.Game(**fields | {"is_final": False, "home_score": None, "away_score": None})


def _box(one: Landing, day_state: Day) -> None:
    box = one.json()
    if nba.is_final_box(box):
        day_state.boxes[one.subject] = nba.rows_of_game(box, one.subject)


def _team_rows(game: nba.Game, day_state: Day) -> list[nba.Row]:
    players = day_state.boxes[game.game_id]
    try:
        return list(nba.team_rows(game, players, nba.overtimes_of(players)))
    except nba.ShapeError as error:
        day_state.problems.append(f"nba_boxscores {day_state.day}: {error}.")
        return []


def _details(rows_of: Callable[[Any, str], list[nba.Row]], one: Landing) -> list[nba.Row]:
    return rows_of(one.json(), one.subject)


def _shares(games: list[nba.Game], day_state: Day, of_game: Mapping[str, list[nba.Row]]) -> list[nba.Row]:
    return [
        row
        for game in games
        for row in nba_details.of_who_played(game, day_state.boxes[game.game_id], of_game.get(game.game_id, []))
    ]


def _roster(one: Landing, day: date) -> list[nba.Row]:
    return nba_details.roster_rows(one.json(), one.subject, day, one.fetched_at.astimezone(UTC))


def _injury_rows(one: Landing, day: date) -> list[nba.Row]:
    report = injury_pdf.read_report(one.body)
    # A past report, and one dated in the future, counts as known at its printed time.
    known_at = report.published_at if one.feed == HISTORY else max(one.fetched_at, report.published_at)
    if one.feed == HISTORY and injury_pdf.report_name(report.published_at) != one.subject:
        raise nba.ShapeError(f"its title says {report.published_at:%d %b %Y %H:%M}, its name {one.subject}")
    printed = {"report_at": report.published_at, "known_at": known_at}
    moments = {name: at.astimezone(UTC).isoformat().replace("+00:00", "Z") for name, at in printed.items()}
    return [
        {
            **moments,
            "game_date": entry.game_date.isoformat(),
            "matchup": entry.matchup,
            "team": entry.team,
            "player_name": entry.player,
            "status": entry.status,
            "reason": entry.reason or None,
        }
        for entry in report.entries
        if entry.game_date == day
    ]


def _day_of(moment: str) -> date:
    return nba.eastern_day_of(pd.Timestamp(moment).to_pydatetime())


def _write(root: Path, family: Family, day: date, rows: list[nba.Row]) -> Path | None:
    path = day_file(root, family, day)
    if not rows:
        if path.exists():
            path.unlink()
            return path
        return None
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in family.columns.items()])
    columns: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in family.columns}
    packed = pa.BufferOutputStream()
    pq.write_table(pa.table(columns, schema=schema), packed)
    body = packed.getvalue().to_pybytes()
    if path.exists() and path.read_bytes() == body:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".day-", delete=False) as opened:
        opened.write(body)
    os.replace(opened.name, path)
    return path
