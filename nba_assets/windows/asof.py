"""History as it was known at the time: the only place where windows over earlier games exist.

Every window ends strictly before the day of the row that it serves, because its end is the position of that day in the
sorted history. Every result is bit-identical whether a row is computed alone or in a whole range: integers are summed
exactly by int64 prefix sums, floats are added element by element from the newest row of the window to its oldest, and
only the rows of the window are used.

    rows = history.where(lambda f: f["status"] == "played").by("player_id")
    last = rows.last_games(target, 10)
    target["points_avg_last_10"], target["games"] = last.mean("points"), last.games

What belongs here: the selection of the rows of a window and the statistics computed from them. What does not: which
tables and columns a feature uses. Missing values (NULL) are skipped (`count_of` counts the others); a statistic without
any value is NULL, also a sum: use `fillna(0)` where 0 is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from nba_assets.basketball.calendar import FINAL_HOUR, eastern_moments, season_start_year

REACH_DAYS = 400
"""Default reach of windows in days: more than a season, so that a returning player has a history."""
PRIOR_SEASON_DAYS = 730
"""Days after which the whole season before is in reach on every day of a season."""
EWMA_HALF_LIFE_GAMES = 8
EWMA_GAMES = 40
_EWMA_WEIGHTS = np.array([0.5 ** (back / EWMA_HALF_LIFE_GAMES) for back in range(EWMA_GAMES)])

_Integers = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]
_Flags = npt.NDArray[np.bool_]
_DAY_BITS = 1 << 20
"""Day numbers (since 1970) fit in 20 bits, so a key's code and a day make one sortable integer."""


