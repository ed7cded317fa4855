"""The mini archive of the mini warehouse."""

from nba_assets_tests.mini_warehouse import mini, shared_folder

__all__ = ["mini", "shared_folder"]
