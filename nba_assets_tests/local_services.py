"""Starts the BigQuery emulator, Postgres and a Cloud Storage server on this machine, for manual runs:

    make local-services       # or: python -m nba_assets_tests.local_services FOLDER
    . .bigquery/environment   # in another terminal: the settings that lead to them

What is written into them is deleted when the command ends (Ctrl-C).
"""

from __future__ import annotations

import shlex
import signal
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from nba_assets.settings import REPOSITORY
from nba_assets_tests.orchestration.postgres_server import new_database, running_postgres
from nba_assets_tests.stores.bucket import BUCKET, running_bucket
from nba_assets_tests.warehouses.bigquery_emulator import FOLDER, PROJECT, running_emulator


def main(folder: Path) -> None:
    """Runs them until the process is interrupted; the settings are in `environment` in the folder."""
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nba-local-services-")))
        try:
            variables = stack.enter_context(running_emulator(lambda: Path(tempfile.mkdtemp(dir=data))))
            database = new_database(stack.enter_context(running_postgres()))
            variables["STORAGE_EMULATOR_HOST"] = stack.enter_context(running_bucket())
        except pytest.skip.Exception as error:
            sys.exit(str(error))
        place, _, name = database.rpartition("/")
        host, _, port = place.rpartition("@")[2].partition(":")
        of_postgres = {"HOST": host, "PORT": port, "USER": "nba", "PASSWORD": "any", "DB": name}
        variables |= {f"NBA_POSTGRES_{key}": value for key, value in of_postgres.items()}
        variables |= {
            "NBA_WAREHOUSE": f"bigquery://{PROJECT}/nba",
            "NBA_PUBLISH": f"gs://{BUCKET}/nba",
            "DAGSTER_HOME": str(REPOSITORY / "deploy" / "compose"),
        }
        file = folder / "environment"
        stack.callback(file.unlink, missing_ok=True)
        file.write_text("".join(f"export {key}={shlex.quote(value)}\n" for key, value in variables.items()))
        sys.stdout.write(f"running; in another terminal: . {file}\nCtrl-C ends them\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
