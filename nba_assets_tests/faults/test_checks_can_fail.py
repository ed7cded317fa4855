"""Every check of every table is made to fail: rows are tampered with directly in the database, then the check runs.

The checks come from the registry, so a new check without a fault fails this test.
"""

from __future__ import annotations

import json
import shutil
from datetime import date

import pandas as pd
import pytest

from nba_assets.contracts.columns.identity import TEAMS
from nba_assets.contracts.contract import Column, TableContract
from nba_assets.contracts.daily_table import DailyTable
from nba_assets.contracts.findings import NOTHING_TO_COMPARE, Finding, findings
from nba_assets.engine import registry
from nba_assets.engine.checks.evaluate import checks_of, evaluate
from nba_assets.engine.checks.evidence import table_inputs
from nba_assets.engine.materialise import materialise
from nba_assets_tests.mini_warehouse import Home

DAY = date(2022, 10, 31)
"""A day of the second season with two games, lines, quotes and shots."""
INPUT_DAY = date(2022, 10, 18)
"""A day with games, not long before DAY."""
DAYS = {
    ("players", "*"): date(2022, 7, 1),
    ("injury_transactions", "*"): date(2022, 10, 24),
    ("injury_transactions", "completeness"): DAY,
    # No archive has injury reports, so a day with games is not covered; a day without games is used.
    ("injury_reports", "completeness"): date(2022, 7, 1),
    ("prop_lines", "completeness"): date(2023, 2, 16),
}
_BET = {
    "system_id": "'market_informed'",
    "bet_side": "'UNDER'",
    "bet_book": "'a book'",
    "bet_line": "20.5",
    "bet_price": "2.0",
    "bet_snapshot_at": f"TIMESTAMPTZ '{DAY} 12:00:00Z'",
    "expected_value": "0.1",
    "confidence": "0.55",
    "recommendation": "'UNDER'",
}
_LISTED = [name for name in registry.contract("best_bets").column_names if name != "rank"]
_TAKEN = [
    name
    for name in registry.contract("best_bet_results").column_names
    if name in registry.contract("best_bets").column_names
]
A_BET = [
    # No quote of the mini league is worth a bet, so a bet is inserted into the record and the tables after it.
    "DELETE FROM record.published_predictions WHERE game_date = $day AND system_id = 'market_informed'",
    "INSERT INTO record.published_predictions SELECT * REPLACE ("
    + ", ".join(f"{value} AS {name}" for name, value in _BET.items())
    + ") FROM record.published_predictions WHERE game_date = $day ORDER BY game_id, player_id, system_id LIMIT 1",
    f"INSERT INTO record.best_bets BY NAME SELECT {', '.join(_LISTED)}, 1 AS rank "
    "FROM record.published_predictions WHERE game_date = $day AND system_id = 'market_informed'",
    f"INSERT INTO record.best_bet_results BY NAME SELECT {', '.join(_TAKEN)}, 'void' AS outcome, "
    "'VOID' AS bet_result, 0.0 AS bet_profit FROM record.best_bets WHERE game_date = $day",
    "UPDATE quality.partition_log SET status = 'ok', rows = 1 WHERE game_date = $day "
    "AND table_name IN ('best_bets', 'best_bet_results')",
]
PREPARED: dict[tuple[str, str], list[str]] = {
    **{
        (table, check): A_BET
        for table in ("best_bets", "best_bet_results")
        for check in ("unique_keys", "completeness", "value_ranges", "phase_gap", "cascade")
    },
    **{
        ("injury_reports", check): [
            "INSERT INTO raw.injury_reports BY NAME SELECT game_date, game_id, 1 AS player_id, 'A Player' AS "
            "player_name, home_team AS team, tipoff_at - INTERVAL 2 HOUR AS report_at, report_at AS known_at, 'out' AS "
            "report_status, 'injury_report' AS source FROM raw.schedule WHERE game_date = $day LIMIT 1"
        ]
        for check in ("unique_keys", "value_ranges")
    },
    ("injury_reports", "completeness"): [
        "UPDATE quality.partition_log SET status = 'empty', reason = NULL "
        "WHERE table_name = $table AND game_date = $day"
    ],
    # The mini league has four of the thirty teams: the others get one member each, so that the day is complete.
    ("rosters", "completeness"): [
        "INSERT INTO raw.rosters SELECT r.* REPLACE (t.team AS team, r.player_id + 1 AS player_id) FROM "
        "(SELECT * FROM raw.rosters WHERE game_date = $day LIMIT 1) r, "
        f"(SELECT unnest({list(TEAMS)}) AS team) t WHERE t.team NOT IN ('BKN', 'MIL', 'LAL', 'GSW')"
    ],
    # Quotes are expected only on days that a family covers, and the mini league has no games on them.
    ("prop_lines", "completeness"): [
        "INSERT INTO quality.partition_log SELECT * REPLACE ($day AS game_date) FROM quality.partition_log "
        "WHERE table_name IN ('prop_lines', 'schedule') AND status = 'empty' "
        "QUALIFY row_number() OVER (PARTITION BY table_name ORDER BY game_date) = 1"
    ],
}
"""SQL by (table, check) that prepares a day on which the check passes."""
FAULTS: dict[tuple[str, str], list[str]] = {
    # A day with five games and no moves.
    ("injury_transactions", "completeness"): 2
    * [
        "INSERT INTO raw.schedule SELECT * REPLACE (game_id || 'x' AS game_id) FROM raw.schedule WHERE game_date = $day"
    ],
    ("injury_reports", "completeness"): [
        "INSERT INTO raw.schedule SELECT * REPLACE ($day AS game_date) FROM raw.schedule "
        f"WHERE game_date = DATE '{DAY}'"
    ],
    ("prop_lines", "completeness"): [
        "INSERT INTO raw.schedule SELECT * REPLACE ($day AS game_date) FROM raw.schedule "
        f"WHERE game_date = DATE '{DAY}'"
    ],
    ("schedule", "season_totals"): ["UPDATE raw.schedule SET home_game_number = 83 WHERE game_date = $day"],
    ("team_boxscores", "sides_agree"): ["UPDATE raw.team_boxscores SET won = true WHERE game_date = $day"],
    ("player_boxscores", "points_match_team"): [
        "UPDATE raw.player_boxscores SET points = points + 1, free_throws_made = free_throws_made + 1 "
        "WHERE game_date = $day AND is_starter"
    ],
    ("player_boxscores", "seconds_match_team"): [
        "UPDATE raw.player_boxscores SET seconds_played = seconds_played + 60 WHERE game_date = $day AND is_starter"
    ],
    ("player_boxscores", "counts_match_team"): [
        "UPDATE raw.player_boxscores SET assists = assists + 1 WHERE game_date = $day AND is_starter"
    ],
    ("player_scoring_shares", "players_match_box"): [
        "DELETE FROM raw.player_scoring_shares WHERE rowid IN "
        "(SELECT rowid FROM raw.player_scoring_shares WHERE game_date = $day LIMIT 1)"
    ],
    ("shots", "shots_match_box"): [
        "DELETE FROM raw.shots WHERE rowid IN (SELECT rowid FROM raw.shots WHERE game_date = $day LIMIT 1)"
    ],
    ("team_defense_zone_analysis", "thirty_teams"): [
        "DELETE FROM precompute.team_defense_zone_analysis WHERE game_date = $day AND team = 'BKN'"
    ],
    ("base_predictions", "timed_shift"): [
        "INSERT INTO predictions.base_predictions SELECT b.* REPLACE (player_id + 1000000 * n AS player_id, "
        "predicted_points + 2 AS timed_points) FROM predictions.base_predictions b, range(1, 60) AS copies(n) "
        "WHERE game_date = $day"
    ],
    ("points_models", "model_age"): ["UPDATE predictions.points_models SET model_age_days = 41 WHERE game_date = $day"],
    **{
        ("prediction_performance_summary", alarm): [
            "UPDATE grading.prediction_performance_summary SET system_id = 'ensemble', dimension = 'overall', "
            f"graded = 2500, time_window = '{window}', {values} WHERE rowid IN (SELECT rowid "
            "FROM grading.prediction_performance_summary WHERE game_date = $day "
            # Preferably the row that has this key already.
            f"ORDER BY (system_id, time_window, dimension) = ('ensemble', '{window}', 'overall') DESC LIMIT 1)"
        ]
        for alarm, (window, values) in {
            "leak_alarm": ("season", "lined = 2500, lined_mae = 5.0, line_mae = 5.2"),
            "worse_than_naive": ("30_days", "mae = 4.8, naive_mae = 4.7"),
            "bias": ("30_days", "bias = 0.6"),
            "coverage": ("30_days", "coverage_p10_p90 = 0.7"),
        }.items()
    },
    ("rosters", "roster_recall"): [
        "DELETE FROM raw.rosters WHERE game_date = $day AND team = 'BKN' AND player_id <> 1629651"
    ],
}
"""SQL by (table, check): for cross-table checks, and if the generic faults do not apply; $day is the checked day."""
CASES = [(table, check) for table, declared in registry.tables().items() for check in checks_of(declared)]


