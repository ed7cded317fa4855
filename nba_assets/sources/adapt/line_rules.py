"""Which quoted game lines are unusable, and which team is favoured where the sources disagree.

What belongs here: rules on the numbers of lines, in the shape of `line_families` with game_id and game_date. Every
function returns the lines it keeps and the records of those it rejected or changed.

Live quotes. A quote with a time is compared with the tip-off. The publishers of the others call them closing lines, but
some were taken during the game and therefore contain part of its result. Three signs identify them, each verified with
the closing spreads of another publisher:
- The odds provider gives the actual start (23:10:47) once a game has begun; before, the planned one, a multiple of five
  minutes.
- Live markets have a wider margin: .055-.100, compared with .023-.050 in every two-way pregame market of the archive,
  with almost nothing in between.
- A price below 1.011 (-9000) is of a game that is almost over.

Signs. Two sources cannot both be right if they give the same spread to opposite sides. In a game where the sources name
different favourites, a row follows the favourite of its own moneylines, else of the moneylines of the first source (in
order of line_families.PRIORITY) that has them. A row that names the other favourite gets the opposite sign if its size
is within SAME_SIZE of the spread given with those moneylines (then only the sign is wrong); else its spread is NULL.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from nba_assets.basketball.odds import implied_probability
from nba_assets.sources.adapt.line_families import PRICES, PRIORITY, TEXT
from nba_assets.sources.adapt.player_games import all_records
from nba_assets.sources.quarantine import RECORD_COLUMNS, no_records

MARKETS = (
    ("moneyline_home", "moneyline_away"),
    ("spread_price_home", "spread_price_away"),
    ("total_over_price", "total_under_price"),
)
MARGIN_BEFORE_A_GAME = (0.0, 0.052)
NO_MARGIN_ABOVE = 0.12
"""A margin beyond it is no market at all: a mean over books of which some had the sides the other way round."""
SINGLE_PRICE = (1.25, 3.0)
"""Of a spread or a total without the price of the other side: the archive has 1.40 to 1.97, for both sides of a spread
and of a total are near even money."""
MOST_LOGITS_FROM_SPREAD = 1.5
"""Log odds by which a moneyline without its other side may lie from those that the row's spread implies."""
LONGEST_PRICE = 65.0
"""Of such a moneyline in a row without a spread; the longest of the archive."""
SHORTEST_PRICE = 1.011
TOTAL_BOUNDS = (150.0, 290.0)
SPREAD_BOUND = 35.0
POINTS_A_LOGIT = 6.8
"""Spread for one unit of log odds between the two moneylines; the archive's lines lie within a point of it up to 18."""
FURTHEST_FROM_MONEYLINE = 6.0
SAME_SIZE = 1.5

TOO_LATE = "seen after tip-off, or from noon of the game day on where the tip-off is unknown"

Checked = tuple[pd.DataFrame, pd.DataFrame]


def without_repeats(lines: pd.DataFrame) -> Checked:
    """One line per source, game, bookmaker and snapshot: of two events the one with the later commence time, the other
    is a placeholder."""
    key, values = ["source", "game_id", "bookmaker", "snapshot_at"], ["spread_home", "total", *PRICES]
    order = [*key, "commence_at", *values, "_row"]
    ordered = lines.sort_values(order, ascending=[*[True] * len(key), False, *[True] * (len(values) + 1)])
    is_again = ordered.duplicated(key).sort_index()
    return lines[~is_again], line_records(lines[is_again], "set_aside", "the source has a later event for the game")


