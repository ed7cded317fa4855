"""raw.prop_lines: each family's formats by hand, set-aside rows and reasons; then the archive."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from nba_assets.basketball.calendar import Season
from nba_assets.basketball.names import read_aliases
from nba_assets.contracts.contract import typed
from nba_assets.contracts.inputs import Rows
from nba_assets.sources.adapt import prop_quotes
from nba_assets.sources.adapt.games import TEXT
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.tables.raw.prop_lines import CONTRACT, games_with_lines_expected, prop_lines

LEBRON, CURRY, DAVIS = 2544, 201939, 203076
GAMES = [
    ("0022300900", "2024-03-06", "GSW", "LAL"),
    ("0022300901", "2024-03-07", "BOS", "DEN"),
    ("0022300902", "2024-03-09", "LAL", "BOS"),
]
TIPOFFS = [("07/03/2024 03:00", "Golden State Warriors", "Los Angeles Lakers")]
EVENT = ("e1", "2024-03-07T03:00:00Z", "Golden State Warriors", "Los Angeles Lakers")
TAKEN = "2024-03-06T15:00:00Z"
SIDES = ("Over", "Under")


def frame(argument: str, names: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows of an input in its declared dtypes, with `_file` and `_row`; columns that are not given are NULL."""
    declared = FAMILIES[prop_lines.inputs[argument].name].columns
    kinds = {"text": TEXT, "number": "float64", "integer": "Int64", "timestamp": "datetime64[ns]"}
    made = pd.DataFrame(list(rows), columns=names.split("|")).reindex(columns=list(declared))
    made = made.astype({name: kinds[kind] for name, kind in declared.items()})
    return made.assign(_file=pd.Series(f"{argument}.parquet", index=made.index, dtype=TEXT), _row=range(len(made)))


def players() -> pd.DataFrame:
    known = [(LEBRON, "LeBron James"), (CURRY, "Stephen Curry"), (DAVIS, "Anthony Davis"), (1, "Jayson Tatum")]
    others = sorted(set(read_aliases()["player_id"]) - {number for number, _ in known})
    rows = [(number, name, 2003, 2025) for number, name in [*known, *((n, f"Nobody Number{n}") for n in others)]]
    return frame("player_careers", "person_id|display_first_last|from_year.x|to_year.x", *rows)


def historical(*rows: tuple[object, ...], event: tuple[str, str, str, str] = EVENT, taken: str = TAKEN) -> pd.DataFrame:
    names = (
        "bookmakers.key|outcomes.name|outcomes.description|outcomes.price|outcomes.point|"
        "data.id|data.commence_time|data.home_team|data.away_team|timestamp"
    )
    return frame("props_oddsapi_historical", names, *[(*row, *event, taken) for row in rows])


def daily(*rows: tuple[object, ...]) -> pd.DataFrame:
    names = (
        "bookmakers.key|outcomes_name|outcomes_description|outcomes_price|outcomes_point|bookmakers.markets.last_update|"
        "id|commence_time|home_team|away_team|_source_file|bookmakers.markets.key"
    )
    return frame(
        "props_oddsapi_daily", names, *[(*row, *EVENT, "data_points_2024-03-06.csv", "player_points") for row in rows]
    )


def table(*rows: tuple[object, ...]) -> pd.DataFrame:
    return frame("props_dk_fd_mgm", "PlayerName|Over_Under|draftkings|fanduel|mgm|opp|_commit_time|Prop", *rows)


def prizepicks(*rows: tuple[object, ...]) -> pd.DataFrame:
    return frame("props_prizepicks", "Name|Team|Value|_commit_time|Prop", *[(*row, "Points") for row in rows])


