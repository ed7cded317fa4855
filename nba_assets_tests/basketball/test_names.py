"""Player names: hand-made cases, then the spellings of the real archive."""

import os
from pathlib import Path

import pandas as pd
import pytest

from nba_assets.basketball.names import PlayerNames, name_variants, normalise_name, read_aliases, split_names
from nba_assets.basketball.teams import to_tricode

ARCHIVE = Path(os.environ.get("NBA_ARCHIVE", Path(__file__).parents[2].parent / "shared" / "data"))
needs_archive = pytest.mark.skipif(
    not (ARCHIVE / "players").is_dir(), reason=f"no archive of source files at {ARCHIVE}; set NBA_ARCHIVE"
)
HISTORICAL_POINTS = "props/oddsapi_historical_player_points/*.parquet"

PLAYERS = pd.DataFrame(
    [
        (1, "Gary Trent", 1995, 2003),
        (2, "Gary Trent Jr.", 2018, 2025),
        (3, "Nikola Jokic", 2015, 2025),
        (3, "Nikola Jokić", 2015, 2025),
        (4, "Marcus Williams", 2006, 2009),
        (5, "Marcus Williams", 2007, 2008),
        (6, "Nic Claxton", 2019, 2025),
        (7, "P.J. Tucker", 2006, 2024),
        (8, "Kentavious Caldwell-Pope", 2013, 2025),
        (9, "Cody Martin", 2019, 2025),
        (10, "Caleb Martin", 2019, 2025),
        (11, "Brandon Williams", 1997, 2002),
        (12, "Brandon Williams", 2021, 2025),
        (13, "Marcus Morris Sr.", 2011, 2023),
        (14, "Jimmy Butler", 2011, 2025),
        (15, "Trey Murphy III", 2021, 2025),
        (16, "Nene", 2002, 2019),
        (17, "J.R. Smith", 2004, 2019),
        (18, "Luka Šamanić", 2019, 2023),
        (19, "Juan Ðoković", None, None),
    ],
    columns=["player_id", "name", "first_season", "last_season"],
).astype({"first_season": "Int64", "last_season": "Int64"})
BIRTH_DATES = {4: "1985-11-18", 5: "1986-11-18", 11: "1975-02-27", 12: "1999-11-22", 15: "2000-06-18"}
PLAYERS["birth_date"] = pd.to_datetime(PLAYERS["player_id"].map(BIRTH_DATES))
ALIASES = pd.DataFrame(
    [("Nicolas Claxton", 6, "legal first name"), ("Brandon Williams (b. 1975-02-27)", 12, "wrong birth date")],
    columns=["alias", "player_id", "evidence"],
)


@pytest.fixture(scope="module")
def names() -> PlayerNames:
    return PlayerNames(PLAYERS, ALIASES)


def resolve_one(names: PlayerNames, name: str | None, season_start: int | None) -> tuple[object, object, object]:
    row = names.resolve(pd.Series([name], dtype="string"), season_start).iloc[0]
    player_id, how, reason = (None if pd.isna(value) else value for value in row)
    return player_id, how, reason


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("Nikola Jokić", "jokic nikola"),
        ("• Jokic, NIKOLA", "jokic nikola"),
        ("Luka Dončić", "doncic luka"),
        ("Đorđe Đurđević", "dorde durdevic"),
        ("De\u2019Anthony Melton", "deanthony melton"),
        ("De\u00b4Anthony Melton", "deanthony melton"),
        ("Gary Trent Jr.", "gary trent"),
        ("Trey Murphy III", "murphy trey"),
        ("Lively II Dereck", "dereck lively"),
        ("P. J. Tucker", "pj tucker"),
        ("P.J Tucker", "pj tucker"),
        ("Caldwell Pope Kentavious", "caldwell kentavious pope"),
        ("Kentavious Caldwell-Pope", "caldwell kentavious pope"),
        ("Smith J.R.", "jr smith"),
        ("J.R. Smith", "jr smith"),
        ("Wembanyama V.", "v wembanyama"),
    ],
)
def test_normal_form(printed: str, normal: str) -> None:
    assert normalise_name(pd.Series([printed])).tolist() == [normal]


def test_normal_form_keeps_index_and_missing_values() -> None:
    normal = normalise_name(pd.Series(["A. B", None, "A. B"], index=[7, 7, 9], name="player"))
    assert normal.index.tolist() == [7, 7, 9]
    assert normal.name == "player"
    assert normal.isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("printed", "variants"),
    [
        ("• Maximilian Kleber / Maxi Kleber", ["Maximilian Kleber", "Maxi Kleber"]),
        ("• Herbert Jones / Herb Jones (Keyshawn)", ["Herbert Jones", "Herb Jones"]),
        ("Enes Freedom (Enes Kanter)", ["Enes Freedom", "Enes Kanter"]),
        ("Trendon Watford (Por)", ["Trendon Watford"]),
        ("• Chris Smith (b. 1999-12-24)", ["Chris Smith"]),
        ("• 2/14/2024", []),
    ],
)
def test_variants(printed: str, variants: list[str]) -> None:
    assert name_variants(printed) == variants


