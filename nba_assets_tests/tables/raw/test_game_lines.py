"""raw.game_lines: signs, conflicts, impossible and live quotes, matching and times by hand; then the archive."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pytest

from nba_assets.basketball.calendar import Season
from nba_assets.basketball.game_quotes import consensus_game_line
from nba_assets.contracts.contract import validated
from nba_assets.contracts.inputs import Rows
from nba_assets.sources.adapt.games import pad_game_id, season_games
from nba_assets.sources.adapt.line_families import ADAPTERS, PRIORITY
from nba_assets.sources.adapt.line_rules import TOO_LATE
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.tables.raw.game_lines import ALL_SET_ASIDE, CONTRACT, expected_games, game_lines

SEASONS = [Season(year) for year in (2021, 2022, 2023, 2024)]
COLUMNS = {
    "game_lines_oddsapi_live": "timestamp id commence_time home_team away_team bookmaker moneyline_home moneyline_away "
    "spread_home spread_price_home spread_price_away total total_over_price total_under_price",
    "sbr": "Date Home Away OU Spread ML_Home ML_Away",
    "oddsapi_consensus_closing": "event_id home_team away_team commence_time home_ml away_ml home_spread_price "
    "away_spread_price spread_point total_over_price total_under_price total_point",
    "spreads_by_season": "date home away whos_favored spread",
    "kaggle_sbr": "dates home away whos_favored spread total moneyline_home moneyline_away",
    "schedule": "gid gcode date home away home_score away_score",
    "team_game_logs": "GAME_ID GAME_DATE MATCHUP TEAM_ID TEAM_ABBREVIATION WL",
    "tipoffs": "Date Location Home_Team Away_Team",
    "events_oddsapi_historical": "timestamp data.id data.commence_time data.home_team data.away_team",
    "events_oddsapi_daily": "id commence_time home_team away_team bookmakers.markets.last_update",
    "events_oddsapi_closing": "event_id commence_time home_team away_team",
}


def frame(argument: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows of an input in its declared dtypes, with `_file` and `_row`."""
    names = [name.replace("_Team", " Team") for name in COLUMNS[argument].split()]
    kinds = {"number": "float64", "integer": "Int64", "timestamp": "datetime64[ns]"}
    declared = FAMILIES[game_lines.inputs[argument].name].columns
    made = pd.DataFrame(list(rows), columns=names).astype(
        {name: kinds.get(declared[name], pd.StringDtype("pyarrow")) for name in names}
    )
    files = pd.array([f"{argument}.parquet"] * len(made), dtype="string[pyarrow]")
    return made.assign(_file=files, _row=range(len(made)))


def run(*games: tuple[str, str, str, str], days: list[str] | None = None, **inputs: pd.DataFrame) -> Rows:
    """Lines of games given as (game id, day, home, away); by default for all days of the games."""
    rows = [(gid, f"x/{away}{home}", day, home, away, 100, 90) for gid, day, home, away in games]
    given = {"schedule": frame("schedule", *rows)} | inputs
    frames = {argument: given.get(argument, frame(argument)) for argument in COLUMNS}
    asked = pd.DatetimeIndex(sorted({pd.Timestamp(day) for day in (days or [game[1] for game in games])}))
    found = game_lines.function(**frames, days=asked)
    found.frame = validated(CONTRACT, found.frame)
    return found


def of_source(rows: Rows, source: str) -> pd.Series:
    return rows.frame[rows.frame["source"] == source].iloc[0]


def reasons(rows: Rows) -> list[tuple[str, str]]:
    assert rows.records is not None
    return list(zip(rows.records["action"], rows.records["reason"], strict=True))


GAME = ("0022200001", "2022-10-19", "DET", "ORL")


