"""Windows over earlier games: values by hand, and compared with a brute-force loop on random schedules."""

import math
import struct
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nba_assets.windows.asof import History, Window, cutoff_of, known_before

FIRST = pd.Timestamp("2021-10-19")
TEXT = pd.StringDtype("pyarrow")


def frame(rows: Sequence[tuple[object, ...]], names: str) -> pd.DataFrame:
    columns = names.split()
    made = pd.DataFrame(list(rows), columns=columns)
    kinds = {
        "player_id": "Int64",
        "team": TEXT,
        "game_id": TEXT,
        "points": "Int64",
        "minutes": "float64",
        "game_date": "datetime64[ns]",
    }
    return made.astype({name: kind for name, kind in kinds.items() if name in columns})


GAMES = frame(
    [
        ("2023-04-09", "0022201230", 1, "BOS", 30, 36.5),
        ("2023-10-25", "0022300001", 1, "BOS", 10, 30.0),
        ("2023-10-27", "0022300010", 1, "BOS", None, None),
        ("2023-10-29", "0022300020", 1, "MIA", 25, 41.25),
        ("2023-10-29", "0022300020", 2, "MIA", 7, 12.0),
    ],
    "game_date game_id player_id team points minutes",
)


def target(*rows: tuple[object, ...], names: str = "game_date player_id") -> pd.DataFrame:
    return frame(rows, names)


def test_the_day_itself_is_never_in_a_window() -> None:
    rows = History(GAMES).by("player_id")
    asked = target(("2023-10-29", 1), ("2023-10-30", 1))
    assert rows.earlier(asked).count.tolist() == [3, 4]
    assert rows.last_games(asked, 1).newest("points").isna().tolist() == [True, False]
    assert rows.season_to_date(asked).sum("points").tolist() == [10, 35]
    assert rows.last_days(asked, 1).count.tolist() == [0, 1]
    assert rows.last_days(asked, 2).count.tolist() == [1, 1]


def test_statistics_by_hand() -> None:
    window = History(GAMES).by("player_id").last_games(target(("2023-10-30", 1), ("2023-10-30", 9)), 4)
    assert window.count.tolist() == [4, 0]
    assert window.games.tolist() == [4, 0]
    assert window.count_of("points").tolist() == [3, 0]
    assert window.sum("points").tolist() == [65, pd.NA]
    assert window.mean("points").iloc[0] == 65 / 3
    assert window.std("points").iloc[0] == pytest.approx(10.408329997330663)
    assert window.ratio("points", "minutes").iloc[0] == 65 / (41.25 + 30.0 + 36.5)
    weights = [1.0, 0.5 ** (2 / 8), 0.5 ** (3 / 8)]
    assert window.ewma("points").iloc[0] == pytest.approx(np.average([25, 10, 30], weights=weights), rel=1e-15)
    assert window.newest("team").tolist() == ["MIA", pd.NA]
    assert window.newest("team", back=1).tolist() == ["BOS", pd.NA]
    assert window.newest("points", back=4).isna().all()
    assert window.oldest("game_id").tolist() == ["0022201230", pd.NA]
    assert window.days_since.tolist() == [1, pd.NA]
    assert window.last_day.iloc[0] == pd.Timestamp("2023-10-29")
    assert window.first_day.iloc[0] == pd.Timestamp("2023-04-09")
    for name in ("mean", "std", "ewma"):
        assert math.isnan(getattr(window, name)("minutes").iloc[1])


def test_a_deviation_needs_two_values() -> None:
    window = History(GAMES).by("player_id").last_games(target(("2023-10-29", 1)), 2)
    assert window.count_of("points").tolist() == [1]
    assert window.std("points").isna().all()


def test_the_weighted_mean_ends_with_the_fortieth_game() -> None:
    days = pd.date_range("2023-11-01", periods=45)
    games = pd.DataFrame({"game_date": days, "player_id": 1, "points": range(45)})
    window = History(games).by("player_id").earlier(target(("2024-01-01", 1)))
    weights = [0.5 ** (back / 8) for back in range(40)]
    expected = sum(weight * (44 - back) for back, weight in enumerate(weights)) / sum(weights)
    assert window.ewma("points").tolist() == pytest.approx([expected], rel=1e-14)