def without_live(lines: pd.DataFrame, latest: pd.Series) -> Checked:
    """Lines without any sign of a live quote.

    Args:
        lines: matched lines.
        latest: by line, the moment before which a quote with a time must have been seen.
    """
    start, is_timed = lines["commence_at"], lines["snapshot_at"].notna()
    is_late = is_timed & (lines["snapshot_at"] >= latest)
    is_true_start = start.notna() & ((start.dt.second != 0) | (start.dt.minute % 5 != 0))
    low = MARGIN_BEFORE_A_GAME[1]
    is_wide = pd.Series(False, index=lines.index)
    for one, other in MARKETS:
        margin = market_margin(lines, one, other)
        is_wide |= (margin > low) & (margin <= NO_MARGIN_ABOVE)
    is_over = (lines[["moneyline_home", "moneyline_away"]].min(axis=1) < SHORTEST_PRICE) & ~_is_no_market(
        lines, "moneyline_home", "moneyline_away"
    )
    is_true_start, is_wide, is_over = is_true_start & ~is_late, is_wide & ~is_timed, is_over & ~is_timed
    marks = {
        TOO_LATE: is_late,
        "live quote: the provider prints the true start": is_true_start,
        "live quote: margin of a game under way": is_wide & ~is_true_start,
        "live quote: price of a game that is all but over": is_over & ~is_true_start & ~is_wide,
    }
    live = is_late | is_true_start | is_wide | is_over
    return lines[~live], all_records(*(line_records(lines[mask], "set_aside", why) for why, mask in marks.items()))


def without_impossible(lines: pd.DataFrame) -> Checked:
    """Sets impossible values to NULL: no price, no market, out of bounds, a spread that contradicts its moneylines."""
    lines, records = lines.copy(), []

    def null(column: str, mask: pd.Series, reason: str, value: pd.Series) -> None:
        if not bool(mask.any()):  # as for nearly every rule
            return
        altered = lines[mask].assign(column_name=column, value=value[mask].astype(TEXT))
        records.append(line_records(altered, "nulled", reason))
        lines[column] = lines[column].mask(mask)

    for name in PRICES:
        printed = lines[f"{name}_printed"]
        null(name, printed.notna() & lines[name].isna(), "no American price", printed)
    for one, other in (MARKETS[0], MARKETS[2]):  # a source may print the spread's price of one side only
        lone = lines[lines[f"{one}_printed"].isna() ^ lines[f"{other}_printed"].isna()]
        records.append(line_records(lone.assign(column_name=f"{one}, {other}"), "nulled", "one side has no price"))
    for one, other in MARKETS:
        mask = _is_no_market(lines, one, other)
        for name in (one, other):
            null(name, mask, "the two prices are no market", lines[f"{name}_printed"])
    for one, other in MARKETS:
        for name, missing in ((one, other), (other, one)):
            mask = lines[name].notna() & lines[missing].isna() & _is_no_single_price(lines, name)
            null(name, mask, "the price alone is none of this market", lines[f"{name}_printed"])
    total, spread = lines["total"], lines["spread_home"]
    null("total", total.notna() & ~total.between(*TOTAL_BOUNDS), "impossible total", total)
    null("spread_home", spread.abs() > SPREAD_BOUND, "impossible spread", spread)
    expected = _spread_of_moneylines(lines)
    size_gap = (lines["spread_home"].abs() - expected.abs()).abs()
    # A spread of the right size and the wrong sign is not impossible: its sign is corrected later.
    gap = (lines["spread_home"] - expected).abs().where(lines["is_signed"] & (size_gap > SAME_SIZE), size_gap)
    null("spread_home", gap > FURTHEST_FROM_MONEYLINE, "spread far from its own moneylines", spread)
    return lines, all_records(*records)


def with_settled_signs(lines: pd.DataFrame) -> Checked:
    """Gives unsigned spreads a sign and resolves conflicts between sources; see the module docstring."""
    lines = _signed(lines)
    lines["rank"] = lines["source"].map({name: rank for rank, name in enumerate(PRIORITY)}).astype("int64")
    lines = lines.sort_values(["game_id", "rank"], kind="stable")
    printed = lines["spread_home"]
    own = _favourite(lines)
    judge = lines.assign(favourite=own)[own.notna()].drop_duplicates("game_id").set_index("game_id")
    favourite = own.fillna(lines["game_id"].map(judge["favourite"]))
    beside = printed.where(own.notna(), lines["game_id"].map(judge["spread_home"])).abs()

    by_game = printed.groupby(lines["game_id"])
    is_conflict = (by_game.transform("min") < 0) & (by_game.transform("max") > 0)
    is_other = is_conflict & (printed != 0) & printed.notna() & ~(np.sign(printed) == favourite)
    is_turned = is_other & favourite.notna() & ((printed.abs() - beside).abs() <= SAME_SIZE)
    is_unsettled = is_other & ~is_turned
    lines["spread_home"] = printed.mask(is_turned, -printed).mask(is_unsettled)

    taken = lines[lines["spread_home"].notna()].drop_duplicates("game_id").set_index("game_id")
    taken_text = _line_text(taken["spread_home"], taken["source"])
    of_game = lines["game_id"].map(taken_text).astype(TEXT).fillna("none")
    other_side = np.sign(lines["game_id"].map(taken["spread_home"])).fillna(0) != np.sign(printed)
    value = "taken " + of_game + ", other " + _line_text(printed, lines["source"])
    shown = lines.assign(column_name="spread_home", value=value)
    records = (
        line_records(
            shown[is_conflict & printed.notna() & other_side], "disagreement", "the sources name different favourites"
        ),
        line_records(
            shown.assign(value=printed.astype(TEXT))[is_unsettled], "nulled", "no moneyline settles the favourite"
        ),
    )
    return lines.drop(columns="rank").sort_index(), all_records(*records)


