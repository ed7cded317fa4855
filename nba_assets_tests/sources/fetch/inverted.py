"""The publishers' files, reconstructed from an archive: fetching them must yield that archive.

Each file gets what fetch removes: rank columns, row numbers, rows of other seasons, a head-shot URL, nested JSON. The
files have addresses like the real ones; a listing with their checksums replaces pieces.csv.
"""

from __future__ import annotations

import hashlib
import io
import sqlite3
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import orjson
import pandas as pd
import rdata

from nba_assets.sources.fetch.pieces import Listed
from nba_assets.sources.fetch.source import SEASONS, Source

Files = list[tuple[str, str, str, bytes]]
"""(season or empty, path below the source's folder, commit time or empty, content)"""
Listing = dict[tuple[str, str], tuple[Listed, ...]]


def publish(archive: Path, sources: Iterable[Source], files: dict[str, bytes]) -> Listing:
    """Adds the publishers' files of the archive to `files`, by path on a mirror; returns their listing."""
    listing: dict[tuple[str, str], list[Listed]] = defaultdict(list)
    done: set[str] = set()
    for source in sources:
        if source.name in done:
            continue
        done.add(source.name)
        for number, (season, path, commit_time, content) in enumerate(_files(archive, source)):
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            commit = f"{number:040x}" if commit_time else ""
            listing[source.name, season].append(Listed(path, commit, commit_time, len(content), blob))
            folder = source.folder.format(season=season)
            files[f"raw.githubusercontent.com/{source.repository}/{commit or source.commit}/{folder}{path}"] = content
    return {key: tuple(pieces) for key, pieces in listing.items()}


def path_of(address: str) -> str:
    """Path of an address on a mirror."""
    parts = urlsplit(address)
    return f"{parts.netloc}{unquote(parts.path)}"


def _files(archive: Path, source: Source) -> Files:
    made = [(season or "", archive / file) for file, season in source.files(SEASONS)]
    held = {season: pd.read_parquet(path) for season, path in made if path.exists()}
    if not held:
        return []
    if source.name == "sbr":
        return [("", "Data/OddsData.sqlite", "", _sqlite(archive))]
    if source.name.startswith("player_game_") and source.name != "player_game_logs_lite":
        return [file for season, rows in held.items() for file in _teams(season, rows)]
    if source.name in _MAKERS:
        return _MAKERS[source.name](held)
    return [(season, f"{source.name}_{season}.csv", "", _csv(rows)) for season, rows in held.items()]


def _csv(rows: pd.DataFrame, **more: bool) -> bytes:
    return rows.to_csv(index=more.get("index", False)).encode()


def _teams(season: str, rows: pd.DataFrame) -> Files:
    """A file per team, with ranks."""
    rows = rows.assign(pts_rank=7)
    return [
        (season, str(path), "", _csv(part.drop(columns="_source_file")))
        for path, part in rows.groupby("_source_file", sort=False)
    ]


def _whole(path: str, other: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[dict[str, pd.DataFrame]], Files]:
    """One CSV file of all seasons, mixed with rows that fetch must remove."""

    def make(held: dict[str, pd.DataFrame]) -> Files:
        parts = [part for rows in held.values() for part in (other(rows.head(2)), rows)]
        return [("", path, "", _csv(pd.concat(_without_empty_columns(parts))))]

    return make