def test_a_decayed_sum_goes_by_days_before_the_day_that_is_served() -> None:
    window = (
        History(GAMES).by("player_id").last_games(target(("2023-10-30", 1), ("2023-11-02", 1), ("2023-10-30", 9)), 4)
    )
    days = [1, 5, 204]  # the games with points; he had none in one
    sums = [
        sum(0.5 ** ((day + later) / 3) * points for day, points in zip(days, [25, 10, 30], strict=True))
        for later in (0, 3)
    ]
    assert window.decayed_sum("points", 3.0).tolist() == pytest.approx([*sums, math.nan], rel=1e-14, nan_ok=True)
    counts = [sum(0.5 ** ((day + later) / 3) for day in days) for later in (0, 3)]
    assert window.decayed_count("points", 3.0).tolist() == pytest.approx([*counts, math.nan], rel=1e-14, nan_ok=True)


def test_windows_include_the_previous_season_within_their_days() -> None:
    rows = History(GAMES).by("player_id")
    opening = target(("2023-10-25", 1))
    assert rows.last_games(opening, 5).count.tolist() == [1]
    assert rows.last_games(opening, 5, days=199).count.tolist() == [1]  # 2023-04-09 is 199 days before
    assert rows.last_games(opening, 5, days=198).count.tolist() == [0]
    assert rows.season_to_date(opening).count.tolist() == [0]


@pytest.mark.parametrize(("day", "included"), [("2024-07-01", 0), ("2024-06-30", 1), ("2023-07-02", 1)])
def test_a_season_starts_on_the_first_of_july(day: str, included: int) -> None:
    first = "2023-07-01" if day < "2024-07-01" else "2024-06-30"
    rows = History(frame([(first, "BOS", 1)], "game_date team points")).by("team")
    window = rows.season_to_date(target((day, "BOS"), names="game_date team"))
    assert window.count.tolist() == [included]


def test_the_previous_season_ends_where_this_one_begins() -> None:
    """On any day of 2023-24 it contains the game of April 2023 and not that of October; a year later the opposite."""
    rows = History(GAMES).by("player_id")
    asked = target(("2023-10-26", 1), ("2024-06-10", 1), ("2024-10-25", 1), ("2023-04-09", 1), ("2023-10-26", 2))
    assert rows.prior_season(asked).sum("points").tolist() == [30, 30, 35, pd.NA, pd.NA]
    assert rows.prior_season(asked).games.tolist() == [1, 1, 3, 0, 0]
    assert rows.prior_season(asked, days=100).games.tolist() == [0, 0, 0, 0, 0]


def test_a_previous_season_that_is_not_read_raises() -> None:
    rows = History(GAMES, days=400).by("player_id")
    assert rows.prior_season(target(("2023-10-26", 1)), days=400).games.tolist() == [1]
    with pytest.raises(ValueError, match="730 days over a history that is read for 400"):
        rows.prior_season(target(("2023-10-26", 1)))


def test_keys_of_several_columns_and_unknown_ones() -> None:
    rows = History(GAMES).by("team", "player_id")
    keys = [("MIA", 1), ("BOS", 2), ("BOS", 1), (None, 1)]
    asked = target(*[("2023-11-01", *key) for key in keys], names="game_date team player_id")
    assert rows.earlier(asked).count.tolist() == [1, 0, 3, 0]


def test_games_are_counted_once_where_a_game_has_several_rows() -> None:
    window = History(GAMES).by("team").last_games(target(("2023-11-01", "MIA"), names="game_date team"), 1)
    assert (window.count.tolist(), window.games.tolist(), window.sum("points").tolist()) == ([2], [1], [32])