def test_each_source_encodes_the_favourite_differently() -> None:
    teams = ("e", "Detroit Pistons", "Orlando Magic")
    rows = run(
        GAME,
        ("0022100003", "2021-10-20", "CHA", "IND"),
        # 2022-23: positive = home favoured. 2021-22: no sign, -125 against 105 means Indiana, the away team.
        sbr=frame(
            "sbr",
            ("2022-23-1019", "Detroit Pistons", "Orlando Magic", 215.5, 3.5, "-164", "138"),
            ("2021-22-1020", "Charlotte Bobcats", "Indiana Pacers", 228.5, 2.0, "105", "-125"),
        ),
        kaggle_sbr=frame("kaggle_sbr", ("10/20/2021", "cha", "ind", "away", 1.5, 223.0, "105", "-125")),
        spreads_by_season=frame("spreads_by_season", ("2022-10-19", "det", "orl", "home", 3.5)),
        oddsapi_consensus_closing=frame(
            "oddsapi_consensus_closing",
            (*teams, "2022-10-19T23:10:00Z", -160.0, 140.0, -110.0, None, -3.5, -110.0, -110.0, 216.0),
        ),
    )
    spread = rows.frame.set_index(["game_id", "source"])["spread_home"]
    assert spread.to_dict() == {
        ("0022200001", "sbr"): -3.5,
        ("0022200001", "spreads_by_season"): -3.5,
        ("0022200001", "oddsapi_consensus_closing"): -3.5,
        ("0022100003", "sbr"): 2.0,
        ("0022100003", "kaggle_sbr"): 1.5,
    }
    assert reasons(rows) == []
    kaggle = of_source(rows, "kaggle_sbr")
    assert kaggle["moneyline_home"] == pytest.approx(2.05)
    assert kaggle["moneyline_away"] == pytest.approx(1.80)
    assert set(rows.frame["bookmaker"]) == {"consensus"}
    assert set(rows.frame["snapshot_kind"]) == {"closing"}
    assert not rows.frame["is_time_known"].any()


def test_a_size_without_a_favourite_gives_no_spread() -> None:
    game = ("0022100003", "2021-10-20", "CHA", "IND")
    teams = ("2021-22-1020", "Charlotte Hornets", "Indiana Pacers")
    size = run(game, sbr=frame("sbr", (*teams, 228.5, 1.0, "-110", "-110")))
    pick = run(game, sbr=frame("sbr", (*teams, 228.5, 0.0, "-110", "-110")))
    assert pd.isna(size.frame.loc[0, "spread_home"])
    assert pick.frame.loc[0, "spread_home"] == 0.0


def test_a_conflict_is_resolved_by_the_moneyline_and_recorded() -> None:
    rows = run(
        GAME,
        kaggle_sbr=frame("kaggle_sbr", ("10/19/2022", "det", "orl", "home", 4.0, 215.5, "-180", "150")),
        spreads_by_season=frame("spreads_by_season", ("2022-10-19", "det", "orl", "away", 3.5)),
    )
    assert of_source(rows, "kaggle_sbr")["spread_home"] == -4.0
    assert of_source(rows, "spreads_by_season")["spread_home"] == -3.5
    assert reasons(rows) == [("disagreement", "the sources name different favourites")]
    assert rows.records is not None
    record = rows.records.iloc[0]
    assert record["value"] == "taken -4 (kaggle_sbr), other 3.5 (spreads_by_season)"
    assert record["key"] == "0022200001 spreads_by_season"
    assert record["column_name"] == "spread_home"


def test_a_row_that_contradicts_its_moneylines_gets_their_sign() -> None:
    rows = run(
        GAME,
        sbr=frame("sbr", ("2022-23-1019", "Detroit Pistons", "Orlando Magic", 215.5, -3.5, "-164", "138")),
        spreads_by_season=frame("spreads_by_season", ("2022-10-19", "det", "orl", "home", 3.5)),
    )
    assert set(rows.frame["spread_home"]) == {-3.5}


