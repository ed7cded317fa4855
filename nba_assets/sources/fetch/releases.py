"""Release files of sportsdataverse in the layout of the archive's families.

The publisher is maintained, uses NBA.com ids, needs no key and covers all seasons to the current one; files are named
after the year in which a season ends. Values that they lack are NULL: a team's city, jersey numbers of officials, the
replay centre. Shots are left out: the release has coordinates but no zones. Zones computed from coordinates equal the
published ones in 99.8 % of the archive's shots, but only if x has the same orientation, and no release file could be
compared with a file that has zones: a mirrored x would swap the corners unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from nba_assets.sources.fetch import readers
from nba_assets.sources.fetch.columns import ColumnError, conform, family_columns, text_columns
from nba_assets.sources.fetch.pieces import Piece
from nba_assets.sources.fetch.readers import ReadError
from nba_assets.sources.fetch.source import Read

REPOSITORY = "sportsdataverse/sportsdataverse-data"
FIRST_SEASON = 2021
Adapter = Callable[..., pd.DataFrame]
"""(frames of the release files in their order) -> rows of the family."""

_BOXES = "nba_stats_player_boxscores/player_boxscores_{end}.parquet"
_TEAMS = "nba_stats_team_boxscores/team_boxscores_{end}.parquet"
_SCHEDULES = "nba_stats_schedules/nba_schedule_{end}.parquet"
_OFFICIALS = "nba_stats_officials/officials_{end}.parquet"
_TEAM_COUNTS: Mapping[str, str] = {
    "PTS": "points",
    "FGM": "field_goals_made",
    "FGA": "field_goals_attempted",
    "FG_PCT": "field_goals_percentage",
    "FG3M": "three_pointers_made",
    "FG3A": "three_pointers_attempted",
    "FG3_PCT": "three_pointers_percentage",
    "FTM": "free_throws_made",
    "FTA": "free_throws_attempted",
    "FT_PCT": "free_throws_percentage",
    "OREB": "rebounds_offensive",
    "DREB": "rebounds_defensive",
    "REB": "rebounds_total",
    "AST": "assists",
    "STL": "steals",
    "BLK": "blocks",
    "TOV": "turnovers",
    "PF": "fouls_personal",
    "PLUS_MINUS": "plus_minus_points",
}
OFFICIALS = 4
"""Columns of officials in a game's row: three and an alternate."""


@dataclass(frozen=True)
class Release:
    """A family's file built from the release files of a season; the fields are those of a Source."""

    family: str
    tags: tuple[str, ...]
    adapter: Adapter
    doc: str
    licence: str = "none stated"

    @property
    def name(self) -> str:
        return f"sportsdataverse_{self.family}"

    @property
    def file(self) -> str:
        return self.family + "/{season}.parquet"

    @property
    def address(self) -> str:
        return f"https://github.com/{REPOSITORY}/releases/tag/{self.tags[0].partition('/')[0]}"

    @property
    def is_committed(self) -> bool:
        return False

    def files(self, seasons: Sequence[str]) -> list[tuple[str, str | None]]:
        """(file, season) for each season from the first partition on."""
        return [(self.file.format(season=season), season) for season in seasons if int(season[:4]) >= FIRST_SEASON]

    def pieces(self, season: str | None) -> tuple[Piece, ...]:
        """The release files of a season."""
        if season is None:
            raise ValueError(f"{self.name} has a file per season")
        paths = [tag.format(end=int(season[:4]) + 1) for tag in self.tags]
        return tuple(
            Piece(f"https://github.com/{REPOSITORY}/releases/download/{path}", path, f"{REPOSITORY}/releases/{path}")
            for path in paths
        )

    def table(self, season: str | None, paths: Sequence[tuple[Piece, Path]], read: Read) -> pa.Table:
        """The rows of one file.

        Raises:
            ReadError, ColumnError: the layout of a release file is not the expected one.
        """
        text = text_columns(self.family)
        try:
            rows = self.adapter(*(read(readers.parquet, path, text) for _, path in paths))
            return conform(rows, self.family)
        except KeyError as error:
            raise ColumnError(f"{paths[0][0].path}: expected the column {error}") from error
        except (ReadError, ColumnError) as error:
            raise type(error)(f"{paths[0][0].path}: {error}") from error


def player_boxes(boxes: pd.DataFrame) -> pd.DataFrame:
    """Rows of player_box_v3; home and away team of a game come from the side given in its player rows."""
    game = _game_id(boxes["game_id"])
    sides = boxes.assign(game_id=game).drop_duplicates(["game_id", "side"]).set_index("game_id")
    home, away = (sides.loc[sides["side"] == side, "team_id"] for side in ("home", "away"))
    texts = ("position", "comment", "minutes", "jersey_num")
    rows = boxes.assign(
        game_id=game,
        home_team_id=game.map(home),
        away_team_id=game.map(away),
        **{name: boxes[name].fillna("") for name in texts},
    )
    return _with_nulls(rows, "player_box_v3", "team_city team_slug game_id_nba")


