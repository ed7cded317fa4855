"""The fixtures of hand-made rows."""

from nba_assets_tests.hand_made import run, table_rows

__all__ = ["run", "table_rows"]