def _without_empty_columns(parts: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Drops columns of NULLs, about which pandas warns in concat; the first part keeps them."""
    return [parts[0].astype(object), *(part.dropna(axis="columns", how="all").astype(object) for part in parts[1:])]


def _rds(path: str, cut: str | None = None, **more: str) -> Callable[[dict[str, pd.DataFrame]], Files]:
    """One R data frame of all seasons; `cut` is a column that identifies an additional row."""

    def make(held: dict[str, pd.DataFrame]) -> Files:
        rows = pd.concat(held.values()).assign(**more)
        if cut is not None:
            rows = pd.concat([rows.head(1).assign(**{cut: "1999-01-01" if cut == "Date" else "0019900001"}), rows])
        rows = rows.astype({name: "string[python]" for name in rows if rows[name].dtype in ("object", "string")})
        rows = rows.astype({name: "int32" for name in rows if rows[name].dtype == "int64"}).reset_index(drop=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            folder = Path(_scratch()) / "frame.rds"
            rdata.write_rds(folder, rows)
        return [("", path, "", folder.read_bytes())]

    return make


def _scratch() -> str:
    import tempfile

    return tempfile.mkdtemp(prefix="fetch-test-")


def _zips(held: dict[str, pd.DataFrame]) -> Files:
    found: Files = []
    for season, rows in held.items():
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(
                "shots.csv", _csv(rows.assign(SHOT_MADE=rows["SHOT_MADE"].map({True: "TRUE", False: "FALSE"})))
            )
            archive.writestr("__MACOSX/._shots.csv", b"\0\5\26\7")
        found.append((season, f"NBA_{season}_Shots.csv.zip", "", packed.getvalue()))
    return found


def _parquet(path: str, **cut: str) -> Callable[[dict[str, pd.DataFrame]], Files]:
    def make(held: dict[str, pd.DataFrame]) -> Files:
        found: Files = []
        for season, rows in held.items():
            whole = pd.concat([rows.head(1).assign(**cut), rows]) if cut else rows
            packed = io.BytesIO()
            whole.to_parquet(packed, index=False)
            found.append((season, path, "", packed.getvalue()))
        return found

    return make


def _xlsx(held: dict[str, pd.DataFrame]) -> Files:
    rows = held[""]
    packed = io.BytesIO()
    pd.concat([rows.head(2).assign(season=2018), rows]).to_excel(packed, index=False)
    return [("", "data/raw/nba_2018-2025.xlsx", "", packed.getvalue())]


def _sqlite(archive: Path) -> bytes:
    path = Path(_scratch()) / "odds.sqlite"
    connection = sqlite3.connect(path)
    for file in sorted((archive / "game_lines").glob("sbr_*.parquet")):
        pd.read_parquet(file).to_sql(f"odds_{file.stem[4:]}", connection, index=False)
    connection.commit()
    connection.close()
    return path.read_bytes()


def _snapshots(path: str, index: bool) -> Callable[[dict[str, pd.DataFrame]], Files]:
    """One version per commit time; columns that a version lacks are not in its file."""

    def make(held: dict[str, pd.DataFrame]) -> Files:
        return [
            (
                "",
                path,
                str(time),
                _csv(part.drop(columns="_commit_time").dropna(axis="columns", how="all"), index=index),
            )
            for time, part in held[""].groupby("_commit_time", sort=False)
        ]

    return make


def _days(index: bool) -> Callable[[dict[str, pd.DataFrame]], Files]:
    """A file per `_source_file`."""

    def make(held: dict[str, pd.DataFrame]) -> Files:
        optional = ("player_team", "defensive_matchup", "matchup_home_team", "matchup_away_team")
        found: Files = []
        for name, part in held[""].groupby("_source_file", sort=False):
            absent = [column for column in optional if column in part and bool(part[column].isna().all())]
            found.append(("", str(name), "", _csv(part.drop(columns=["_source_file", *absent]), index=index)))
        return found

    return make


def _odds_events(held: dict[str, pd.DataFrame]) -> Files:
    """One file per event; the publisher has one snapshot of each."""
    found: Files = []
    for season, rows in held.items():
        snapshot = (rows[["timestamp", "data.id"]] != rows[["timestamp", "data.id"]].shift()).any(axis=1).cumsum()
        for number, part in rows.groupby(snapshot.to_numpy(), sort=False):
            name = f"{part['data.id'].iloc[0]}_{number}.json"
            found.append((season, name, "", orjson.dumps(_odds_reply(part), option=orjson.OPT_INDENT_2)))
    return found


def _odds_reply(rows: pd.DataFrame) -> dict[str, object]:
    """The reply of The Odds API: consecutive rows of one book and market are its outcomes."""

    def part(row: dict[str, object], prefix: str) -> dict[str, object]:
        return {
            name.removeprefix(prefix): value
            for name, value in row.items()
            if name.startswith(prefix) and "." not in name.removeprefix(prefix)
        }

    values = rows.astype(object).where(rows.notna(), None).to_dict("records")
    books: list[dict[str, object]] = []
    for row in values:
        book, market, outcome = (part(row, p) for p in ("bookmakers.", "bookmakers.markets.", "outcomes."))
        if not books or {k: v for k, v in books[-1].items() if k != "markets"} != book:
            books.append({**book, "markets": []})
        markets = books[-1]["markets"]
        assert isinstance(markets, list)
        if not markets or {k: v for k, v in markets[-1].items() if k != "outcomes"} != market:
            markets.append({**market, "outcomes": []})
        markets[-1]["outcomes"].append(outcome)
    times = {name: values[0][name] for name in ("timestamp", "previous_timestamp", "next_timestamp")}
    return {**times, "data": {**part(values[0], "data."), "bookmakers": books}}


_MAKERS: dict[str, Callable[[dict[str, pd.DataFrame]], Files]] = {
    "schedule": _whole("0-data/stats_nba/nba_game_schedule.csv", lambda rows: rows.assign(gid="0021400001")),
    "referees": _whole("0-data/official_nba/nba_referee_assignments.csv", lambda r: r.assign(game_id="0021500273")),
    "player_box_playoffs": _whole("play_off_box_scores_2010_2024.csv", lambda r: r.assign(gameId="41100304")),
    "kaggle_sbr": _whole("nba_2008-2024.csv", lambda rows: rows.assign(season=2008)),
    "players_bio": lambda held: [
        ("", "data/raw/players/players_detailed.csv", "", _csv(held[""].assign(headshot_url="https://x.invalid/1.png")))
    ],
    "oddsapi_event_game_map": lambda held: [("", "betting data/game_id_event_id_bijective.csv", "", _csv(held[""]))],
    "player_box_v3": _rds("legacy/data_raw/player_game_logs1.rds", cut="game_id"),
    "players_index": _rds("data_raw/players_raw.rds"),
    "prosports_transactions": _rds("raw-data/nba-injuries/injuries.rds", cut="Date", page_url="https://x.invalid/"),
    "shots": _zips,
    "shots_nba_api_capped": _parquet("data/raw/shots_2021-22.parquet"),
    "oddsapi_consensus_closing": _parquet("closing_lines.parquet", commence_time="2021-07-20T01:00:00Z"),
    "spreads_by_season": _xlsx,
    "props_dk_fd_mgm": _snapshots("over_under_odds.csv", index=False),
    "props_prizepicks": _snapshots("test2.csv", index=True),
    "props_oddsapi_daily": _days(index=True),
    "props_2023": _days(index=False),
    "props_oddsapi_historical": _odds_events,
}
