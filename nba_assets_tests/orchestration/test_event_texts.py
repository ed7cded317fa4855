"""The texts of events compared with those that Dagster writes."""

from typing import Any

import dagster as dg
import pytest
from dagster import AssetCheckEvaluation, DagsterEventType, EventLogEntry
from dagster._core.events import (
    AssetMaterializationPlannedData,
    StepMaterializationData,
)
from dagster._serdes import serialize_value

from nba_assets.orchestration import event_texts
from nba_assets.orchestration.event_log_sqlite import BatchingSqliteEventLogStorage
from nba_assets_tests.orchestration.event_examples import (
    DAYS,
    KEY,
    RUN,
    entry,
    evaluation,
    log_message,
    materialization_target,
)

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")

OTHER_KINDS: list[dict[str, Any]] = [{"n": 3}, {"n": 1.5}, {"link": dg.MetadataValue.url("https://example.com")}]


@pytest.mark.parametrize(
    "metadata",
    [{}, {"expected": "3", "found": "2"}, {"text": 'Jokić said "~ the message of an evaluation ~"\n'}, *OTHER_KINDS],
    ids=str,
)
def test_the_text_of_an_evaluation_is_dagster_s_own(
    metadata: dict[str, Any], ours: BatchingSqliteEventLogStorage
) -> None:
    """Several steps, one of which is repeated, each with its own parts."""
    events = []
    for step in ("first", "second", "first"):
        for day in DAYS[:2]:
            data = AssetCheckEvaluation(
                asset_key=dg.AssetKey(["a", "b"]),
                check_name=step,
                passed=day == DAYS[0],
                metadata=metadata,
                target_materialization_data=materialization_target(7, RUN) if day == DAYS[1] else None,
                severity=dg.AssetCheckSeverity.WARN,
                description=None if day == DAYS[0] else 'a "description"',
                partition=day,
            )
            plain = entry(DagsterEventType.ASSET_CHECK_EVALUATION, data, 0.1 + len(events))
            events.append(plain._replace(step_key=step, user_message=f"{step} {day}"))
    assert [ours._event_to_row(event)["event"] for event in events] == [serialize_value(event) for event in events]


def test_brief_texts_assembled_from_parts_are_those_that_dagster_packs() -> None:
    metadata = {"rows": 7, "status": 'ok "quoted", Jokić', "page": dg.MetadataValue.md("**bold**")}
    tags = {"dagster/data_version": "7", f"{event_texts.INPUT_TAGS[0]}schedule": "1", "b": "2", "a": "3"}
    texts = event_texts.EventTexts(is_brief=True)

    def made(names: tuple[str, ...], day: str) -> EventLogEntry:
        of_day = dg.AssetMaterialization(
            "games", "what is in it", {name: metadata[name] for name in names}, partition=day, tags=tags
        )
        return entry(DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(of_day), 12.25)

    planned = AssetMaterializationPlannedData(KEY, partition=DAYS[0], partitions_subset=None)
    events = [
        made(("status", "rows"), DAYS[0]),
        made((), DAYS[1]),
        entry(DagsterEventType.ASSET_MATERIALIZATION_PLANNED, planned, 3.5),
        evaluation(DAYS[0], target=3),
    ]
    for event in events:
        assert texts.of(event) == event_texts.brief(event_texts.without_input_tags(event))
    assert texts.of(made(("rows", "page"), DAYS[0])) is None, "metadata of other kinds are packed by Dagster"
    assert texts.of(log_message()) is None
