"""Plots on the asset pages of the grading tables: each a pure function from rows to a PNG.

Each plot compares the systems with the naive baseline and the market on the same rows. The figures are drawn without
pyplot, which keeps state between runs; equal rows give equal bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from nba_assets.basketball.calendar import Season
from nba_assets.contracts.columns.predictions import SCORING_TIERS
from nba_assets.contracts.daily_table import Reader
from nba_assets.contracts.systems import OF_LINES, REFERENCES, SYSTEMS
from nba_assets.windows.asof import History

if TYPE_CHECKING:  # the import takes a quarter of a second, and loading the tables does not need it
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = tuple(name for name in SYSTEMS if name not in REFERENCES)
COLOURS = {system: f"C{place}" for place, system in enumerate(SHOWN)}
NAIVE, MARKET = "#555555", "#000000"
POOLED_DAYS = 14
LEAST_GRADED, LEAST_CALLED = 300, 20
"""Minimum of rows per point of an error curve, and of the calibration curve."""
INCHES, DOTS = (7.5, 3.4), 80
MARGINS = {"left": 0.075, "right": 0.97, "top": 0.86, "bottom": 0.17, "wspace": 0.18}
"""Shares of the figure; the bottom has room for slanted days or a label below the ticks, the top for two titles, the
right for half of the last day."""


def daily_performance(read: Reader, day: date) -> Mapping[str, bytes]:
    """Plots of system_daily_performance: the season's errors up to the day."""
    names = ("game_date", "system_id", "graded", "mae", "naive_mae", "lined", "lined_mae", "line_mae")
    rows = read("system_daily_performance", Season.of_day(day).first_day, day, names)
    title = f"MAE over {POOLED_DAYS} days"
    return {title: png(errors_over_time(pooled(rows), title))}


def performance_summary(read: Reader, day: date) -> Mapping[str, bytes]:
    """Plots of prediction_performance_summary: the season as of the day."""
    key = ("game_date", "system_id", "time_window", "dimension", "value")
    names = ("graded", "mae", "naive_mae", "lined", "lined_mae", "line_mae", "mean_prob_over", "observed_over")
    season = read("prediction_performance_summary", Season.of_day(day).first_day, day, (*key, *names))
    overall = season[(season["dimension"] == "overall") & (season["time_window"] == "30_days")]
    today = season[(season["game_date"] == pd.Timestamp(day)) & (season["time_window"] == "season")]
    return {
        "MAE over 30 days": png(errors_over_time(overall, "MAE over 30 days")),
        "Calibration of prob_over, season": png(calibration(today[today["dimension"] == "prob_over"])),
        "MAE by scoring tier, season": png(errors_by_tier(today[today["dimension"] == "tier"])),
    }


def pooled(rows: pd.DataFrame) -> pd.DataFrame:
    """Errors of each system, pooled over POOLED_DAYS days up to and including each day of system_daily_performance."""
    pairs = {"mae": "graded", "naive_mae": "graded", "lined_mae": "lined", "line_mae": "lined"}
    totals = {name: (rows[name] * rows[count]).astype("float64") for name, count in pairs.items()}
    history = History(rows.assign(**totals)).by("system_id")
    # A window ends before its target day, so the target is the day after.
    window = history.last_days(rows.assign(game_date=rows["game_date"] + pd.Timedelta(days=1)), POOLED_DAYS)
    found = rows[["game_date", "system_id"]].assign(graded=window.sum("graded"), lined=window.sum("lined"))
    for name, count in pairs.items():
        found[name] = window.sum(name) / found[count].astype("float64").where(found[count] > 0)
    return found


def errors_over_time(rows: pd.DataFrame, title: str) -> Figure:
    """MAE by system and day: on the left over all players with the naive MAE, on the right over lined rows with the
    line's.

    Args:
        rows: game_date, system_id, graded, mae, naive_mae, lined, lined_mae, line_mae.
        title: title of the figure.
    """
    figure, (everyone, lined) = _figure(2)
    figure.suptitle(title, fontsize=10)
    on_all = tuple(name for name in SHOWN if name not in OF_LINES)
    for axes, count, error, reference, name, colour, systems in (
        (everyone, "graded", "mae", "naive_mae", "naive last 10", NAIVE, on_all),
        (lined, "lined", "lined_mae", "line_mae", "market line", MARKET, SHOWN),
    ):
        enough = rows[rows[count] >= LEAST_GRADED]
        for system in systems:
            _line(axes, enough[enough["system_id"] == system], error, system, COLOURS[system])
        # These columns are the same for every system; only moving_average exists from the first day on.
        _line(axes, enough[enough["system_id"] == "moving_average"], reference, name, colour, style="--")
        axes.set_ylabel("points")
        axes.tick_params(axis="x", labelrotation=30, labelsize=7)
    _title(everyone, "all who played")
    _title(lined, "with a line")
    _legend(everyone)
    _legend(lined)
    return figure