def test_without_a_key_all_rows_are_one_group() -> None:
    window = History(GAMES).by().earlier(target(("2023-10-30", 5)))
    assert window.sum("points").tolist() == [72]


def test_rows_come_oldest_first_with_the_position_of_their_target() -> None:
    asked = target(("2023-10-27", 1), ("2023-10-30", 2), ("2023-10-30", 1)).set_axis([7, 5, 7])
    found = History(GAMES).by("player_id").last_games(asked, 2).rows("game_id", "points")
    assert found["target"].tolist() == [0, 0, 1, 2, 2]
    assert found["points"].tolist() == [30, 10, 7, pd.NA, 25]


def test_results_are_aligned_with_the_index_of_the_target() -> None:
    asked = target(("2023-10-30", 2), ("2023-10-30", 1)).set_axis([4, 2])
    asked["points"] = History(GAMES).by("player_id").last_games(asked, 1).sum("points")
    assert asked["points"].to_dict() == {4: 7, 2: 25}


def test_a_streak_ends_where_the_value_changes_or_the_window_does() -> None:
    wins = frame(
        [(f"2023-11-{day:02d}", "BOS", won) for day, won in enumerate([1, 0, 1, 1, 1], 1)], "game_date team won"
    )
    wins = pd.concat([frame([("2023-10-31", "ATL", 1)], "game_date team won"), wins], ignore_index=True).astype(
        {"won": "boolean"}
    )
    rows = History(wins).by("team")
    asked = target(
        ("2023-11-06", "BOS"),
        ("2023-11-03", "BOS"),
        ("2023-11-02", "BOS"),
        ("2023-11-01", "BOS"),
        names="game_date team",
    )
    assert rows.earlier(asked).streak("won").tolist() == [3, 1, 1, pd.NA]
    assert rows.last_games(asked, 2).streak("won").tolist() == [2, 1, 1, pd.NA]


def test_conditions_and_joins_keep_to_the_rows() -> None:
    teams = frame([("2023-10-29", "0022300020", "MIA", 99)], "game_date game_id team team_points")
    history = History(GAMES).where(lambda f: f["points"] > 9).join(History(teams), on=["game_id", "team"])
    window = (
        history.assign(share=lambda f: f["points"] / f["team_points"])
        .by("player_id")
        .earlier(target(("2023-11-01", 1)))
    )
    assert window.count.tolist() == [3]
    assert window.mean("share").tolist() == [25 / 99]


def test_a_window_may_start_on_a_day_of_each_row() -> None:
    asked = target(("2023-10-29", 1), ("2023-10-30", 1), ("2023-10-30", 1))
    first = pd.Series(pd.to_datetime(["2023-10-27", "2023-10-30", None]))
    rows = History(GAMES).by("player_id")
    assert rows.since(asked, first).count.tolist() == [1, 0, 4]
    assert rows.since(asked, first, days=3).count.tolist() == [1, 0, 2]


def test_targets_with_history_are_identified_without_reading_rows() -> None:
    assert History(GAMES).distinct("player_id", "team").to_numpy().tolist() == [[1, "BOS"], [1, "MIA"], [2, "MIA"]]


def test_a_window_beyond_what_is_read_raises() -> None:
    rows = History(GAMES, days=100).by("player_id")
    with pytest.raises(ValueError, match="window of 101 days over a history that is read for 100 days"):
        rows.earlier(target(("2023-11-01", 1)), days=101)
    with pytest.raises(ValueError, match="365"):
        rows.season_to_date(target(("2023-11-01", 1)))


def test_missing_columns_and_values_are_named() -> None:
    window = History(GAMES).by("player_id").earlier(target(("2023-11-01", 1)))
    with pytest.raises(KeyError, match="no column 'steals'"):
        window.sum("steals")
    with pytest.raises(TypeError, match="'team' of the history is string"):
        window.mean("team")
    with pytest.raises(ValueError, match="1 rows of the target have no game_date"):
        History(GAMES).by("player_id").earlier(target((None, 1)))


