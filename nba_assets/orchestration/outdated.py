"""Which of Dagster's records nothing displays any more, as conditions that SQLite and Postgres both understand.

Kept, so that every status in the web UI remains the same:

* the newest evaluation of each check and day, with its metadata;
* the newest materialization of each table and day, and those that a remaining evaluation refers to;
* the newest plan of a materialization without a materialization after it (which identifies a failed day);
* everything of runs that are not finished, and the events of a run's start, steps, failure and end;
* in the log of each run one materialization and one evaluation of each table and check, which is what
  *Re-execute from failure* asks for.

`finished` is a table with the ids of the runs that are over, and '' for what no run has written.
"""

from __future__ import annotations

from dataclasses import dataclass

EVALUATION, EVALUATION_PLANNED = "ASSET_CHECK_EVALUATION", "ASSET_CHECK_EVALUATION_PLANNED"
MADE, PLANNED = "ASSET_MATERIALIZATION", "ASSET_MATERIALIZATION_PLANNED"
_NEWEST_EVALUATIONS = (
    "SELECT max(id) FROM asset_check_executions WHERE evaluation_event_storage_id IS NOT NULL "
    "GROUP BY asset_key, check_name, partition"
)
IS_FINISHED = "run_id IN (SELECT run_id FROM finished)"
REPLACED_EVALUATIONS = (
    f"{IS_FINISHED} AND id NOT IN ({_NEWEST_EVALUATIONS}) AND id < (SELECT max(id) FROM asset_check_executions)"
)
REPLACED_MATERIALIZATIONS = (
    f"dagster_event_type = '{MADE}' AND {IS_FINISHED} AND id NOT IN "
    f"(SELECT max(id) FROM event_logs WHERE dagster_event_type = '{MADE}' GROUP BY asset_key, partition) "
    "AND id NOT IN (SELECT materialization_event_storage_id FROM asset_check_executions "
    f"WHERE materialization_event_storage_id IS NOT NULL AND NOT ({REPLACED_EVALUATIONS})) "
    "AND id < (SELECT max(id) FROM event_logs)"
)
PLANS_OF_MADE = (
    f"dagster_event_type = '{PLANNED}' AND {IS_FINISHED} "
    f"AND id NOT IN (SELECT max(id) FROM event_logs WHERE dagster_event_type = '{PLANNED}' GROUP BY asset_key) "
    f"AND id NOT IN (SELECT id FROM (SELECT max(id) FILTER (WHERE dagster_event_type = '{PLANNED}') AS id, "
    f"max(id) AS newest FROM event_logs WHERE dagster_event_type IN ('{MADE}', '{PLANNED}') "
    "GROUP BY asset_key, partition) AS plans WHERE id = newest) AND id < (SELECT max(id) FROM event_logs)"
)
OUTDATED_TAGS = (
    f"(event_id IN (SELECT id FROM event_logs WHERE {REPLACED_MATERIALIZATIONS}) "
    "OR event_id NOT IN (SELECT id FROM event_logs)) AND id < (SELECT max(id) FROM asset_event_tags)"
)


@dataclass(frozen=True)
class Pruned:
    """What was or would be deleted, and the size of Dagster's records in bytes before and after."""

    rows: dict[str, int]
    before: int
    after: int
    """In a dry run on SQLite an upper bound: free space inside the files is not subtracted."""
