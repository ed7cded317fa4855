"""Tip-off times: the commence time given with the odds, else the schedule published before the season (the plan).

Rules:
- Odds: the newest quote first. A closing line without a time counts as newest; of several, the latest commence time.
- Once a game has begun, the odds provider gives the actual start (23:10:47) instead of the planned one, which is a
  multiple of five minutes. The actual start is known too late for a pregame row, so it is used only where no other
  source gives a time, or where the game began before the given time; it is rounded down to five minutes.
- The plan (`schedule_tipoff_utc`) is used where there are no odds. Both are used only if they name the game's two teams
  on its US Eastern day, so the plan of a game that was moved to another day is ignored.
- An untimed closing line exactly one hour before the plan contains its publisher's daylight-saving error and means the
  plan, unless odds with a time are nearer to it than to the plan. (57 closing events of 2023-24; the same event is
  often listed again with the correct hour.) Odds with a time that differ from the plan mean that the game was moved.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from nba_assets.basketball.teams import to_tricode
from nba_assets.sources.adapt.matching import TEXT, eastern_day, match_games

DAYLIGHT_SAVING_SLIP = pd.Timedelta(hours=1)
PLANNED_ON = "5min"
EARLIEST_TIPOFF_HOUR = pd.Timedelta(hours=12)
"""US Eastern hour of D by which a quote must be seen where the tip-off is unknown; no NBA game has begun earlier."""


def tipoff_times(games: pd.DataFrame, tipoffs: pd.DataFrame | None, events: Sequence[pd.DataFrame]) -> pd.Series:
    """Tip-off (UTC) of each game, NaT where no source gives it.

    Args:
        games: game_id, game_date, home_team, away_team, is_neutral_site.
        tipoffs: family `schedule_tipoff_utc`, or None.
        events: frames of the families `events_oddsapi_*`.
    """
    quotes = [game_events(frame).assign(is_plan=False) for frame in events]
    if tipoffs is not None:
        planned = pd.to_datetime(tipoffs["Date"], format="%d/%m/%Y %H:%M", utc=True, errors="coerce")
        quotes.append(
            pd.DataFrame(
                {
                    "commence_at": planned.astype("datetime64[ns, UTC]"),
                    "quoted_at": pd.Series(pd.NaT, index=planned.index, dtype="datetime64[ns, UTC]"),
                    "game_date": eastern_day(planned),
                    "home_team": to_tricode(tipoffs["Home Team"]).astype(TEXT),
                    "away_team": to_tricode(tipoffs["Away Team"]).astype(TEXT),
                    "is_timed": False,
                    "is_plan": True,
                }
            )
        )
    if not quotes:
        return pd.Series(pd.NaT, index=games.index, dtype="datetime64[ns, UTC]")
    known = pd.concat(quotes, ignore_index=True)
    found = match_games(games, known["game_date"], known["home_team"], known["away_team"])
    known["game_id"] = found["game_id"].where(found["match"].isin(["exact", "swapped"]))
    known = known.dropna(subset=["game_id"]).sort_values(["quoted_at", "commence_at"], ascending=False)

    is_start = known["commence_at"] != known["commence_at"].dt.floor(PLANNED_ON)

    def of(wanted: pd.Series) -> pd.Series:
        newest = known[wanted].drop_duplicates("game_id").set_index("game_id")["commence_at"]
        return pd.to_datetime(games["game_id"].map(newest), utc=True).astype("datetime64[ns, UTC]")

    plan, timed = of(known["is_plan"]), of(known["is_timed"] & ~is_start)
    planned_at, timed_at = (
        pd.to_datetime(known["game_id"].map(time.set_axis(games["game_id"])), utc=True) for time in (plan, timed)
    )
    is_hour_early = ~known["is_plan"] & ~known["is_timed"] & (known["commence_at"] + DAYLIGHT_SAVING_SLIP == planned_at)
    is_confirmed = (timed_at - known["commence_at"]).abs() < (timed_at - planned_at).abs()
    known["commence_at"] = known["commence_at"].mask(is_hour_early & ~is_confirmed, planned_at)
    quoted = of(~known["is_plan"] & ~is_start)
    begun = of(~known["is_plan"] & is_start).dt.floor(PLANNED_ON)
    named = quoted.fillna(plan).fillna(begun)
    is_earlier = (begun < named) & (begun + DAYLIGHT_SAVING_SLIP > named)
    return named.mask(is_earlier, begun)


def game_events(events: pd.DataFrame) -> pd.DataFrame:
    """One row per distinct statement about an event in an `events_oddsapi_*` frame.

    Returns: commence_at, quoted_at (UTC; a closing line without a time counts as quoted at tip-off), is_timed,
    game_date (US Eastern), home_team, away_team (tricodes).
    """
    plain = events.rename(columns=lambda name: name.removeprefix("data."))
    quoted = next((name for name in ("timestamp", "bookmakers.markets.last_update") if name in plain), None)
    wanted = ["commence_time", "home_team", "away_team"] + ([quoted] if quoted else [])
    plain = plain[wanted].drop_duplicates(ignore_index=True)
    commence = pd.to_datetime(plain["commence_time"], utc=True, format="ISO8601", errors="coerce")
    asked = pd.to_datetime(plain[quoted], utc=True, format="ISO8601", errors="coerce") if quoted else commence
    found = pd.DataFrame(
        {
            "commence_at": commence.astype("datetime64[ns, UTC]"),
            "quoted_at": asked.astype("datetime64[ns, UTC]"),
            "is_timed": quoted is not None,
            "game_date": eastern_day(commence),
            "home_team": to_tricode(plain["home_team"]).astype(TEXT),
            "away_team": to_tricode(plain["away_team"]).astype(TEXT),
        }
    )
    return found.dropna(subset=["commence_at", "home_team", "away_team"]).reset_index(drop=True)
