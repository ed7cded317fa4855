"""`python -m nba_assets.cli`."""

from nba_assets.cli import main

main()