@pytest.fixture(scope="module")
def tampered(full_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home for the database only; every test copies it anew."""
    folder = tmp_path_factory.mktemp("tampered")
    # The files of the full warehouse are not written: the manifest is tampered with.
    (folder / "published").symlink_to(full_home.folder / "published")
    return Home(folder, full_home.archive, full_home.truth)


def statements(declared: DailyTable, check: str) -> list[str]:
    """The SQL that makes the check fail."""
    contract = declared.contract
    if (contract.name, check) in FAULTS:
        return FAULTS[contract.name, check]
    table = f"{contract.layer}.{contract.name}"
    match check:
        case "unique_keys":
            return [f"INSERT INTO {table} SELECT * FROM {table} WHERE game_date = $day LIMIT 1"]
        case "completeness":
            return [f"DELETE FROM {table} WHERE game_date = $day"]
        case "files_stand":
            return [f"UPDATE {table} SET sha256 = repeat('0', 64) WHERE game_date = $day"]
        case "value_ranges":
            return [f"UPDATE {table} SET {impossible(contract)} WHERE game_date = $day"]
        case "phase_gap":
            return ["DELETE FROM quality.partition_log WHERE table_name = $table AND game_date = $day"]
        case "cascade":
            return [
                "UPDATE quality.partition_log SET content_changed_at = written_at + INTERVAL 1 YEAR "
                f"WHERE table_name = '{table_inputs(declared)[0].name}' AND game_date BETWEEN $day - 1 AND $day"
            ]
        case "quarantine":
            return [
                "INSERT INTO quality.quarantine BY NAME SELECT $table AS table_name, $day AS game_date, "
                "'set_aside' AS action, 'tampered' AS reason, 'a key' AS key, 1 AS rows"
            ]
    pytest.fail(f"{contract.name}.{check} has no fault: add SQL that makes it fail to FAULTS")


def impossible(contract: TableContract) -> str:
    """An assignment of a value that the contract forbids, to the first column with such a value."""

    def of(column: Column) -> str | None:
        if column.name in contract.full_key:
            return None
        if column.high is not None:
            return f"{column.name} = {column.high + 1}"
        if column.low is not None:
            return f"{column.name} = {column.low - 1}"
        if column.values:
            return f"{column.name} = 'tampered'"
        return None if column.is_nullable else f"{column.name} = NULL"

    found = [text for column in contract.columns if (text := of(column)) is not None]
    if not found:
        pytest.fail(f"the contract of {contract.name} forbids nothing: no bound, no list of values, no required column")
    return found[0]


@pytest.mark.parametrize(("table", "check"), CASES, ids=[f"{table}-{check}" for table, check in CASES])
def test_check_can_fail(
    full_home: Home, tampered: Home, monkeypatch: pytest.MonkeyPatch, table: str, check: str
) -> None:
    shutil.copy(full_home.folder / "nba.duckdb", tampered.folder / "nba.duckdb")
    monkeypatch.setenv("NBA_HOME", str(tampered.folder))
    monkeypatch.setenv("NBA_ARCHIVE", str(tampered.archive))
    declared = registry.tables()[table]
    product = declared.publishes
    # Files as of a day exist only for the newest day.
    usual = full_home.last_day if product is not None and product.is_as_of else DAY
    day = DAYS.get((table, check)) or DAYS.get((table, "*")) or usual

    def ask() -> dict[str, object]:
        found = evaluate(declared, [day], tampered.platform, "fault", [check])
        rows = found[found["game_date"] == pd.Timestamp(day)]
        assert len(rows) <= 1
        return dict(rows.iloc[0]) if len(rows) else {"passed": True, "failing": 0}

    def change(lines: list[str]) -> None:
        for line in lines:
            tampered.sql(line.replace("$day", f"DATE '{day}'").replace("$table", f"'{table}'"))

    change(PREPARED.get((table, check), []))
    before = ask()
    # The mini league is too small for the alarms: they report that they have nothing to compare, and no finding.
    is_bare = str(before.get("reasons")).startswith(f'{{"{NOTHING_TO_COMPARE}')
    is_well = before["passed"] or (is_bare and before["severity"] == "WARN" and not before["failing"])
    assert is_well, f"{table}.{check} does not pass on {day} before the fault: {before}"
    change(statements(declared, check))
    after = ask()
    assert not after["passed"], f"{table}.{check} does not detect: {statements(declared, check)}"
    assert int(str(after["failing"])) > 0
    if check in ("unique_keys", "value_ranges"):
        assert after["severity"] == "ERROR"


def test_every_fault_belongs_to_an_existing_check() -> None:
    assert set(FAULTS) | set(PREPARED) <= set(CASES)


def asked(home: Home, check: str) -> dict[str, object]:
    """Result of a check of player_composite_factors for DAY."""
    found = evaluate(registry.tables()["player_composite_factors"], [DAY], home.platform, "fault", [check])
    return dict(found.iloc[0])


@pytest.mark.parametrize(
    ("status", "severity", "reason"),
    [
        (None, "ERROR", "never made"),
        ("partial_history", "ERROR", "partial history"),
        ("empty", "ERROR", "empty although upcoming_player_game_context has rows"),
        ("absent_source", "WARN", "absent source"),
        ("not_final", "WARN", "not final"),
    ],
)
def test_phase_gap_reports_why_the_day_has_no_rows(
    tables_home: Home, status: str | None, severity: str, reason: str
) -> None:
    change = "DELETE FROM quality.partition_log"
    if status is not None:
        change = f"UPDATE quality.partition_log SET rows = 0, status = '{status}'"
    tables_home.sql(f"{change} WHERE table_name = 'player_composite_factors' AND game_date = ?", [DAY])
    upcoming = int(tables_home.ledger().loc[("upcoming_player_game_context", f"{DAY}"), "rows"])
    found = asked(tables_home, "phase_gap")
    assert (found["passed"], found["severity"]) == (False, severity)
    assert json.loads(str(found["reasons"])) == {reason: upcoming}
    assert Finding("upcoming_player_game_context", "no row", f"rows, as it has {upcoming}") in findings(
        str(found["failing_keys"])
    )


@pytest.mark.parametrize(
    ("change", "severity", "cause"),
    [
        ("DELETE FROM quality.partition_log WHERE {day_of_log}", "ERROR", "never made"),
        (
            "UPDATE quality.partition_log SET status = 'partial_history' WHERE {day_of_log}",
            "ERROR",
            "made from an incomplete history",
        ),
        (
            # At least a hundred rows: with fewer, shares are not tested.
            "INSERT INTO analytics.player_game_summary SELECT s.* REPLACE (player_id + more AS player_id, NULL AS "
            "usage_rate) FROM analytics.player_game_summary s, range(1, 101) AS r(more) WHERE game_date = {day}",
            "WARN",
            "usage_rate NULL outside its band",
        ),
    ],
)
def test_cascade_names_the_bad_day_of_the_input(tables_home: Home, change: str, severity: str, cause: str) -> None:
    day = f"DATE '{INPUT_DAY}'"
    log = f"table_name = 'player_game_summary' AND game_date = {day}"
    tables_home.sql(change.format(day_of_log=log, day=day))
    found = asked(tables_home, "cascade")
    assert (found["passed"], found["severity"]) == (False, severity)
    assert json.loads(str(found["reasons"])) == {f"player_game_summary: {cause}": 1}
    (listed,) = findings(str(found["failing_keys"]))
    assert (listed.key, listed.found) == (f"player_game_summary {INPUT_DAY}", cause)


def test_cascade_names_a_rebuilt_input_until_the_day_is_rebuilt_too(tables_home: Home) -> None:
    tables, platform = registry.tables(), tables_home.platform
    tables_home.sql("UPDATE raw.player_boxscores SET personal_fouls = 5 WHERE game_date = ?", [INPUT_DAY])
    materialise(tables["player_game_summary"], [INPUT_DAY], platform, "fault")
    found = asked(tables_home, "cascade")
    assert (found["passed"], found["severity"]) == (False, "WARN")
    (listed,) = findings(str(found["failing_keys"]))
    assert (listed.key, listed.found) == (f"player_game_summary {INPUT_DAY}", "changed after the day was made")
    materialise(tables["player_composite_factors"], [DAY], platform, "fault")
    assert asked(tables_home, "cascade")["passed"]
