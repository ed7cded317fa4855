"""The fixtures of hand-made rows and of the bucket."""

from nba_assets_tests.hand_made import run, table_rows
from nba_assets_tests.publishing.bucket import emulator

__all__ = ["emulator", "run", "table_rows"]
