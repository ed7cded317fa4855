"""The texts of Dagster's events, serialised here: four seasons have 350,000 of evaluations and materializations.

Full texts equal Dagster's own. Brief ones leave out what the row's columns, its run and its evaluation contain anyway;
Dagster deserialises them to the same asset events. The parts common to the events of a step are serialised once.
"""

import json
from collections.abc import Callable
from typing import Any, cast

from dagster import (
    AssetCheckEvaluation,
    AssetKey,
    AssetMaterialization,
    DagsterEventType,
    EventLogEntry,
    IntMetadataValue,
    TextMetadataValue,
)
from dagster._core.events import AssetMaterializationPlannedData, StepMaterializationData
from dagster._serdes import pack_value, serialize_value

INPUT_TAGS = ("dagster/input_data_version/", "dagster/input_event_pointer/")
OF_DAYS = frozenset({DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_MATERIALIZATION_PLANNED})
"""Kinds of events of which a run over many days has one a table and day."""
BRIEFLY_WITHOUT = ("logging_tags", "message", "pid", "solid_handle", "step_handle", "step_key", "step_kind_value")
"""Parts of `dagster_event` that a brief event omits: its columns, run and evaluation contain the same data."""
Row = dict[str, Any]
"""Values by column or field."""


def without_input_tags(event: EventLogEntry) -> EventLogEntry:
    """A materialization without the tags that name the versions of its inputs.

    Dagster takes them from the newest materialization of each input, whatever its day, so in a run over many days they
    are wrong for most days (the ledger's inputs_hash is correct), and they are more than half of the text.
    """
    if event.dagster_event_type != DagsterEventType.ASSET_MATERIALIZATION:
        return event
    found = event.get_dagster_event()
    data = cast("StepMaterializationData", found.event_specific_data)
    held = data.materialization
    kept = {name: value for name, value in (held.tags or {}).items() if not name.startswith(INPUT_TAGS)}
    if len(kept) == len(held.tags or {}):
        return event
    made = AssetMaterialization(held.asset_key, held.description, held.metadata, held.partition, kept)
    return event._replace(dagster_event=found._replace(event_specific_data=data._replace(materialization=made)))


class EventTexts:
    """Texts of events, full (`serialize_value`) or brief; only the parts that differ are serialised again.

    Full texts are those of check evaluations, brief ones also those of materializations. A shell is the text of a
    step's event around the parts that differ by day. The last one is cached, because a step writes its events one after
    another.
    """

    _MESSAGE, _TIMESTAMP = "~ the message of an event ~", -7.25

    def __init__(self, *, is_brief: bool = False) -> None:
        self._pack: Callable[[EventLogEntry], str] = brief if is_brief else serialize_value
        self._kinds = {DagsterEventType.ASSET_CHECK_EVALUATION, *(OF_DAYS if is_brief else ())}
        self._separators = (",", ":") if is_brief else (", ", ": ")
        self._text = json.JSONEncoder(separators=self._separators).encode
        data, timestamp = ("event_specific_data", None), ("timestamp", self._TIMESTAMP)
        message = ("message", self._MESSAGE)
        own = [data, timestamp] if is_brief else [data, message, timestamp, ("user_message", self._MESSAGE)]
        self._own = [self._text({name: value})[1:-1] for name, value in own]
        self._shell: tuple[EventLogEntry, list[str]] | None = None

    def of(self, event: EventLogEntry) -> str | None:
        """The text of the event; None if it is of another kind, or has metadata other than text and whole numbers."""
        if event.dagster_event_type not in self._kinds:
            return None
        found = event.get_dagster_event()
        packed = _packed(found.event_specific_data)
        if packed is None:
            return None
        empty = event._replace(
            timestamp=self._TIMESTAMP,
            user_message=self._MESSAGE,
            dagster_event=found._replace(event_specific_data=None, message=self._MESSAGE),
        )
        shell = self._shell  # another thread may replace it at any time
        if shell is None or shell[0] != empty:
            shell = self._shell = (empty, self._cut(self._pack(empty)))
        parts = shell[1]
        own: tuple[Any, ...] = (packed, found.message, event.timestamp, event.user_message)
        if len(self._own) == 2:
            own = (own[0], own[2])
        return parts[0] + "".join(self._text(value) + part for value, part in zip(own, parts[1:], strict=True))

    def _cut(self, text: str) -> list[str]:
        """The text before, between and after the parts."""
        found = []
        for own in self._own:
            before, mark, text = text.partition(own)
            if not mark:
                raise ValueError(f"Dagster's text of an event has no {own}")
            found.append(before + own.partition(":")[0] + self._separators[1])
        return [*found, text]


