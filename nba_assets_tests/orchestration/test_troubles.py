"""Problems reported after the daily update, and from which time on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd

from nba_assets.contracts.contract import to_arrow
from nba_assets.engine import registry
from nba_assets.engine.platform import Platform
from nba_assets.orchestration.troubles import PUBLICATION, Trouble, of_feeds, of_publication, of_runs
from nba_assets.settings import Settings
from nba_assets.sources.live.feeds import FEEDS, FeedResult, Feeds
from nba_assets.warehouses.protocol import QUALITY_TABLES
from nba_assets_tests.local_server import Answer
from nba_assets_tests.orchestration.live_days import LiveDays, eastern

SUNDAY = date(2022, 10, 23)
MONDAY = SUNDAY + timedelta(days=1)


def asked(here: LiveDays, at: datetime) -> tuple[Feeds, list[FeedResult]]:
    here.now = at.astimezone(UTC)
    feeds = Feeds.of(Settings())
    return feeds, [result for name in FEEDS for result in feeds.fetch(name, [SUNDAY])]


def of_asked(here: LiveDays, at: datetime) -> dict[str, Trouble]:
    feeds, result = asked(here, at)
    today = at.date()
    return {trouble.cause: trouble for trouble in of_feeds(feeds, result, [SUNDAY], today)}


def published(here: LiveDays, at: datetime, *, is_behind: bool = True) -> list[str]:
    here.now = at.astimezone(UTC)
    troubles = of_publication(Feeds.of(Settings()), SUNDAY, Platform(Settings()), lambda: is_behind)
    return [trouble.cause for trouble in troubles]


def test_a_host_that_refuses_for_long_is_reported(here: LiveDays) -> None:
    here.publishers.fault = lambda path: Answer(status=403) if "nba.com" in path else None
    first = of_asked(here, eastern(SUNDAY, 10))
    assert first["refused cdn.nba.com"].is_alerted is False
    assert "refuses this machine" in first["refused cdn.nba.com"].sentence
    assert of_asked(here, eastern(SUNDAY, 11))["refused cdn.nba.com"].is_alerted is False
    assert of_asked(here, eastern(SUNDAY, 12))["refused cdn.nba.com"].is_alerted is True
    here.publishers.fault = lambda path: None
    assert of_asked(here, eastern(SUNDAY, 13)) == {}
    here.publishers.fault = lambda path: Answer(status=403) if "nba.com" in path else None
    again = of_asked(here, eastern(SUNDAY, 18))
    assert again["refused cdn.nba.com"].is_alerted is False, "it answered in between"


def test_a_refusing_host_with_a_substitute_is_not_reported(here: LiveDays) -> None:
    here.publishers.fault = lambda path: Answer(status=403) if path.startswith("cdn.nba.com") else None
    assert of_asked(here, eastern(SUNDAY, 10)) == {}


def test_used_up_credits_are_reported_at_once(here: LiveDays) -> None:
    gone = Answer(b'{"error_code": "OUT_OF_USAGE_CREDITS"}', status=401)
    here.publishers.fault = lambda path: gone if "odds" in path else None
    assert of_asked(here, eastern(SUNDAY, 10))["refused api.the-odds-api.com"].is_alerted is True


def test_a_rejected_key_is_reported_at_once(here: LiveDays) -> None:
    wrong = Answer(b'{"error_code": "INVALID_KEY"}', status=401)
    here.publishers.fault = lambda path: wrong if "odds" in path else None
    assert of_asked(here, eastern(SUNDAY, 10))["refused api.the-odds-api.com"].is_alerted is True


def test_a_box_score_of_yesterday_is_late_from_nine_on(here: LiveDays) -> None:
    here.publishers.fault = lambda path: Answer(status=500) if "boxscore" in path else None
    asked(here, eastern(SUNDAY, 15))
    assert of_asked(here, eastern(MONDAY, 6))[f"boxes {SUNDAY}"].is_alerted is False
    late = of_asked(here, eastern(MONDAY, 9))[f"boxes {SUNDAY}"]
    assert late.is_alerted and late.sentence == f"{SUNDAY}: no final box score of 0022200005, 0022200006."


def test_predictions_must_be_published_an_hour_before_the_first_game(here: LiveDays) -> None:
    asked(here, eastern(SUNDAY, 17, 45))
    assert published(here, eastern(SUNDAY, 18, 29)) == []
    assert published(here, eastern(SUNDAY, 18, 30)) == [f"unpublished {SUNDAY}"]
    here.publishers.postponed = {"0022200005", "0022200006"}
    asked(here, eastern(SUNDAY, 21))
    assert published(here, eastern(SUNDAY, 21)) == [], "there is no game"


def test_quotes_must_be_fresh_before_a_game(here: LiveDays) -> None:
    here.publishers.fault = lambda path: Answer(status=500) if "odds" in path else None
    asked(here, eastern(SUNDAY, 15))
    assert published(here, eastern(SUNDAY, 16, 29)) == []
    assert published(here, eastern(SUNDAY, 16, 31)) == [f"old quotes {SUNDAY}"]
    here.publishers.fault = lambda path: None
    asked(here, eastern(SUNDAY, 17))
    assert published(here, eastern(SUNDAY, 18, 14)) == []
    assert published(here, eastern(SUNDAY, 18, 16)) == [f"old quotes {SUNDAY}"]


def test_predictions_are_old_when_what_landed_since_changes_them(here: LiveDays) -> None:
    platform = Platform(Settings())
    asked(here, eastern(SUNDAY, 15))
    written = pd.Timestamp(eastern(SUNDAY, 14)).tz_convert("UTC")
    row = {name: pd.Series([None], dtype="object") for name in QUALITY_TABLES["partition_log"]}
    ledger = pd.DataFrame(row).assign(
        table_name=PUBLICATION, game_date=pd.to_datetime([SUNDAY]), status="ok", rows=0, set_aside=0, duplicates=0,
        missing_days=0, inputs_hash="", code_version="", run_id="run", content_hash="", content_changed_at=written,
        read_at=written, written_at=written,
    )  # fmt: skip
    contract = registry.contract(PUBLICATION)
    none = to_arrow(contract, pd.DataFrame(columns=contract.column_names))
    platform.warehouse.replace_days(contract, none, [SUNDAY], ledger, pd.DataFrame())
    assert published(here, eastern(SUNDAY, 15, 1)) == [f"old predictions {SUNDAY}"]
    assert published(here, eastern(SUNDAY, 15, 1), is_behind=False) == [], "the reply has nothing new"


def test_a_failing_error_check_is_one_problem_for_all_days(here: LiveDays) -> None:
    days = [SUNDAY - timedelta(days=number) for number in range(3)]
    rows = [("rows", "ERROR"), ("rows", "ERROR"), ("history", "ERROR")]
    results = pd.DataFrame(
        {name: pd.Series([None] * 3, dtype="object") for name in QUALITY_TABLES["check_results"]}
    ).assign(
        table_name="player_boxscores",
        check_name="keys",
        game_date=pd.to_datetime(days),
        passed=False,
        cause=[cause for cause, _ in rows],
        severity=[severity for _, severity in rows],
        failing=1,
        reasons='{"twice": 1}',
        observed="{}",
        run_id="run",
        evaluated_at=pd.Timestamp(here.now),
    )
    platform = Platform(Settings())
    platform.warehouse.replace_check_results(results, "player_boxscores", ["keys"], days)
    (trouble,) = of_runs([], days, platform)
    assert trouble.cause == "check player_boxscores keys" and trouble.is_alerted
    assert "fails on 2 of the last days, the newest is 2022-10-23" in trouble.sentence
    assert list(of_runs([], [MONDAY], platform)) == []


def test_the_publication_is_a_table() -> None:
    assert PUBLICATION in registry.tables()