class History:
    """Rows of earlier days, from which windows are selected. The rows are accessible only through windows.

    Args:
        frame: `game_date`, usually `game_id`, and the columns that the windows use.
        days: number of days of history before each day served; a longer window raises, because a day built alone would
            then see fewer rows than the same day built in a range. None = all history.
    """

    def __init__(self, frame: pd.DataFrame, days: int | None = None) -> None:
        if "game_date" not in frame.columns:
            raise ValueError(f"History: the frame has no game_date, it has {', '.join(map(str, frame.columns))}")
        self._frame = frame
        self._days = days

    def __repr__(self) -> str:
        return f"History({len(self._frame)} rows, {self._days} days: {', '.join(map(str, self._frame.columns))})"

    @property
    def columns(self) -> list[str]:
        return [str(name) for name in self._frame.columns]

    def where(self, keep: Callable[[pd.DataFrame], pd.Series]) -> History:
        """The rows for which `keep` (row by row, never across rows) is true; NULL counts as false."""
        return History(self._frame[keep(self._frame).fillna(False).astype(bool)], self._days)

    def assign(self, **columns: Callable[[pd.DataFrame], Any]) -> History:
        """The rows with additional columns, each computed row by row, never across rows."""
        return History(self._frame.assign(**columns), self._days)

    def assign_many(self, columns: Callable[[pd.DataFrame], pd.DataFrame]) -> History:
        """The rows with the columns of the frame that `columns` computes from them, row by row, never across rows."""
        return History(self._frame.assign(**dict(columns(self._frame).items())), self._days)

    def join(self, other: History, on: Sequence[str], columns: Sequence[str] | None = None) -> History:
        """Each row with the columns of the row of `other` with the same day and key (NULL where there is none).

        Raises:
            pandas.errors.MergeError: a key is duplicated in `other` on a day.
        """
        keys = ["game_date", *(name for name in on if name != "game_date")]
        wanted = [name for name in (columns or other.columns) if name not in keys]
        merged = self._frame.merge(other._frame[[*keys, *wanted]], on=keys, how="left", validate="many_to_one")
        reaches = [days for days in (self._days, other._days) if days is not None]
        return History(merged, min(reaches, default=None))

    def pivot(self, on: Sequence[str], kind: str, kinds: Sequence[str], columns: Sequence[str]) -> History:
        """One row per day and key: a column `<column> <kind>` for each column and kind, NULL without such a row.

        Args:
            on: the key.
            kind: the column that tells the rows of a day and key apart.
            kinds: its values that are wanted.
            columns: of the rows.

        Raises:
            ValueError: a kind is repeated in a key on a day.
        """
        keys = ["game_date", *(name for name in on if name != "game_date")]
        rows = self._frame[self._frame[kind].isin(list(kinds))]
        place = rows.groupby(keys, sort=False, dropna=False, observed=True).ngroup().to_numpy()
        is_first = ~pd.Series(place).duplicated().to_numpy()
        found = rows.loc[is_first, keys].reset_index(drop=True)
        for each in kinds:
            own = np.flatnonzero((rows[kind] == each).to_numpy(dtype=bool))
            row_of_key = np.full(len(found), -1, dtype=np.int64)
            row_of_key[place[own]] = own
            if len(own) != int((row_of_key >= 0).sum()):
                raise ValueError(f"{kind} {each!r} is repeated in a key ({', '.join(keys)})")
            for name in columns:
                values = rows[name].reset_index(drop=True).array.take(row_of_key, allow_fill=True)
                found[f"{name} {each}"] = values
        return History(found, self._days)

    def distinct(self, *columns: str) -> pd.DataFrame:
        """The distinct values of the columns, sorted, without NULLs: the keys with history, to build a target from.

        Only a window decides what a day may see; a target row without earlier rows has count 0.
        """
        found = self._frame[list(columns)].dropna().drop_duplicates()
        return found.sort_values(list(columns), ignore_index=True)

    def rows_before(self, cutoff: pd.Timestamp, serves: pd.Series, days: int) -> pd.DataFrame:
        """The rows of the `days` days before the cutoff, to fit a model that is used on the days `serves`.

        Raises:
            ValueError: a day that the model serves is before its cutoff, or so long after it that the history read for
                that day alone does not include the first of these rows.
        """
        if bool((serves < cutoff).any()):
            raise ValueError(
                f"a model that has seen the days before {cutoff:%Y-%m-%d} cannot serve {serves.min():%Y-%m-%d}"
            )
        first = cutoff - pd.Timedelta(days=days)
        if self._days is not None and bool((serves - pd.Timedelta(days=self._days) > first).any()):
            raise ValueError(f"rows from {first:%Y-%m-%d} on, over a history that is read for {self._days} days only")
        return self._frame[(self._frame["game_date"] >= first) & (self._frame["game_date"] < cutoff)]

    def by(self, *keys: str, order: Sequence[str] = ()) -> Grouped:
        """The rows grouped by key, sorted by game_date, game_id, `order`, then in their original order.

        Without a key all rows are one group. Rows with a NULL key are in no group.
        """
        return Grouped(self._frame, keys, order, self._days)


