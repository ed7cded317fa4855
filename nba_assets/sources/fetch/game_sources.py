"""Sources of games, box scores, shots, referees, injuries and players."""

from __future__ import annotations

from nba_assets.sources.fetch import readers
from nba_assets.sources.fetch.edits import add_source_file, cut_by_game_id, keep_from_until, keep_playoffs
from nba_assets.sources.fetch.source import NONE_STATED, SEASONS, Source

_HOOPR = "adamrutter2469-glitch/hoopr-nba-project"
_HOOPR_BOXES = "0f5814221b9bc312b7823e14b82d6e26f22e774d"
_HOOPR_PLAYERS = "c03a9ff8c8ad3be77e43d56ab36438248cb65c3e"
_ANALYTICS = "Ukandu20/NBA-Analytics"
_ANALYTICS_COMMIT = "854b7dc769153f746df0422a2a14d34c03093496"
_LINEUPS = "meharpalbasi/NBA_Lineup202324_Analyzer"
_LINEUPS_COMMIT = "5de6524cb83f920eccbff70bd22cb22c612eb795"
_L2M = "atlhawksfanatic/L2M"
_L2M_COMMIT = "330ab64acf052fbfd7b4b111294e4b835f26799e"
_TIPOFFS = "24c6824333edd3a1ae8303fe6589b02d97321493"


def _game_logs(name: str, doc: str) -> Source:
    return Source(
        name=name,
        file=name + "/{season}.parquet",
        seasons=SEASONS,
        repository=_ANALYTICS,
        commit=_ANALYTICS_COMMIT,
        licence=NONE_STATED,
        reader=readers.csv,
        doc=f"NBA.com PlayerGameLogs ({doc}), regular season and playoffs, a file per team.",
        folder="data/processed/player_stats/adv_boxscores/{season}/",
        edits=(add_source_file,),
    )


SOURCES: tuple[Source, ...] = (
    Source(
        name="schedule",
        file="schedule/{season}.parquet",
        seasons=SEASONS,
        repository=_L2M,
        commit=_L2M_COMMIT,
        licence="MIT",
        reader=readers.csv,
        doc="NBA schedule with final scores.",
        edits=(cut_by_game_id("gid"),),
    ),
    Source(
        name="team_game_logs",
        file="team_game_logs/{season}.parquet",
        seasons=SEASONS,
        repository="MylesThomas/betting",
        commit="c789ec70261c440e745fb1a7d0ca339330ccac70",
        licence=NONE_STATED,
        reader=readers.csv,
        doc="NBA.com LeagueGameFinder, rows of teams.",
        folder="data/01_input/nba_api/historical/",
    ),
    Source(
        name="player_box_v3",
        file="player_box_v3/{season}.parquet",
        seasons=SEASONS[1:],
        repository=_HOOPR,
        commit=_HOOPR_BOXES,
        licence=NONE_STATED,
        reader=readers.rds,
        doc="NBA.com BoxScoreTraditionalV3, players who did not play included.",
        edits=(cut_by_game_id("game_id"),),
    ),
    _game_logs("player_game_logs", "Base"),
    _game_logs("player_game_misc", "Misc"),
    _game_logs("player_game_scoring", "Scoring"),
    _game_logs("player_game_advanced", "Advanced"),
    Source(
        name="player_game_logs_lite",
        file="player_game_logs_lite/{season}.parquet",
        seasons=SEASONS,
        repository=_LINEUPS,
        commit=_LINEUPS_COMMIT,
        licence=NONE_STATED,
        reader=readers.csv,
        doc="NBA.com PlayerGameLogs with fewer columns, complete playoffs.",
        folder="data/",
    ),
    Source(
        name="player_box_playoffs",
        file="player_box_playoffs/{season}.parquet",
        seasons=SEASONS[:1],
        repository="EvanWhite478/NBA-csv-files-",
        commit="50b61fbbdcfc1f2ba4632a4b4ab6aeade17e4cfa",
        licence="MIT",
        reader=readers.csv,
        doc="Box scores of the playoffs of 2022.",
        edits=(keep_playoffs("gameId"),),
        is_stopgap=True,
    ),
    Source(
        name="shots",
        file="shots/{season}.parquet",
        seasons=SEASONS[1:],
        repository="DomSamangy/NBA_Shots_04_25",
        commit="69e63559bc17393312ad258c11f93d78be002079",
        licence=NONE_STATED,
        reader=readers.zipped_csv,
        doc="NBA.com shot detail with zones, regular season.",
    ),
    Source(
        name="shots_nba_api_capped",
        file="shots_nba_api_capped/{season}.parquet",
        seasons=SEASONS[:1],
        repository="matthewdsha/nba-shot-model",
        commit="2f55ca0e02e98b79c6cf59ba99b466fa192f6038",
        licence=NONE_STATED,
        reader=readers.parquet,
        doc="NBA.com shot detail, the first 102,400 rows of 2021-22.",
        is_stopgap=True,
    ),
    Source(
        name="shot_zones_season",
        file="shot_zones_season/{season}.parquet",
        seasons=SEASONS,
        repository=_LINEUPS,
        commit=_LINEUPS_COMMIT,
        licence=NONE_STATED,
        reader=readers.csv,
        doc="Shots made and attempted by zone, totals of player and season.",
        folder="data/",
    ),
    Source(
        name="schedule_tipoff_utc",
        file="schedule_tipoff_utc/{season}.parquet",
        seasons=SEASONS[1:],
        repository="kyleskom/NBA-Machine-Learning-Sports-Betting",
        commit=_TIPOFFS,
        licence=NONE_STATED,
        reader=readers.csv,
        doc="Tip-off in UTC and arena as planned before the season (fixturedownload.com).",
    ),
    Source(
        name="referees",
        file="referees/{season}.parquet",
        seasons=SEASONS,
        repository=_L2M,
        commit=_L2M_COMMIT,
        licence="MIT",
        reader=readers.csv,
        doc="Officials of each game.",
        edits=(cut_by_game_id("game_id"),),
    ),
    Source(
        name="prosports_transactions",
        file="injuries/prosports_transactions.parquet",
        seasons=SEASONS,
        repository="JaseZiv/NBA_data",
        commit="217ce05b967b201d1b7a474f20b4a6cab273de66",
        licence=NONE_STATED,
        reader=readers.rds,
        doc="Moves on and off the injured list (prosportstransactions.com), from 2021-07-01.",
        edits=(keep_from_until("Date", "2021-07-01", "2025-07-01"),),
    ),
    Source(
        name="players_index",
        file="players/players_index.parquet",
        seasons=SEASONS,
        repository=_HOOPR,
        commit=_HOOPR_PLAYERS,
        licence=NONE_STATED,
        reader=readers.rds,
        doc="NBA.com player index.",
    ),
    Source(
        name="players_bio",
        file="players/players_bio.parquet",
        seasons=SEASONS,
        repository=_ANALYTICS,
        commit=_ANALYTICS_COMMIT,
        licence=NONE_STATED,
        reader=readers.csv,
        doc="Biographies of players.",
    ),
)
