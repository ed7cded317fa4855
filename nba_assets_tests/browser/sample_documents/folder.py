"""All documents, and the folder in which they are published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from nba_assets.documents import schemas
from nba_assets.site.files import site_files
from nba_assets_tests.browser.sample_documents.best_bets import best_bets
from nba_assets_tests.browser.sample_documents.filled import filled
from nba_assets_tests.browser.sample_documents.league import DAYS, PLAYERS
from nba_assets_tests.browser.sample_documents.players import player, players_index
from nba_assets_tests.browser.sample_documents.predictions import predictions
from nba_assets_tests.browser.sample_documents.progress import progress
from nba_assets_tests.browser.sample_documents.quality import quality_calendar, quality_day
from nba_assets_tests.browser.sample_documents.results import results
from nba_assets_tests.browser.sample_documents.systems import performance
from nba_assets_tests.browser.sample_documents.trends import streaks, trends


def documents(source: str = "archive", days: Sequence[date] = DAYS) -> dict[str, dict[str, Any]]:
    """All documents by path in v1/, without the manifest."""
    found: dict[str, dict[str, Any]] = {}
    for day in days:
        found[f"predictions/{day}.json"] = predictions(day, source)
        found[f"best-bets/{day}.json"] = best_bets(day, source)
        found[f"results/{day}.json"] = results(day, source)
        found[f"streaks/{day}.json"] = streaks(day, source)
        found[f"quality/{day}.json"] = quality_day(day, source)
    if days:
        found["predictions/today.json"] = found[f"predictions/{days[-1]}.json"]
        found["best-bets/latest.json"] = found[f"best-bets/{days[-1]}.json"]
        found["results/latest.json"] = found[f"results/{days[-1]}.json"]
        found["systems/performance.json"] = performance(source)
        found["players/index.json"] = players_index(source)
        found |= {f"players/{player_id}.json": player(player_id, source) for player_id in PLAYERS}
        found |= trends(source)
        found["quality/calendar.json"] = quality_calendar(source)
        found["progress.json"] = progress(source)
    return found


def publish(folder: Path, found: Mapping[str, Mapping[str, Any]], source: str = "archive") -> None:
    """Writes the documents, their manifest and the site to folder/v1.

    Raises:
        SchemaError: a document does not match its schema.
    """
    listed = []
    for path, document in sorted(found.items()):
        schemas.check(f"v1/{path}", document)
        data = json.dumps(document, ensure_ascii=False).encode()
        _write(folder / "v1" / path, data)
        day = document.get("game_date")
        listed.append(
            {
                "path": path,
                "product": path.split("/")[0],
                "game_date": day,
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )
    totals = {"files": len(listed), "bytes": sum(row["bytes"] for row in listed), "rows": 0}
    manifest = filled("manifest", {"source": source, "totals": totals, "products": [], "files": listed})
    schemas.check("v1/manifest.json", manifest)
    _write(folder / "v1" / "manifest.json", json.dumps(manifest).encode())
    for path, data in site_files():
        _write(folder / "v1" / path, data)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