def run(days: list[str] | None = None, tipoffs: list[tuple[str, str, str]] = TIPOFFS, **inputs: pd.DataFrame) -> Rows:
    schedule = [(gid, f"x/{away}{home}", day, home, away, 100, 90) for gid, day, home, away in GAMES]
    given = {
        "schedule": frame("schedule", "gid|gcode|date|home|away|home_score|away_score", *schedule),
        "tipoffs": frame("tipoffs", "Date|Home Team|Away Team", *tipoffs),
        "player_careers": players(),
    } | inputs
    frames = {argument: given.get(argument, frame(argument, "_")) for argument in prop_lines.inputs}
    found = prop_lines.function(**frames, days=pd.DatetimeIndex(days or [day for _, day, _, _ in GAMES]))
    found.frame = typed(CONTRACT, found.frame)
    return found


def reasons(rows: Rows) -> dict[str, int]:
    return {} if rows.records is None else rows.records.groupby("reason")["rows"].sum().to_dict()


def test_both_sides_of_an_event_quote_become_one_row() -> None:
    rows = run(
        props_oddsapi_historical=historical(
            ("williamhill_us", "Over", "Lebron James", 1.83, 25.5),
            ("williamhill_us", "Under", "Lebron James", 1.95, 25.5),
        )
    )
    (row,) = rows.frame.to_dict("records")
    assert (row["game_id"], row["player_id"], row["bookmaker"], row["event_id"]) == (
        "0022300900",
        LEBRON,
        "caesars",
        "e1",
    )
    assert (row["line"], row["over_price"], row["under_price"], row["is_main"]) == (25.5, 1.83, 1.95, True)
    assert row["snapshot_at"] == row["known_at"] == pd.Timestamp(TAKEN)
    assert rows.records is None
    assert not CONTRACT.broken_rows(rows.frame)


@pytest.mark.parametrize(
    ("over", "under", "is_kept"),
    [
        (1.91, 1.91, True),
        (1.87, 2.15, True),  # a row combined from two times: a margin of -.2 %
        (105.0, 1.91, False),  # an American price in a decimal file
        (19.1, 1.91, False),  # a misplaced decimal point
        (1.191, 1.91, False),
        (1.91, 191.0, False),
        (2.5, 2.5, False),
    ],
)
def test_two_prices_without_a_bookmaker_s_margin_are_set_aside_with_their_rows(
    over: float, under: float, is_kept: bool
) -> None:
    rows = run(
        props_oddsapi_historical=historical(
            ("fanduel", "Over", "LeBron James", over, 25.5),
            ("fanduel", "Under", "LeBron James", under, 25.5),
            ("bovada", "Over", "LeBron James", 1.9, 24.5),
            ("bovada", "Under", "LeBron James", 1.9, 24.5),
        )
    )
    books = rows.frame["bookmaker"].tolist()
    assert books == (["bovada", "fanduel"] if is_kept else ["bovada"])
    if not is_kept:
        assert rows.records is not None
        found = rows.records[["reason", "source_row", "column_name"]].to_numpy().tolist()
        reason = "the two prices are no market of one bookmaker"
        assert found == [[reason, 0, "over_price"], [reason, 1, "under_price"]]
        assert f"price {over}" in rows.records["value"][0]


@pytest.mark.parametrize(
    ("side", "line", "price", "is_kept"),
    [
        ("Over", 24.5, 1.9, True),
        ("Over", 24.5, 3.9, True),
        ("Over", 24.5, 19.1, False),
        ("Over", 24.5, 105.0, False),
        ("Over", 39.5, 46.0, True),  # a long shot of alternate lines
        ("Over", 39.5, 460.0, False),
        ("Over", 14.5, 1.1, True),
        ("Over", 14.5, 1.9, False),
        ("Under", 14.5, 12.0, True),
        ("Under", 39.5, 1.9, False),
    ],
)
def test_a_one_sided_price_is_compared_with_the_player_s_main_line(
    side: str, line: float, price: float, is_kept: bool
) -> None:
    rows = run(
        props_oddsapi_historical=historical(
            ("mybookieag", side, "LeBron James", price, line),
            ("bovada", "Over", "LeBron James", 1.9, 24.5),
            ("bovada", "Under", "LeBron James", 1.9, 24.5),
        )
    )
    assert ("mybookie" in set(rows.frame["bookmaker"])) == is_kept
    assert reasons(rows) == ({} if is_kept else {"the price is too long for the line, by the player's other quotes": 1})