def test_a_conflict_of_different_sizes_is_not_resolved_by_the_sign() -> None:
    rows = run(
        GAME,
        sbr=frame("sbr", ("2022-23-1019", "Detroit Pistons", "Orlando Magic", 215.5, -2.0, "110", "-130")),
        spreads_by_season=frame("spreads_by_season", ("2022-10-19", "det", "orl", "home", 5.5)),
    )
    assert of_source(rows, "sbr")["spread_home"] == 2.0
    assert list(rows.frame["source"]) == ["sbr"]
    assert reasons(rows) == [
        ("disagreement", "the sources name different favourites"),
        ("nulled", "no moneyline settles the favourite"),
        ("set_aside", "neither spread nor total nor moneyline is left"),
    ]


def test_a_conflict_without_moneylines_is_null() -> None:
    teams = ("e", "Detroit Pistons", "Orlando Magic", "2022-10-19T23:10:00Z")
    rows = run(
        GAME,
        oddsapi_consensus_closing=frame(
            "oddsapi_consensus_closing", (*teams, -3.0, -108.0, -110.0, None, 1.5, -110.0, -110.0, 216.0)
        ),
        spreads_by_season=frame("spreads_by_season", ("2022-10-19", "det", "orl", "home", 1.5)),
    )
    line = of_source(rows, "oddsapi_consensus_closing")
    assert pd.isna(line["spread_home"])
    assert line["total"] == 216.0
    # -3 is a mean over bookmakers on both sides of even money, not a price; the other side's price is kept.
    assert pd.isna(line["moneyline_home"])
    assert line["moneyline_away"] == pytest.approx(1 + 100 / 108)
    assert reasons(rows).count(("nulled", "no moneyline settles the favourite")) == 2
    assert ("nulled", "no American price") in reasons(rows)


def test_impossible_values_are_null_and_the_row_is_kept() -> None:
    rows = run(
        ("0022100043", "2021-10-25", "IND", "MIL"),
        ("0022101142", "2022-03-30", "SAS", "MEM"),
        sbr=frame(
            "sbr",
            ("2021-22-1025", "Indiana Pacers", "Milwaukee Bucks", 3.0, 1.5, "105", "-125"),
            ("2021-22-0330", "San Antonio Spurs", "Memphis Grizzlies", 226.0, 31.0, "175", "-200"),
        ),
    )
    first, second = rows.frame.iloc[0], rows.frame.iloc[1]
    assert pd.isna(first["total"])
    assert first["spread_home"] == 1.5
    # 175 against -200 is a spread of about 4.
    assert pd.isna(second["spread_home"])
    assert second["total"] == 226.0
    assert rows.records is not None
    nulled = rows.records[["game_date", "action", "reason", "column_name", "value"]].astype(str).values.tolist()
    assert nulled == [
        ["2021-10-25", "nulled", "impossible total", "total", "3.0"],
        ["2022-03-30", "nulled", "spread far from its own moneylines", "spread_home", "31.0"],
    ]


def test_a_bad_moneyline_does_not_remove_the_row() -> None:
    game = ("0042100405", "2022-06-13", "GSW", "BOS")
    row = ("2021-22-0613", "Golden State Warriors", "Boston Celtics", 212.5, 3.5, "-165")
    padded = run(game, sbr=frame("sbr", (*row, "+145\xa0")))
    broken = run(game, sbr=frame("sbr", (*row, "pk?")))
    assert padded.frame.loc[0, "moneyline_away"] == pytest.approx(2.45)
    assert padded.frame.loc[0, "spread_home"] == -3.5
    assert broken.frame.loc[0, "total"] == 212.5
    assert pd.isna(broken.frame.loc[0, "moneyline_away"])
    assert reasons(broken) == [("nulled", "no American price")]