def test_quotes_are_taken_only_from_before_the_cutoff() -> None:
    days = pd.Series(pd.to_datetime(["2024-01-15", "2024-07-15"]))
    tipoff = pd.Series([pd.Timestamp("2024-01-16 00:30", tz="UTC"), pd.NaT], dtype="datetime64[ns, UTC]")
    cutoff = cutoff_of(days, tipoff)
    assert cutoff.tolist() == [pd.Timestamp("2024-01-16 00:30", tz="UTC"), pd.Timestamp("2024-07-15 09:00", tz="UTC")]
    quotes = pd.DataFrame({"known_at": cutoff})
    assert known_before(quotes, cutoff).empty
    assert known_before(quotes - pd.Timedelta(seconds=1), cutoff).index.tolist() == [0, 1]
    with pytest.raises(ValueError, match="1 of 2 rows have no cutoff"):
        known_before(quotes, cutoff.iloc[:1])


# Random schedules: three players of two teams, days from two seasons with a summer in between, double-headers, NULLs.
DAYS = [*range(12), *range(250, 258), *range(380, 412)]
ROW = st.tuples(
    st.sampled_from(DAYS),
    st.integers(0, 2),
    st.integers(1, 3),
    st.sampled_from(["BOS", "MIA"]),
    st.one_of(st.none(), st.integers(0, 60)),
    st.one_of(st.none(), st.just(0.0), st.floats(0.01, 60)),
)
SCHEDULE = st.lists(ROW, max_size=60, unique_by=lambda row: row[:3])
TARGETS = st.lists(st.tuples(st.sampled_from([*DAYS, 420]), st.integers(1, 4)), min_size=1, max_size=12)
FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def schedule(rows: list[tuple[int, int, int, str, int | None, float | None]]) -> pd.DataFrame:
    return frame(
        [(FIRST + pd.Timedelta(days=day), f"{day}-{game}", *others) for day, game, *others in rows],
        "game_date game_id player_id team points minutes",
    )


def asked_for(rows: list[tuple[int, int]]) -> pd.DataFrame:
    return target(*[(FIRST + pd.Timedelta(days=day), player) for day, player in rows])


def windows(history: pd.DataFrame, asked: pd.DataFrame) -> dict[str, Window]:
    rows = History(history).by("player_id")
    return {
        "last 3": rows.last_games(asked, 3),
        "last 40 in 30 days": rows.last_games(asked, 40, days=30),
        "7 days": rows.last_days(asked, 7),
        "season": rows.season_to_date(asked),
        "earlier": rows.earlier(asked),
    }


def brute_window(history: pd.DataFrame, day: pd.Timestamp, player: int, name: str) -> list[dict[str, object]]:
    rows = sorted(
        (row for row in history.to_dict("records") if row["player_id"] == player and row["game_date"] < day),
        key=lambda row: (row["game_date"], row["game_id"]),
    )
    season = day.year - (day.month < 7)
    match name:
        case "last 3":
            return [row for row in rows if (day - row["game_date"]).days <= 400][-3:]
        case "last 40 in 30 days":
            return [row for row in rows if (day - row["game_date"]).days <= 30][-40:]
        case "7 days":
            return [row for row in rows if (day - row["game_date"]).days <= 7]
        case "season":
            return [row for row in rows if row["game_date"] >= pd.Timestamp(season, 7, 1)]
        case _:
            return [row for row in rows if (day - row["game_date"]).days <= 400]


def numbers(window: Window) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "count": window.count,
            "games": window.games,
            "sum": window.sum("points").astype("float64"),
            "sum of floats": window.sum("minutes"),
            "mean": window.mean("points"),
            "mean of floats": window.mean("minutes"),
            "std": window.std("points"),
            "std of floats": window.std("minutes"),
            "ewma": window.ewma("points"),
            "ewma of floats": window.ewma("minutes"),
            "decayed": window.decayed_sum("minutes", 10.0),
            "decayed count": window.decayed_count("minutes", 10.0),
            "ratio": window.ratio("points", "minutes"),
            "newest": window.newest("points").astype("float64"),
            "second": window.newest("minutes", back=1),
            "days": window.days_since.astype("float64"),
        }
    )