def calibration(rows: pd.DataFrame) -> Figure:
    """Observed share of overs against mean prob_over, per tenth of prob_over; larger points have more rows.

    Args:
        rows: system_id, mean_prob_over, observed_over, lined: one row per system and tenth.
    """
    figure, (axes,) = _figure(1)
    axes.plot([0, 1], [0, 1], color="#cccccc", label="as said")
    enough = rows[rows["lined"] >= LEAST_CALLED].sort_values("mean_prob_over")
    for system in ("ensemble", "market_informed"):
        own = enough[enough["system_id"] == system]
        if len(own):
            said, seen = own["mean_prob_over"].to_numpy(), own["observed_over"].to_numpy()
            axes.plot(said, seen, color=COLOURS[system], label=system, linewidth=1)
            sizes = 10 + own["lined"].to_numpy(dtype="float64") ** 0.5 * 2
            axes.scatter(said, seen, s=sizes, color=COLOURS[system])
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("probability of over, as predicted")
    axes.set_ylabel("share that went over")
    _title(axes, "lined rows, pushes left out")
    _legend(axes)
    return figure


def errors_by_tier(rows: pd.DataFrame) -> Figure:
    """MAE by scoring tier: of ensemble and naive prediction, and on lined rows of ensemble and line.

    Args:
        rows: system_id, value (the tier), mae, naive_mae, lined_mae, line_mae: one row per system and tier.
    """
    figure, panels = _figure(2)
    own = rows[rows["system_id"] == "ensemble"].set_index("value")
    for axes, pairs, title in (
        (panels[0], (("mae", "ensemble", COLOURS["ensemble"]), ("naive_mae", "naive last 10", NAIVE)), "all"),
        (panels[1], (("lined_mae", "ensemble", COLOURS["ensemble"]), ("line_mae", "market line", MARKET)), "lined"),
    ):
        for place, (column, name, colour) in enumerate(pairs):
            heights = own[column].reindex(list(SCORING_TIERS)).fillna(0.0).to_numpy()
            axes.bar(
                [tier + 0.4 * place - 0.2 for tier in range(len(heights))], heights, 0.38, color=colour, label=name
            )
        axes.set_xticks(range(len(SCORING_TIERS)), SCORING_TIERS)
        axes.set_ylabel("MAE, points")
        _title(axes, "all who played" if title == "all" else "with a line")
        _legend(axes)
    return figure


def png(figure: Figure) -> bytes:
    """The figure as a PNG in 256 colours, a third of the size in full colour, because it is stored in the event log."""
    from PIL import Image

    drawn, written = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="rgba")
    picture = Image.frombytes("RGBA", (round(INCHES[0] * DOTS), round(INCHES[1] * DOTS)), drawn.getvalue())
    picture.convert("RGB").quantize(256).save(written, format="PNG", optimize=True)
    return written.getvalue()


def _figure(panels: int) -> tuple[Figure, Sequence[Axes]]:
    from matplotlib.figure import Figure

    # Fixed margins: a computed layout measures every text once more, which takes as long as drawing.
    figure = Figure(figsize=INCHES, dpi=DOTS)
    figure.subplots_adjust(**MARGINS)
    axes = [figure.add_subplot(1, panels, place + 1) for place in range(panels)]
    for each in axes:
        each.grid(True, color="#eeeeee")
        each.set_axisbelow(True)
        each.tick_params(labelsize=8)
    return figure, axes


def _line(axes: Axes, rows: pd.DataFrame, column: str, label: str, colour: str, style: str = "-") -> None:
    rows = rows.dropna(subset=column).sort_values("game_date")
    if len(rows):
        axes.plot(
            rows["game_date"].to_numpy(), rows[column].to_numpy(), style, color=colour, label=label, linewidth=1.2
        )


def _title(axes: Axes, text: str) -> None:
    # At a fixed height: to find one above everything drawn, the library measures all ticks and labels once more.
    axes.set_title(text, fontsize=9, y=1.0)


def _legend(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=6, frameon=False, ncols=2)
    else:
        axes.text(0.5, 0.5, "no rows", ha="center", transform=axes.transAxes)