class Grouped:
    """Sorted history by key; its methods select the window of each target row.

    A target is a frame with the key columns and `game_date`; results of a window are aligned with the target's index.
    """

    def __init__(self, frame: pd.DataFrame, keys: Sequence[str], order: Sequence[str], days: int | None) -> None:
        self._keys = list(keys)
        self._days = days
        self._lookups: list[pd.Index] = []
        codes = np.zeros(len(frame), dtype=np.int64)
        for key in self._keys:
            found, unique = pd.factorize(_plain(frame[key]))
            self._lookups.append(pd.Index(unique))
            codes = np.where((codes < 0) | (found < 0), -1, codes * max(len(unique), 1) + found)
        self._groups = np.unique(codes[codes >= 0])
        places = np.searchsorted(self._groups, codes) * _DAY_BITS + _day_numbers(frame["game_date"], "history")
        within = [name for name in ("game_id", *order) if name in frame.columns]
        ranks = [pd.factorize(_plain(frame[name]), sort=True)[0] for name in within]
        rows = np.lexsort([*reversed(ranks), places])
        rows = rows[codes[rows] >= 0]
        self._frame = frame
        self._rows: _Integers = rows.astype(np.int64)
        self._places = places[rows]
        is_new_game = np.ones(len(rows), dtype=bool)
        if "game_id" in within and len(rows):
            games = ranks[0][rows]
            is_new_game[1:] = (np.diff(self._places) != 0) | (np.diff(games) != 0)
        self._game_of_row: _Integers = np.cumsum(is_new_game, dtype=np.int64) - 1
        self._first_row_of_game: _Integers = np.flatnonzero(is_new_game).astype(np.int64)
        self._columns: dict[str, _Values] = {}

    def last_games(self, target: pd.DataFrame, n: int, days: int = REACH_DAYS) -> Window:
        """The last `n` distinct games before the target's day, not older than `days` days (all rows of each game)."""
        window = self.earlier(target, days)
        has_rows = window.end > window.start
        newest = self._game_of_row[window.end[has_rows] - 1]
        start = window.start.copy()
        oldest = self._first_row_of_game[np.maximum(newest - n + 1, 0)]
        start[has_rows] = np.maximum(start[has_rows], oldest)
        return Window(self, target, start, window.end)

    def last_days(self, target: pd.DataFrame, n: int) -> Window:
        """The `n` calendar days before the target's day: D-n to D-1."""
        return self.earlier(target, n)

    def season_to_date(self, target: pd.DataFrame) -> Window:
        """The days of the target's season (from 1 July on) before its day."""
        return self._window(target, _first_of_july(target), reach=365)

    def prior_season(self, target: pd.DataFrame, days: int = PRIOR_SEASON_DAYS) -> Window:
        """The days of the season before the target's, at most `days` days before the target's day."""
        day = _day_numbers(target["game_date"], "target")
        first = np.maximum(_first_of_july(target, years_back=1), day - days)
        return self._window(target, first, reach=days, before=_first_of_july(target))

    def since(self, target: pd.DataFrame, first_day: pd.Series, days: int = REACH_DAYS) -> Window:
        """The rows from each target row's own first day on, at most `days` days back; NULL = from there on."""
        day = _day_numbers(target["game_date"], "target")
        own = first_day.fillna(pd.Timestamp(0)).to_numpy(dtype="datetime64[D]").astype(np.int64)
        return self._window(target, np.maximum(day - days, own), reach=days)

    def earlier(self, target: pd.DataFrame, days: int = REACH_DAYS) -> Window:
        """Every row of the `days` days before the target's day."""
        return self._window(target, _day_numbers(target["game_date"], "target") - days, reach=days)

    def _window(
        self, target: pd.DataFrame, first_day: _Integers, reach: int, before: _Integers | None = None
    ) -> Window:
        """Rows from first_day on, before the target's day or, where that is given, before an earlier day."""
        if self._days is not None and reach > self._days:
            raise ValueError(f"a window of {reach} days over a history that is read for {self._days} days only")
        codes = np.zeros(len(target), dtype=np.int64)
        for key, lookup in zip(self._keys, self._lookups, strict=True):
            found = lookup.get_indexer(pd.Index(_plain(target[key])))
            codes = np.where((codes < 0) | (found < 0), -1, codes * max(len(lookup), 1) + found)
        group = np.searchsorted(self._groups, codes)
        is_known = (codes >= 0) & (group < len(self._groups))
        is_known[is_known] = self._groups[group[is_known]] == codes[is_known]
        day = _day_numbers(target["game_date"], "target")
        stop = day if before is None else np.minimum(before, day)
        start = np.searchsorted(self._places, group * _DAY_BITS + np.maximum(first_day, 0), side="left")
        end = np.searchsorted(self._places, group * _DAY_BITS + stop, side="left")
        end = np.where(is_known, end, 0).astype(np.int64)
        return Window(self, target, np.minimum(np.where(is_known, start, 0), end).astype(np.int64), end)

    def _column(self, name: str) -> _Values:
        if name not in self._columns:
            if name not in self._frame.columns:
                raise KeyError(f"the history has no column {name!r}; it has {', '.join(map(str, self._frame.columns))}")
            self._columns[name] = _Values(name, self._frame[name].iloc[self._rows])
        return self._columns[name]