def same_bits(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    return [[struct.pack("<d", value) for value in row] for row in left.to_numpy("float64")] == [
        [struct.pack("<d", value) for value in row] for row in right.to_numpy("float64")
    ]


@FEW
@given(SCHEDULE, TARGETS)
def test_windows_equal_a_loop_over_rows(rows: list, targets: list) -> None:
    history, asked = schedule(rows), asked_for(targets)
    for name, window in windows(history, asked).items():
        found = numbers(window)
        for position, (day, player) in enumerate(zip(asked["game_date"], asked["player_id"], strict=True)):
            wanted = brute_window(history, day, player, name)
            points = [row["points"] for row in wanted if not pd.isna(row["points"])]
            minutes = [row["minutes"] for row in wanted if not pd.isna(row["minutes"])]
            weighted = [(0.5 ** (back / 8), row["minutes"]) for back, row in enumerate(reversed(wanted)) if back < 40]
            weighted = [(weight, value) for weight, value in weighted if not pd.isna(value)]
            by_days = [(0.5 ** ((day - row["game_date"]).days / 10), row["minutes"]) for row in wanted]
            by_days = [(weight, value) for weight, value in by_days if not pd.isna(value)]
            average = math.fsum(w * v for w, v in weighted) / (math.fsum(w for w, _ in weighted) or math.nan)
            both = [row for row in wanted if not pd.isna(row["points"]) and not pd.isna(row["minutes"])]
            floats = sum(row["minutes"] for row in reversed(both))
            assert found.loc[position, "count"] == found.loc[position, "games"] == len(wanted)
            expected = {
                "sum": sum(points) if points else math.nan,
                "mean": sum(points) / len(points) if points else math.nan,
                "mean of floats": math.fsum(minutes) / len(minutes) if minutes else math.nan,
                "std": float(np.std(points, ddof=1)) if len(points) > 1 else math.nan,
                "std of floats": float(np.std(minutes, ddof=1)) if len(minutes) > 1 else math.nan,
                "ewma of floats": average if weighted else math.nan,
                "decayed": math.fsum(weight * value for weight, value in by_days) if by_days else math.nan,
                "decayed count": math.fsum(weight for weight, _ in by_days) if by_days else math.nan,
                "ratio": sum(row["points"] for row in both) / floats if floats else math.nan,
                "days": (day - wanted[-1]["game_date"]).days if wanted else math.nan,
            }
            for statistic, value in expected.items():
                assert found.loc[position, statistic] == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), (
                    name,
                    statistic,
                )


@FEW
@given(SCHEDULE, TARGETS)
def test_a_row_has_the_same_bits_alone_and_in_a_range(rows: list, targets: list) -> None:
    history, asked = schedule(rows), asked_for(targets)
    for name, window in windows(history, asked).items():
        together = numbers(window)
        for position in range(len(asked)):
            alone = asked.iloc[[position]]
            day = alone["game_date"].iloc[0]
            read_alone = history[(history["game_date"] < day) & (history["game_date"] >= day - pd.Timedelta(days=400))]
            assert same_bits(numbers(windows(read_alone, alone)[name]), together.iloc[[position]]), name


@FEW
@given(SCHEDULE, TARGETS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list, targets: list, random) -> None:
    history, asked = schedule(rows), asked_for(targets)
    shuffled = history.iloc[random.sample(range(len(history)), len(history))]
    for name, window in windows(history, asked).items():
        assert same_bits(numbers(windows(shuffled, asked)[name]), numbers(window)), name


