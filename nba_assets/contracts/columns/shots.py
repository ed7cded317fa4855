"""Single field-goal attempts, and the published shares of a player's points and attempts."""

from dataclasses import replace

from nba_assets.contracts.columns.builders import count, flag, fraction, number, of, text
from nba_assets.contracts.contract import Column

SHOTS = (
    of(
        "integer",
        "shot_id",
        "Number of the attempt in its game: NBA.com's event number if published, else its rank by time",
    ),
    count("period", "Quarter; overtimes are 5 and up", 10, low=1),
    count("clock_seconds", "Seconds left in the period", 720),
    text("zone", "paint (restricted area included), mid_range (other twos), three", "paint", "mid_range", "three"),
    flag("is_made", "The shot was made"),
    flag("is_three", "Attempted from behind the arc, as scored"),
    Column("distance_ft", "integer", "Distance from the hoop in whole feet, as published", "feet", 0, 94),
    number(
        "x_ft", "Distance from the hoop across the court, negative to the left seen from the baseline", "feet", -25, 25
    ),
    number("y_ft", "Distance from the hoop along the court, negative behind it", "feet", -5.3, 89),
    text("action_type", "Kind of shot, as published"),
)


def _share(name: str, doc: str) -> Column:
    return replace(fraction(name, f"{doc}, as published to .001"), high=1.001)


SHARES = (
    count("points_in_paint", "Points scored in the paint", 80),
    count("points_off_turnovers", "Points after a turnover of the opponent", 60),
    count("second_chance_points", "Points after an offensive rebound", 60),
    count("fast_break_points", "Points on a fast break", 60),
    count("attempts_blocked", "Own field-goal attempts that were blocked", 20),
    count("fouls_drawn", "Fouls of the opponent on the player", 40),
    _share("two_attempts_share", "Share of the field-goal attempts that were twos"),
    _share("three_attempts_share", "Share of the field-goal attempts that were threes"),
    _share("two_points_share", "Share of the points from twos"),
    _share("mid_range_points_share", "Share of the points from twos outside the paint"),
    _share("paint_points_share", "Share of the points from the paint"),
    _share("three_points_share", "Share of the points from threes"),
    replace(
        _share(
            "free_throw_points_share",
            "Share of the points from free throws; 1 for a player without points, -.001 by rounding",
        ),
        low=-0.001,
    ),
    _share("fast_break_points_share", "Share of the points on a fast break"),
    _share("turnover_points_share", "Share of the points after a turnover of the opponent"),
    _share("assisted_share", "Share of the field goals made that were assisted; 0 if he made none"),
    _share("unassisted_share", "Share of the field goals made that were not assisted; 0 if he made none"),
    _share("assisted_twos_share", "Share of the twos made that were assisted; 0 if he made none"),
    _share("unassisted_twos_share", "Share of the twos made that were not assisted; 0 if he made none"),
    _share("assisted_threes_share", "Share of the threes made that were assisted; 0 if he made none"),
    _share("unassisted_threes_share", "Share of the threes made that were not assisted; 0 if he made none"),
)
COLUMNS = (*SHOTS, *SHARES)
