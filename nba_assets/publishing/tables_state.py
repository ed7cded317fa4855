"""What is known about the tables, as the products on quality and progress tell it.

Those products speak of every table but themselves: what their own run leaves behind is not known while they are made.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from nba_assets import registry, status
from nba_assets.partitions import FIRST_DAY
from nba_assets.publishing.publication import Publication
from nba_assets.publishing.quality import QualityFrames
from nba_assets.staleness import by_reason, staleness


def spoken_of() -> dict[str, str]:
    """Layer by table of the tables that are spoken of, upstream first."""
    return {
        name: table.contract.layer
        for name, table in registry.tables().items()
        if table.publishes is None or not table.publishes.is_of_checks
    }


def quality_frames(publication: Publication) -> QualityFrames:
    """Ledger, check results and the games that are expected."""
    return QualityFrames(
        publication.ledger(),
        publication.check_results(),
        status.expected_games(publication.platform),
        spoken_of(),
    )


def stale(publication: Publication, newest: date) -> pd.DataFrame:
    """Days up to the newest whose inputs or code have changed: table_name, reason, days, first, last."""
    return by_reason(staleness(list(spoken_of()), FIRST_DAY, newest, publication.platform))