def market_margin(lines: pd.DataFrame, one: str, other: str) -> pd.Series:
    """Margin of a two-way market: sum of the implied probabilities minus 1; NaN without both prices."""
    return implied_probability(lines[one]) + implied_probability(lines[other]) - 1


def line_records(rows: pd.DataFrame, action: str, reason: str) -> pd.DataFrame:
    """Rows as records (quarantine.RECORD_COLUMNS), dated by the day of the game, else by the row's own day."""
    if rows.empty:
        return no_records()
    found = rows.assign(
        game_date=rows["game_date"].fillna(rows["day"]),
        action=action,
        reason=reason,
        key=rows["game_id"].astype(TEXT) + " " + rows["source"].astype(TEXT),
        source_file=rows["_file"],
        source_row=rows["_row"],
        rows=1,
    )
    text = dict.fromkeys(("column_name", "value"), TEXT)
    return found.reindex(columns=list(RECORD_COLUMNS)).astype(text).reset_index(drop=True)


def _line_text(spread: pd.Series, source: pd.Series) -> pd.Series:
    return spread.map("{:g}".format).astype(TEXT) + " (" + source.astype(TEXT) + ")"


def _is_no_market(lines: pd.DataFrame, one: str, other: str) -> pd.Series:
    margin = market_margin(lines, one, other)
    return (margin < MARGIN_BEFORE_A_GAME[0]) | (margin > NO_MARGIN_ABOVE)


def _is_no_single_price(lines: pd.DataFrame, name: str) -> pd.Series:
    """Whether a price is impossible for its market, where the other side's price is missing."""
    price = lines[name]
    if not name.startswith("moneyline"):
        return (price < SINGLE_PRICE[0]) | (price > SINGLE_PRICE[1])
    towards_home = 1.0 if name == "moneyline_home" else -1.0
    implied = towards_home * -lines["spread_home"].where(lines["is_signed"]) / POINTS_A_LOGIT
    against = np.log(price.where(price > 1) - 1)
    return ((-against - implied).abs() > MOST_LOGITS_FROM_SPREAD) | (price > LONGEST_PRICE)


def _favourite(lines: pd.DataFrame) -> pd.Series:
    """Sign of the home spread implied by the row's own moneylines: -1 home favoured, 1 away, NaN even or unknown."""
    favoured = np.sign(lines["moneyline_home"] - lines["moneyline_away"])
    return favoured.where(favoured != 0)


def _spread_of_moneylines(lines: pd.DataFrame) -> pd.Series:
    """Home spread that the moneylines imply, rounded so that it cannot depend on the last bit of a logarithm."""
    odds_on_home = implied_probability(lines["moneyline_home"]) / implied_probability(lines["moneyline_away"])
    return (-POINTS_A_LOGIT * np.log(odds_on_home)).round(3)


def _signed(lines: pd.DataFrame) -> pd.DataFrame:
    """Unsigned spreads get the sign of the row's own moneylines; without a favourite only 0 is a valid spread."""
    size = lines["spread_home"]
    signed = (size * _favourite(lines)).mask(size == 0, 0.0)
    return lines.assign(spread_home=size.where(lines["is_signed"], signed))