def test_cell_with_several_entries_is_split_at_bullets() -> None:
    assert split_names("• John Collins (Martin)• Rudy Gay") == ["John Collins (Martin)", "Rudy Gay"]


@pytest.mark.parametrize(
    ("printed", "season_start", "answer"),
    [
        ("Nikola Jokić", 2023, (3, "exact", None)),
        ("• Nikola Jokic", 2023, (3, "exact", None)),
        ("Jokic Nikola", 2023, (3, "normalised", None)),
        ("Nicolas Claxton", 2023, (6, "alias", None)),
        ("• Nicolas Claxton / Nic Claxton", 2023, (6, "exact", None)),
        # homonyms: the career tells them apart, and the suffix where it is given
        ("Gary Trent", 1999, (1, "exact", None)),
        ("Gary Trent", 2023, (2, "normalised", None)),
        ("Gary Trent Jr", 2023, (2, "normalised", None)),
        ("Gary Trent", None, (None, None, "ambiguous_name")),
        ("Gary Trent Jr.", None, (2, "exact", None)),
        ("Marcus Williams", 2006, (4, "exact", None)),
        ("Marcus Williams", 2007, (None, None, "ambiguous_name")),
        ("Marcus Morris", 2022, (13, "normalised", None)),
        ("Marcus Morris Jr.", 2022, (None, None, "unknown_name")),
        ("Jimmy Butler III", 2022, (14, "normalised", None)),
        ("Murphy Trey", 2022, (15, "normalised", None)),
        # a printed birth date distinguishes players with the same name; an alias of the complete text takes precedence
        ("• Brandon Williams (b. 1975-02-27)", 2023, (12, "alias", None)),
        ("• Brandon Williams (b. 1999-11-22)", 2023, (12, "exact", None)),
        ("Brandon Williams (b. 2001-01-01)", 2023, (None, None, "other_birth_date")),
        ("Marcus Williams (b. 1986-11-18)", 2007, (5, "exact", None)),
        ("Marcus Williams (b. 1990-01-01)", 2007, (None, None, "other_birth_date")),
        ("Murphy Trey (b. 1999-01-01)", 2022, (None, None, "other_birth_date")),
        # players without a known birth date still match, and so does everybody if only a year is printed
        ("Nic Claxton (b. 1999-04-17)", 2022, (None, None, "ambiguous_name")),
        ("Brandon Williams (b. 1999)", 2023, (None, None, "ambiguous_name")),
        # an initial must be unique in the league
        ("K. Caldwell-Pope", 2023, (8, "normalised", None)),
        ("Caldwell-Pope K.", 2023, (8, "normalised", None)),
        ("C. Martin", 2023, (None, None, "ambiguous_name")),
        ("K. Caldwell-Pope", 2012, (None, None, "unknown_name")),
        ("P. J. Tucker", 2023, (7, "normalised", None)),
        # one season outside the career is accepted (injured), two are not
        ("Luka Samanic", 2024, (18, "normalised", None)),
        ("Luka Samanic", 2025, (None, None, "unknown_name")),
        ("Juan Dokovic", 1950, (19, "normalised", None)),
        ("Nene", 2010, (16, "exact", None)),
        # texts that are not players
        ("Bkn Nets Alternate Total", 2023, (None, None, "not_a_player")),
        ("Los Angeles Lakers", 2023, (None, None, "not_a_player")),
        ("• sore calf (DTD)", 2023, (None, None, "not_a_player")),
        ("• 2/14/2024", 2023, (None, None, "not_a_player")),
        ("Nikola Jokic + Nic Claxton", 2023, (None, None, "not_a_player")),
        (">>>>>>> 1f4f60325f46", 2023, (None, None, "not_a_player")),
        (None, 2023, (None, None, "not_a_player")),
        ("Nobody Atall", 2023, (None, None, "unknown_name")),
        ("• Nikola Jokic• Nic Claxton", 2023, (None, None, "ambiguous_name")),
    ],
)
def test_resolve(
    names: PlayerNames, printed: str | None, season_start: int | None, answer: tuple[object, object, object]
) -> None:
    assert resolve_one(names, printed, season_start) == answer


