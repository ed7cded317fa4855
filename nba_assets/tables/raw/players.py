"""players: identity of every player, known from the day on which he joins the league."""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY, eastern_moments
from nba_assets.basketball.names import birth_dates
from nba_assets.contracts.columns import col, columns
from nba_assets.contracts.contract import PLACE, TableContract
from nba_assets.contracts.daily_table import daily_table
from nba_assets.contracts.inputs import Expected, Rows, source
from nba_assets.sources.adapt.player_games import TEXT, all_records, is_other_name, not_printed, record
from nba_assets.sources.adapt.repeats import settled

ROOKIES_OF_A_SEASON = 60
"""Fewest newcomers of a real season: two rounds of a draft; the archive has 82 to 106."""
PLAYERS_BEFORE = 4500
"""Fewest players of 1946 to 2021; the archive has 4,730."""
YOUNGEST, OLDEST = 17, 46
"""Age in years in the first season: since 1946 the youngest was 18, the oldest newcomer 45 (Nat Hickey)."""
YEAR_AS_DAY = (pd.Timestamp("1905-03-01"), pd.Timestamp("1905-04-30"))
"""Where a spreadsheet puts the years 1887 to 1946 when it takes them for days: 15 players of the forties and fifties.
"""
INCHES_OF_A_FOOT = 12
HEIGHT = r"^(\d)-(\d{1,2})$"
OF_INDEX = ("player_name", "whole_name", "position", "height_inches", "first_season")
OF_BIO = ("player_name", "position", "height_inches", "birth_date", "printed_birth_date")
POSITION_WORDS = {"Guard": "G", "Forward": "F", "Center": "C"}

CONTRACT = TableContract(
    name="players",
    layer="raw",
    key=("player_id",),
    known="pregame",
    columns=columns(
        *("game_date", "player_id", col("player_name").required(), col("name_variants").required()),
        *("position", "height_inches", "birth_date", col("first_season").required()),
        *(col("source").required(), col("known_at").required()),
    ),
    rules={
        "17 to 46 years old in the first season": lambda f: (
            f["birth_date"].isna() | (f["first_season"] - f["birth_date"].dt.year).between(YOUNGEST, OLDEST)
        ),
    },
    doc="One row per player, on the day on which he becomes known: the archive's first day for every career that "
    "began before, else 1 July of his first season. Read it with up_to_day. The sources are as of early 2026, so "
    "only facts that do not change are used: names, position, height, birth date, first season; never a team or "
    "the end of a career. players_index has priority; players_bio adds birth dates, spellings and missing values. "
    "Players who were listed in box scores but never played an NBA game (four in 2021 to 2025) are in neither "
    "source.",
)


def _expected(days: pd.DatetimeIndex) -> pd.DataFrame:
    """The days on which players become known: the first partition, and the first of July of every later season."""
    is_first = days == pd.Timestamp(FIRST_DAY)
    is_newcomers_day = (days > pd.Timestamp(FIRST_DAY)) & (days.month == 7) & (days.day == 1)
    return pd.DataFrame({"game_date": days[is_first | is_newcomers_day]})


def complete_days(rows: pd.DataFrame) -> pd.DataFrame:
    """Days with at least the expected number of new players; other days with rows count as complete too."""
    counts = rows.groupby("game_date").size().rename("players").reset_index()
    is_first = counts["game_date"] == pd.Timestamp(FIRST_DAY)
    is_newcomers_day = (counts["game_date"].dt.month == 7) & (counts["game_date"].dt.day == 1)
    fewest = (is_newcomers_day * ROOKIES_OF_A_SEASON).mask(is_first, PLAYERS_BEFORE)
    return counts.loc[counts["players"] >= fewest, ["game_date"]]


@daily_table(
    CONTRACT,
    inputs={"index": source("players_index"), "bio": source("players_bio")},
    expected=Expected({}, _expected, complete_days),
)
def players(index: pd.DataFrame, bio: pd.DataFrame, days: pd.DatetimeIndex) -> Rows:
    """Players of the index with the columns of the biographies; a biography not in the index goes to quarantine."""
    listed = _of_index(index)
    no_id = listed[listed["player_id"].isna() | listed["first_season"].isna()]
    listed = listed.drop(index=no_id.index)
    listed["game_date"] = _known_day(listed["first_season"])
    listed, again = settled(listed, ["player_id"], OF_INDEX)
    listed = listed.reset_index(drop=True)

    lives = _of_bio(bio)
    stranger = lives[~lives["player_id"].isin(listed["player_id"])]
    lives = lives.drop(index=stranger.index)
    lives, life_again = settled(lives, ["player_id"], OF_BIO)
    lives = lives.set_index("player_id", drop=False)
    life = lives.reindex(listed["player_id"]).reset_index(drop=True).assign(game_date=listed["game_date"])

    is_wrong = _is_wrong_birth_date(life["birth_date"], listed["first_season"])
    known_at = eastern_moments(listed["game_date"])
    found = listed.assign(birth_date=life["birth_date"].mask(is_wrong), known_at=known_at)
    for column in ("position", "height_inches"):
        found[column] = listed[column].fillna(life[column])
    found["name_variants"] = _variants(listed["player_name"], listed["whole_name"], life["player_name"])
    has_life = life["player_id"].notna().astype(bool)
    found["source"] = pd.Series("players_index", index=found.index, dtype=TEXT).mask(
        has_life, "players_index+players_bio"
    )
    born = life.assign(column_name="birth_date", value=life["printed_birth_date"])
    is_unread = born["value"].notna() & born["birth_date"].isna()
    records = all_records(
        _record(no_id, "set_aside", "no NBA player id or no first season"),
        _record(again, "set_aside", "the player stands again, with other values"),
        _record(stranger, "set_aside", "a biography of a player who is not in the index"),
        _record(life_again, "set_aside", "the player stands again, with other values"),
        _record(born[is_unread], "nulled", "not a date"),
        not_printed(found, ("position", "height_inches"), found["player_id"].astype(TEXT)),
        _record(born[has_life & born["value"].isna()], "nulled", "the source prints no value"),
        _record(born[is_wrong], "nulled", "not the birth date of who played from that season on"),
        *(_disagreement(listed, life, column) for column in ("position", "height_inches")),
        _other_name(listed, listed["whole_name"], "first and last name of players_index"),
        _other_name(listed, life["player_name"], "players_bio"),
    )
    return Rows(found.loc[found["game_date"].isin(days), [*CONTRACT.column_names, *PLACE]], records)


