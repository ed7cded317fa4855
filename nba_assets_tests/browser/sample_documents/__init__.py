"""A published folder for tests of the site: hand-made documents, valid against the schemas; no archive is needed."""

from nba_assets_tests.browser.sample_documents.folder import documents, publish
from nba_assets_tests.browser.sample_documents.league import EMPTY_DAY, FAILED_KEY, GAMES, NEWEST, SCRIPT_NAME, SYSTEMS
from nba_assets_tests.browser.sample_documents.predictions import predictions
from nba_assets_tests.browser.sample_documents.results import results

__all__ = [
    "EMPTY_DAY",
    "FAILED_KEY",
    "GAMES",
    "NEWEST",
    "SCRIPT_NAME",
    "SYSTEMS",
    "documents",
    "predictions",
    "publish",
    "results",
]