@pytest.mark.parametrize(
    ("line", "over", "under", "books", "is_kept"),
    [
        (2.5, 1.9, 1.9, 3, False),  # a slipped point
        (45.5, 1.9, 1.9, 3, False),  # the line of another market
        (42.5, 1.9, 1.9, 3, True),  # far off, and not beyond what books have quoted
        (45.5, 30.0, 1.02, 3, True),  # a rung of a ladder, at the price of that rung
        (2.5, 1.9, 1.9, 2, True),  # of two books nobody knows which one is wrong
    ],
)
def test_a_line_far_from_the_players_main_lines_is_set_aside_with_both_rows(
    line: float, over: float, under: float, books: int, is_kept: bool
) -> None:
    others = [(book, side, "LeBron James", 1.9, 24.5) for book in ("bovada", "fanduel")[: books - 1] for side in SIDES]
    sides = [("draftkings", "Over", "LeBron James", over, line), ("draftkings", "Under", "LeBron James", under, line)]
    for outcomes in ([*sides, *others], [*others, *sides]):
        rows = run(props_oddsapi_historical=historical(*outcomes))
        assert ("draftkings" in set(rows.frame["bookmaker"])) == is_kept
        assert set(rows.frame["bookmaker"]) >= {book for book, *_ in others}
        why = "the line is not the player's, by his main lines at the other bookmakers"
        assert reasons(rows) == ({} if is_kept else {why: 2})
        if not is_kept:
            assert rows.records is not None
            assert set(rows.records["source_row"]) == {outcomes.index(side) for side in sides}


@pytest.mark.parametrize(("price", "is_kept"), [(46.0, True), (105.0, False)])
def test_a_one_sided_price_is_at_most_the_highest_ever_observed(price: float, is_kept: bool) -> None:
    rows = run(props_oddsapi_historical=historical(("mybookieag", "Over", "LeBron James", price, 40.5)))
    assert len(rows.frame) == int(is_kept)


@pytest.mark.parametrize("prices", [(1.9, 1.95), (1.95, 1.9)])
def test_the_lower_of_two_prices_of_an_outcome_counts_in_any_order(prices: tuple[float, float]) -> None:
    outcomes = [("fanduel", "Over", "LeBron James", price, 25.5) for price in prices]
    rows = run(props_oddsapi_historical=historical(*outcomes, ("fanduel", "Under", "LeBron James", 1.9, 25.5)))
    assert rows.frame["over_price"].tolist() == [1.9]
    assert reasons(rows) == {"the same outcome at another price": 1}


def two_sided(*quotes: tuple[str, float, str]) -> pd.DataFrame:
    """Both sides of quotes (bookmaker, line, event id) on LeBron James."""
    made = [
        historical(*[(book, side, "LeBron James", 1.9, line) for side in SIDES], event=(event, *EVENT[1:]))
        for book, line, event in quotes
    ]
    found = pd.concat(made, ignore_index=True)
    return found.assign(_row=range(len(found)))


def test_another_event_id_in_a_game_is_recorded_and_the_quote_stays() -> None:
    rows = run(
        props_oddsapi_historical=two_sided(("fanduel", 25.5, "Lorem"), ("betmgm", 25.5, "e1"), ("bovada", 24.5, "e1"))
    )
    assert sorted(rows.frame["event_id"]) == ["Lorem", "e1", "e1"]
    assert rows.records is not None
    (found,) = rows.records.to_dict("records")
    assert (found["action"], found["reason"]) == ("disagreement", "another event id than the game's usual one")
    assert (found["key"], found["column_name"], found["value"]) == ("0022300900", "event_id", "taken Lorem, other e1")
    assert (found["source_row"], found["rows"]) == (0, 1)