def _of_index(rows: pd.DataFrame) -> pd.DataFrame:
    whole = (rows["player_first_name"].fillna("") + " " + rows["player_last_name"].fillna("")).str.strip().astype(TEXT)
    return pd.DataFrame(
        {
            "player_id": rows["person_id"],
            "player_name": rows["display_first_last"].str.strip(),
            "whole_name": whole.where(whole != ""),
            "position": rows["position"].str.strip().where(rows["position"].str.strip() != ""),
            "height_inches": _inches(rows["height"]),
            "first_season": rows["from_year.x"],
            "_file": rows["_file"],
            "_row": rows["_row"],
        }
    )


def _of_bio(rows: pd.DataFrame) -> pd.DataFrame:
    printed = rows["birthdate"].str.strip().where(rows["birthdate"].str.strip() != "").astype(TEXT)
    return pd.DataFrame(
        {
            "player_id": rows["profile_url"].str.extract(r"/player/(\d+)", expand=False).astype("Int64"),
            "player_name": rows["player"].str.strip(),
            "position": rows["position"].replace(POSITION_WORDS, regex=True).astype(TEXT),
            "height_inches": _inches(rows["height"]),
            "printed_birth_date": printed,
            "birth_date": birth_dates(printed),
            "_file": rows["_file"],
            "_row": rows["_row"],
        }
    )


def _is_wrong_birth_date(births: pd.Series, first_seasons: pd.Series) -> pd.Series:
    """Whether a birth date is a year parsed as a day, or makes the player too young or too old in his first season."""
    age = first_seasons.astype("float64") - births.dt.year
    return births.between(*YEAR_AS_DAY) | ((age < YOUNGEST) | (age > OLDEST))


def _inches(heights: pd.Series) -> pd.Series:
    """Heights given as feet-inches (6-10), in inches; NULL for any other format."""
    parts = heights.astype(object).str.extract(HEIGHT)
    return (pd.to_numeric(parts[0]) * INCHES_OF_A_FOOT + pd.to_numeric(parts[1])).astype("Int64")


def _known_day(first_seasons: pd.Series) -> pd.Series:
    """The day of a player's row: the first day of his first season, but not before the first partition."""
    years = first_seasons.astype("int64").clip(lower=FIRST_DAY.year)
    days = pd.to_datetime(years.astype(str) + "-07-01").astype("datetime64[ns]")
    return days.clip(lower=pd.Timestamp(FIRST_DAY))


def _variants(first: pd.Series, second: pd.Series, third: pd.Series) -> pd.Series:
    """The distinct spellings, separated by |."""
    second = second.mask((second == first).fillna(False).astype(bool))
    is_known = (third == first).fillna(False) | (third == second).fillna(False)
    third = third.mask(is_known.astype(bool))
    return (first + ("|" + second).fillna("") + ("|" + third).fillna("")).astype(TEXT)


def _record(rows: pd.DataFrame, action: str, reason: str) -> pd.DataFrame:
    return record(rows, action, reason, key=rows["player_id"].astype(TEXT))


def _other_name(listed: pd.DataFrame, names: pd.Series, whose: str) -> pd.DataFrame:
    """A record for each player whose name is not a spelling of his name in other columns or the other source."""
    is_other = is_other_name(listed["player_name"], names)
    value = "taken " + listed["player_name"] + " (players_index), other " + names + f" ({whose})"
    odd = listed.assign(column_name="player_name", value=value)[is_other]
    return _record(odd, "disagreement", "the player has another name")


def _disagreement(listed: pd.DataFrame, life: pd.DataFrame, column: str) -> pd.DataFrame:
    """A record for each player whose values differ between the two sources."""
    bad = life[(listed[column] != life[column]).fillna(False).astype(bool)]
    text = "taken " + listed.loc[bad.index, column].astype(TEXT) + " (players_index), other " + bad[column].astype(TEXT)
    return _record(
        bad.assign(column_name=column, value=text + " (players_bio)"),
        "disagreement",
        "players_index and players_bio differ",
    )
