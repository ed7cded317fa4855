"""NBA player-props data platform: every table is a daily-partitioned Dagster asset.

>>> from nba_assets import load_table
>>> load_table("player_game_summary", "2024-01-01", "2024-01-31")
"""

import os
import sys

# Copy-on-write, the default of pandas 3: shared data are copied on modification, not on every assignment. It is set
# through the variable that pandas reads on import, because commands that need no frames start twice as fast without
# importing pandas.
os.environ["PANDAS_COPY_ON_WRITE"] = "1"
if "pandas" in sys.modules:
    sys.modules["pandas"].options.mode.copy_on_write = True

from nba_assets.engine.load import load_table

__all__ = ["load_table"]