class Window:
    """The rows from `start` to `end` (exclusive) of the sorted history, one pair of positions per target row.

    Every result is a Series with the index of the target; it is NULL where the window has no value.
    """

    def __init__(self, grouped: Grouped, target: pd.DataFrame, start: _Integers, end: _Integers) -> None:
        self._grouped = grouped
        self._target = target
        self.start = start
        self.end = end

    @property
    def count(self) -> pd.Series:
        """Rows (int64)."""
        return self._series(self.end - self.start)

    @property
    def games(self) -> pd.Series:
        """Number of distinct games (int64); number of rows where the history has no game_id."""
        games = np.zeros(len(self.start), dtype=np.int64)
        some = self.end > self.start
        of_row = self._grouped._game_of_row
        games[some] = of_row[self.end[some] - 1] - of_row[self.start[some]] + 1
        return self._series(games)

    def count_of(self, column: str) -> pd.Series:
        """Rows with a value in the column (int64)."""
        return self._series(self._between(self._grouped._column(column).counts))

    def sum(self, column: str) -> pd.Series:
        """Sum: Int64 and exact for integers and booleans, float64 otherwise."""
        values = self._grouped._column(column)
        counts = self._between(values.counts)
        if values.is_integer:
            return pd.Series(pd.arrays.IntegerArray(self._between(values.sums), counts == 0), self._target.index)
        return self._series(np.where(counts > 0, self._added(lambda row, _: values.floats[row]), np.nan))

    def mean(self, column: str) -> pd.Series:
        """Mean of the values (float64): for integers the exact sum over the count."""
        values = self._grouped._column(column)
        return self._series(_divided(self._sums(values), self._between(values.counts)))

    def ratio(self, numerator: str, denominator: str) -> pd.Series:
        """Pooled ratio (float64): sum divided by sum, of the rows that have both values; NULL for divisor 0."""
        top, bottom = self._grouped._column(numerator), self._grouped._column(denominator)
        has_both = top.is_known & bottom.is_known
        return self._series(_divided(self._sums(top.only(has_both)), self._sums(bottom.only(has_both))))

    def std(self, column: str) -> pd.Series:
        """Sample standard deviation (ddof = 1, two passes, float64); NULL with fewer than two values."""
        values = self._grouped._column(column)
        counts = self._between(values.counts)
        means = _divided(self._sums(values), counts)
        squares = self._added(
            lambda row, target: np.where(values.is_known[row], (values.floats[row] - means[target]) ** 2, 0.0)
        )
        return self._series(np.sqrt(_divided(np.where(counts > 1, squares, np.nan), counts - 1)))

    def ewma(self, column: str) -> pd.Series:
        """Exponentially weighted mean (float64), half-life 8 games, over at most the 40 newest games of the window.

        The weight is 0.5 ** (games back / 8), whether or not the games between have a value.
        """
        values, games = self._grouped._column(column), self._grouped._game_of_row

        def weights(row: _Integers, target: _Integers) -> _Floats:
            back = games[self.end[target] - 1] - games[row]
            return np.where(
                (back < EWMA_GAMES) & values.is_known[row], _EWMA_WEIGHTS[np.minimum(back, EWMA_GAMES - 1)], 0.0
            )

        weighted = self._added(lambda row, target: weights(row, target) * values.floats[row])
        return self._series(_divided(weighted, self._added(weights)))

    def decayed_sum(self, column: str, half_life: float) -> pd.Series:
        """Sum of the values (float64), each weighted by 0.5 ** (days before the target's day / half_life)."""
        values = self._grouped._column(column)
        return self._decayed(half_life, values, lambda row: values.floats[row])

    def decayed_count(self, column: str, half_life: float) -> pd.Series:
        """Sum of the weights of `decayed_sum` over the rows that have a value."""
        values = self._grouped._column(column)
        return self._decayed(half_life, values, lambda row: values.is_known[row].astype(np.float64))

    def quantiles(self, column: str, levels: Sequence[float], low: float, high: float, width: float) -> pd.DataFrame:
        """Quantiles of a column, from exact counts of values in bins.

        Args:
            column: a numeric column; values beyond `low` or `high` count in the outermost bin.
            levels: probabilities, 0 to 1.
            low, high, width: the bins; within a bin values are assumed to be evenly distributed.

        Returns:
            One column per level (float64), NULL where the window has no value.
        """
        values = self._grouped._column(column)
        bins = round((high - low) / width)
        place = np.clip(np.floor((values.floats - low) / width), 0, bins - 1).astype(np.int64)[values.is_known]
        pairs, serves = np.unique(np.column_stack([self.start, self.end]), axis=0, return_inverse=True)
        edges = np.unique(pairs)
        # Values are counted between neighbouring edges of the windows, so a window is a difference of two totals.
        part = np.searchsorted(edges, np.flatnonzero(values.is_known), side="right")
        counts = np.bincount(part * bins + place, minlength=(len(edges) + 1) * bins).reshape(-1, bins)
        totals = np.cumsum(counts, axis=0, dtype=np.int32)
        first, last = (np.searchsorted(edges, pairs[:, side]) for side in (0, 1))
        below = np.cumsum(totals[last] - totals[first], axis=1, dtype=np.int64)
        found = {str(level): _quantile(below, level, low, width)[serves.ravel()] for level in levels}
        return pd.DataFrame(found, index=self._target.index)

    def newest(self, column: str, back: int = 0) -> pd.Series:
        """The column's value in the newest row, or `back` rows before it, in the column's (nullable) type."""
        return self._taken(column, self.end - 1 - back)

    def oldest(self, column: str) -> pd.Series:
        """The column's value in the oldest row of the window, in the column's (nullable) type."""
        return self._taken(column, self.start)

    @property
    def first_day(self) -> pd.Series:
        """Day of the oldest row."""
        return self.oldest("game_date")

    @property
    def last_day(self) -> pd.Series:
        """Day of the newest row."""
        return self.newest("game_date")

    @property
    def days_since(self) -> pd.Series:
        """Days from the newest row to the target's day (Int64, 1 = yesterday)."""
        return (self._target["game_date"] - self.last_day).dt.days.astype("Int64")

    def streak(self, column: str) -> pd.Series:
        """Number of newest consecutive rows with the newest row's value (Int64); NULL when that value is NULL."""
        codes = pd.factorize(_plain(self._grouped._column(column).ordered))[0]
        starts_run = np.ones(len(codes), dtype=bool)
        starts_run[1:] = np.diff(codes) != 0
        run_start = np.maximum.accumulate(np.where(starts_run, np.arange(len(codes)), 0)).astype(np.int64)
        some = self.end > self.start
        length = np.zeros(len(self.end), dtype=np.int64)
        last = self.end[some] - 1
        length[some] = np.where(codes[last] < 0, 0, self.end[some] - np.maximum(run_start[last], self.start[some]))
        return pd.Series(pd.arrays.IntegerArray(length, length == 0), self._target.index)

    def rows(self, *columns: str) -> pd.DataFrame:
        """The rows themselves: `target` (position of the target row, int64) and the columns, oldest first."""
        lengths = self.end - self.start
        target = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
        before = np.repeat(np.cumsum(lengths) - lengths, lengths)
        row = self.start[target] + np.arange(len(target), dtype=np.int64) - before
        found = self._grouped._frame[list(columns)].iloc[self._grouped._rows[row]].reset_index(drop=True)
        found.insert(0, "target", target)
        return found

    def _series(self, values: npt.NDArray[Any]) -> pd.Series:
        return pd.Series(values, index=self._target.index)

    def _between(self, running: _Integers) -> _Integers:
        return running[self.end] - running[self.start]

    def _decayed(self, half_life: float, values: _Values, term: Callable[[_Integers], _Floats]) -> pd.Series:
        """Sum of term(row), weighted by age; NULL without a value.

        Ages are first counted from the newest row of the window: a window of the same rows is added once, whatever day
        it serves.
        """
        day_of_row = self._grouped._places % _DAY_BITS
        some = np.flatnonzero(self.end > self.start)
        day = _day_numbers(self._target["game_date"], "target")[some]
        newest = np.zeros(len(self.end), dtype=np.int64)
        newest[some] = day_of_row[self.end[some] - 1]
        since = np.zeros(len(self.end), dtype=np.int64)
        since[some] = day - newest[some]
        longest = int((day - day_of_row[self.start[some]]).max(initial=0))
        weights = np.array([0.5 ** (days / half_life) for days in range(longest + 1)])

        def weighted(row: _Integers, target: _Integers) -> _Floats:
            return weights[newest[target] - day_of_row[row]] * term(row)

        is_some = self._between(values.counts) > 0
        return self._series(np.where(is_some, weights[since] * self._added(weighted), np.nan))

    def _sums(self, values: _Values) -> _Floats:
        if values.is_integer:
            return self._between(values.sums).astype(np.float64)
        return self._added(lambda row, _: values.floats[row])

    def _taken(self, column: str, row: _Integers) -> pd.Series:
        values = self._grouped._column(column).ordered.array
        if isinstance(values, pd.arrays.NumpyExtensionArray) and types.is_bool_dtype(values.dtype):
            values = values.astype("boolean")
        elif isinstance(values, pd.arrays.NumpyExtensionArray) and types.is_integer_dtype(values.dtype):
            values = values.astype("Int64")
        inside = (row >= self.start) & (row < self.end)
        return pd.Series(values.take(np.where(inside, row, -1), allow_fill=True), index=self._target.index)

    @cached_property
    def _steps(self) -> tuple[_Integers, _Integers, list[int]]:
        """One target row per distinct window, longest window first; the position of each target row's window among
        them; and the number of windows with more than k rows, by k."""
        pairs = self.start * (len(self._grouped._places) + 1) + self.end
        _, first, inverse = np.unique(pairs, return_index=True, return_inverse=True)
        lengths = (self.end - self.start)[first]
        longest = np.argsort(-lengths, kind="stable")
        rank = np.empty(len(longest), dtype=np.int64)
        rank[longest] = np.arange(len(longest))
        most = int(lengths.max(initial=0))
        longer = len(lengths) - np.searchsorted(np.sort(lengths), np.arange(most), side="right")
        return first[longest].astype(np.int64), rank[inverse].astype(np.int64), [int(number) for number in longer]

    def _added(self, term: Callable[[_Integers, _Integers], _Floats]) -> _Floats:
        """Sum of term(row, target) over each window, added from its newest row to its oldest.

        Added element by element in a loop over the length of the longest window: the order in which the terms of a
        window are added never depends on the other windows.
        """
        target, serves, longer = self._steps
        total = np.zeros(len(target))
        for back, number in enumerate(longer):
            asked = target[:number]
            total[:number] += term(self.end[asked] - 1 - back, asked)
        return total[serves]


