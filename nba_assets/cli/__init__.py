"""The command line: one module per command, and all terminal output."""

from nba_assets.cli.group import main

__all__ = ["main"]