def test_candidates_resolve_a_shared_name_but_never_add_a_player(names: PlayerNames) -> None:
    printed = pd.Series(["C. Martin", "C. Martin", "C. Martin", "C. Martin", "Nobody Atall"], index=list("abcde"))
    groups = pd.Series(["cha", "mia", "both", None, "cha"], index=list("abcde"))
    candidates = pd.DataFrame({"group": ["cha", "cha", "mia", "both", "both"], "player_id": [9, 3, 10, 9, 10]})
    found = names.resolve(printed, 2023, groups=groups, candidates=candidates)
    assert found["player_id"].astype(object).where(found["player_id"].notna(), None).tolist() == [
        9,
        10,
        None,
        None,
        None,
    ]
    assert found["reason"].tolist()[2:] == ["ambiguous_name", "ambiguous_name", "unknown_name"]


def test_resolve_keeps_rows_in_order_and_takes_a_season_per_row(names: PlayerNames) -> None:
    printed = pd.Series(["Gary Trent", "Nene", "Gary Trent", None, "Gary Trent"], index=[5, 5, 1, 0, 2])
    seasons = pd.Series([1999, 2010, 2023, 2023, pd.NA], index=printed.index, dtype="Int64")
    found = names.resolve(printed, seasons)
    assert found["player_id"].astype(object).where(found["player_id"].notna(), None).tolist() == [1, 16, 2, None, None]
    assert found.index.tolist() == [5, 5, 1, 0, 2]
    assert found.dtypes.astype(str).tolist() == ["Int64", "string", "string"]


def test_no_rows_give_no_rows(names: PlayerNames) -> None:
    found = names.resolve(pd.Series([], dtype="string"), 2023)
    assert found.empty
    assert found.columns.tolist() == ["player_id", "how", "reason"]


def test_bad_input_is_named(names: PlayerNames) -> None:
    with pytest.raises(ValueError, match="last_season"):
        PlayerNames(PLAYERS.drop(columns="last_season"), ALIASES)
    with pytest.raises(ValueError, match="999"):
        PlayerNames(PLAYERS, ALIASES.assign(player_id=999))
    with pytest.raises(ValueError, match="come together"):
        names.resolve(pd.Series(["Nene"]), 2010, groups=pd.Series(["a"]))


def read_archive(pattern: str, columns: list[str] | None = None) -> pd.DataFrame:
    paths = sorted(ARCHIVE.glob(pattern))
    assert paths, f"{ARCHIVE} has no {pattern}"
    return pd.concat([pd.read_parquet(path, columns=columns).assign(path=path.stem) for path in paths])


def season_starts(dates: pd.Series) -> pd.Series:
    """Start years of the seasons of days or UTC times; the seasons of the archive end in June."""
    return (dates.dt.year - (dates.dt.month < 7)).astype("Int64")


@pytest.fixture(scope="module")
def archive_players() -> pd.DataFrame:
    index = read_archive("players/players_index.parquet")
    bio = read_archive("players/players_bio.parquet")
    careers = pd.DataFrame(
        {
            "player_id": index["person_id"].astype("int64"),
            "name": index["display_first_last"],
            "first_season": index["from_year.x"].astype("Int64"),
            "last_season": index["to_year.x"].astype("Int64"),
        }
    )
    variants = pd.DataFrame(
        {"player_id": bio["profile_url"].str.extract(r"/player/(\d+)")[0].astype("int64"), "name": bio["player"]}
    )
    return pd.concat([careers, variants], ignore_index=True)


@pytest.fixture(scope="module")
def archive_names() -> pd.DataFrame:
    """Every distinct printed name and season of the odds families and the injuries: family, name, season_start."""
    frames = []
    for family, pattern, name, date in (
        ("historical_points", HISTORICAL_POINTS, "outcomes.description", "data.commence_time"),
        ("daily", "props/oddsapi_daily_*.parquet", "outcomes_description", "commence_time"),
        ("pra", "props/oddsapi_historical_pra/*.parquet", "player_name", "event_date"),
        ("snapshots", "props/dk_fd_mgm_*.parquet", "PlayerName", "_commit_time"),
        ("prizepicks", "props/prizepicks_*.parquet", "Name", "_commit_time"),
        ("props_2023", "props/props_2023*.parquet", "player_name", "_source_file"),
        ("injuries", "injuries/*.parquet", "Acquired", "Date"),
        ("injuries", "injuries/*.parquet", "Relinquished", "Date"),
    ):
        rows = read_archive(pattern, [name, date])
        days = pd.to_datetime(rows[date].str.slice(0, 10).str.replace("_", "-"))
        frames.append(pd.DataFrame({"family": family, "name": rows[name], "season_start": season_starts(days)}))
    found = pd.concat(frames, ignore_index=True).dropna()
    # cells without a name (injuries) and PrizePicks' two-player lines are left out
    found = found[(found["name"] != "") & ~found["name"].str.contains(" + ", regex=False)]
    return found.value_counts().rename("rows").reset_index()