@FEW
@given(SCHEDULE, TARGETS)
def test_future_rows_do_not_matter(rows: list, targets: list) -> None:
    history = schedule(rows)
    for row in targets:
        asked = asked_for([row])
        day = asked["game_date"].iloc[0]
        is_past = history["game_date"] < day
        poison = history[~is_past].assign(points=10**6, minutes=math.inf, player_id=row[1])
        extra = schedule([(DAYS[-1] + 20, 0, row[1], "BOS", 10**6, math.inf)])
        poisoned = pd.concat([extra, poison, history[is_past]])
        for name, window in windows(history, asked).items():
            assert same_bits(numbers(windows(poisoned, asked)[name]), numbers(window)), name


@FEW
@given(SCHEDULE, TARGETS, st.integers(1, 5))
def test_last_games_of_a_team_counts_distinct_games(rows: list, targets: list, n: int) -> None:
    history = schedule(rows)
    asked = asked_for(targets).assign(team=pd.Series("BOS", index=range(len(targets)), dtype=TEXT))
    window = History(history).by("team").last_games(asked, n)
    for position, day in enumerate(asked["game_date"]):
        of_team = history[(history["team"] == "BOS") & (history["game_date"] < day)]
        recent = of_team[of_team["game_date"] >= day - pd.Timedelta(days=400)]
        games = sorted(set(zip(recent["game_date"], recent["game_id"], strict=True)))[-n:]
        wanted = recent[
            [pair in games for pair in zip(recent["game_date"], recent["game_id"], strict=True)]
            or recent["points"].isna()
        ]
        assert window.games.iloc[position] == len(games)
        assert window.count.iloc[position] == len(wanted)
        assert window.sum("points").fillna(0).iloc[position] == wanted["points"].fillna(0).sum()
    found = window.rows("game_date", "game_id")
    for _, rows_of_target in found.groupby("target"):
        places = list(zip(rows_of_target["game_date"], rows_of_target["game_id"], strict=True))
        assert all(earlier <= later for earlier, later in pairwise(places))


ERRORS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from("ab"), st.floats(-3, 3, width=16)), min_size=1, max_size=80
)


def errors_of(rows: list[tuple[int, str, float]]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["day", "band", "error"]).astype({"band": TEXT})
    return made.assign(game_date=FIRST + pd.to_timedelta(made.pop("day"), unit="D"))


@given(rows=ERRORS, day=st.integers(0, 45), days=st.integers(1, 45))
def test_quantiles_are_those_of_the_sorted_values_to_a_bin(
    rows: list[tuple[int, str, float]], day: int, days: int
) -> None:
    """Counted in bins of a tenth: between the values with the given share of values below and above."""
    history, asked = (
        errors_of(rows),
        pd.DataFrame({"game_date": [FIRST + pd.Timedelta(days=day)] * 2, "band": ["a", "b"]}),
    )
    levels = (0.1, 0.5, 0.9)
    found = History(history).by("band").last_days(asked, days).quantiles("error", levels, -3.0, 3.1, 0.1)
    for place, band in enumerate("ab"):
        age = (asked["game_date"][0] - history["game_date"]).dt.days
        values = history.loc[(history["band"] == band) & (age >= 1) & (age <= days), "error"]
        for level in levels:
            value = found[str(level)][place]
            if values.empty:
                assert pd.isna(value)
                continue
            assert (values < value - 0.1 - 1e-9).mean() <= level + 1e-9
            assert (values <= value + 0.1 + 1e-9).mean() >= level - 1e-9


@given(rows=ERRORS, days=st.lists(st.integers(0, 45), min_size=1, max_size=5))
def test_quantiles_of_a_row_have_the_same_bits_alone_and_in_a_range(
    rows: list[tuple[int, str, float]], days: list[int]
) -> None:
    asked = pd.DataFrame({"game_date": [FIRST + pd.Timedelta(days=day) for day in days], "band": "a"})
    grouped = History(errors_of(rows)).by("band")
    whole = grouped.last_days(asked, 30).quantiles("error", (0.1, 0.5), -3.0, 3.1, 0.1)
    for place in range(len(asked)):
        alone = grouped.last_days(asked.iloc[[place]], 30).quantiles("error", (0.1, 0.5), -3.0, 3.1, 0.1)
        assert alone.equals(whole.iloc[[place]])


