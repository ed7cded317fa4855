"""NBA player-props data platform: every table is a daily-partitioned Dagster asset.

>>> from nba_assets import load_table
>>> load_table("player_game_summary", "2024-01-01", "2024-01-31")
"""

import pandas as pd

from nba_assets.engine.load import load_table

__all__ = ["load_table"]

# As pandas 3 has it for good: what shares data is copied when it is written to, not each time it is passed on.
pd.options.mode.copy_on_write = True
