"""The fixtures of hand-made rows."""

from nba_assets_tests.hand_made import empty_box, run, table_rows

__all__ = ["empty_box", "run", "table_rows"]