def test_an_event_id_of_several_games_is_recorded_for_each_of_them() -> None:
    of_boston = ("e1", "2024-03-08T00:00:00Z", "Boston Celtics", "Denver Nuggets")
    tatum = historical(*[("fanduel", side, "Jayson Tatum", 1.9, 27.5) for side in SIDES], event=of_boston)
    both = pd.concat([two_sided(("fanduel", 25.5, "e1")), tatum.assign(_row=[2, 3])], ignore_index=True)
    rows = run(props_oddsapi_historical=both)
    assert len(rows.frame) == 2
    assert rows.records is not None
    assert rows.records[["reason", "key"]].to_numpy().tolist() == [
        ["one event id for several games", "0022300900"],
        ["one event id for several games", "0022300901"],
    ]


def test_an_unknown_bookmaker_is_recorded_and_its_quotes_stay() -> None:
    rows = run(props_oddsapi_historical=two_sided(("loremipsum", 25.5, "e1"), ("betmgm", 25.5, "e1")))
    assert sorted(rows.frame["bookmaker"]) == ["betmgm", "loremipsum"]
    assert reasons(rows) == {"a bookmaker that is not known": 1}
    assert rows.records is not None
    assert rows.records[["key", "value"]].to_numpy().tolist() == [["0022300900", "loremipsum"]]


def test_quotes_after_the_changed_tipoff_are_set_aside() -> None:
    """The plan has 03:00, odds of the morning 02:00: quotes of 02:30 are of the running game."""
    moved = ("e1", "2024-03-07T02:00:00Z", "Golden State Warriors", "Los Angeles Lakers")
    sides = [("fanduel", side, "LeBron James", 1.9, 25.5) for side in ("Over", "Under")]
    early, late = historical(*sides, event=moved), historical(*sides, event=moved, taken="2024-03-07T02:30:00Z")
    both = pd.concat([early, late.assign(_row=late["_row"] + 2)], ignore_index=True)
    rows = run(props_oddsapi_historical=both)
    assert rows.frame["snapshot_at"].tolist() == [pd.Timestamp(TAKEN)]
    assert reasons(rows) == {"after tip-off": 2}


def test_the_main_line_is_closest_to_even_money() -> None:
    prices = {22.5: (1.4, 2.9), 24.5: (1.8, 1.95), 25.5: (1.9, 1.85), 28.5: (2.6, 1.5)}
    outcomes = [("betrivers", "Over", "LeBron James", over, line) for line, (over, _) in prices.items()]
    outcomes += [("betrivers", "Under", "LeBron James", under, line) for line, (_, under) in prices.items()]
    # one side only, at odds that look even including the margin: 1/2.05 is .0122 off, 25.5 is .0067 off
    outcomes.append(("betrivers", "Over", "LeBron James", 2.05, 26.5))
    found = run(props_oddsapi_historical=historical(*outcomes)).frame
    assert found.loc[found["is_main"], "line"].tolist() == [25.5]
    assert found.loc[found["line"] == 26.5, "under_price"].isna().all()


def test_the_lower_of_two_equally_close_lines_is_main() -> None:
    outcomes = [("unibet_us", side, "LeBron James", 1.9, line) for side in ("Over", "Under") for line in (26.5, 25.5)]
    found = run(props_oddsapi_historical=historical(*outcomes)).frame
    assert found[["line", "is_main"]].to_numpy().tolist() == [[25.5, True], [26.5, False]]


def test_names_that_are_not_players_are_set_aside() -> None:
    rows = run(
        props_oddsapi_historical=historical(
            ("bovada", "Over", "Bkn Nets Alternate Total", 1.9, 101.5), ("bovada", "Over", "Zebulon Quux", 1.9, 9.5)
        )
    )
    assert len(rows.frame) == 0
    assert reasons(rows) == {"not_a_player": 1, "unknown_name": 1}


def test_a_duplicate_outcome_is_counted_once_and_recorded() -> None:
    rows = run(
        props_oddsapi_historical=historical(
            ("betonlineag", "Over", "LeBron James", 1.86, 25.5),
            ("betonlineag", "Over", "LeBron James", 1.84, 25.5),
            ("betonlineag", "Over", "Lebron James", 1.86, 25.5),
        )
    )
    assert rows.frame["over_price"].tolist() == [1.84]
    assert rows.records is not None
    assert rows.records[["action", "column_name"]].to_numpy().tolist() == [["disagreement", "over_price"]] * 2
    assert rows.records["value"].iloc[0].startswith("taken 1.84 (props_oddsapi_historical), other 1.86")


