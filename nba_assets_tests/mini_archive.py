"""A mini league in the layout of the archive: the same files, columns, types, id and date formats, and oddities.

The games are those of `mini_league`. `mini_archive_schemas.json` contains the columns and types of the real files;
columns that nothing reads are NULL. Deliberate oddities are described where they are written.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nba_assets_tests.mini_league import FIRST, Game, Row, games_of
from nba_assets_tests.mini_publishers import (
    AILMENT,
    CUT_SHOTS,
    INJURIES,
    has_complete_shots,
    has_players,
    injuries,
    write_boxes,
    write_games,
    write_lines,
    write_people,
    write_props,
    write_shots,
)

SCHEMAS: Mapping[str, Mapping[str, str]] = json.loads(Path(__file__).with_name("mini_archive_schemas.json").read_text())
FAMILIES = ("props", "shots", "lines", "injuries", "referees", "tipoffs", "lite", "scoring")
"""Families that `without` may leave out."""


@dataclass(frozen=True)
class Truth:
    """The expected content of the archive.

    games: game_id, game_date, season, season_type, home_team, away_team, overtimes, has_players, has_shots. players:
    the listed player-games that are in a family, with status, seconds_played, points, is_starter, ... rows: number of
    rows by raw table, from the first partition on. set_aside: number of unusable input rows by table.
    """

    games: pd.DataFrame
    players: pd.DataFrame
    rows: dict[str, int] = field(default_factory=dict)
    set_aside: dict[str, int] = field(default_factory=dict)

    @property
    def competitive(self) -> pd.DataFrame:
        return self.games[~self.games["season_type"].isin(["preseason", "all_star"])]

    @property
    def game_days(self) -> list[date]:
        """Days with competitive games, oldest first."""
        return sorted(set(self.competitive["game_date"]))

    @property
    def played(self) -> pd.DataFrame:
        """Player-games of competitive games in which the player played."""
        rows = self.players[self.players["status"] == "played"]
        return rows[rows["game_id"].isin(self.competitive["game_id"])]


def write_mini_archive(
    folder: Path,
    seasons: Sequence[str] = ("2021-22", "2022-23"),
    without: Collection[str] = (),
    busy: Collection[str] = (),
) -> Truth:
    """Writes the archive to the folder.

    Args:
        folder: created if missing.
        seasons: labels, keys of FIRST.
        without: families to leave out, from FAMILIES.
        busy: seasons with many more regular games, see `mini_league.busy`.
    """
    if unknown := set(without) - set(FAMILIES):
        raise ValueError(f"without contains unknown families: {sorted(unknown)}; there are {', '.join(FAMILIES)}")
    games = [game for season in seasons for game in games_of(season, season in busy)]
    files: dict[str, list[Row]] = {}
    for season in seasons:
        of_season = [game for game in games if game.season == season]
        write_games(files, season, of_season, without)
        write_boxes(files, season, of_season, without)
        write_shots(files, season, of_season, without)
        write_props(files, season, of_season, without)
    write_lines(files, games, without)
    write_people(files)
    if "injuries" not in without:
        files[INJURIES] = injuries(seasons)
    for name, rows in files.items():
        if not rows:
            continue
        schema = pa.schema([(column, _arrow(kind)) for column, kind in SCHEMAS[name].items()])
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd")
    return _truth(games, files)


def _arrow(kind: str) -> pa.DataType:
    return {"double": pa.float64(), "large_string": pa.large_string(), "timestamp[us]": pa.timestamp("us")}.get(
        kind
    ) or (pa.type_for_alias(kind))


def _truth(games: list[Game], files: dict[str, list[Row]]) -> Truth:
    def printed(prefix: str) -> int:
        return sum(len(rows) for name, rows in files.items() if name.startswith(prefix))

    table = [
        {"game_id": game.game_id, "game_date": game.day, "season": game.season, "season_type": game.kind}
        | {"home_team": game.home, "away_team": game.away, "overtimes": game.overtimes, "is_neutral": game.is_neutral}
        | {"tipoff": game.tipoff, "has_players": has_players(game), "has_shots": has_complete_shots(game, files)}
        for game in games
    ]
    players = [
        {"game_id": game.game_id, "game_date": game.day, "season": game.season, "kind": game.kind} | row
        for game in games
        for row in game.players
        if has_players(game) and (row["status"] == "played" or game.season != "2021-22" or game.kind == "playoffs")
    ]
    dated = [game for game in games if game.day >= FIRST["2021-22"]]
    quotes = printed("props/")
    ailments = sum(row["Relinquished"] == AILMENT for row in files.get(INJURIES, []))
    rows = {
        "schedule": len(dated),
        "team_boxscores": 2 * len(dated),
        "player_boxscores": len(players),
        "shots": sum(len(game.shots) for game in games if has_complete_shots(game, files)),
        "player_scoring_shares": printed("player_game_scoring/"),
        # A late quote, a team total and a repeated row are not quotes; an Over and an Under are one.
        "prop_lines": (quotes - 5) // 2 if quotes else 0,
        "game_lines": printed("game_lines/"),
        "referee_assignments": sum(3 + (game.kind == "playoffs") for game in dated) if printed("referees/") else 0,
        "injury_transactions": len(files.get(INJURIES, [])) - ailments,
        "players": len(files["players/players_index.parquet"]),
    }
    set_aside = {
        "schedule": len({game.season for game in games}),
        "prop_lines": 4 if quotes else 0,
        "injury_transactions": ailments,
        "shots": CUT_SHOTS if any(name.startswith("shots_nba_api_capped/") for name in files) else 0,
    }
    return Truth(pd.DataFrame(table), pd.DataFrame(players), rows, set_aside)
