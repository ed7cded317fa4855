"""NBA player-props data platform: every table is a daily-partitioned Dagster asset.

>>> from nba_assets import load_table
>>> load_table("player_game_summary", "2024-01-01", "2024-01-31")
"""

from nba_assets.tables import load_table

__all__ = ["load_table"]