class _Values:
    """A column of the sorted history prepared for sums: where it is known, NULLs as 0, running totals."""

    def __init__(self, name: str, column: pd.Series) -> None:
        self._name = name
        self.ordered = column
        self.is_known: _Flags = column.notna().to_numpy(dtype=bool)
        self.is_integer: bool = types.is_integer_dtype(column.dtype) or types.is_bool_dtype(column.dtype)

    @cached_property
    def counts(self) -> _Integers:
        return _running(self.is_known.astype(np.int64))

    @cached_property
    def integers(self) -> _Integers:
        if types.is_extension_array_dtype(self.ordered.dtype):
            return self.ordered.array.to_numpy(dtype="int64", na_value=0)
        return self.ordered.to_numpy(dtype="int64")

    @cached_property
    def sums(self) -> _Integers:
        return _running(self.integers)

    @cached_property
    def floats(self) -> _Floats:
        if self.is_integer:
            return self.integers.astype(np.float64)
        if not types.is_float_dtype(self.ordered.dtype):
            raise TypeError(f"column {self._name!r} of the history is {self.ordered.dtype}, not a number")
        return np.where(self.is_known, self.ordered.to_numpy(dtype="float64", na_value=np.nan), 0.0)

    def only(self, keep: _Flags) -> _Values:
        """The same column, with rows outside `keep` treated as NULL."""
        if bool((keep == self.is_known).all()):
            return self
        kept = _Values(self._name, self.ordered)
        kept.is_known = keep
        if self.is_integer:
            kept.integers = np.where(keep, self.integers, 0)
        kept.floats = np.where(keep, self.floats, 0.0)
        return kept


