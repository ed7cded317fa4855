"""rosters: the rules of membership by hand, and their accuracy in the archive."""

import pandas as pd
import pandas.testing as pdt
import pytest

from nba_assets.basketball.calendar import Season, season_label
from nba_assets.contracts.columns.identity import COMPETITIVE
from nba_assets.contracts.contract import validated
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.inputs import Rows
from nba_assets.sources.adapt.games import season_games
from nba_assets.sources.archive.families import FAMILIES
from nba_assets.sources.archive.reader import Archive
from nba_assets.tables.raw.injury_transactions import injury_transactions
from nba_assets.tables.raw.player_boxscores import player_boxscores
from nba_assets.tables.raw.rosters import CONTRACT, rosters
from nba_assets.tables.raw.rosters_checks import every_team, recall
from nba_assets.windows.asof import History

TEXT = pd.StringDtype("pyarrow")
UTC = "datetime64[ns, UTC]"


def frame(rows: list[tuple[object, ...]], **kinds: object) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


def listings(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows (day, game, player, team[, status])."""
    full = [(day, game, player, team, *(rest or ("played",)), "regular") for day, game, player, team, *rest in rows]
    return frame(
        full, game_date="datetime64[ns]", game_id=TEXT, player_id="int64", team=TEXT, status=TEXT, season_type=TEXT
    )


def team_games(team: str, *days: str) -> pd.DataFrame:
    rows = [(day, f"{team}{day}", team, "regular") for day in days]
    return frame(rows, game_date="datetime64[ns]", game_id=TEXT, team=TEXT, season_type=TEXT)


def moves(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows (day, player, team, direction)."""
    full = [(day, day, player, team, direction, row) for row, (day, player, team, direction) in enumerate(rows)]
    return frame(
        full,
        game_date="datetime64[ns]",
        transaction_date="datetime64[ns]",
        player_id="Int64",
        team=TEXT,
        direction=TEXT,
        row="int64",
    )


def games(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows (day, game, home, away[, tip-off])."""
    full = [(day, game, home, away, *(rest or (None,)), "regular") for day, game, home, away, *rest in rows]
    return frame(
        full, game_date="datetime64[ns]", game_id=TEXT, home_team=TEXT, away_team=TEXT, tipoff_at=UTC, season_type=TEXT
    )


def quotes(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows (day, game, player, known at)."""
    return frame(list(rows), game_date="datetime64[ns]", game_id=TEXT, player_id="int64", known_at=UTC)


def made(
    day: str,
    listed: pd.DataFrame | None = None,
    played_by_teams: pd.DataFrame | None = None,
    moved: pd.DataFrame | None = None,
    scheduled: pd.DataFrame | None = None,
    quoted: pd.DataFrame | None = None,
) -> Rows:
    return rosters.function(
        schedule=games((day, "G", "BOS", "MIA")) if scheduled is None else scheduled,
        prop_lines=quotes() if quoted is None else quoted,
        player_boxscores=History(listings() if listed is None else listed, 400),
        team_boxscores=History(team_games("BOS") if played_by_teams is None else played_by_teams, 400),
        injury_transactions=History(moves() if moved is None else moved, 400),
        days=pd.DatetimeIndex([day]),
    )


def members(*args: object, **named: object) -> pd.DataFrame:
    return validated(CONTRACT, made(*args, **named).frame)  # type: ignore[arg-type]


SEASON = [f"2024-01-{day:02d}" for day in range(2, 32, 2)]
"""Fifteen games of a team."""


def test_evidence_of_thirty_days_makes_a_member() -> None:
    listed = listings(("2024-01-02", "1", 7, "BOS"), ("2024-01-01", "0", 8, "BOS"))
    found = members("2024-02-01", listed, team_games("BOS", *SEASON))
    assert found[["player_id", "team", "evidence"]].to_numpy().tolist() == [[7, "BOS", "last_30_days"]]
    assert found.loc[0, "last_played_on"] == pd.Timestamp("2024-01-02")
    assert found.loc[0, "games_missed_in_a_row"] == 14
    assert found.loc[0, "team_games_played_season"] == 15
    assert found.loc[0, "known_at"] == pd.Timestamp("2024-02-01 10:00", tz="UTC")
    assert not found.loc[0, "on_injured_list"]


def test_the_last_ten_games_of_the_team_include_those_before_a_break() -> None:
    listed = listings(("2024-01-12", "1", 7, "BOS"), ("2024-01-10", "0", 8, "BOS"))
    found = members("2024-03-10", listed, team_games("BOS", *SEASON))
    assert found[["player_id", "evidence"]].to_numpy().tolist() == [[7, "last_10_games"]]


def test_an_injured_player_stays_until_he_is_activated_or_plays() -> None:
    listed = listings(("2023-11-01", "1", 7, "BOS"), ("2023-11-01", "1", 8, "BOS"), ("2023-11-09", "2", 9, "BOS"))
    moved = moves(
        ("2023-11-02", 7, "BOS", "out"),
        ("2023-11-02", 8, "BOS", "out"),
        ("2023-11-02", 8, "BOS", "in"),
        ("2023-11-02", 9, "BOS", "out"),
    )
    found = members("2024-02-01", listed, team_games("BOS", *SEASON), moved)
    assert found[["player_id", "evidence", "on_injured_list"]].to_numpy().tolist() == [[7, "injured_list", True]]


def test_the_list_of_another_team_does_not_count() -> None:
    listed = listings(("2023-11-05", "1", 7, "MIA"))
    moved = moves(("2023-11-02", 7, "BOS", "out"))
    both = pd.concat([team_games("BOS", *SEASON), team_games("MIA", *SEASON)])
    assert members("2024-02-01", listed, both, moved).empty


def test_before_the_sixth_game_of_a_season_last_year_s_evidence_counts() -> None:
    listed = listings(("2023-04-09", "1", 7, "BOS"), ("2022-09-01", "0", 8, "BOS"))
    last_season = [f"2023-04-{day:02d}" for day in range(9, 20)]
    opening = [f"2023-10-{day}" for day in range(24, 29)]
    fifth = members("2023-10-28", listed, team_games("BOS", *last_season, *opening))
    assert fifth[["player_id", "evidence", "team_games_played_season"]].to_numpy().tolist() == [
        [7, "season_opening", 4]
    ]
    assert members("2023-10-29", listed, team_games("BOS", *last_season, *opening)).empty


def test_the_newest_evidence_decides_the_team_and_a_listing_precedes_a_move_of_the_day() -> None:
    listed = listings(("2024-01-20", "1", 7, "BOS"), ("2024-01-20", "1", 8, "BOS"), ("2024-01-20", "1", 9, "BOS"))
    moved = moves(
        ("2024-01-21", 7, "MIA", "in"),
        ("2024-01-20", 8, "MIA", "in"),
        ("2024-01-20", 9, "MIA", "out"),
        ("2024-01-21", 9, "CHI", "out"),
        ("2024-01-21", 9, "DET", "out"),
    )
    found = members("2024-01-22", listed, team_games("BOS", *SEASON), moved)
    assert found[["player_id", "team"]].to_numpy().tolist() == [[7, "MIA"], [8, "BOS"], [9, "DET"]]
    assert found["on_injured_list"].tolist() == [False, False, True]


def test_an_injury_row_of_a_former_team_does_not_count() -> None:
    listed = listings(
        ("2024-01-04", "1", 7, "MIA"),
        ("2024-01-20", "2", 7, "BOS"),
        ("2024-01-04", "1", 8, "MIA"),
        ("2024-01-20", "2", 8, "BOS"),
    )
    moved = moves(
        ("2024-01-21", 7, "BOS", "out"),
        ("2024-01-22", 7, "MIA", "out"),
        ("2024-01-22", 8, "MIA", "out"),
        ("2024-01-23", 8, "CHI", "in"),
    )
    found = members("2024-01-24", listed, team_games("BOS", *SEASON), moved)
    assert found[["player_id", "team"]].to_numpy().tolist() == [[7, "BOS"], [8, "CHI"]]
    assert found["evidence_on"].tolist() == [pd.Timestamp("2024-01-21"), pd.Timestamp("2024-01-23")]
    assert found["on_injured_list"].tolist() == [True, False]
    assert found["last_listed_on"].tolist() == [pd.Timestamp("2024-01-20")] * 2


def test_a_team_that_lists_a_player_again_has_him_and_its_injury_rows_count() -> None:
    listed = listings(
        ("2024-01-04", "1", 7, "MIA"),
        ("2024-01-20", "2", 7, "BOS"),
        ("2024-01-24", "3", 7, "MIA"),
    )
    moved = moves(("2024-01-22", 7, "MIA", "out"), ("2024-01-25", 7, "MIA", "out"))
    found = members("2024-01-26", listed, team_games("BOS", *SEASON), moved)
    assert found[["player_id", "team", "on_injured_list"]].to_numpy().tolist() == [[7, "MIA", True]]
    assert found.loc[0, "evidence_on"] == pd.Timestamp("2024-01-25")


def test_a_team_that_listed_a_player_more_than_400_days_ago_may_sign_him_again() -> None:
    listed = listings(("2022-12-20", "1", 7, "MIA"), ("2022-12-21", "1", 8, "MIA"))
    listed = pd.concat([listed, listings(("2024-01-20", "2", 7, "BOS"), ("2024-01-20", "2", 8, "BOS"))])
    moved = moves(("2024-01-22", 7, "MIA", "in"), ("2024-01-22", 8, "MIA", "in"))
    found = members("2024-01-25", listed, team_games("BOS", *SEASON), moved)
    assert found[["player_id", "team"]].to_numpy().tolist() == [[7, "MIA"], [8, "BOS"]]


def test_the_day_itself_is_not_known() -> None:
    listed = listings(("2024-01-22", "1", 7, "BOS"))
    assert members("2024-01-22", listed, team_games("BOS", "2024-01-22"), moves(("2024-01-22", 8, "BOS", "out"))).empty


def test_a_player_who_never_played_has_missed_an_unknown_number_of_games() -> None:
    found = members("2024-01-22", listings(("2024-01-20", "1", 7, "BOS", "dnp")), team_games("BOS", *SEASON))
    assert found["last_played_on"].isna().all()
    assert found["games_missed_in_a_row"].isna().all()
    assert found.loc[0, "last_listed_on"] == pd.Timestamp("2024-01-20")


def test_a_quote_keeps_a_player_of_the_event_and_sets_others_aside() -> None:
    day = "2024-03-10"
    listed = listings(("2023-12-01", "1", 7, "BOS"), ("2024-03-09", "2", 8, "CHI"), ("2023-12-01", "1", 10, "BOS"))
    quoted = quotes(
        (day, "G", 7, "2024-03-10 15:00Z"),
        (day, "G", 7, "2024-03-10 12:00Z"),
        (day, "G", 8, "2024-03-10 12:00Z"),
        (day, "G", 8, "2024-03-10 13:00Z"),
        (day, "G", 9, "2024-03-10 12:00Z"),
        (day, "G", 10, "2024-03-10 23:30Z"),
    )
    result = made(
        day,
        listed,
        team_games("BOS", *SEASON),
        scheduled=games((day, "G", "BOS", "MIA", "2024-03-10 23:30Z")),
        quoted=quoted,
    )
    found = validated(CONTRACT, result.frame)
    assert found[["player_id", "team", "evidence"]].to_numpy().tolist() == [
        [7, "BOS", "prop_line"],
        [8, "CHI", "last_30_days"],
    ]
    assert found["known_at"].tolist() == [
        pd.Timestamp("2024-03-10 12:00", tz="UTC"),
        pd.Timestamp("2024-03-10 09:00", tz="UTC"),
    ]
    records = result.records
    assert records is not None
    assert records[["action", "reason", "key", "value", "rows"]].to_numpy().tolist() == [
        ["set_aside", "new_team_unknown", "G 8", "CHI", 2],
        ["set_aside", "new_team_unknown", "G 9", pd.NA, 1],
    ]


def test_a_day_alone_equals_the_day_in_a_range() -> None:
    listed = listings(
        *[(day, day, 7 + number % 4, "BOS" if number % 3 else "MIA") for number, day in enumerate(SEASON)]
    )
    moved = moves(("2024-01-05", 7, "BOS", "out"), ("2024-01-21", 7, "BOS", "in"), ("2024-01-11", 12, "MIA", "out"))
    both = pd.concat([team_games("BOS", *SEASON), team_games("MIA", *SEASON[::2])], ignore_index=True)
    days = pd.date_range("2024-01-02", "2024-02-20")
    scheduled = games(*[(str(day.date()), f"G{number}", "BOS", "MIA") for number, day in enumerate(days)])

    def run(asked: pd.DatetimeIndex) -> pd.DataFrame:
        def before(rows: pd.DataFrame) -> History:
            return History(rows[rows["game_date"] < asked[-1]], 400)

        result = rosters.function(
            schedule=scheduled[scheduled["game_date"].isin(asked)],
            prop_lines=quotes(),
            player_boxscores=before(listed),
            team_boxscores=before(both),
            injury_transactions=before(moved),
            days=asked,
        )
        return validated(CONTRACT, result.frame)

    together = run(days)
    assert not together.empty
    assert not together.duplicated(["game_date", "player_id"]).any()
    for day in days:
        of_day = together[together["game_date"] == day].reset_index(drop=True)
        pdt.assert_frame_equal(run(pd.DatetimeIndex([day])), of_day, check_exact=True)


def test_every_team_is_expected_from_the_second_month_on() -> None:
    scheduled = games(
        ("2021-11-18", "1", "BOS", "MIA"), ("2021-11-19", "2", "BOS", "MIA"), ("2021-11-21", "3", "BOS", "MIA")
    )
    expected = every_team(scheduled, pd.date_range("2021-11-15", "2021-11-25"))
    assert expected["game_date"].unique().tolist() == [pd.Timestamp("2021-11-19"), pd.Timestamp("2021-11-21")]
    assert expected["team"].nunique() == 30


def played(day: str, team: str, *players: int) -> pd.DataFrame:
    rows = [(day, player, team, "regular", 600) for player in players]
    return frame(
        rows, game_date="datetime64[ns]", player_id="int64", team=TEXT, season_type=TEXT, seconds_played="Int64"
    )


@pytest.mark.parametrize(("strangers", "fails"), [(2, False), (3, True)])
def test_recall_fails_if_more_than_two_are_missing(strangers: int, fails: bool) -> None:
    day = "2024-02-10"
    rows = pd.DataFrame({"game_date": pd.Timestamp(day), "player_id": range(1, 11), "team": "BOS", "evidence": "x"})
    rows["team_games_played_season"] = 40
    found = recall(rows, played(day, "BOS", *range(1 + strangers, 11 + strangers)))
    assert found.failing["key"].tolist() == ([str(player) for player in (11, 12, 13)] if fails else [])
    assert found.observed is not None
    assert found.observed.loc[0, ["later_games_players", "later_games_found"]].tolist() == [10, 10 - strangers]
    assert found.observed.loc[0, "later_games_recall"] == (10 - strangers) / 10


def test_recall_reports_first_games_separately_and_starts_in_december_2021() -> None:
    day = "2024-10-22"
    rows = pd.DataFrame({"game_date": [pd.Timestamp(day)], "player_id": [1], "team": ["BOS"], "evidence": ["x"]})
    rows["team_games_played_season"] = 0
    found = recall(rows, pd.concat([played(day, "BOS", 1, 2, 3, 4), played(day, "MIA", 5, 6, 7)]))
    assert found.failing.empty
    assert found.observed is not None
    assert found.observed.loc[0, ["first_games_players", "first_games_found"]].tolist() == [7, 1]
    assert pd.isna(found.observed.loc[0, "later_games_recall"])
    early = rows.assign(game_date=pd.Timestamp("2021-11-30"), team_games_played_season=20)
    assert recall(early, played("2021-11-30", "BOS", 2, 3, 4, 5)).failing.empty


@pytest.mark.archive
def test_nearly_every_player_who_plays_is_on_a_roster(archive: Archive) -> None:
    """About 99.3 % by the rule of the specification; 75 to 85 % in a team's first game of a season."""
    seasons = [Season(year) for year in (2021, 2022, 2023, 2024)]
    days = pd.date_range("2021-10-19", "2025-06-22")

    def raw(table: DailyTable) -> pd.DataFrame:
        inputs = {name: archive.read(FAMILIES[item.name], seasons).frame for name, item in table.inputs.items()}
        return table.function(**inputs, days=days).frame

    schedule, logs = (archive.read(FAMILIES[name], seasons).frame for name in ("schedule", "team_game_logs"))
    scheduled = season_games(schedule, logs)
    sides = pd.concat([scheduled.assign(team=scheduled[side]) for side in ("home_team", "away_team")])
    boxes = raw(player_boxscores)
    result = rosters.function(
        schedule=scheduled,
        prop_lines=quotes(),
        player_boxscores=History(boxes),
        team_boxscores=History(sides),
        injury_transactions=History(raw(injury_transactions)),
        days=days,
    )
    found = validated(CONTRACT, result.frame)
    assert not found.duplicated(["game_date", "player_id"]).any()
    expected = every_team(scheduled, days)
    assert len(expected.merge(found[["game_date", "team"]].drop_duplicates())) == len(expected)
    findings = recall(found, boxes)
    counts = findings.observed
    assert counts is not None
    counts = counts[counts["game_date"] >= pd.Timestamp("2021-12-01")]
    seasons_of_counts = season_label(counts["game_date"])
    sums = counts.groupby(seasons_of_counts)[[name for name in counts if name.endswith(("_players", "_found"))]].sum()
    assert (sums["later_games_found"] / sums["later_games_players"] > 0.992).all()
    assert sums["later_games_found"].sum() / sums["later_games_players"].sum() > 0.995
    openers = sums[sums["first_games_players"] > 0]
    assert (openers["first_games_found"] / openers["first_games_players"]).between(0.7, 0.85).all()
    assert findings.failing["game_date"].nunique() < 40
    stays = {
        "Larry Nance Jr.": (1626204, "ATL", "2025-01-03", "2025-01-14"),
        "Kevin Porter Jr.": (1629645, "MIL", "2025-04-15", "2025-04-19"),
        # The Nuggets' namesake; there is no evidence of him between his team's tenth game and his first.
        "Jaylin Williams": (1631119, "OKC", "2024-10-24", "2024-12-23"),
    }
    for name, (player, team, first, last) in stays.items():
        rows = found[(found["player_id"] == player) & found["game_date"].between(first, last)]
        assert rows["team"].unique().tolist() == [team], name
    assert wrong_team_days(found, boxes).groupby("season").size().to_dict() == {"2021-22": 35, "2022-23": 144}


def wrong_team_days(rows: pd.DataFrame, boxes: pd.DataFrame) -> pd.DataFrame:
    """Rows of a team that neither listed the player last nor lists him next, if his next listing is in that season.

    If only his last listing was with the team, he was traded in between, and no source has the day.
    """
    listed = boxes.loc[boxes["season_type"].isin(COMPETITIVE), ["game_date", "player_id", "team"]]
    listed = listed.drop_duplicates(["game_date", "player_id"]).sort_values("game_date")
    rows = rows[["game_date", "season", "player_id", "team"]].astype({"player_id": listed["player_id"].dtype})
    rows = rows.sort_values("game_date")
    last = listed.rename(columns={"team": "last_team"})
    following = listed.rename(columns={"team": "next_team"}).assign(next_season=season_label(listed["game_date"]))
    found = pd.merge_asof(
        rows,
        last,
        on="game_date",
        by="player_id",
        allow_exact_matches=False,
        tolerance=pd.Timedelta(days=400),
    )
    found = pd.merge_asof(found, following, on="game_date", by="player_id", direction="forward")
    is_other = (found["next_team"] != found["team"]) & (found["next_season"] == found["season"])
    return found[is_other.fillna(False) & (found["last_team"] != found["team"]).fillna(True)]
