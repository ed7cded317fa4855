"""The clients of BigQuery, through dagster-gcp's resource and the credentials of the environment.

The one module outside of orchestration that imports a package of Dagster: whoever configures dagster-gcp elsewhere has
the same project, location and credentials here.
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
"""Set to the URL of a stand-in, no credentials are looked for; Google's own library reads it too."""
STORAGE_EMULATOR = "BIGQUERY_STORAGE_EMULATOR_HOST"
"""host:port of the stand-in's Storage Read API."""


@dataclass(frozen=True)
class Clients:
    """The client of jobs and tables, and the one that reads results."""

    bigquery: Any
    storage: Any


class _StandIn(BigQueryResource):
    """The resource without credentials, for a stand-in on this machine."""

    @contextmanager
    def get_client(self) -> Iterator[Any]:
        yield bigquery.Client(project=self.project, location=self.location, credentials=AnonymousCredentials())


def connect(project: str, location: str) -> Clients:
    """The clients of a project.

    Raises:
        google.auth.exceptions.DefaultCredentialsError: the environment has no credentials.
    """
    if os.environ.get(EMULATOR):
        import grpc  # only a stand-in is spoken to without TLS
        from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

        # As in Google's own channel: a batch of rows is larger than the 4 MB that gRPC allows by default.
        channel = grpc.insecure_channel(os.environ[STORAGE_EMULATOR], [("grpc.max_receive_message_length", -1)])
        storage = bigquery_storage.BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))
        with _StandIn(project=project, location=location).get_client() as client:
            return Clients(client, storage)
    with BigQueryResource(project=project, location=location).get_client() as client:
        return Clients(client, bigquery_storage.BigQueryReadClient(credentials=client._credentials))
