"""The systems that are trained on the feature store."""

from __future__ import annotations

from nba_assets.tables.predictions import boosting, linear
from nba_assets.tables.predictions.learning import Learner

LEARNERS: tuple[Learner, ...] = (boosting, linear)
