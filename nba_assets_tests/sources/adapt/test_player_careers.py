"""known_names: players that the archive's players families can identify."""

from __future__ import annotations

import pandas as pd

from nba_assets.sources.adapt.matching import TEXT
from nba_assets.sources.adapt.player_careers import known_names

Career = tuple[int, str, int, int | None]


def ids(careers: list[Career], lives: list[tuple[str, int]], *names: str) -> list[int | None]:
    """Player ids of the names in 2023-24; careers: id, name, first and last season; lives: name, id."""
    index = pd.DataFrame(careers, columns=["person_id", "display_first_last", "from_year.x", "to_year.x"])
    kinds = {"person_id": "Int64", "display_first_last": TEXT, "from_year.x": "Int64", "to_year.x": "Int64"}
    bio = pd.DataFrame(
        {
            "player": [name for name, _ in lives],
            "profile_url": [f"/player/{number}/x" for _, number in lives],
            "birthdate": "1999-11-22T00:00:00",
        },
        dtype=TEXT,
    )
    found = known_names(index.astype(kinds), bio).resolve(pd.Series(names), 2023)["player_id"]
    return [None if pd.isna(player) else int(player) for player in found]


def test_without_the_index_no_player_is_known_and_nothing_raises() -> None:
    assert ids([], [("Nikola Jokic", 203999)], "Nikola Jokic") == [None]


def test_players_who_left_before_the_archive_are_unknown_and_open_careers_are_kept() -> None:
    careers: list[Career] = [(1, "Old Man", 1990, 2019), (2, "New Man", 2022, None)]
    assert ids(careers, [("Knew Man", 2)], "Old Man", "New Man", "Knew Man") == [None, 2, 2]


def test_namesakes_are_distinguished_by_birth_date() -> None:
    careers: list[Career] = [(1, "Same Name", 2015, None), (2, "Same Name", 2022, None)]
    names = ("Same Name", "Same Name (b. 1999-11-22)", "Same Name (b. 2001-01-01)")
    assert ids(careers, [("Same Name", 2)], *names) == [None, 2, None]