@needs_archive
def test_share_of_archive_rows_resolved(archive_players: pd.DataFrame, archive_names: pd.DataFrame) -> None:
    found = PlayerNames(archive_players).resolve(archive_names["name"], archive_names["season_start"])
    rows = archive_names.assign(is_found=found["player_id"].notna(), reason=found["reason"])
    rows = rows[rows["reason"].ne("not_a_player").fillna(True)]
    resolved = rows["rows"].where(rows["is_found"], 0).groupby(rows["family"]).sum()
    share = resolved / rows.groupby("family")["rows"].sum()
    left = rows.loc[~rows["is_found"], ["family", "name", "reason", "rows"]].to_string()
    assert share["historical_points"] >= 0.998, left
    assert share.min() >= 0.995, f"{share}\n{left}"


@needs_archive
def test_resolved_players_belong_to_the_event(archive_players: pd.DataFrame) -> None:
    """For 99.9 % of the quotes the player is in a box score of one of the event's two teams within 30 days."""
    quotes = read_archive(
        HISTORICAL_POINTS, ["outcomes.description", "data.commence_time", "data.home_team", "data.away_team"]
    ).set_axis(["name", "time", "home", "away", "path"], axis=1)
    times = pd.to_datetime(quotes["time"], utc=True)
    quotes["day"] = times.dt.tz_convert("US/Eastern").dt.tz_localize(None).dt.normalize().astype("datetime64[ns]")
    quotes["season_start"] = season_starts(quotes["day"])
    quotes = quotes.drop_duplicates(["name", "day", "home", "away"]).reset_index(drop=True)
    quotes["player_id"] = PlayerNames(archive_players).resolve(quotes["name"], quotes["season_start"])["player_id"]
    quotes = quotes.dropna(subset=["player_id"])
    teams = quotes.melt(["player_id", "day"], ["home", "away"], ignore_index=False, value_name="team")
    teams["team"] = to_tricode(teams["team"])

    games = read_archive("team_game_logs/*.parquet", ["GAME_ID", "GAME_DATE"]).drop_duplicates("GAME_ID")
    played_on = pd.to_datetime(games.set_index("GAME_ID")["GAME_DATE"]).astype("datetime64[ns]")
    boxes = read_archive("player_box_v3/*.parquet", ["game_id", "person_id", "team_tricode"])
    boxes = pd.DataFrame(
        {
            "player_id": boxes["person_id"].astype("Int64"),
            "team": boxes["team_tricode"].astype("string"),
            "day": boxes["game_id"].map(played_on),
        }
    ).dropna()
    near = pd.merge_asof(
        teams.reset_index().sort_values("day"),
        boxes.rename(columns={"day": "listed_on"}).sort_values("listed_on"),
        left_on="day",
        right_on="listed_on",
        by=["player_id", "team"],
        direction="nearest",
        tolerance=pd.Timedelta(days=30),
    )
    is_member = near["listed_on"].notna().groupby(near["index"]).any()
    assert is_member.mean() >= 0.999, quotes.loc[is_member.index[~is_member]].to_string()


@needs_archive
def test_every_alias_names_a_known_player_and_is_needed(
    archive_players: pd.DataFrame, archive_names: pd.DataFrame
) -> None:
    aliases = read_aliases()
    assert set(aliases["player_id"]) <= set(archive_players["player_id"])
    assert aliases.notna().all(axis=None)
    assert not aliases["alias"].duplicated().any()

    def unresolved(table: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
        found = PlayerNames(archive_players, table).resolve(asked["name"], asked["season_start"])
        return asked[found["player_id"].isna()]

    without_any = unresolved(aliases.iloc[:0], archive_names)
    with_all = unresolved(aliases, without_any)
    # Spellings of publishers that are not in the archive: only the alias resolves them, and to the right player.
    is_elsewhere = aliases["evidence"].str.startswith("other publishers: ")
    idle = [
        alias
        for number, alias in aliases.loc[~is_elsewhere, "alias"].items()
        if len(unresolved(aliases.drop(index=number), without_any)) == len(with_all)
    ]
    assert idle == []
    elsewhere = aliases[is_elsewhere]
    asked = pd.DataFrame({"name": elsewhere["alias"], "season_start": 2023})
    assert len(unresolved(aliases.iloc[:0], asked)) == len(elsewhere) >= 10
    found = PlayerNames(archive_players, aliases).resolve(asked["name"], 2023)
    assert found["player_id"].tolist() == elsewhere["player_id"].tolist()