def test_a_neutral_site_game_with_its_sides_swapped() -> None:
    logs = frame(
        "team_game_logs",
        ("0022400147", "2024-11-02", "MIA @ WAS", "1610612764", "WAS", "L"),
        ("0022400147", "2024-11-02", "MIA @ WAS", "1610612748", "MIA", "W"),
    )
    row = ("e", "Miami Heat", "Washington Wizards", "2024-11-02T21:00:00Z", -450.0, 350.0, -115.0, -105.0, -9.5)
    rows = run(
        ("0022400147", "2024-11-02", "WAS", "MIA"),
        team_game_logs=logs,
        oddsapi_consensus_closing=frame("oddsapi_consensus_closing", (*row, -110.0, -110.0, 224.5)),
    )
    line = rows.frame.iloc[0]
    assert line["spread_home"] == 9.5
    assert line["moneyline_home"] == pytest.approx(4.5)
    assert line["moneyline_away"] == pytest.approx(1 + 100 / 450)
    assert line["spread_price_home"] == pytest.approx(1 + 100 / 105)
    assert line["spread_price_away"] == pytest.approx(1 + 100 / 115)


def test_swapped_teams_elsewhere_do_not_match() -> None:
    rows = run(GAME, spreads_by_season=frame("spreads_by_season", ("2022-10-19", "orl", "det", "home", 3.5)))
    assert len(rows.frame) == 0
    assert reasons(rows) == [("set_aside", "no game of these teams on the day or a day either way")]
    assert dict(rows.absent) == {pd.Timestamp("2022-10-19"): "no family of game lines covers the day"}


@pytest.mark.parametrize(
    ("commence", "home_ml", "away_ml", "over", "reason"),
    [
        ("2022-10-19T23:10:47Z", -160.0, 140.0, -110.0, "live quote: the provider prints the true start"),
        ("2022-10-19T23:12:00Z", -160.0, 140.0, -110.0, "live quote: the provider prints the true start"),
        # -117 and -115: .5392 + .5349 - 1 = .0741.
        ("2022-10-19T23:10:00Z", -160.0, 140.0, -117.0, "live quote: margin of a game under way"),
        # -180 and 140: .6429 + .4167 - 1 = .0595.
        ("2022-10-19T23:10:00Z", -180.0, 140.0, -110.0, "live quote: margin of a game under way"),
        # -20000 and 4000: .9950 + .0244 - 1 = .0194.
        ("2022-10-19T23:10:00Z", -20000.0, 4000.0, -110.0, "live quote: price of a game that is all but over"),
    ],
)
def test_quotes_of_a_running_game_are_set_aside(
    commence: str, home_ml: float, away_ml: float, over: float, reason: str
) -> None:
    under = -115.0 if over == -117.0 else -110.0
    row = ("e", "Detroit Pistons", "Orlando Magic", commence, home_ml, away_ml, -110.0, None, -3.5, over, under, 216.0)
    rows = run(GAME, oddsapi_consensus_closing=frame("oddsapi_consensus_closing", row))
    assert len(rows.frame) == 0
    assert reasons(rows) == [("set_aside", reason)]
    assert dict(rows.absent) == {pd.Timestamp("2022-10-19"): "every line of the day was set aside"}


def test_the_event_with_the_later_commence_time_counts() -> None:
    teams = ("Detroit Pistons", "Orlando Magic")
    prices = (-160.0, 140.0, -110.0, None)
    rows = run(
        GAME,
        oddsapi_consensus_closing=frame(
            "oddsapi_consensus_closing",
            ("early", *teams, "2022-10-19T22:00:00Z", *prices, -1.5, None, None, None),
            ("late", *teams, "2022-10-19T23:10:00Z", *prices, -3.5, -110.0, -110.0, 216.0),
        ),
    )
    assert list(rows.frame["spread_home"]) == [-3.5]
    assert reasons(rows) == [("set_aside", "the source has a later event for the game")]


def test_a_line_is_known_at_tipoff_or_else_in_the_morning() -> None:
    rows = run(
        GAME,
        ("0022200500", "2022-12-20", "MIL", "CHI"),
        spreads_by_season=frame(
            "spreads_by_season", ("2022-10-19", "det", "orl", "home", 3.5), ("2022-12-20", "mil", "chi", "home", 8.0)
        ),
        tipoffs=frame("tipoffs", ("19/10/2022 23:00", "Little Caesars Arena", "Detroit Pistons", "Orlando Magic")),
    )
    # 05:00 US Eastern of 20 December is 10:00 UTC.
    assert list(rows.frame["known_at"]) == [pd.Timestamp("2022-10-19T23:00Z"), pd.Timestamp("2022-12-20T10:00Z")]
    assert (rows.frame["snapshot_at"] == rows.frame["known_at"]).all()


