"""Row rules for every box score, of players and of teams."""

from __future__ import annotations

from collections.abc import Mapping

from nba_assets.contracts.contract import RowRule

BOX_RULES: Mapping[str, RowRule] = {
    "field_goals_made <= field_goals_attempted": lambda f: f["field_goals_made"] <= f["field_goals_attempted"],
    "threes_made <= threes_attempted": lambda f: f["threes_made"] <= f["threes_attempted"],
    "free_throws_made <= free_throws_attempted": lambda f: f["free_throws_made"] <= f["free_throws_attempted"],
    "threes_made <= field_goals_made": lambda f: f["threes_made"] <= f["field_goals_made"],
    "threes_attempted <= field_goals_attempted": lambda f: f["threes_attempted"] <= f["field_goals_attempted"],
    "two points a field goal, one more a three, one a free throw": lambda f: (
        2 * f["field_goals_made"] + f["threes_made"] + f["free_throws_made"] == f["points"]
    ),
    "offensive + defensive = rebounds": lambda f: f["offensive_rebounds"] + f["defensive_rebounds"] == f["rebounds"],
}
"""Rules by name, for `TableContract.rules`; a comparison with NULL counts as satisfied."""
