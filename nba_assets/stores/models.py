"""Files of trained models in the models folder: named by their content, looked up by their training data."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

NOTES = "by_days"
"""Subfolder of what `note` keeps. It may be deleted at any time."""


class ModelError(RuntimeError):
    """A model file is missing or was changed; the message says what to do."""


@dataclass(frozen=True)
class Artifact:
    """A model file: its path below the folder and the sha256 of its content."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Known:
    """A trained model: its file, and its mean absolute error (points) on its training rows."""

    artifact: Artifact
    training_mae: float


@dataclass(frozen=True)
class ModelStore:
    """Models in a folder, which is created if it is missing."""

    folder: Path

    def save(self, text: str) -> Artifact:
        """Writes the text to a file named by its content; an existing file is left unchanged."""
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        artifact = Artifact(f"{sha256[:2]}/{sha256}.txt", sha256)
        if not (self.folder / artifact.path).exists():
            _write(self.folder / artifact.path, text)
        return artifact

    def load(self, artifact: Artifact) -> str:
        """The text of a model.

        Raises:
            ModelError: the file is missing or its content has changed.
        """
        path = self.folder / artifact.path
        remedy = "rebuild its days of points_models: nba-assets backfill --select points_models --force"
        if not path.exists():
            raise ModelError(f"the model file {path} is gone; {remedy}")
        text = path.read_text(encoding="utf-8")
        found = hashlib.sha256(text.encode()).hexdigest()
        if found != artifact.sha256:
            raise ModelError(
                f"the model file {path} has sha256 {found[:12]}, expected {artifact.sha256[:12]}; "
                f"delete it and {remedy}"
            )
        return text

    def remembered(self, fingerprint: str) -> dict[str, Known] | None:
        """The models by head that were trained on the data with this fingerprint; None if a file is missing."""
        note = self.folder / "by_data" / f"{fingerprint}.json"
        if not note.exists():
            return None
        entries = json.loads(note.read_text(encoding="utf-8"))
        if any("training_mae" not in entry for entry in entries.values()):
            return None  # written by an earlier version
        found = {
            head: Known(Artifact(entry["path"], entry["sha256"]), entry["training_mae"])
            for head, entry in entries.items()
        }
        return found if all((self.folder / known.artifact.path).exists() for known in found.values()) else None

    def remember(self, fingerprint: str, models: Mapping[str, Known]) -> None:
        """Records the models, by head, that were trained on the data with this fingerprint."""
        entries = {
            head: {"path": known.artifact.path, "sha256": known.artifact.sha256, "training_mae": known.training_mae}
            for head, known in models.items()
        }
        _write(self.folder / "by_data" / f"{fingerprint}.json", json.dumps(entries, sort_keys=True))

    def noted(self, name: str, identity: str) -> list[dict[str, Any]] | None:
        """The records of `note` if they were written for this identity; None if not, or if the file is damaged."""
        path = self.folder / NOTES / f"{name}.json"
        if not path.exists():
            return None
        digest, _, content = path.read_bytes().partition(b"\n")
        if hashlib.sha256(content).hexdigest().encode() != digest:
            log.warning("%s is damaged (its checksum is wrong); the training rows are read instead", path)
            return None
        found = json.loads(content)
        return list(found["records"]) if found["identity"] == identity else None

    def note(self, name: str, identity: str, records: Sequence[Mapping[str, object]]) -> None:
        """Keeps records (JSON) under a name, in place of earlier ones, with the identity of what they derive from."""
        content = json.dumps({"identity": identity, "records": list(records)}, sort_keys=True)
        digest = hashlib.sha256(content.encode()).hexdigest()
        _write(self.folder / NOTES / f"{name}.json", f"{digest}\n{content}")


def _write(path: Path, text: str) -> None:
    """Writes atomically: to a temporary name, then moved.

    The name is unique in the process: cut-offs are trained in threads, and two with the same data write the same model.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
