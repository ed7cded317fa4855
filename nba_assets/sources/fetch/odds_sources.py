"""Sources of game lines and of quotes on players."""

from __future__ import annotations

from nba_assets.sources.fetch import readers
from nba_assets.sources.fetch.edits import add_commit_time, add_source_file, keep_from_until, keep_values
from nba_assets.sources.fetch.source import NONE_STATED, SEASONS, Source

_PROPOSITION = "KamranSHussain/NBA-Player-Proposition-Predictor"
_PROPOSITION_COMMIT = "a95be8924f3c4fe08b44dcfd940269610ca49501"
_PROP_ANALYSIS = "DhirenShivdasani/NBA-player-prop-analysis"
_PROP_ANALYSIS_COMMIT = "5938cafa61c4aa9cdc2a662ff65386d2b99bf8c9"


def _sbr(season: str) -> Source:
    return Source(
        name="sbr",
        file=f"game_lines/sbr_{season}.parquet",
        seasons=(season,),
        repository="kyleskom/NBA-Machine-Learning-Sports-Betting",
        commit="e9ccaa295505e180d830787409eb1f4f33de1ef6",
        licence=NONE_STATED,
        reader=readers.sqlite_table(f"odds_{season}"),
        doc=f"Closing lines of Sportsbook Review, table odds_{season}.",
    )


SOURCES: tuple[Source, ...] = (
    *(_sbr(season) for season in SEASONS[:3]),
    Source(
        name="oddsapi_consensus_closing",
        file="game_lines/oddsapi_consensus_closing.parquet",
        seasons=SEASONS,
        repository="mostgood1/NBA-Betting",
        commit="f6866a855cab58d430b24d861fa83d87d2ea8593",
        licence=NONE_STATED,
        reader=readers.parquet,
        doc="Closing lines of The Odds API, mean over the books.",
        edits=(keep_from_until("commence_time", "2021-10-01", "2025-07-01"),),
    ),
    Source(
        name="spreads_by_season",
        file="game_lines/spreads_2021-22_2024-25.parquet",
        seasons=SEASONS,
        repository="lukemarvin12/NBAspreadpredictor",
        commit="d9ad58851a0255e900b6f33a9ba15b839772968f",
        licence=NONE_STATED,
        reader=readers.xlsx,
        doc="Size of the spread and favoured side, regular season.",
        edits=(keep_values("season", (2022, 2023, 2024, 2025)),),
    ),
    Source(
        name="kaggle_sbr",
        file="game_lines/kaggle_sbr_2021-22_2022-23.parquet",
        seasons=SEASONS[:2],
        repository="mdarukha/NBA-Betting-Analytics",
        commit="61f277d5cb37142e201e892ee768df5c0cf5073b",
        licence=NONE_STATED,
        reader=readers.csv,
        doc="Closing lines and quarter scores, to 2023-01-16.",
        edits=(keep_values("season", (2022, 2023)),),
    ),
    Source(
        name="props_oddsapi_historical",
        file="props/oddsapi_historical_player_points/{season}.parquet",
        seasons=SEASONS[2:],
        repository=_PROPOSITION,
        commit=_PROPOSITION_COMMIT,
        licence="MIT",
        reader=readers.odds_event,
        doc="Points quotes of The Odds API, one snapshot per game, one file per game.",
        folder="betting data/historical_event_odds_v4/",
    ),
    Source(
        name="oddsapi_event_game_map",
        file="props/oddsapi_event_game_map.parquet",
        seasons=SEASONS[2:],
        repository=_PROPOSITION,
        commit=_PROPOSITION_COMMIT,
        licence="MIT",
        reader=readers.csv,
        doc="NBA game ids of the events of The Odds API.",
    ),
    Source(
        name="props_oddsapi_daily",
        file="props/oddsapi_daily_2024-03_2024-05.parquet",
        seasons=SEASONS[2:3],
        repository="btam-ny/EV-Bets-NBA",
        commit="cf1c9d21273664c1373f1ef01c369374c79aa0f5",
        licence=NONE_STATED,
        reader=readers.csv,
        doc="Player quotes of The Odds API, once a day.",
        folder="data/prop_data/",
        edits=(add_source_file,),
    ),
    Source(
        name="props_dk_fd_mgm",
        file="props/dk_fd_mgm_snapshots_2024-01_2024-06.parquet",
        seasons=SEASONS[2:3],
        repository=_PROP_ANALYSIS,
        commit=_PROP_ANALYSIS_COMMIT,
        licence="MIT (per its README)",
        reader=readers.csv,
        doc="DraftKings, FanDuel and BetMGM quotes: every committed version of one file.",
        edits=(add_commit_time,),
    ),
    Source(
        name="props_prizepicks",
        file="props/prizepicks_snapshots_2024-01_2024-05.parquet",
        seasons=SEASONS[2:3],
        repository=_PROP_ANALYSIS,
        commit=_PROP_ANALYSIS_COMMIT,
        licence="MIT (per its README)",
        reader=readers.csv,
        doc="PrizePicks lines: every committed version of one file.",
        edits=(add_commit_time,),
    ),
    Source(
        name="oddsapi_historical_pra",
        file="props/oddsapi_historical_pra/{season}.parquet",
        seasons=SEASONS[2:],
        repository="SilverCrocus/NBA-props-Model",
        commit="205f0d3cb72e234277f3d5d5c6544e8ac78f970f",
        licence="MIT (per its README)",
        reader=readers.csv,
        doc="Quotes on points, rebounds and assists together, shortly before tip-off.",
        folder="data/historical_odds/",
    ),
    Source(
        name="props_2023",
        file="props/props_2023-02_2023-03.parquet",
        seasons=SEASONS[1:2],
        repository="bendominguez0111/nba-models",
        commit="c9ebf93d9da0ed77c2fca295c22ce3710353a79f",
        licence=NONE_STATED,
        reader=readers.csv,
        doc="Player quotes of 16 days of February and March 2023.",
        folder="exports/player_props/",
        edits=(add_source_file,),
    ),
)
