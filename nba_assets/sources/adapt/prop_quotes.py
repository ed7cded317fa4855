"""Player-points quotes of every family in one shape: one row per outcome in a source.

What belongs here: how each family writes an event, a time, a line and a price. What does not: the identity of the
player, whether the quote was known before tip-off, which of two quotes is used (raw/prop_lines.py).

A family either names an event (teams and commence time) or lists the day's players without a date. A listing belongs to
the US day on which it was taken: every version that is not a left-over of the previous day has only players whose team
plays that day. So that day and the player's or opponent's team identify the game; no quote is moved to a later day.

To add a family, write its adapter and name it in FAMILIES; the table reads what is named there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from nba_assets.basketball.odds import american_to_decimal
from nba_assets.basketball.teams import to_tricode
from nba_assets.sources.adapt.matching import TEXT, by_distinct, eastern_day, match_games

OUTCOME_COLUMNS = (
    *("source", "_file", "_row", "column_name", "name", "bookmaker", "side", "line", "price", "event_id"),
    *("snapshot_at", "is_time_known", "day", "game_id", "reason"),
)
BOOKMAKERS = {
    "mgm": "betmgm",
    "williamhill_us": "caesars",
    "pointsbetus": "pointsbet",
    "unibet_us": "unibet",
    "betonlineag": "betonline",
    "mybookieag": "mybookie",
}
"""Keys that differ from the key used here; every other key stands for itself."""
KNOWN_BOOKMAKERS = frozenset(
    "barstool betmgm betonline betrivers betus bovada caesars draftkings fanatics fanduel lowvig mybookie pointsbet "
    "prizepicks unibet".split()
)
"""Keys of the bookmakers of the archive and of The Odds API's region `us`; quotes of others stay and are recorded."""
NO_GAME = "no game of these teams on that day"
MERGED = "two versions of the table in one commit"
OUTDATED = "left over from an earlier day: most of its players have no game that day"
NO_LINE = "odds without a line"
NO_OPPONENT = "no opponent printed, so the game is unknown"
SHIFTED = "columns shifted by a committed header"
NO_SINGLE_LINE = "promotional line, or several lines in one cell"
NO_SIDE = "neither Over nor Under"
NO_TIME = "no readable time"
NO_ODDS = "odds that are no odds"
MARGIN = pd.Timedelta(days=1)


def outcomes_of_events(frame: pd.DataFrame, games: pd.DataFrame, days: pd.DatetimeIndex, source: str) -> pd.DataFrame:
    """Outcomes of `props_oddsapi_historical` (decimal odds) or `props_oddsapi_daily` (American odds), OUTCOME_COLUMNS.

    A daily snapshot is dated by its newest market: by then all of it was known, and its books stay in one snapshot.
    """
    plain = frame.rename(columns=lambda name: name.removeprefix("data.").replace("outcomes.", "outcomes_"), copy=False)
    day = by_distinct(plain["commence_time"], lambda texts: eastern_day(_moments(texts)))
    near = _near(day, days)
    plain, day = plain[near], day[near]
    if "timestamp" in plain:
        taken, price = _moments(plain["timestamp"]), plain["outcomes_price"]
    else:
        snapshot = [plain["_source_file"], plain["id"]]
        taken = _moments(plain["bookmakers.markets.last_update"]).groupby(snapshot, sort=False).transform("max")
        price = american_to_decimal(plain["outcomes_price"])
    return _outcomes(
        plain,
        source,
        name=plain["outcomes_description"],
        bookmaker=plain["bookmakers.key"],
        side=plain["outcomes_name"],
        line=plain["outcomes_point"],
        printed_odds=plain["outcomes_price"],
        price=price,
        event_id=plain["id"],
        snapshot_at=taken,
        day=day,
        game_id=_games_of_events(games, day, plain["home_team"], plain["away_team"]),
    )


