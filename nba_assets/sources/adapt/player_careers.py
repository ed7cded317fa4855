"""The players frame that `PlayerNames` uses to resolve names: every spelling of every player, with his career span.

The index shows the state of 2026. Only spellings and career spans are taken from it, to identify the player of a
printed name; neither becomes a column of a table.
"""

from __future__ import annotations

import pandas as pd

from nba_assets.basketball.calendar import FIRST_DAY, Season
from nba_assets.basketball.names import PlayerNames, birth_dates, read_aliases
from nba_assets.sources.adapt.contents import by_content


@by_content(most=2)
def known_names(player_careers: pd.DataFrame, players_bio: pd.DataFrame) -> PlayerNames:
    """The names of the families `player_careers` (with careers) and `players_bio` (other spellings of the same ids).

    Three tables resolve names in a run, so the newest result is cached by the contents of the frames.
    """
    careers = pd.DataFrame(
        {
            "player_id": player_careers["person_id"],
            "name": player_careers["display_first_last"],
            "first_season": player_careers["from_year.x"],
            "last_season": player_careers["to_year.x"],
        }
    )
    ids = players_bio["profile_url"].str.extract(r"/player/(\d+)", expand=False).astype("Int64")
    spellings = pd.DataFrame({"player_id": ids, "name": players_bio["player"]})
    spellings = spellings[spellings["player_id"].isin(careers["player_id"])]
    # Players who retired before the archive begins cannot be meant, and parsing their 4,000 names takes seconds.
    gone = (careers["last_season"] < Season.of_day(FIRST_DAY).start_year - 1).fillna(False).astype(bool)
    known = pd.concat([careers[~gone], spellings[~spellings["player_id"].isin(careers.loc[gone, "player_id"])]])
    births = birth_dates(players_bio["birthdate"]).groupby(ids).first()
    known["birth_date"] = known["player_id"].map(births).astype("datetime64[ns]")
    # An archive without the index, or with an older one, may lack players for whom aliases exist.
    aliases = read_aliases()
    return PlayerNames(known.reset_index(drop=True), aliases[aliases["player_id"].isin(known["player_id"])])