def cutoff_of(game_date: pd.Series, tipoff_at: pd.Series) -> pd.Series:
    """Latest moment a pregame row may use: its tip-off, or 05:00 US Eastern of the day where it is unknown."""
    morning = game_date + pd.Timedelta(hours=FINAL_HOUR.hour)
    return tipoff_at.fillna(eastern_moments(morning))


def known_before(frame: pd.DataFrame, cutoff: pd.Series) -> pd.DataFrame:
    """The dated rows (quotes) that were known before the cutoff of their game.

    Args:
        frame: rows with `known_at`.
        cutoff: one moment per row, aligned by index; see `cutoff_of`.

    Raises:
        ValueError: a row has no cutoff, or a row has no `known_at`.
    """
    limits = cutoff.reindex(frame.index)
    for name, moments in (("cutoff", limits), ("known_at", frame["known_at"])):
        if bool(moments.isna().any()):
            raise ValueError(f"known_before: {int(moments.isna().sum())} of {len(frame)} rows have no {name}")
    return frame[frame["known_at"] < limits]


def _plain(values: pd.Series) -> npt.NDArray[Any]:
    """Values in one comparable form for texts (object), integers (int64; object with NULLs) and days."""
    if types.is_integer_dtype(values.dtype) and not values.hasnans:
        return values.to_numpy(dtype="int64")
    if types.is_datetime64_any_dtype(values.dtype) or types.is_float_dtype(values.dtype):
        return values.to_numpy()
    return values.to_numpy(dtype=object, na_value=None)