def test_an_event_one_day_off_is_the_moved_game_and_two_days_off_is_not() -> None:
    moved = ("e2", "2024-03-09T01:00:00Z", "Boston Celtics", "Denver Nuggets")
    gone = ("e3", "2024-03-10T01:00:00Z", "Boston Celtics", "Denver Nuggets")
    outcome = ("fanduel", "Over", "Jayson Tatum", 1.9, 27.5)
    assert run(props_oddsapi_historical=historical(outcome, event=moved)).frame["game_id"].tolist() == ["0022300901"]
    rows = run(props_oddsapi_historical=historical(outcome, event=gone))
    assert len(rows.frame) == 0
    assert reasons(rows) == {prop_quotes.NO_GAME: 1}


def test_a_daily_snapshot_is_of_its_newest_market_and_american() -> None:
    found = run(
        props_oddsapi_daily=daily(
            ("draftkings", "Over", "LeBron James", -125, 25.5, "2024-03-06T14:58:00Z"),
            ("fanduel", "Under", "Stephen Curry", 110, 28.5, "2024-03-06T15:00:00Z"),
        )
    ).frame.set_index("player_id")
    assert found["snapshot_at"].tolist() == [pd.Timestamp("2024-03-06T15:00:00Z")] * 2
    assert found.loc[LEBRON, "over_price"] == 1.8
    assert found.loc[CURRY, "under_price"] == pytest.approx(2.1)


@pytest.mark.parametrize(("seen", "is_kept"), [("2024-03-07T02:59:59Z", True), ("2024-03-07T03:00:00Z", False)])
def test_a_quote_at_tipoff_is_too_late(seen: str, is_kept: bool) -> None:
    rows = run(props_oddsapi_daily=daily(("draftkings", "Over", "LeBron James", -125, 25.5, seen)))
    assert len(rows.frame) == is_kept
    assert reasons(rows) == ({} if is_kept else {"after tip-off": 1})


@pytest.mark.parametrize(
    ("seen", "is_kept"), [("2024-03-06T11:59:59-05:00", True), ("2024-03-06T12:00:00-05:00", False)]
)
def test_noon_is_the_limit_if_the_tipoff_is_unknown(seen: str, is_kept: bool) -> None:
    rows = run(
        tipoffs=[], props_dk_fd_mgm=table(("LeBron James", "Over", "(25.5) -110", None, None, "@GSW", seen, "Points"))
    )
    assert len(rows.frame) == is_kept
    assert len(reasons(rows)) == (not is_kept)


def test_both_formats_of_the_table_and_the_opponent_s_side() -> None:
    seen = "2024-03-06T15:00:00+00:00"
    found = run(
        props_dk_fd_mgm=table(
            ("LeBron James", "Over", "25.5 (-125)", "-", "(26.5) 100", "@GSW", seen, "Points"),
            ("LeBron James", "Under", "25.5 (105)", "(None) None", "(26.5)", "@GSW", seen, "Points"),
            ("Stephen Curry", "Over", None, "(28.5) -200", None, "LAL", seen, "Points"),
        )
    ).frame.set_index(["player_id", "bookmaker"])
    assert set(found.index) == {(LEBRON, "draftkings"), (LEBRON, "betmgm"), (CURRY, "fanduel")}
    assert found.loc[(LEBRON, "draftkings"), ["line", "over_price", "under_price"]].tolist() == [25.5, 1.8, 2.05]
    assert found.loc[(LEBRON, "betmgm"), "over_price"] == 2.0
    assert pd.isna(found.loc[(LEBRON, "betmgm"), "under_price"])
    assert found["game_id"].unique().tolist() == ["0022300900"]


