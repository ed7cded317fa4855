"""Deletes everything built from the simulated league, so that the same NBA_HOME can hold real games."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nba_assets.engine.manifest import MANIFEST, read_manifest
from nba_assets.engine.platform import Platform
from nba_assets.engine.publication import ROOT
from nba_assets.sources.protocol import SourceError
from nba_assets.stores.folder import PARTIAL, FileStore


@dataclass(frozen=True)
class Remains:
    """A file or folder that a reset deletes."""

    path: Path
    what: str

    @property
    def bytes(self) -> int:
        """Size of the files."""
        if self.path.is_dir():
            return sum(each.lstat().st_size for each in self.path.rglob("*") if not each.is_dir())
        return self.path.lstat().st_size

    def delete(self) -> None:
        if self.path.is_dir():
            shutil.rmtree(self.path)
        else:
            self.path.unlink(missing_ok=True)


def simulated_remains(platform: Platform) -> list[Remains]:
    """The files that a reset deletes, in order; the warehouse is last, because it records that everything is simulated.

    Raises:
        SourceError: the warehouse has real games or is not a file, or published simulated files are in a bucket.
    """
    settings = platform.settings
    database = settings.database
    if database is None:
        raise SourceError(
            f"reset deletes only warehouses that are files: delete the datasets of {settings.warehouse_name} with the "
            "provider's tools (bq rm -r -d). Nothing was deleted."
        )
    # Opening a warehouse creates its file.
    held = platform.held_source if database.exists() else None
    if held == "archive":
        raise SourceError(
            f"The warehouse {database} has real games; reset deletes only simulated ones. Nothing was deleted."
        )
    published = list(_published(platform, is_own_simulated=held == "simulated"))
    if held is None:  # files next to an empty warehouse may come from real games
        return published
    home = settings.home
    candidates = [
        Remains(settings.models, "models"),
        Remains(settings.sums, "sums of past days"),
        Remains(home / "dagster", "Dagster's records of the runs"),
        *published,
        Remains(home / "simulated", "the simulated league"),
        Remains(database.with_name(database.name + ".wal"), "the warehouse's log"),
        Remains(database, "the warehouse"),
    ]
    return [remains for remains in candidates if remains.path.exists()]


def _published(platform: Platform, *, is_own_simulated: bool) -> Iterator[Remains]:
    """The published files, if their manifest says that they are simulated.

    The manifest is written last; without one, files below NBA_HOME are simulated if the warehouse is.
    """
    store = platform.store
    manifest = store.read(ROOT + MANIFEST)
    is_simulated = manifest is not None and read_manifest(manifest, store, "source")["source"] == "simulated"
    if is_simulated and not isinstance(store, FileStore):
        raise SourceError(
            f"{store.address} has files of the simulated league, and reset does not delete from buckets: delete "
            f"{store.address}/{ROOT} with the provider's tools, then run the command again. Nothing was deleted."
        )
    if isinstance(store, FileStore):
        is_below_home = store.folder == platform.settings.home / "published"
        if is_simulated or (manifest is None and is_below_home and is_own_simulated):
            found = ((PARTIAL, "published files that were being written"), (ROOT, "published files"))
            yield from (each for path, what in found if (each := Remains(store.folder / path, what)).path.exists())
