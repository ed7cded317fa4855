"""What a project lacks is told in a sentence: credentials, the API, billing, permissions, datasets, quotas.

The errors have the texts and reasons of BigQuery; no server is needed.
"""

from __future__ import annotations

from unittest.mock import MagicMock

import pytest
from click.testing import CliRunner
from google.api_core import exceptions
from google.auth.exceptions import DefaultCredentialsError, RefreshError

from nba_assets import cli
from nba_assets.warehouses.bigquery.connection import Clients
from nba_assets.warehouses.bigquery.warehouse import BigQueryWarehouse
from nba_assets.warehouses.factory import open_warehouse
from nba_assets.warehouses.protocol import WarehouseRefused
from nba_assets_tests.mini_warehouse import Home
from nba_assets_tests.warehouses.hand_made import DAYS, POINTS, write

ADDRESS = "bigquery://a-project/nba"


def refused(reason: str, message: str) -> exceptions.Forbidden:
    return exceptions.Forbidden(message, [{"reason": reason, "message": message}])


REFUSALS = [
    (DefaultCredentialsError("Your default credentials were not found."), "no valid Google credentials .*gcloud auth"),
    (RefreshError("invalid_grant: Bad Request"), "no valid Google credentials .*GOOGLE_APPLICATION_CREDENTIALS"),
    (
        refused(
            "accessNotConfigured",
            "BigQuery API has not been used in project 1 before or it is disabled. Enable it by visiting ...",
        ),
        r"the BigQuery API is not enabled for the project; enable bigquery\.googleapis\.com",
    ),
    (
        refused(
            "billingNotEnabled",
            "Billing has not been enabled for this project. DML queries are not allowed in the free tier.",
        ),
        "billing is not enabled for the project, .*; enable it",
    ),
    (
        refused("accessDenied", "Access Denied: Project a-project: User does not have bigquery.jobs.create permission"),
        r"these credentials may not do that; they need the roles .*jobs\.create",
    ),
    (
        exceptions.PermissionDenied("Permission 'bigquery.readsessions.create' denied on resource"),
        r"these credentials may not do that; they need the roles .*BigQuery Read Session User .*readsessions\.create",
    ),
    (
        refused("quotaExceeded", "Quota exceeded: Your project exceeded quota for free query bytes scanned."),
        r"a quota of the project is used up; see the limits in docs/deploy\.md",
    ),
    (
        exceptions.NotFound("Not found: Dataset a-project:nba_raw was not found in location US"),
        r"there is no such project, dataset or table, .* location than US .*location=EU",
    ),
]
NAMES = ["no credentials", "expired credentials", "API", "billing", "permission", "read session", "quota", "dataset"]


class Refusing:
    """A client whose every request fails with an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> object:
        if name == "get_table" and isinstance(self._error, exceptions.NotFound):
            return MagicMock(return_value=None)  # a missing table is created; a missing dataset fails the job
        return MagicMock(side_effect=self._error)


@pytest.mark.parametrize(("error", "sentence"), REFUSALS, ids=NAMES)
def test_what_a_project_lacks_is_told_before_anything_is_written(error: Exception, sentence: str) -> None:
    for action in ("write", "read"):
        warehouse = open_warehouse(ADDRESS, 1)
        assert isinstance(warehouse, BigQueryWarehouse)
        warehouse.clients = Clients(Refusing(error), Refusing(error))
        with pytest.raises(WarehouseRefused, match=f"^{ADDRESS}: {sentence}") as told:
            if action == "write":
                write(warehouse, {DAYS[0]: [1]})
            else:
                with warehouse.snapshot() as snapshot:
                    snapshot.read(POINTS, *DAYS[:2])
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("command", [["status"], ["backfill", "--from", "2024-01-15", "--to", "2024-01-15"]])
def test_commands_without_credentials(empty_home: Home, command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBA_WAREHOUSE", ADDRESS)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("HOME", str(empty_home.folder))
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "BIGQUERY_EMULATOR_HOST", "CLOUDSDK_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    result = CliRunner().invoke(cli.main, command)
    assert result.exit_code == 1
    assert f"Error: {ADDRESS}: no valid Google credentials (" in result.output
    assert "gcloud auth application-default login" in result.output
    assert "Traceback" not in result.output