def test_unusable_rows_of_the_table() -> None:
    seen, merged = "2024-03-06T15:00:00+00:00", "2024-03-06T16:00:00+00:00"
    rows = run(
        props_dk_fd_mgm=table(
            ("LeBron James", "Over", "-110", None, None, "@GSW", seen, "Points"),
            ("Stephen Curry", "Over", "(28.5) -110", None, None, None, seen, "Points"),
            ("Anthony Davis", "Over", "(24.5) odds", None, None, "@GSW", seen, "Points"),
            ("Anthony Davis", "Over", "-115", None, None, "Points", seen, "Over"),
            ("Anthony Davis", "Over", "-115", None, None, "Assists", seen, "Over"),
            ("LeBron James", "Over", "(25.5) -110", None, None, "@GSW", merged, "Points"),
            ("LeBron James", "Over", "(25.5) -115", None, None, "@GSW", merged, "Points"),
            ("Stephen Curry", "Over", "(28.5) -115", None, None, "LAL", merged, "Points"),
        )
    )
    assert len(rows.frame) == 0
    assert reasons(rows) == {
        prop_quotes.NO_LINE: 1,
        prop_quotes.NO_OPPONENT: 1,
        prop_quotes.NO_ODDS: 1,
        prop_quotes.SHIFTED: 1,
        prop_quotes.MERGED: 3,
    }


def test_a_listing_of_the_day_before_is_not_carried_to_a_later_game() -> None:
    """Just after midnight the table still shows the running game; an outdated version has no player of the day."""
    rows = run(
        props_dk_fd_mgm=table(
            ("LeBron James", "Over", "(3.5) -110", None, None, "@GSW", "2024-03-07T00:30:00-05:00", "Points"),
            ("LeBron James", "Over", "(25.5) -110", None, None, "@GSW", "2024-03-07T10:00:00-05:00", "Points"),
            ("Stephen Curry", "Over", "(28.5) -110", None, None, "LAL", "2024-03-07T10:00:00-05:00", "Points"),
            ("Jayson Tatum", "Over", "(27.5) -110", None, None, "DEN", "2024-03-07T10:00:00-05:00", "Points"),
        ),
        props_prizepicks=prizepicks(
            ("LeBron James", "LAL - F", "25.5", "2024-03-08T10:00:00-05:00"),
            ("Jayson Tatum", "BOS - F", "27.5", "2024-03-07T10:00:00-05:00"),
        ),
    )
    assert rows.frame[["bookmaker", "game_id"]].to_numpy().tolist() == [["prizepicks", "0022300901"]]
    # 8 March is not built here, so the outdated PrizePicks page is not recorded
    assert reasons(rows) == {"after tip-off": 1, prop_quotes.OUTDATED: 3}


def test_prizepicks_has_lines_without_prices_and_the_first_is_main() -> None:
    seen = "2024-03-06T10:00:00-05:00"
    rows = run(
        props_prizepicks=prizepicks(
            ("LeBron James", "LAL - F", "25.5", seen),
            ("LeBron James", "LAL - F", "19.5", seen),
            ("LeBron James", "LAL - F", "29.5", seen),
            ("Anthony Davis", "LAL - F-C", "26.5\n21.5", seen),
        )
    )
    found = rows.frame
    assert found["line"].tolist() == [19.5, 25.5, 29.5]
    assert found["is_main"].tolist() == [False, True, False]
    assert found[["over_price", "under_price"]].isna().all(axis=None)
    assert reasons(rows) == {prop_quotes.NO_SINGLE_LINE: 1}


def test_an_untimed_quote_counts_as_seen_at_tipoff() -> None:
    names = "id|player_name|matchup_home_team|matchup_away_team|sports_book|name|price|points|_source_file|prop_type"
    outcome = ("e", "LeBron James", "Golden State Warriors", "Los Angeles Lakers", "bovada", "Over", -110, 25.5)
    found = run(props_2023=frame("props_2023", names, (*outcome, "2024_03_06.csv", "player_points"))).frame
    assert found["snapshot_at"].tolist() == [pd.Timestamp("2024-03-07T03:00:00Z")]
    assert found["is_time_known"].tolist() == [False]