def test_a_game_moved_by_a_day_keeps_its_line_on_the_day_it_was_played() -> None:
    sbr = frame("sbr", ("2021-22-0606", "Golden State Warriors", "Boston Celtics", 215.0, 4.0, "-180", "155"))
    game = ("0042100402", "2022-06-05", "GSW", "BOS")
    assert list(run(game, sbr=sbr).frame["game_date"]) == [pd.Timestamp("2022-06-05")]
    assert len(run(game, days=["2022-06-06"], sbr=sbr).frame) == 0


def test_every_competitive_game_is_expected() -> None:
    schedule = pd.DataFrame(
        {
            "game_date": pd.to_datetime(["2022-10-19", "2022-10-01"]),
            "game_id": ["0022200001", "0012200001"],
            "season_type": ["regular", "preseason"],
        }
    )
    found = expected_games(schedule, pd.DatetimeIndex(["2022-10-19"]))
    assert list(found["game_id"]) == ["0022200001"]
    without_spread = pd.DataFrame({"game_date": [], "game_id": [], "spread_home": pd.Series([], dtype="float64")})
    assert game_lines.expected.observed is not None
    assert len(game_lines.expected.observed(without_spread)) == 0


def test_every_adapter_has_a_place_in_the_priority_and_an_input() -> None:
    assert set(PRIORITY) == set(ADAPTERS)
    brings_rows = [item.name for item in game_lines.inputs.values() if item.brings_rows]
    assert brings_rows == list(ADAPTERS)


EVENT = ("e", "2022-10-19T23:10:00Z", "Detroit Pistons", "Orlando Magic")
TIPOFF = {"tipoffs": frame("tipoffs", ("19/10/2022 23:10", "Little Caesars Arena", "Detroit Pistons", "Orlando Magic"))}
"""GAME tips off at 19:10 US Eastern, by its plan."""


def quoted(
    at: str, book: str, spread: float | None = -3.5, total: float | None = 221.5, **more: float
) -> tuple[object, ...]:
    """A row of the live feed for GAME."""
    home, away = more.get("home", -150.0), more.get("away", 130.0)
    return (at, *EVENT, book, home, away, spread, -110.0, -115.0, total, -105.0, -110.0)


def live(*rows: tuple[object, ...]) -> dict[str, pd.DataFrame]:
    return {"game_lines_oddsapi_live": frame("game_lines_oddsapi_live", *rows)}


def test_the_live_feed_has_a_row_for_each_snapshot_and_bookmaker() -> None:
    rows = run(
        GAME,
        **live(
            quoted("2022-10-19T15:00:05Z", "fanduel"),
            quoted("2022-10-19T15:00:05Z", "draftkings", spread=-4.0),
            quoted("2022-10-19T22:30:00Z", "fanduel", spread=1.5, home=110.0, away=-130.0),
        ),
        **TIPOFF,
    )
    assert reasons(rows) == [], "a favourite may change between two snapshots"
    found = rows.frame.sort_values(["snapshot_at", "bookmaker"])
    assert found["spread_home"].tolist() == [-4.0, -3.5, 1.5]
    assert found["snapshot_at"].dt.strftime("%H:%M:%S").tolist() == ["15:00:05", "15:00:05", "22:30:00"]
    assert (found["known_at"] == found["snapshot_at"]).all() and found["is_time_known"].all()
    assert set(found["snapshot_kind"]) == {"snapshot"} and found["bookmaker"].iloc[0] == "draftkings"
    assert found["spread_price_away"].iloc[0] == pytest.approx(1 + 100 / 115)
    morning = found[found["known_at"] <= pd.Timestamp("2022-10-19T16:00Z")]
    assert consensus_game_line(morning, PRIORITY)["spread_home"].tolist() == [-4.0]
    line = consensus_game_line(found, PRIORITY).iloc[0]
    assert (line["spread_home"], line["line_is_time_known"]) == (1.5, True)


