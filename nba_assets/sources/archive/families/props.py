"""Player-points quotes: bookmakers' odds and the lines of PrizePicks. Other player markets are not read."""

from nba_assets.sources.cells import days, moments
from nba_assets.sources.protocol import Family, all_of

_ODDSAPI_OUTCOME = "bookmakers.key outcomes.name outcomes.description"

_SUMS = r"Pts\+Rebs|Pts\+Asts|Rebs\+Asts|Pts\+Rebs\+Asts"
_PRIZEPICKS_MARKETS = (
    r"(Points|Assists|Rebounds|3-PT Made) \(Combo\)|Assists|(Offensive |Defensive )?Rebounds|Minutes Played|Dunks|"
    r"Blocked Shots|3-PT (Made|Attempted)|FG (Made|Attempted)|Free Throws (Made|Attempted)|Steals|Blks\+Stls|Turnovers|"
    r"Fantasy Score|" + _SUMS
)

FAMILIES = (
    Family(
        "props_oddsapi_historical",
        "props/oddsapi_historical_player_points/{season}.parquet",
        all_of("text", f"timestamp data.id data.commence_time data.home_team data.away_team {_ODDSAPI_OUTCOME}")
        | all_of("number", "outcomes.price outcomes.point"),
        "Odds API event odds, one snapshot per game about 12 hours before tip-off, decimal odds; BetRivers and Unibet "
        "list alternate lines, Bovada includes team totals.",
        dates={"data.commence_time": moments("ISO8601"), "timestamp": moments("ISO8601")},
        day="data.commence_time",
    ),
    Family(
        "props_oddsapi_daily",
        "props/oddsapi_daily_*.parquet",
        all_of("text", "id commence_time home_team away_team bookmakers.key bookmakers.markets.key")
        | all_of("text", "bookmakers.markets.last_update outcomes_name outcomes_description _source_file")
        | all_of("number", "outcomes_price outcomes_point"),
        "Odds API live odds once a day, American odds; games up to four days ahead, and a few that had already begun.",
        where=("bookmakers.markets.key", ("player_points",)),
        others=r"player_[a-z_]+",
        dates={"commence_time": moments("ISO8601"), "bookmakers.markets.last_update": moments("ISO8601")},
        day="commence_time",
    ),
    Family(
        "props_dk_fd_mgm",
        "props/dk_fd_mgm_snapshots_*.parquet",
        all_of("text", "PlayerName Prop Over_Under draftkings fanduel mgm pointsbet opp _commit_time"),
        "Every committed version of one over/under table, with cells `line (odds)`, later `(line) odds`: unresolved "
        "merges, odds without lines, versions of the previous day. Rows below a committed header have shifted columns: "
        "the side is in Prop.",
        where=("Prop", ("Points", "Over", "Under")),
        others="Assists|Rebounds|" + _SUMS,
        optional=("pointsbet", "opp"),
        has_gaps=("Over_Under", "draftkings", "fanduel", "mgm"),
        dates={"_commit_time": moments("ISO8601")},
        day="_commit_time",
    ),
    Family(
        "props_prizepicks",
        "props/prizepicks_snapshots_*.parquet",
        all_of("text", "Name Team Value Prop _commit_time"),
        "PrizePicks lines, without odds; promotional lines in HTML, some cells with two lines.",
        where=("Prop", ("Points",)),
        others=_PRIZEPICKS_MARKETS,
        dates={"_commit_time": moments("ISO8601")},
        day="_commit_time",
    ),
    Family(
        "props_2023",
        "props/props_2023-*.parquet",
        all_of("text", "id prop_type player_name matchup_home_team matchup_away_team sports_book name _source_file")
        | all_of("number", "price points"),
        "Quotes of one day, 2023-02-16; the file name is the only date. American odds.",
        where=("prop_type", ("player_points",)),
        others=r"player_[a-z_]+",
        dates={"_source_file": days("%Y_%m_%d.csv")},
        day="_source_file",
    ),
)