def test_quantiles_of_a_window_that_starts_within_a_day() -> None:
    """Bins of a tenth: of the last two games' values, 2 and 3, a quarter of the way up is in the middle of a bin."""
    games = errors_of([(0, "a", 1.0), (0, "a", 2.0), (1, "a", 3.0)]).assign(game_id=["g1", "g2", "g3"])
    asked = pd.DataFrame({"game_date": [FIRST + pd.Timedelta(days=2)], "band": ["a"]})
    window = History(games).by("band").last_games(asked, 2)
    found = window.quantiles("error", (0.25, 0.75), -3.0, 3.1, 0.1)
    assert found.loc[0].tolist() == pytest.approx([2.05, 3.05], abs=1e-9)


SAID = frame(
    [
        ("2023-10-25", "g1", 1, "model", 20.5, 3),
        ("2023-10-25", "g1", 1, "line", 22.5, 4),
        ("2023-10-25", "g1", 2, "line", 9.5, 5),
        ("2023-10-26", "g1", 1, "model", 21.0, 6),
        ("2023-10-26", "g1", 1, "other", 99.0, 7),
    ],
    "game_date game_id player_id system points_said rows",
).astype({"system": TEXT, "rows": "Int64"})


def test_a_pivot_has_a_row_per_day_and_key_and_a_column_per_kind() -> None:
    wide = History(SAID).pivot(["game_id", "player_id"], "system", ["model", "line"], ["points_said", "rows"])
    assert wide.columns[3:] == ["points_said model", "rows model", "points_said line", "rows line"]
    asked = pd.DataFrame({"game_date": [pd.Timestamp("2023-10-27")]})
    rows = wide.by(order=["player_id"]).earlier(asked).rows("game_date", "player_id", *wide.columns[3:])
    expected = pd.DataFrame(
        {
            "target": [0, 0, 0],
            "game_date": pd.to_datetime(["2023-10-25", "2023-10-25", "2023-10-26"]),
            "player_id": pd.array([1, 2, 1], dtype="Int64"),
            "points_said model": [20.5, None, 21.0],
            "rows model": pd.array([3, None, 6], dtype="Int64"),
            "points_said line": [22.5, 9.5, None],
            "rows line": pd.array([4, 5, None], dtype="Int64"),
        }
    )
    pdt.assert_frame_equal(rows, expected)


def test_a_pivot_refuses_a_repeated_kind_and_keeps_the_reach() -> None:
    with pytest.raises(ValueError, match="system 'line' is repeated in a key"):
        History(SAID).pivot(["game_id"], "system", ["line"], ["rows"])
    asked = pd.DataFrame({"game_date": [pd.Timestamp("2023-10-27")]})
    with pytest.raises(ValueError, match="a window of 400 days over a history that is read for 9 days only"):
        History(SAID, 9).pivot(["player_id", "game_id"], "system", ["line"], ["rows"]).by().earlier(asked)


def test_a_pivot_of_no_rows_has_its_columns() -> None:
    wide = History(SAID.iloc[:0]).pivot(["game_id"], "system", ["model"], ["points_said"])
    assert wide.columns == ["game_date", "game_id", "points_said model"]
    assert History(SAID).join(wide, on=["game_id"]).columns[-1] == "points_said model"


def test_an_empty_history_gives_null() -> None:
    found = numbers(windows(GAMES.iloc[:0], target(("2023-11-01", 1)))["earlier"])
    assert found.loc[0, "count"] == 0
    assert found.drop(columns=["count", "games"]).isna().all(axis=None)


def test_an_empty_target_gives_empty_results() -> None:
    window = History(GAMES).by("player_id").last_games(target(), 5)
    pdt.assert_series_equal(
        window.mean("minutes"), pd.Series([], dtype="float64", index=pd.RangeIndex(0)), check_index=False
    )
    assert window.rows("points").empty
