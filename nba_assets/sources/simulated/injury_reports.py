"""The injury reports of a simulated season, in the layout of the family `injury_report`.

A report names a status for each player who may miss a game, at several moments of the day before and of the day itself.
How a status relates to who plays is an assumption (the odds below), chosen so that of the doubtful, questionable and
probable players of a game's last report about 25, 50 and 75 % are available, the chances by which the NBA defines the
words. Coach's decisions are in no report. A report after the tip-off calls everyone who was not available out: whoever
reads it for a prediction of that game sees the result.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from nba_assets.basketball.calendar import EASTERN
from nba_assets.basketball.teams import TEAMS, TRICODES
from nba_assets.sources.simulated.league import Bools, Floats, Ints, Players, Rosters

COLUMNS: Final = ("report_at", "known_at", "game_date", "matchup", "team", "player_name", "status", "reason")
STATUSES: Final = ("Out", "Doubtful", "Questionable", "Probable", "Available")
NOT_NAMED: Final = len(STATUSES)
NOT_SUBMITTED: Final = "NOT YET SUBMITTED"
STAGES: Final = ("evening", "day", "last")
"""Of what is known: at 17:30 the day before, from 13:30 on, and in the last report before the tip-off."""
FIXED_HOURS: Final = (-6.5, 13.5, 17.5)
"""US Eastern hours of the day, counted from its midnight, at which there is a report whenever the games begin."""
ODDS: Final = {
    "known_absence": ((0.45, 0.15, 0.40, 0, 0), (0.75, 0.12, 0.13, 0, 0), (0.86, 0.08, 0.06, 0, 0)),
    "late_absence": ((0, 0, 0.25, 0.10, 0), (0, 0.05, 0.40, 0.12, 0), (0.60, 0.10, 0.20, 0.06, 0)),
    "absence_goes_on": ((0.95, 0.05, 0, 0, 0), (0.95, 0.05, 0, 0, 0), (0.96, 0.03, 0.01, 0, 0)),
    "is_back": ((0, 0.05, 0.35, 0.25, 0.10), (0, 0.04, 0.25, 0.25, 0.15), (0, 0.03, 0.09, 0.05, 0.25)),
    "no_absence": ((0, 0.002, 0.02, 0.015, 0), (0, 0.002, 0.015, 0.01, 0.01), (0, 0.001, 0.003, 0.0015, 0.01)),
}
"""Chances of STATUSES by kind of player-game and stage; with what is left of 1 the report does not name him.

