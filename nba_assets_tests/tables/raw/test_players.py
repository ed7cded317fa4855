"""raw.players: the day of a player, spellings, birth dates, conflicts of sources; then the archive."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.contract import validated
from nba_assets.contracts.inputs import Rows
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.tables.raw.players import CONTRACT, complete_days, players

DAYS = pd.date_range("2021-10-19", "2025-07-31")
Run = Callable[..., Rows]


def listed(player: int, first_season: int = 2015, name: str = "Dario Saric", **other: object) -> dict[str, object]:
    first, _, last = name.partition(" ")
    row: dict[str, object] = {"person_id": player, "display_first_last": name, "from_year.x": first_season}
    return row | {"player_first_name": first, "player_last_name": last, "position": "F-C", "height": "6-10"} | other


def life(
    player: int, name: str = "Dario Saric", birthdate: str | None = "April 8, 1994", **other: object
) -> dict[str, object]:
    row: dict[str, object] = {"player": name, "birthdate": birthdate, "position": "Forward-Center", "height": "6-10"}
    return row | {"profile_url": f"https://www.nba.com/player/{player}/dario-saric"} | other


@pytest.fixture
def run(family_rows: Callable[..., pd.DataFrame]) -> Run:
    def build(index: list[dict[str, object]], bio: list[dict[str, object]], days: pd.DatetimeIndex = DAYS) -> Rows:
        frames = {
            "index": family_rows("players_index", *index, file="players/players_index.parquet"),
            "bio": family_rows("players_bio", *bio, file="players/players_bio.parquet"),
        }
        found = players.function(**frames, days=days)
        found.frame = validated(CONTRACT, found.frame)
        return found

    return build


@pytest.mark.parametrize(
    ("first_season", "day", "known_at"),
    [
        (1990, "2021-10-19", "2021-10-19 04:00"),
        (2021, "2021-10-19", "2021-10-19 04:00"),
        (2022, "2022-07-01", "2022-07-01 04:00"),
        (2024, "2024-07-01", "2024-07-01 04:00"),
    ],
)
def test_a_player_is_listed_on_the_first_day_of_his_first_season(
    run: Run, first_season: int, day: str, known_at: str
) -> None:
    rows = run([listed(1, first_season)], []).frame
    assert rows["game_date"].tolist() == [pd.Timestamp(day)]
    assert rows["known_at"].tolist() == [pd.Timestamp(known_at, tz="UTC")]
    assert len(run([listed(1, first_season)], [], DAYS[day != DAYS]).frame) == 0


@pytest.mark.parametrize("printed", ["1994-04-08T00:00:00", "April 8, 1994", "1994-04-08"])
def test_every_spelling_of_a_birth_date(run: Run, printed: str) -> None:
    assert run([listed(1)], [life(1, birthdate=printed)]).frame["birth_date"].tolist() == [pd.Timestamp("1994-04-08")]


@pytest.mark.parametrize(
    ("printed", "first_season", "reason"),
    [
        ("spring 1994", 2015, "not a date"),
        ("1975-05-25T00:00:00", 1983, "not the birth date of who played from that season on"),
        ("1905-04-14", 1946, "not the birth date of who played from that season on"),
    ],
)
def test_an_impossible_birth_date_is_set_to_null_and_recorded(
    run: Run, printed: str, first_season: int, reason: str
) -> None:
    rows = run([listed(1, first_season)], [life(1, birthdate=printed)])
    assert rows.frame["birth_date"].isna().tolist() == [True]
    assert rows.records is not None
    assert rows.records[["action", "reason", "key", "column_name", "value"]].to_numpy().tolist() == [
        ["nulled", reason, "1", "birth_date", printed]
    ]


def test_spellings_without_repetition(run: Run) -> None:
    index = [
        listed(1),
        listed(2, name="Cui Cui") | {"player_first_name": "Yongxi", "player_last_name": "Cui"},
        listed(3),
    ]
    rows = run(index, [life(1, "Dario Šarić"), life(2, "Cui Yongxi"), life(3)]).frame
    assert rows["name_variants"].tolist() == ["Dario Saric|Dario Šarić", "Cui Cui|Yongxi Cui|Cui Yongxi", "Dario Saric"]


@pytest.mark.parametrize(
    ("changed", "other"),
    [
        ({"display_first_last": "Lorem Ipsum"}, ["Dario Saric (first and last name of players_index)", "Dario Šarić"]),
        ({"player_first_name": "Lorem Ipsum"}, ["Lorem Ipsum Saric (first and last name of players_index)"]),
        ({"player_last_name": "Lorem Ipsum"}, ["Dario Lorem Ipsum (first and last name of players_index)"]),
    ],
)
def test_names_that_are_no_spellings_of_one_name_are_recorded(
    run: Run, changed: dict[str, object], other: list[str]
) -> None:
    rows = run([listed(1) | changed], [life(1, "Dario Šarić")])
    name = changed.get("display_first_last", "Dario Saric")
    assert rows.frame["player_name"].tolist() == [name]
    assert rows.records is not None
    assert rows.records["reason"].unique().tolist() == ["the player has another name"]
    taken = f"taken {name} (players_index), other "
    assert [value.removeprefix(taken).removesuffix(" (players_bio)") for value in rows.records["value"]] == other


def test_another_name_in_the_biography_is_recorded(run: Run) -> None:
    rows = run([listed(1), listed(2)], [life(1, "Dario Šarić"), life(2, "Lorem Ipsum")])
    assert rows.records is not None
    assert rows.records[["action", "key", "value"]].to_numpy().tolist() == [
        ["disagreement", "2", "taken Dario Saric (players_index), other Lorem Ipsum (players_bio)"]
    ]


def test_the_index_comes_first_and_the_biography_fills(run: Run) -> None:
    rows = run(
        [listed(1, height="6-9"), listed(2, position=None, height=None), listed(3, position=" ", height="?")],
        [life(1, position="Center"), life(2)],
    )
    frame = rows.frame.set_index("player_id")
    assert frame["height_inches"].astype(object).where(lambda s: s.notna(), None).tolist() == [81, 82, None]
    assert frame["position"].astype(object).where(lambda s: s.notna(), None).tolist() == ["F-C", "F-C", None]
    assert frame["source"].tolist() == ["players_index+players_bio"] * 2 + ["players_index"]
    assert rows.records is not None
    assert rows.records.loc[
        rows.records["action"] == "nulled", ["key", "column_name", "reason"]
    ].to_numpy().tolist() == [["3", "position, height_inches", "the source prints no value"]]
    differing = rows.records[rows.records["action"] == "disagreement"]
    assert differing[["action", "key", "column_name", "value"]].to_numpy().tolist() == [
        ["disagreement", "1", "position", "taken F-C (players_index), other C (players_bio)"],
        ["disagreement", "1", "height_inches", "taken 81 (players_index), other 82 (players_bio)"],
    ]


def test_rows_without_a_player_are_set_aside(run: Run) -> None:
    index = [listed(1), listed(1, name="Somebody Else"), listed(2) | {"from_year.x": None}]
    lives = [life(1), life(1, "Another Name"), life(9)]
    rows = run(index, lives)
    assert rows.frame["player_name"].tolist() == ["Somebody Else"], "of two rows the larger values, in any order"
    assert run(index[::-1], lives[::-1]).frame["player_name"].tolist() == ["Somebody Else"]
    assert rows.records is not None
    set_aside = rows.records[rows.records["action"] == "set_aside"]
    assert sorted(set_aside["key"]) == ["1", "1", "2", "9"]


def test_a_day_is_complete_with_the_expected_number_of_newcomers() -> None:
    def some(day: str, number: int) -> pd.DataFrame:
        return pd.DataFrame({"game_date": [pd.Timestamp(day)] * number})

    rows = pd.concat([some("2021-10-19", 4499), some("2022-07-01", 60), some("2023-07-01", 59), some("2024-01-05", 1)])
    assert complete_days(rows)["game_date"].dt.strftime("%F").tolist() == ["2022-07-01", "2024-01-05"]
    expected = players.expected.rule(days=DAYS)["game_date"].dt.strftime("%F").tolist()
    assert expected == ["2021-10-19", "2022-07-01", "2023-07-01", "2024-07-01", "2025-07-01"]


@pytest.mark.archive
def test_archive(archive: Archive) -> None:
    frames = {name: archive.read(FAMILIES[item.name], [Season(2021)]).frame for name, item in players.inputs.items()}
    found = players.function(**frames, days=DAYS)
    rows = validated(CONTRACT, found.frame)
    assert rows["game_date"].value_counts(sort=False).sort_index().tolist() == [4730, 89, 100, 106, 82]
    assert set(complete_days(rows)["game_date"]) == set(players.expected.rule(days=DAYS)["game_date"])
    assert found.records is not None
    assert found.records["action"].value_counts().to_dict() == {"disagreement": 291, "nulled": 102}
    assert not [name for name in rows.columns if "team" in name]
    day = pd.DatetimeIndex(["2023-07-01"])
    alone = validated(CONTRACT, players.function(**frames, days=day).frame)
    of_range = rows[rows["game_date"] == day[0]].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, of_range, check_exact=True)


@pytest.mark.archive
def test_archive_lists_every_player_before_his_first_game(archive: Archive) -> None:
    frames = {name: archive.read(FAMILIES[item.name], [Season(2021)]).frame for name, item in players.inputs.items()}
    known = validated(CONTRACT, players.function(**frames, days=DAYS).frame).set_index("player_id")
    seasons = [Season(year) for year in (2021, 2022, 2023, 2024)]
    logs = archive.read(FAMILIES["player_game_logs"], seasons).frame
    first = pd.to_datetime(logs["game_date"].str[:10]).groupby(logs["player_id"]).min()
    assert len(first) > 900
    assert (known["game_date"].reindex(first.index) <= first).all()
    assert known["birth_date"].reindex(first.index).notna().mean() > 0.98
