#!/usr/bin/env bash
# Installs local-bigquery into a virtual environment of its own, .bigquery: a stand-in for BigQuery in the tests.
# It declares Python 3.13 and duckdb 2 and downloads DuckDB's extensions; with Python 3.12, duckdb 1.5.5 and the
# extensions as packages it needs nothing but a package index.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON312:-}
for candidate in python3.12 "$HOME"/.pyenv/versions/3.12*/bin/python; do
    [ -n "$python" ] || ! "$candidate" -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null || python=$candidate
done
if [ -z "$python" ]; then
    echo "no Python 3.12 here (set PYTHON312): the tests on the stand-in of BigQuery will be skipped"
    exit 0
fi
rm -rf .bigquery
"$python" -m venv .bigquery/venv
pip="timeout 300 .bigquery/venv/bin/python -m pip install --quiet --disable-pip-version-check"
# Without --no-deps pip would refuse the versions of Python and duckdb with which it works.
if $pip --no-deps --ignore-requires-python local-bigquery==0.4.0 \
    && $pip --requirement nba_assets_tests/warehouses/stand_in_requirements.txt 2>.bigquery/pip.log \
    && HOME="$PWD/.bigquery" .bigquery/venv/bin/python -c '
import duckdb_extensions
for name in ("ducklake", "spatial", "icu"):
    duckdb_extensions.import_extension(name)'; then
    touch .bigquery/ready
else
    echo "local-bigquery cannot be installed here (.bigquery/pip.log): the tests on it will be skipped"
fi
