"""Opens the store for an address: the only module that knows the implementations."""

from __future__ import annotations

from pathlib import Path

from nba_assets.settings import GCS_SCHEME
from nba_assets.stores.folder import FileStore
from nba_assets.stores.gcs import GcsStore
from nba_assets.stores.protocol import Store


def open_store(address: str) -> Store:
    """The store at the address `gs://bucket/prefix`, or in the folder of that path."""
    return GcsStore.of_address(address) if address.startswith(GCS_SCHEME) else FileStore(Path(address))
