"""One-sentence explanations, with what to do, for errors whose cause a user can remove.

The command line and the steps of a Dagster run both pass through `explained`. An error that is not listed here
keeps its traceback.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import click

from nba_assets.settings import GCS_SCHEME, Settings

LEAST_FREE_BYTES = 4 << 20
"""Below this free space an I/O error of SQLite is taken for a full disk; some file systems report it as such."""
_AGAIN = "then run the same command again; it keeps what was written and resumes from there."


class ExplainedError(click.ClickException):
    """An error with a known cause; its message says what happened and what to do."""


@contextmanager
def explained() -> Iterator[None]:
    """Raises errors with a known cause as an ExplainedError chained to them; other errors pass unchanged."""
    try:
        yield
    except click.ClickException:
        raise
    except Exception as error:
        explanation = sentence(error)
        if explanation is None:
            raise
        raise ExplainedError(explanation) from error


def sentence(error: BaseException) -> str | None:
    """An explanation of the error with what to do; None if the cause is not known."""
    causes = list(_chain(error))
    for explain in (_own, _memory, _disk, _no_folder, _forbidden, _database, _dagster_records, _bucket):
        for cause in causes:
            explanation = explain(cause)
            if explanation is not None:
                return explanation
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and the errors that it was raised from or while handling."""
    following: BaseException | None = error
    while following is not None:
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


_OWN = (
    "ColumnTypeChanged ContractError CopyError FetchError FirstUseTimeout LandingError ModelError RunLockTimeout "
    "SchemaError SourceError StoreConflict WarehouseBusy WarehouseRefused"
).split()


def _own(error: BaseException) -> str | None:
    """Our own errors, whose messages need no explanation."""
    is_own = isinstance(error, click.ClickException) or _is(error, *(f"nba_assets.{name}" for name in _OWN))
    return str(error) if is_own else None


def _is(error: BaseException, *names: str) -> bool:
    """Whether the error is of one of these classes, written as package.class so that they need not be imported."""
    kinds = {f"{kind.__module__.split('.')[0].lstrip('_')}.{kind.__name__}" for kind in type(error).__mro__}
    return not kinds.isdisjoint(names)


_NO_MEMORY = (
    "std::bad_alloc",
    "can't start new thread",
    "Cannot allocate",
    "failed to map segment",
    "Failed to launch worker thread",
)
"""Phrases of memory errors that libraries raise as other classes."""


def _memory(error: BaseException) -> str | None:
    is_memory = isinstance(error, MemoryError) or _is(error, "duckdb.OutOfMemoryException")
    is_memory |= isinstance(error, OSError) and error.errno == errno.ENOMEM
    is_memory |= any(text in str(error) for text in _NO_MEMORY)
    if not is_memory:
        return None
    return (
        f"There is not enough memory ({_first_line(error)}). A backfill of all tables needs about 2 GB: close other "
        f"programs, raise the limit (ulimit -v) or give a shorter range with --from and --to, {_AGAIN}"
    )


def _disk(error: BaseException) -> str | None:
    full = ("no space left on device", "file too large", "database or disk is full", "disk quota exceeded")
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    if not is_full and not any(text in str(error).lower() for text in full) and not _has_io_error_without_space(error):
        return None
    return (
        f"The disk is full, or the file size limit is reached ({_first_line(error)}). "
        f"Make room in NBA_HOME={Settings().home} or set NBA_HOME to a folder on a larger disk, {_AGAIN}"
    )


def _has_io_error_without_space(error: BaseException) -> bool:
    """Whether it is an I/O error of SQLite and the disk of Dagster's records has no free space."""
    if not _is(error, "sqlite3.Error", "sqlalchemy.DBAPIError") or "disk i/o error" not in str(error).lower():
        return False
    folder = Settings().home / "dagster"
    return folder.is_dir() and shutil.disk_usage(folder).free < LEAST_FREE_BYTES


def _no_folder(error: BaseException) -> str | None:
    home = Settings().home
    if not isinstance(error, FileNotFoundError | NotADirectoryError | FileExistsError) or home.is_dir():
        return None
    return (
        f"NBA_HOME={home} is no folder and cannot be made one ({_first_line(error)}). "
        "Set NBA_HOME to a folder that is there or can be made, and run the same command again."
    )


def _forbidden(error: BaseException) -> str | None:
    texts = ("readonly database", "read-only file system", "permission denied", "unable to open database file")
    is_forbidden = isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
    is_database = _is(error, "sqlite3.Error", "sqlalchemy.DBAPIError", "duckdb.Error")
    if not is_forbidden and not (is_database and any(text in str(error).lower() for text in texts)):
        return None
    return (
        f"A file or folder cannot be read or written ({_first_line(error)}). Get write permission for "
        f"NBA_HOME={Settings().home}, or set NBA_HOME to a folder for which you have it, {_AGAIN}"
    )


def _database(error: BaseException) -> str | None:
    texts = ("not a valid DuckDB database", "Corrupt database file", "Could not read enough bytes", "version number")
    is_broken = any(text in str(error) for text in texts) or _is(error, "duckdb.FatalException")
    if not (_is(error, "duckdb.Error") and is_broken):
        return None
    path = Settings().warehouse_name
    return (
        f"The warehouse {path} cannot be read: it is empty, damaged, or not a file of this version of DuckDB "
        f"({_first_line(error)}). Restore a copy, or move it away (mv {path} {path}.damaged) and rebuild its days: "
        "nba-assets backfill."
    )


def _dagster_records(error: BaseException) -> str | None:
    if not _is(error, "sqlite3.Error", "sqlalchemy.DBAPIError"):
        return None
    folder = Settings().home / "dagster"
    text = str(error).lower()
    if "database is locked" in text or "database table is locked" in text:
        return (
            f"Dagster's records in {folder} stayed locked by another program, such as a database viewer or a backup. "
            f"Close it, {_AGAIN}"
        )
    if any(
        found in text for found in ("not a database", "malformed", "disk i/o error", "no such table", "no such column")
    ):
        return (
            f"Dagster's records in {folder} are damaged ({_first_line(error)}), the tables are not. Stop the web UI, "
            f"move the records away (mv {folder} {folder}.damaged) and rebuild them from the ledger: "
            "nba-assets reconcile."
        )
    return None


def _bucket(error: BaseException) -> str | None:
    address = Settings().published
    if not address.startswith(GCS_SCHEME):
        return None
    where = f"NBA_PUBLISH={address}"
    if _is(error, "google.DefaultCredentialsError", "google.RefreshError"):
        return (
            f"{where}: no valid Google credentials ({_first_line(error)}). Run `gcloud auth application-default login` "
            f"or set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account, {_AGAIN}"
        )
    if _is(error, "google.Forbidden", "google.Unauthorized"):
        return (
            f"{where}: the credentials do not permit writing there ({_first_line(error)}). Grant them the role Storage "
            f"Object User on the bucket, {_AGAIN}"
        )
    if _is(error, "google.NotFound"):
        return f"{where}: there is no such bucket ({_first_line(error)}). Create it or correct NBA_PUBLISH, {_AGAIN}"
    if _is(
        error, "google.GoogleAPICallError", "google.RetryError", "google.TransportError", "requests.ConnectionError"
    ):
        return f"{where}: the bucket cannot be reached ({_first_line(error)}). Once the network is back, {_AGAIN[5:]}"
    return None


def _first_line(error: BaseException) -> str:
    """The first line of the error's message: database drivers add the statement and a link on further lines."""
    lines = str(error).strip().splitlines()
    return lines[0][:200].rstrip(". ") if lines else type(error).__name__
