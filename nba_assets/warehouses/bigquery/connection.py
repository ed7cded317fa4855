"""BigQuery clients from dagster-gcp's resource and the credentials of the environment.

Besides the store of a bucket the only module outside orchestration that imports a Dagster package, so that project,
location and credentials are configured as for any dagster-gcp resource.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dagster_gcp import BigQueryResource
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, bigquery_storage

EMULATOR = "BIGQUERY_EMULATOR_HOST"
"""Environment variable with the URL of an emulator; if set, no credentials are needed. Google's library reads it,
too."""
STORAGE_EMULATOR = "BIGQUERY_STORAGE_EMULATOR_HOST"
"""Environment variable with host:port of the emulator's Storage Read API."""


@dataclass(frozen=True)
class Clients:
    """The client for jobs and tables, and the one that reads results."""

    bigquery: Any
    storage: Any


class _StandIn(BigQueryResource):
    """The resource without credentials, for a local emulator."""

    @contextmanager
    def get_client(self) -> Iterator[Any]:
        yield bigquery.Client(project=self.project, location=self.location, credentials=AnonymousCredentials())


def connect(project: str, location: str) -> Clients:
    """Creates the clients of a project.

    Raises:
        google.auth.exceptions.DefaultCredentialsError: the environment has no credentials.
    """
    if os.environ.get(EMULATOR):
        import grpc  # without TLS only to an emulator
        from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

        # As in Google's own channel: a batch of rows can exceed gRPC's default limit of 4 MB.
        channel = grpc.insecure_channel(os.environ[STORAGE_EMULATOR], [("grpc.max_receive_message_length", -1)])
        storage = bigquery_storage.BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))
        with _StandIn(project=project, location=location).get_client() as client:
            return Clients(client, storage)
    with BigQueryResource(project=project, location=location).get_client() as client:
        return Clients(client, bigquery_storage.BigQueryReadClient(credentials=client._credentials))