def outcomes_of_2023(frame: pd.DataFrame, games: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Outcomes of `props_2023`, OUTCOME_COLUMNS; `snapshot_at` is NULL, only the day is known."""
    day = pd.to_datetime(frame["_source_file"], format="%Y_%m_%d.csv", errors="coerce").astype("datetime64[ns]")
    near = _near(day, days)
    frame, day = frame[near], day[near]
    if frame.empty:
        return pd.DataFrame(columns=list(OUTCOME_COLUMNS))
    home, away = frame["matchup_home_team"], frame["matchup_away_team"]
    return _outcomes(
        frame,
        "props_2023",
        name=frame["player_name"],
        bookmaker=frame["sports_book"],
        side=frame["name"],
        line=frame["points"],
        printed_odds=frame["price"],
        price=american_to_decimal(frame["price"]),
        event_id=frame["id"],
        day=day,
        game_id=_games_of_events(games, day, home, away),
    )


def outcomes_of_dk_fd_mgm(frame: pd.DataFrame, games: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Outcomes of `props_dk_fd_mgm`, OUTCOME_COLUMNS; a source row has one cell per book.

    `opp` is the opponent, with @ where the opponent is the home team. The publisher's day ends at midnight Pacific. A
    commit with an unresolved merge contains rows of two times, neither of which is known; only such commits contain
    duplicate players.
    """
    frame, taken, day = _listing(frame, days, "America/Los_Angeles")
    if frame.empty:
        return pd.DataFrame(columns=list(OUTCOME_COLUMNS))
    is_shifted = frame["Prop"] != "Points"
    kept = ~is_shifted | (frame["opp"] == "Points")
    frame, taken, day, is_shifted = frame[kept], taken[kept], day[kept], is_shifted[kept]
    is_home = ~frame["opp"].str.startswith("@").fillna(False).astype(bool)
    sides = pd.concat(
        [
            games.assign(opponent=games["away_team"], is_home=True),
            games.assign(opponent=games["home_team"], is_home=False),
        ]
    )[["game_date", "opponent", "is_home", "game_id"]].rename(columns={"game_date": "day"})
    asked = pd.DataFrame({"day": day, "opponent": to_tricode(frame["opp"].str.lstrip("@")), "is_home": is_home})
    game_id = _only_game(asked, sides)
    repeated = (
        frame.duplicated(["_commit_time", "PlayerName", "Over_Under"]) & frame["PlayerName"].notna() & ~is_shifted
    )
    has_merge = frame["_commit_time"].isin(frame.loc[repeated, "_commit_time"].unique())
    reason = pd.Series(pd.NA, index=frame.index, dtype=TEXT)
    for text, mask in (
        (SHIFTED, is_shifted),
        (MERGED, has_merge),
        (OUTDATED, _is_outdated(frame["_commit_time"], game_id.isna() & frame["opp"].notna())),
        (NO_OPPONENT, frame["opp"].isna()),
    ):
        reason = reason.mask(reason.isna() & mask, text)

    found = []
    for book in ("draftkings", "fanduel", "mgm", "pointsbet"):
        shown = frame[book].notna() & ~frame[book].isin(["-", "(None) None"])
        rows = frame[shown]
        cells = _cells(rows[book])
        found.append(
            _outcomes(
                rows,
                "props_dk_fd_mgm",
                column_name=pd.Series(book, index=rows.index, dtype=TEXT),
                name=rows["PlayerName"],
                bookmaker=pd.Series(book, index=rows.index, dtype=TEXT),
                side=rows["Over_Under"],
                line=cells["line"],
                printed_odds=cells["odds"],
                price=cells["price"],
                snapshot_at=taken[shown],
                day=day[shown],
                game_id=game_id[shown],
                reason=reason[shown].mask(cells["line"].isna() & ~reason[shown].isin([SHIFTED, MERGED]), NO_LINE),
            )
        )
    return pd.concat(found, ignore_index=True)


def outcomes_of_prizepicks(frame: pd.DataFrame, games: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Outcomes of `props_prizepicks`, OUTCOME_COLUMNS: lines without odds, `side` Over; `Team` is `MIN - G`."""
    frame, taken, day = _listing(frame, days, "America/New_York")
    if frame.empty:
        return pd.DataFrame(columns=list(OUTCOME_COLUMNS))
    sides = pd.concat([games.assign(team=games["home_team"]), games.assign(team=games["away_team"])])
    sides = sides[["game_date", "team", "game_id"]].rename(columns={"game_date": "day"})
    asked = pd.DataFrame({"day": day, "team": to_tricode(frame["Team"].str.split(" - ").str[0])})
    game_id = _only_game(asked, sides)
    line = pd.to_numeric(frame["Value"], errors="coerce").astype("float64")
    reason = pd.Series(pd.NA, index=frame.index, dtype=TEXT)
    reason = reason.mask(_is_outdated(frame["_commit_time"], game_id.isna()), OUTDATED)
    return _outcomes(
        frame,
        "props_prizepicks",
        name=frame["Name"],
        bookmaker=pd.Series("prizepicks", index=frame.index, dtype=TEXT),
        side=pd.Series("Over", index=frame.index, dtype=TEXT),
        line=line,
        price=pd.Series(float("nan"), index=frame.index),
        snapshot_at=taken,
        day=day,
        game_id=game_id,
        reason=reason.mask(reason.isna() & line.isna(), NO_SINGLE_LINE),
    )


@dataclass(frozen=True)
class QuoteFamily:
    """How the rows of a family of player-points quotes are used.

    Args:
        outcomes: (rows, games, days) -> OUTCOME_COLUMNS.
        spans: first and last days between which the family quotes the games of every day. A game inside a span without
            a quote is missing; outside it may be absent.
        has_events: its rows name events with teams and commence times, from which tip-offs are taken.
    """

    outcomes: Callable[[pd.DataFrame, pd.DataFrame, pd.DatetimeIndex], pd.DataFrame]
    spans: tuple[tuple[str, str], ...]
    has_events: bool = False


FAMILIES: Mapping[str, QuoteFamily] = {
    "props_oddsapi_historical": QuoteFamily(
        partial(outcomes_of_events, source="props_oddsapi_historical"),
        (("2023-10-24", "2024-04-14"), ("2024-10-22", "2025-04-13")),
        has_events=True,
    ),
    "props_oddsapi_daily": QuoteFamily(
        partial(outcomes_of_events, source="props_oddsapi_daily"), (("2024-03-02", "2024-05-26"),), has_events=True
    ),
    "props_dk_fd_mgm": QuoteFamily(outcomes_of_dk_fd_mgm, (("2024-01-24", "2024-06-17"),)),
    "props_prizepicks": QuoteFamily(outcomes_of_prizepicks, (("2024-01-17", "2024-05-19"),)),
    "props_2023": QuoteFamily(outcomes_of_2023, (("2023-02-16", "2023-02-16"),)),
}
"""The families in order of priority, which decides if two of them give the same quote: those that name the event first,
a listing of the day last."""


def _outcomes(rows: pd.DataFrame, source: str, **columns: pd.Series) -> pd.DataFrame:
    """OUTCOME_COLUMNS from the columns given; `reason` is why an outcome cannot be used, NULL where it can.

    Without `snapshot_at` the source has no times. `printed_odds` is the source's text, which distinguishes unreadable
    odds from absent ones.
    """
    found = rows[["_file", "_row"]].assign(source=pd.Series(source, index=rows.index, dtype=TEXT), **columns)
    for column in ("column_name", "event_id", "reason", "printed_odds"):
        if column not in found:
            found[column] = pd.Series(pd.NA, index=rows.index, dtype=TEXT)
    found["is_time_known"] = "snapshot_at" in columns
    if "snapshot_at" not in columns:
        found["snapshot_at"] = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns, UTC]")
    books = found["bookmaker"].dropna().unique()
    found["bookmaker"] = found["bookmaker"].map({book: BOOKMAKERS.get(book, book) for book in books}).astype(TEXT)
    for reason, mask in (
        (NO_SIDE, ~found["side"].isin(["Over", "Under"])),
        (NO_TIME, found["day"].isna() | (found["is_time_known"] & found["snapshot_at"].isna())),
        (NO_LINE, found["line"].isna()),
        (NO_ODDS, found["price"].isna() & found["printed_odds"].notna()),
        (NO_GAME, found["game_id"].isna()),
    ):
        found["reason"] = found["reason"].mask(found["reason"].isna() & mask, reason)
    return found[list(OUTCOME_COLUMNS)].reset_index(drop=True)


def _moments(texts: pd.Series) -> pd.Series:
    """ISO texts with any offset as UTC timestamps; each distinct text is parsed once, because they repeat often."""
    moments = by_distinct(texts, lambda distinct: pd.to_datetime(distinct, utc=True, format="ISO8601", errors="coerce"))
    return moments.astype("datetime64[ns, UTC]")


def _near(day: pd.Series, days: pd.DatetimeIndex) -> pd.Series:
    """Whether a row's game can be on one of the days (a game may have moved by one day), or its day is unknown."""
    return day.between(days.min() - MARGIN, days.max() + MARGIN) | day.isna()


def _listing(frame: pd.DataFrame, days: pd.DatetimeIndex, zone: str) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Rows of the listings near the days, the time of each listing, and its day in the publisher's time zone."""

    def days_of(texts: pd.Series) -> pd.Series:
        clock = _moments(texts).dt.tz_convert(zone).dt.tz_localize(None)
        return clock.dt.normalize().astype("datetime64[ns]")

    day = by_distinct(frame["_commit_time"], days_of)
    near = _near(day, days)
    frame = frame[near]
    return frame, _moments(frame["_commit_time"]), day[near]


def _games_of_events(games: pd.DataFrame, day: pd.Series, home: pd.Series, away: pd.Series) -> pd.Series:
    """Game id of each row by its day and teams; every combination of them is matched once."""
    event = pd.DataFrame({"day": day, "home": home, "away": away})
    number = event.groupby(["day", "home", "away"], dropna=False, sort=False).ngroup()
    first = ~number.duplicated()
    found = match_games(games, day[first], to_tricode(home[first]), to_tricode(away[first]))["game_id"]
    return number.map(dict(zip(number[first], found, strict=True))).astype(TEXT)


def _only_game(asked: pd.DataFrame, sides: pd.DataFrame) -> pd.Series:
    """Game id of each row by the columns of `asked`, NULL unless exactly one game matches."""
    on = list(asked.columns)
    sides = sides.astype({column: TEXT for column in on if column not in ("day", "is_home")})
    asked = asked.astype({column: TEXT for column in on if column not in ("day", "is_home")})
    candidates = sides.drop_duplicates(on, keep=False)
    return asked.merge(candidates, on=on, how="left")["game_id"].set_axis(asked.index).astype(TEXT)


def _is_outdated(snapshot: pd.Series, has_no_game: pd.Series) -> pd.Series:
    """Whether a row belongs to a snapshot in which more than half of the rows have no game on its day."""
    per_snapshot = has_no_game.astype("int64").groupby(snapshot, sort=False)
    return 2 * per_snapshot.transform("sum") > per_snapshot.transform("size")


def _cells(cells: pd.Series) -> pd.DataFrame:
    """Line, odds as printed and decimal price of cells `10.5 (-110)`, later `(10.5) -110`; `-110` has no line."""
    distinct = pd.Series(cells.unique(), dtype="object")
    early = distinct.str.extract(r"^(?P<line>[\d.]+) \((?P<price>[^)]+)\)$")
    late = distinct.str.extract(r"^\((?P<line>[\d.]+)\)(?: (?P<price>\S+))?$")
    read = early.fillna(late)
    line = pd.to_numeric(read["line"], errors="coerce").astype("float64")
    price = american_to_decimal(read["price"])
    return pd.DataFrame(
        {
            "odds": cells.map(dict(zip(distinct, read["price"], strict=True))).astype(TEXT),
            "line": cells.map(dict(zip(distinct, line, strict=True))).astype("float64"),
            "price": cells.map(dict(zip(distinct, price, strict=True))).astype("float64"),
        }
    )
