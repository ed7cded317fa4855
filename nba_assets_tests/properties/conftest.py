"""The fixtures of the mini warehouse."""

from nba_assets_tests.mini_warehouse import (
    empty_home,
    full,
    full_home,
    home,
    mini,
    own_archive,
    shared_folder,
    tables_home,
)

__all__ = ["empty_home", "full", "full_home", "home", "mini", "own_archive", "shared_folder", "tables_home"]