def test_a_quote_with_a_time_is_preferred_to_a_closing_line_and_does_not_judge_it() -> None:
    closing = frame("sbr", ("2022-23-1019", "Detroit Pistons", "Orlando Magic", 215.5, 3.5, "-164", "138"))
    rows = run(GAME, sbr=closing, **live(quoted("2022-10-19T15:00:00Z", "fanduel", spread=2.0, home=110, away=-130)))
    assert reasons(rows) == [] and of_source(rows, "sbr")["spread_home"] == -3.5
    line = consensus_game_line(rows.frame, PRIORITY).iloc[0]
    assert (line["spread_home"], line["line_source"]) == (2.0, "game_lines_oddsapi_live")


def test_bookmakers_have_one_name_and_an_unknown_one_is_recorded() -> None:
    seen = "2022-10-19T15:00:00Z"
    rows = run(GAME, **live(*(quoted(seen, book) for book in ("williamhill_us", "newbook", "fanduel"))), **TIPOFF)
    assert sorted(rows.frame["bookmaker"]) == ["caesars", "fanduel", "newbook"]
    assert reasons(rows) == [("disagreement", "a bookmaker that is not known")]
    assert rows.records is not None and rows.records["value"].tolist() == ["newbook"]


@pytest.mark.parametrize(("at", "is_early"), [("23:09:59", True), ("23:10:00", False), ("23:59:00", False)])
def test_a_quote_from_the_tipoff_on_is_set_aside(at: str, is_early: bool) -> None:
    rows = run(GAME, **live(quoted(f"2022-10-19T{at}Z", "fanduel")), **TIPOFF)
    assert len(rows.frame) == is_early
    assert reasons(rows) == ([] if is_early else [("set_aside", TOO_LATE)])


@pytest.mark.parametrize(("at", "is_early"), [("15:59:59", True), ("16:00:00", False)])
def test_without_a_known_tipoff_a_quote_must_be_seen_before_noon(at: str, is_early: bool) -> None:
    rows = run(GAME, **live(quoted(f"2022-10-19T{at}Z", "fanduel")))
    assert len(rows.frame) == is_early and rows.absent == ({} if is_early else {pd.Timestamp(GAME[1]): ALL_SET_ASIDE})


def test_a_wide_margin_is_no_sign_of_a_game_under_way_if_the_time_is_known() -> None:
    """One bookmaker's margin may be wider than that of a consensus; impossible prices are refused all the same."""
    rows = run(
        GAME,
        **live(
            quoted("2022-10-19T15:00:00Z", "fanduel", home=-170.0, away=130.0),
            quoted("2022-10-19T16:00:00Z", "fanduel", home=-150.0, away=160.0),
        ),
        **TIPOFF,
    )
    assert rows.frame["moneyline_home"].notna().tolist() == [True, False]
    assert set(reasons(rows)) == {("nulled", "the two prices are no market")}


def test_the_same_snapshot_received_twice_is_one_row() -> None:
    again = quoted("2022-10-19T15:00:00Z", "fanduel", total=222.5)
    for rows in (
        (quoted("2022-10-19T15:00:00Z", "fanduel"), again),
        (again, quoted("2022-10-19T15:00:00Z", "fanduel")),
    ):
        found = run(GAME, **live(*rows))
        assert found.frame["total"].tolist() == [221.5]
        assert reasons(found) == [("set_aside", "the source has a later event for the game")]


@pytest.fixture(scope="module")
def inputs(archive: Archive) -> Mapping[str, pd.DataFrame]:
    return {name: archive.read(FAMILIES[item.name], SEASONS).frame for name, item in game_lines.inputs.items()}