def brief(event: EventLogEntry) -> str:
    """A text of half the length that Dagster deserialises to the same asset event."""
    found = event.get_dagster_event()._replace(
        logging_tags={}, message=None, pid=None, node_handle=None, step_handle=None, step_key=None, step_kind_value=None
    )
    packed = cast("Row", pack_value(event._replace(user_message="", dagster_event=found)))
    for name in BRIEFLY_WITHOUT:
        packed["dagster_event"].pop(name, None)
    packed.pop("message", None)
    return json.dumps(packed, separators=(",", ":"), sort_keys=True)


def _packed(data: object) -> Row | None:
    """The data of an event of a day in Dagster's form for JSON (dagster_shared.serdes); None if it has another form."""
    match data:
        case AssetCheckEvaluation():
            return _packed_evaluation(data)
        case StepMaterializationData() if not data.asset_lineage:
            made = _packed_materialization(data.materialization)
            return made and {"__class__": "StepMaterializationData", "asset_lineage": [], "materialization": made}
        case AssetMaterializationPlannedData() if data.partitions_subset is None:
            return {
                "__class__": "AssetMaterializationPlannedData",
                "asset_key": _packed_key(data.asset_key),
                "partition": data.partition,
                "partitions_subset": None,
            }
    return None


def _packed_key(key: AssetKey) -> Row:
    return {"__class__": "AssetKey", "path": list(key.path)}


def _packed_evaluation(evaluation: AssetCheckEvaluation) -> Row | None:
    if not all(isinstance(value, TextMetadataValue) for value in evaluation.metadata.values()):
        return None
    target = evaluation.target_materialization_data
    return {
        "__class__": "AssetCheckEvaluation",
        "asset_key": _packed_key(evaluation.asset_key),
        "blocking": evaluation.blocking,
        "check_name": evaluation.check_name,
        "description": evaluation.description,
        "metadata": {
            name: {"__class__": "TextMetadataEntryData", "text": cast("TextMetadataValue", value).text}
            for name, value in evaluation.metadata.items()
        },
        "partition": evaluation.partition,
        "severity": {"__enum__": f"AssetCheckSeverity.{evaluation.severity.name}"},
        "success": evaluation.passed,
        "target_materialization_data": None
        if target is None
        else {
            "__class__": "AssetCheckEvaluationTargetMaterializationData",
            "run_id": target.run_id,
            "storage_id": target.storage_id,
            "timestamp": target.timestamp,
        },
    }


def _packed_materialization(made: AssetMaterialization) -> Row | None:
    """Without the tags that `without_input_tags` removes."""
    entries = []
    for name, value in made.metadata.items():
        data: Row
        if isinstance(value, TextMetadataValue):
            data = {"__class__": "TextMetadataEntryData", "text": value.text}
        elif isinstance(value, IntMetadataValue):
            data = {"__class__": "IntMetadataEntryData", "value": value.value}
        else:
            return None
        entries.append({"__class__": "EventMetadataEntry", "description": None, "entry_data": data, "label": name})
    tags = {name: value for name, value in sorted((made.tags or {}).items()) if not name.startswith(INPUT_TAGS)}
    return {
        "__class__": "AssetMaterialization",
        "asset_key": _packed_key(made.asset_key),
        "description": made.description,
        "metadata_entries": entries,
        "partition": made.partition,
        "tags": tags,
    }
