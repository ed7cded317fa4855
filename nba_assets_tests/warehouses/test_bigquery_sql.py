"""Every statement that is sent to BigQuery passes Google's own analyzer of its SQL dialect (ZetaSQL).

The emulator used by other tests accepts more than BigQuery does; the analyzer checks grammar, names and types, but not
BigQuery's limits.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nba_assets.engine import registry
from nba_assets.warehouses.bigquery import sql
from nba_assets.warehouses.protocol import QUALITY_TABLES
from nba_assets_tests.warehouses.hand_made import DAYS, POINTS

zetasql_api = pytest.importorskip("zetasql.api", reason="the analyzer of GoogleSQL is not installed")
pytestmark = pytest.mark.long
NAMES = sql.Names("a-project", "nba")
MOMENT = datetime(2024, 1, 15, 12, tzinfo=UTC)
TABLE = NAMES.table(POINTS.layer, POINTS.name)
STAGED = {part: NAMES.staging(f"{POINTS.name}_{part}_1") for part in ("rows", "partition_log", "quarantine")}
STAGED_CHECKS = NAMES.staging("checks_1")
Analyze = Callable[[str], Any]


@pytest.fixture(scope="module")
def analyze() -> Analyze:
    """Analyzes a statement with the tables of these tests; raises if it is invalid."""
    from zetasql.types import (
        AnalyzerOptions,
        LanguageOptions,
        ResolvedNodeKind,
        TypeKind,
        ZetaSQLBuiltinFunctionOptions,
    )

    language = LanguageOptions.maximum_features()
    language.supported_statement_kinds.extend(
        kind
        for kind in ResolvedNodeKind
        if kind.name.endswith("_STMT") and kind not in language.supported_statement_kinds
    )
    catalog = zetasql_api.CatalogBuilder("warehouse")
    quality = {sql.LOGS[name]: [(f.name, f.kind) for f in sql.fields_of_log(name)] for name in QUALITY_TABLES}
    tables = {
        TABLE: [(field.name, field.kind) for field in sql.fields_of(POINTS)],
        NAMES.table("precompute", POINTS.name): [("game_date", "DATE"), ("player_id", "INT64")],
        STAGED["rows"]: [(field.name, field.kind) for field in sql.fields_of(POINTS)],
        **{NAMES.quality(name): columns for name, columns in quality.items()},
        STAGED["partition_log"]: [(n, sql.SQL_TYPES[k]) for n, k in QUALITY_TABLES["partition_log"].items()],
        STAGED["quarantine"]: [(n, sql.SQL_TYPES[k]) for n, k in QUALITY_TABLES["quarantine"].items()],
        STAGED_CHECKS: [(n, sql.SQL_TYPES[k]) for n, k in QUALITY_TABLES["check_results"].items()],
        NAMES.quality("write_counter"): [("value", "INT64")],
        NAMES.quality("leases"): [
            ("name", "STRING"),
            ("holder", "STRING"),
            ("description", "STRING"),
            ("expires_at", "TIMESTAMP"),
        ],
        NAMES.quality("warehouse_source"): [("source", "STRING"), ("recorded_at", "TIMESTAMP")],
    }
    for name, columns in tables.items():
        table = zetasql_api.TableBuilder(name)
        for column, kind in columns:
            table = table.add_column(column, TypeKind[f"TYPE_{kind.replace('FLOAT64', 'DOUBLE')}"])
        catalog = catalog.add_table(table.build())
    built = catalog.with_builtin_functions(ZetaSQLBuiltinFunctionOptions(language_options=language)).build()
    options = AnalyzerOptions(language_options=language, allow_undeclared_parameters=True)
    return zetasql_api.Analyzer(options, built).analyze_statement


CONDITIONS = sql.conditions_of(["a", "it's"], DAYS[0], DAYS[1])
STATEMENTS = {
    **dict(zip(("begin", "commit"), sql.transaction([]).rstrip(";").split(";\n"), strict=True)),
    "current time": sql.current_time(),
    "dataset": sql.create_dataset(NAMES, "raw", "EU"),
    "staging dataset": sql.create_dataset(NAMES, "staging", "EU"),
    "table": sql.create_table(NAMES, POINTS),
    "moved table": sql.create_table(NAMES, POINTS, NAMES.table("precompute", POINTS.name), ["game_date", "player_id"]),
    "drop table": sql.drop_table(TABLE),
    "add column": sql.add_column(TABLE, sql.Field("assists", "INT64", "Passes that led to a basket: 'dimes'")),
    "drop column": sql.drop_column(TABLE, "points"),
    "rows": sql.select_rows(TABLE, {"points": "`points`", "x": "CAST(NULL AS BOOL)"}, DAYS[0], DAYS[1], {}, MOMENT),
    "all of the ledger": sql.all_ledger(NAMES, CONDITIONS, MOMENT),
    "ledger": sql.newest_ledger(NAMES, CONDITIONS, MOMENT),
    "no table": sql.newest_ledger(NAMES, sql.conditions_of([], None, None), MOMENT),
    "quarantine": sql.current_rows(NAMES, "quarantine", CONDITIONS, MOMENT),
    "check results": sql.current_rows(NAMES, "check_results", CONDITIONS, MOMENT),
    "some columns of the ledger": sql.all_ledger(NAMES, CONDITIONS, MOMENT, ["game_date", "sequence"]),
    "some columns of check results": sql.current_rows(NAMES, "check_results", CONDITIONS, MOMENT, ["game_date"]),
    "failed checks": sql.failing_results(NAMES, "it's\n\\", MOMENT),
    "record source": sql.record_source(NAMES),
    "source": sql.select_source(NAMES, MOMENT),
    "is filled": sql.is_filled(NAMES, MOMENT),
    "insert lease": sql.insert_lease(NAMES, "lease:a", "a", "it's a test", 120),
    "renew leases": sql.renew_leases(NAMES, "a", 0.5),
    "give back lease": sql.give_back_lease(NAMES, "run", "a"),
    "delete old leases": sql.delete_old_leases(NAMES),
    "select lease": sql.select_lease(NAMES, "run"),
    "require no lease": sql.require_lease(NAMES, None),
    "require lease": sql.require_lease(NAMES, "a"),
    **{f"take lease {n}": found for n, found in enumerate(sql.take_lease(NAMES, "run", "a", "it's a test", 120))},
    **{f"quality {number}": found for number, found in enumerate(sql.create_quality(NAMES))},
    **{f"days {number}": found for number, found in enumerate(sql.replace_days(NAMES, POINTS, DAYS, 7, 3, STAGED))},
    **{
        f"checks {number}": found
        for number, found in enumerate(sql.replace_check_results(NAMES, "t", ["a", "b"], DAYS, STAGED_CHECKS))
    },
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS.keys())
def test_every_statement_is_googlesql(statement: str, analyze: Analyze) -> None:
    analyze(statement)


def test_the_tables_of_all_contracts_are_googlesql(analyze: Analyze) -> None:
    for table in registry.tables().values():
        analyze(sql.create_table(NAMES, table.contract))


INVALID = [
    (STATEMENTS["rows"].replace("`points`", "`assists`"), "Unrecognized name: `?assists"),
    (STATEMENTS["rows"].replace("DATE '2024-01-14'", "14"), "No matching signature"),
    (STATEMENTS["rows"].replace("CAST(NULL AS BOOL)", "NULL::BOOL"), "Syntax error"),
    (
        STATEMENTS["ledger"].replace("table_name IN", "list_contains(['a'], table_name) AND table_name IN"),
        "not found",
    ),
    (STATEMENTS["quarantine"].replace("quarantine_log", "quarantine_logs"), "Table not found"),
    (STATEMENTS["days 0"].replace(" WHERE TRUE", ""), "WHERE"),
    (STATEMENTS["days 1"].replace(" WHERE", ", WHERE"), "Syntax error"),
    (STATEMENTS["days 2"].replace("(`game_date`, ", "("), "column"),
    (STATEMENTS["days 3"].replace(" = 7", ""), "BOOL"),
    (STATEMENTS["table"].replace("INT64", "BIGNUMBER"), "Type not found"),
    (STATEMENTS["add column"].replace("ADD COLUMN", "ADD COLUMNS"), "Syntax error"),
    (STATEMENTS["give back lease"].replace("CURRENT_TIMESTAMP()", "120"), "TIMESTAMP"),
    (STATEMENTS["insert lease"].replace(", expires_at)", ")"), "column"),
    (STATEMENTS["require lease"].replace(" = 1", ""), "BOOL"),
    (STATEMENTS["dataset"].replace("OPTIONS(location='EU')", "LOCATION 'EU'"), "Syntax error"),
    (STATEMENTS["quality 5"].replace("SELECT", "SELECT a_column,", 1), "Unrecognized name: a_column"),
    (STATEMENTS["moved table"].replace("game_date >= DATE '0001-01-01'", "game_day IS NULL"), "Unrecognized name"),
    (STATEMENTS["record source"].replace("@source", "a_source"), "Unrecognized name: a_source"),
    (STATEMENTS["drop table"].replace("IF EXISTS", "IF PRESENT"), "Syntax error"),
    (STATEMENTS["drop column"].replace("DROP COLUMN", "DROP COLUMNS"), "Syntax error"),
    (STATEMENTS["begin"].replace("TRANSACTION", "TRANSACTIONS"), "Syntax error"),
    (STATEMENTS["commit"].replace("TRANSACTION", "TRANSACTIONS"), "Syntax error"),
]


def kind_of(statement: str) -> str:
    """The kind of a statement: its first keywords."""
    words = re.sub(r"IF NOT EXISTS |IF EXISTS |OR REPLACE ", "", statement).split()
    if words[0] == "ALTER":
        return " ".join([words[0], words[1], words[3]])
    is_query = words[:2] == ["CREATE", "TABLE"] and " AS SELECT " in statement
    return " ".join(words[: 2 if words[0] in ("CREATE", "DROP") else 1]) + (" AS SELECT" if is_query else "")


def test_of_each_kind_of_statement_an_invalid_one_is_tried() -> None:
    kinds = {kind_of(statement) for statement in STATEMENTS.values()}
    assert "CREATE TABLE AS SELECT" in kinds
    assert kinds == {kind_of(statement) for statement, _ in INVALID}, sorted(kinds)


def test_every_function_that_makes_a_statement_is_tried() -> None:
    makers = {
        name
        for name, made in vars(sql).items()
        if inspect.isfunction(made) and made.__module__ == sql.__name__ and not name.startswith("_")
        if inspect.signature(made).parameters.get("names") or name.startswith(("drop", "add", "select", "current_time"))
    }
    source = Path(__file__).read_text()
    assert len(makers) > 20
    assert [name for name in sorted(makers) if f"sql.{name}(" not in source] == []


@pytest.mark.parametrize(("statement", "why"), INVALID)
def test_the_analyzer_rejects_invalid_statements(statement: str, why: str, analyze: Analyze) -> None:
    assert statement not in STATEMENTS.values()
    with pytest.raises(Exception, match=why):
        analyze(statement)


def test_any_text_is_a_literal(analyze: Analyze) -> None:
    for value in ("it's", "\\", "a\nb\r", "'; DROP TABLE x; --", "\\'", '"', "\U0001f3c0"):
        resolved = analyze(f"SELECT {sql.text(value)} AS a")
        assert repr(value.encode())[2:-1] in str(resolved) or value in str(resolved)