@pytest.fixture(scope="module")
def whole(inputs: Mapping[str, pd.DataFrame]) -> Rows:
    return game_lines.function(**inputs, days=pd.date_range("2021-10-19", "2025-06-22"))


def season(rows: pd.DataFrame) -> pd.Series:
    return rows["game_date"].dt.year - (rows["game_date"].dt.month < 7).astype(int)


@pytest.mark.archive
def test_archive_keeps_the_contract(whole: Rows) -> None:
    assert len(validated(CONTRACT, whole.frame)) == len(whole.frame) > 12_000
    assert {name: int(mask.sum()) for name, mask in CONTRACT.unusual_rows(whole.frame).items()} == {}


@pytest.mark.archive
def test_archive_coverage(whole: Rows) -> None:
    line = consensus_game_line(whole.frame, PRIORITY)
    found = line.groupby(season(line))[["spread_home", "total", "moneyline_home"]].count()
    # Of 1,323, 1,320, 1,319 and 1,321 games.
    assert found["spread_home"].to_dict() == {2021: 1322, 2022: 1305, 2023: 1279, 2024: 1284}
    assert found["total"].to_dict() == {2021: 1323, 2022: 1248, 2023: 1065, 2024: 1069}


@pytest.mark.archive
def test_archive_conflicts_by_season(whole: Rows) -> None:
    assert whole.records is not None
    found = whole.records[whole.records["reason"] == "the sources name different favourites"]
    games = found.assign(game_id=found["key"].str[:10]).groupby(season(found))["game_id"].nunique()
    assert games.to_dict() == {2021: 13, 2022: 18, 2023: 32, 2024: 26}


@pytest.mark.archive
def test_archive_live_quotes(whole: Rows) -> None:
    assert whole.records is not None
    live = whole.records[whole.records["reason"].str.startswith("live quote")]
    source = live["key"].str.split(" ").str[1]
    assert live.groupby(source).size().to_dict() == {"oddsapi_consensus_closing": 360, "sbr": 415}


@pytest.mark.archive
def test_archive_favourites_win_two_games_of_three(whole: Rows, inputs: Mapping[str, pd.DataFrame]) -> None:
    games = season_games(inputs["schedule"], inputs["team_game_logs"])[["game_id", "home_team"]]
    logs = inputs["team_game_logs"]
    logs = logs[logs["WL"] == "W"]
    winner = logs["TEAM_ABBREVIATION"].set_axis(pad_game_id(logs["GAME_ID"]))
    lines = whole.frame[whole.frame["spread_home"].fillna(0) != 0].merge(games, on="game_id")
    has_home_won = (lines["game_id"].map(winner) == lines["home_team"]).astype(bool)
    is_right = (lines["spread_home"] < 0) == has_home_won
    shares = is_right.groupby([lines["source"], season(lines)]).mean()
    assert shares.between(0.64, 0.72).all(), shares


@pytest.mark.archive
@pytest.mark.parametrize("day", ["2021-12-25", "2022-06-05", "2022-11-07", "2023-11-17", "2025-03-02"])
@pytest.mark.archive
def test_archive_a_day_built_alone_equals_the_day_built_in_the_range(day: str, whole: Rows, archive: Archive) -> None:
    days = pd.DatetimeIndex([day])
    seasons = [Season.of_day(days[0].date())]
    read = {name: archive.read(FAMILIES[item.name], seasons).frame for name, item in game_lines.inputs.items()}
    alone = game_lines.function(**read, days=days)
    of_range = whole.frame[whole.frame["game_date"] == days[0]]
    pd.testing.assert_frame_equal(validated(CONTRACT, alone.frame), validated(CONTRACT, of_range), check_exact=True)
    assert alone.records is not None and whole.records is not None
    order = ["key", "column_name", "reason"]
    of_day, of_days = (
        found[found["game_date"] == days[0]].sort_values(order).astype(str).to_numpy().tolist()
        for found in (alone.records, whole.records)
    )
    assert of_day == of_days