known_absence, late_absence: first game of an absence that was known, or still unknown, in the morning. is_back: the
first game after an absence.
"""
REASONS: Final = (
    *(
        "Right Ankle; Sprain",
        "Left Ankle; Sprain",
        "Right Knee; Soreness",
        "Left Knee; Contusion",
        "Low Back; Tightness",
    ),
    *("Left Hamstring; Strain", "Right Calf; Strain", "Left Hip; Soreness", "Right Shoulder; Strain", "N/A; Illness"),
)
_SCHEMA: Final = pa.schema([(name, pa.string()) for name in COLUMNS])


def statuses(
    rosters: Rosters, members: Ints, is_out: Bools, number: Ints, is_tired: Bools, rng: np.random.Generator
) -> pd.DataFrame:
    """Entries of the reports for every member of each side, at each of STAGES.

    Args:
        rosters: of the season.
        members: of each side.
        is_out: who cannot play, same shape.
        number: number of the team's game, by side.
        is_tired: the team played the day before, by side.
        rng: of the reports alone.

    Returns:
        row (of the side), player, is_out, is_tired, reason and a column a stage (index of STATUSES or NOT_NAMED).
    """
    game = number[:, None]
    was_out = rosters.is_out[members, np.maximum(game - 1, 0)] & (game > 0)
    kinds = [
        is_out & was_out,
        is_out & rosters.is_late[members, game],
        is_out,
        was_out,
        np.ones_like(is_out),
    ]
    names = ["absence_goes_on", "late_absence", "known_absence", "is_back", "no_absence"]
    kind = np.select(kinds, range(len(names)))
    # The same draw at every stage: as the game comes closer a status moves in one direction.
    draw = rng.random(members.shape)
    odds: Floats = np.array([ODDS[name] for name in names]).cumsum(axis=2)
    starts = np.diff(rosters.is_out, axis=1, prepend=False) & rosters.is_out
    absence = starts.cumsum(axis=1)[members, game]
    row = np.broadcast_to(np.arange(len(members))[:, None], members.shape)
    found = {
        "row": row.reshape(-1),
        "player": rosters.members[members].reshape(-1),
        "is_out": is_out.reshape(-1),
        "is_tired": np.repeat(is_tired, members.shape[1]),
        "reason": ((7 * members + 3 * absence) % len(REASONS)).reshape(-1),
    }
    for place, stage in enumerate(STAGES):
        found[stage] = (draw[..., None] >= odds[kind, place]).sum(axis=2).reshape(-1)
    frame = pd.DataFrame(found)
    is_said = frame["is_out"] | frame["is_tired"] | (frame[list(STAGES)] != NOT_NAMED).any(axis=1)
    return frame[is_said].reset_index(drop=True)


def reports(entries: pd.DataFrame, games: pd.DataFrame, players: Players) -> pa.Table:
    """The rows of all reports of a season, oldest first.

    Args:
        entries: of `statuses`, with `game` and `side` (0 home, 1 away).
        games: by index of the game: date (midnight), text_date, tip_hour, home, away.
        players: of the league.
    """
    of_game = games.loc[entries["game"], ["date", "text_date", "tip_hour", "home", "away"]].reset_index(drop=True)
    entries = pd.concat([entries.reset_index(drop=True), of_game], axis=1)
    entries["last_hour"] = _last_hour(entries["tip_hour"])
    moments = pd.concat(
        [
            games.assign(hour=_last_hour(games["tip_hour"]))[["date", "hour"]],
            *(games.assign(hour=hour)[["date", "hour"]] for hour in FIXED_HOURS),
        ]
    ).drop_duplicates()
    rows = entries.merge(moments, on="date").sort_values(
        ["date", "hour", "game", "side", "player"], kind="stable", ignore_index=True
    )
    is_after = rows["hour"] >= rows["tip_hour"]
    stage = np.select(
        [rows["hour"] < 0, rows["hour"] < rows["last_hour"]], [rows["evening"], rows["day"]], rows["last"]
    )
    status = pd.Series(np.where(is_after & rows["is_out"], 0, stage), index=rows.index)
    is_waiting = (rows["hour"] < 0) & rows["is_tired"]
    is_row = np.where(is_waiting, ~rows.duplicated(["date", "hour", "game", "side"]), status != NOT_NAMED)
    rows, status, is_waiting = rows[is_row], status[is_row], is_waiting[is_row].to_numpy()
    local = rows["date"] + pd.to_timedelta(rows["hour"], unit="h")
    at = local.dt.tz_localize(EASTERN.key).dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    codes = np.array(TRICODES, dtype=object)
    full = np.array([f"{TEAMS[team][1]} {TEAMS[team][2]}" for team in TRICODES], dtype=object)
    printed = pd.Series(players.names[rows["player"]]).str.removeprefix("Sim ").to_numpy(dtype=object) + ", Sim"
    reason = "Injury/Illness - " + np.array(REASONS, dtype=object)[rows["reason"]]
    found = {
        "report_at": at.to_numpy(dtype=object),
        "known_at": at.to_numpy(dtype=object),
        "game_date": rows["text_date"].to_numpy(dtype=object),
        "matchup": codes[rows["away"]] + "@" + codes[rows["home"]],
        "team": full[np.where(rows["side"] == 0, rows["home"], rows["away"])],
        "player_name": np.where(is_waiting, None, printed),
        "status": np.where(is_waiting, NOT_SUBMITTED, np.array([*STATUSES, ""], dtype=object)[status]),
        "reason": np.where(is_waiting, None, reason),
    }
    return pa.table({name: pa.array(found[name], pa.string()) for name in COLUMNS}, schema=_SCHEMA)


def _last_hour(tip_hour: pd.Series) -> pd.Series:
    """The last half hour (18:30, 19:30) that is half an hour or more before a tip-off."""
    return np.floor(tip_hour - 1.0) + 0.5
