"""Maps every spelling of an NBA team in the source families to NBA.com's tricode.

What belongs here: spellings of the thirty NBA teams. All-star teams, foreign pre-season opponents and G League teams
are not NBA teams and map to NA. A place name that two teams share ('Los Angeles', 'LA') is ambiguous and maps to NA
as well.
"""

from typing import Final

import pandas as pd

# tricode: (NBA.com team id, city, nickname)
TEAMS: Final[dict[str, tuple[int, str, str]]] = {
    "ATL": (1610612737, "Atlanta", "Hawks"),
    "BOS": (1610612738, "Boston", "Celtics"),
    "CLE": (1610612739, "Cleveland", "Cavaliers"),
    "NOP": (1610612740, "New Orleans", "Pelicans"),
    "CHI": (1610612741, "Chicago", "Bulls"),
    "DAL": (1610612742, "Dallas", "Mavericks"),
    "DEN": (1610612743, "Denver", "Nuggets"),
    "GSW": (1610612744, "Golden State", "Warriors"),
    "HOU": (1610612745, "Houston", "Rockets"),
    "LAC": (1610612746, "LA", "Clippers"),
    "LAL": (1610612747, "Los Angeles", "Lakers"),
    "MIA": (1610612748, "Miami", "Heat"),
    "MIL": (1610612749, "Milwaukee", "Bucks"),
    "MIN": (1610612750, "Minnesota", "Timberwolves"),
    "BKN": (1610612751, "Brooklyn", "Nets"),
    "NYK": (1610612752, "New York", "Knicks"),
    "ORL": (1610612753, "Orlando", "Magic"),
    "IND": (1610612754, "Indiana", "Pacers"),
    "PHI": (1610612755, "Philadelphia", "76ers"),
    "PHX": (1610612756, "Phoenix", "Suns"),
    "POR": (1610612757, "Portland", "Trail Blazers"),
    "SAC": (1610612758, "Sacramento", "Kings"),
    "SAS": (1610612759, "San Antonio", "Spurs"),
    "OKC": (1610612760, "Oklahoma City", "Thunder"),
    "TOR": (1610612761, "Toronto", "Raptors"),
    "UTA": (1610612762, "Utah", "Jazz"),
    "MEM": (1610612763, "Memphis", "Grizzlies"),
    "WAS": (1610612764, "Washington", "Wizards"),
    "DET": (1610612765, "Detroit", "Pistons"),
    "CHA": (1610612766, "Charlotte", "Hornets"),
}

# Spellings that do not follow from tricode, city and nickname.
_OTHER_SPELLINGS: Final[dict[str, str]] = {
    "Blazers": "POR",  # injuries, team slugs
    "Sixers": "PHI",  # team slugs
    "Charlotte Bobcats": "CHA",  # game_lines/sbr_* still prints the name of the Hornets before 2014
    "Los Angeles Clippers": "LAC",  # odds; NBA.com prints 'LA Clippers'
    "LA Lakers": "LAL",
    "L.A. Lakers": "LAL",  # referees
    "L.A. Clippers": "LAC",
    # the lower-case codes of game_lines/spreads_* and kaggle_sbr_* that are not the tricode
    "gs": "GSW",
    "no": "NOP",
    "ny": "NYK",
    "sa": "SAS",
    "utah": "UTA",
    "wsh": "WAS",
}

# Cities of two teams: the name of the city alone does not identify a team.
_SHARED_CITIES: Final[frozenset[str]] = frozenset({"LA", "Los Angeles"})

TRICODES: Final[tuple[str, ...]] = tuple(sorted(TEAMS))
"""The thirty tricodes of NBA.com, sorted."""

TEAM_IDS: Final[dict[int, str]] = {team_id: tricode for tricode, (team_id, _, _) in TEAMS.items()}
"""NBA.com team id to tricode."""


def _key(spelling: str) -> str:
    """Spelling in lower case with single spaces; team spellings are compared in this form."""
    return " ".join(spelling.casefold().split())


def _spellings() -> dict[str, str]:
    spellings: dict[str, str] = {}
    for tricode, (team_id, city, nickname) in TEAMS.items():
        written = [tricode, str(team_id), nickname, f"{city} {nickname}"]
        if city not in _SHARED_CITIES:
            written.append(city)
        spellings.update({_key(spelling): tricode for spelling in written})
    spellings.update({_key(spelling): tricode for spelling, tricode in _OTHER_SPELLINGS.items()})
    return spellings


TEAM_NAMES: Final[dict[str, str]] = _spellings()
"""Every spelling of a team, lower case with single spaces, to its tricode; ids as text included."""


def team_tricode(spelling: object) -> str | None:
    """Tricode of one spelling (text or numeric team id), None if it is no NBA team."""
    if isinstance(spelling, float) and spelling.is_integer():
        spelling = int(spelling)
    return TEAM_NAMES.get(_key(str(spelling)))


def to_tricode(teams: pd.Series) -> pd.Series:
    """Tricodes of a column of team names, codes or ids in any spelling of the archive.

    Returns a `string` series with the index and name of `teams`, NA if the value is missing or not an NBA team
    (all-star teams, foreign pre-season opponents).
    """
    unique = teams.dropna().unique()
    tricodes = {spelling: tricode for spelling in unique if (tricode := team_tricode(spelling)) is not None}
    return teams.map(tricodes).astype("string")