def test_days_outside_the_families_coverage_are_absent_and_inside_are_missing() -> None:
    assert run().absent == {}
    games = pd.DataFrame(
        {
            "game_date": pd.to_datetime(["2021-12-25", "2024-03-06", "2024-03-06"]),
            "game_id": ["0022100001", "0022300900", "0032300001"],
            "season_type": ["regular", "regular", "all_star"],
        }
    )
    expected = games_with_lines_expected(games, pd.DatetimeIndex(games["game_date"]))
    assert expected["game_id"].tolist() == ["0022100001", "0022300900"]


@pytest.fixture(scope="module")
def inputs(archive: Archive) -> dict[int, dict[str, pd.DataFrame]]:
    """The source frames of 2023-24 and 2024-25 by start year."""
    return {
        year: {
            name: archive.read(FAMILIES[item.name], [Season(year)]).frame for name, item in prop_lines.inputs.items()
        }
        for year in (2023, 2024)
    }


@pytest.fixture(scope="module")
def seasons(inputs: dict[int, dict[str, pd.DataFrame]]) -> dict[int, Rows]:
    found = {}
    for year, frames in inputs.items():
        days = pd.date_range(Season(year).first_day, Season(year).last_day)
        found[year] = prop_lines.function(**frames, days=days)
        found[year].frame = typed(CONTRACT, found[year].frame)
    return found


def test_archive_keeps_the_contract(seasons: dict[int, Rows]) -> None:
    for rows in seasons.values():
        assert CONTRACT.broken_rows(rows.frame) == {}
        assert not rows.frame.duplicated(CONTRACT.full_key).any()
        snapshot = ["game_id", "player_id", "bookmaker", "snapshot_at"]
        assert (rows.frame.groupby(snapshot)["is_main"].sum() == 1).all()


def test_archive_has_one_event_id_a_game_and_known_bookmakers(seasons: dict[int, Rows]) -> None:
    odd = (
        "another event id than the game's usual one",
        "one event id for several games",
        "a bookmaker that is not known",
    )
    for rows in seasons.values():
        assert not set(odd) & set(reasons(rows))
        assert set(rows.frame["bookmaker"]) <= prop_quotes.KNOWN_BOOKMAKERS


def test_archive_names_are_resolved(seasons: dict[int, Rows]) -> None:
    for rows in seasons.values():
        found = reasons(rows)
        nobody = sum(found.get(reason, 0) for reason in ("unknown_name", "ambiguous_name"))
        assert nobody <= 0.002 * len(rows.frame)
    assert reasons(seasons[2023])["not_a_player"] == 3


def test_archive_coverage(seasons: dict[int, Rows]) -> None:
    """README: 1,200 of 1,201 and 1,223 of 1,232 events match by day and home team; neutral sites match, too."""
    by_source = seasons[2023].frame.groupby("source")["game_id"].nunique()
    assert by_source["props_oddsapi_historical"] == 1200
    assert by_source["props_oddsapi_daily"] >= 366
    assert seasons[2024].frame["game_id"].nunique() == 1229
    assert min(seasons[2024].absent) == pd.Timestamp("2025-04-15")
    assert seasons[2023].absent == {}


@pytest.mark.parametrize("day", ["2024-01-17", "2024-01-26", "2024-03-10", "2024-06-12"])
def test_archive_a_day_built_alone_equals_the_day_built_in_the_range(
    day: str, seasons: dict[int, Rows], inputs: dict[int, dict[str, pd.DataFrame]]
) -> None:
    alone = prop_lines.function(**inputs[2023], days=pd.DatetimeIndex([day]))
    whole = seasons[2023]
    assert_frame_equal(
        typed(CONTRACT, alone.frame), whole.frame[whole.frame["game_date"] == day].reset_index(drop=True)
    )
    assert whole.records is not None
    of_day = whole.records[whole.records["game_date"] == day]
    found = {} if alone.records is None else alone.records.groupby("reason")["rows"].sum().to_dict()
    assert found == of_day.groupby("reason")["rows"].sum().to_dict()