def team_boxes(boxes: pd.DataFrame, schedule: pd.DataFrame) -> pd.DataFrame:
    """Rows of team_game_logs: counts from the team boxes; day, opponent and result from the schedule."""
    games = schedule.assign(game_id=_game_id(schedule["game_id"])).drop_duplicates("game_id").set_index("game_id")
    game = _game_id(boxes["game_id"])
    rows = boxes.assign(GAME_ID=game)[game.isin(games.index)].reset_index(drop=True)
    of_game = games.reindex(rows["GAME_ID"]).reset_index(drop=True)
    is_home = (rows["team_id"].astype("Int64") == of_game["home_team_id"].astype("Int64")).astype(bool)
    own = of_game["home_team_abbreviation"].where(is_home, of_game["away_team_abbreviation"])
    other = of_game["away_team_abbreviation"].where(is_home, of_game["home_team_abbreviation"])
    start = "20" + rows["GAME_ID"].str[3:5]
    return pd.DataFrame(
        {
            "SEASON_ID": rows["GAME_ID"].str[2] + start,
            "TEAM_ID": rows["team_id"],
            "TEAM_ABBREVIATION": own,
            "TEAM_NAME": of_game["home_team_name"].where(is_home, of_game["away_team_name"]),
            "GAME_ID": rows["GAME_ID"],
            "GAME_DATE": of_game["game_date"].astype(str).str[:10],
            "MATCHUP": own + is_home.map({True: " vs. ", False: " @ "}) + other,
            "WL": of_game["home_wl"].where(is_home, of_game["away_wl"]),
            "MIN": pd.to_numeric(rows["minutes"].astype(str).str.partition(":")[0]),
            **{ours: rows[theirs] for ours, theirs in _TEAM_COUNTS.items()},
            "SEASON": start + "-" + ((start.astype(int) + 1) % 100).astype(str).str.zfill(2),
        }
    )


def schedules(schedule: pd.DataFrame) -> pd.DataFrame:
    """Rows of schedule; a game without points has not been played yet."""
    day = schedule["game_date"].astype(str).str[:10]
    home, away = schedule["home_team_abbreviation"], schedule["away_team_abbreviation"]
    rows = pd.DataFrame(
        {
            "gid": _game_id(schedule["game_id"]),
            "gcode": day.str.replace("-", "") + "/" + away + home,
            "date": day,
            "home": home,
            "away": away,
            "home_score": schedule["home_pts"],
            "away_score": schedule["away_pts"],
        }
    )
    return _with_nulls(rows.sort_values(["date", "gid"], kind="stable"), "schedule", "national_tv networks")


def officials(people: pd.DataFrame, schedule: pd.DataFrame) -> pd.DataFrame:
    """Rows of referees: one per game, its officials in the order of the release."""
    named = pd.DataFrame(
        {
            "game_id": _game_id(people["game_id"]),
            "official": (people["first_name"].fillna("") + " " + people["last_name"].fillna("")).str.strip(),
            "code": people["official_id"],
        }
    ).drop_duplicates(["game_id", "code"])
    named["place"] = named.groupby("game_id").cumcount() + 1
    wide = named[named["place"] <= OFFICIALS].pivot(index="game_id", columns="place", values=["official", "code"])
    games = schedules(schedule).set_index("gid")
    wide = wide[wide.index.isin(games.index)]
    of_game = games.reindex(wide.index)
    rows = pd.DataFrame({"game_id": wide.index, "game_code": of_game["gcode"].to_numpy()})
    rows["game_date"] = pd.to_datetime(of_game["date"]).dt.strftime("%m/%d/%Y").to_numpy()
    for place in range(1, OFFICIALS + 1):
        for ours, theirs in ((f"official{place}", "official"), (f"official{place}_code", "code")):
            rows[ours] = wide[theirs, place].to_numpy() if (theirs, place) in wide else None
    return _with_nulls(rows, "referees", " ".join(c.name for c in family_columns()["referees"] if c.name not in rows))


def _game_id(ids: pd.Series) -> pd.Series:
    return ids.astype("string").str.zfill(10)


def _with_nulls(rows: pd.DataFrame, family: str, names: str) -> pd.DataFrame:
    """The rows with the family's columns that the release lacks, filled with NULL."""
    return rows.assign(**dict.fromkeys(names.split(), None))


RELEASES: tuple[Release, ...] = (
    Release("schedule", (_SCHEDULES,), schedules, "Schedule with results; no tip-off times."),
    Release("team_game_logs", (_TEAMS, _SCHEDULES), team_boxes, "Team box scores."),
    Release("player_box_v3", (_BOXES,), player_boxes, "Player box scores, players who did not play included."),
    Release("referees", (_OFFICIALS, _SCHEDULES), officials, "Officials of each game."),
)