def _day_numbers(days: pd.Series, whose: str) -> _Integers:
    """Days since 1970-01-01 of a column of midnights."""
    if bool(days.isna().any()):
        raise ValueError(f"{int(days.isna().sum())} rows of the {whose} have no game_date")
    return days.to_numpy(dtype="datetime64[D]").astype(np.int64)


def _first_of_july(target: pd.DataFrame, years_back: int = 0) -> _Integers:
    """Day number of the 1 July on which the season of each target row began, or one `years_back` years before."""
    years = season_start_year(target["game_date"]).to_numpy() - years_back
    return ((years - 1970) * 12 + 6).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _quantile(below: _Integers, level: float, low: float, width: float) -> _Floats:
    """Value below which the share `level` of the values is, from running counts (rows x bins); NaN without values."""
    total = below[:, -1]
    wanted = level * total
    place = np.minimum((below < wanted[:, None]).sum(axis=1), below.shape[1] - 1)
    rows = np.arange(len(below))
    before = np.where(place > 0, below[rows, place - 1], 0)
    share = _divided(wanted - before, below[rows, place] - before)
    return np.where(total > 0, low + width * (place + np.nan_to_num(share)), np.nan)


def _running(values: _Integers) -> _Integers:
    """Totals before each position, and after the last."""
    totals = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=totals[1:])
    return totals


def _divided(top: npt.NDArray[Any], bottom: npt.NDArray[Any]) -> _Floats:
    """Quotient, NaN over 0."""
    return np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom != 0)
