#!/usr/bin/env bash
# Installs local-bigquery, a BigQuery emulator for the tests, into a separate virtual environment, .bigquery.
# It declares Python 3.13 and duckdb 2 and downloads DuckDB's extensions; with Python 3.12, duckdb 1.5.5 and the
# extensions as packages it needs only a package index.
set -euo pipefail
cd "$(dirname "$0")/../.."
requirements=nba_assets_tests/warehouses/bigquery_emulator_requirements.txt
if [ .bigquery/ready -nt "$requirements" ] && [ .bigquery/ready -nt "$0" ] && .bigquery/venv/bin/python -c 'import local_bigquery' 2>/dev/null; then
    echo "the BigQuery emulator is installed in .bigquery"
    exit 0
fi
rm -rf .bigquery
mkdir .bigquery
give_up() {
    echo "$1" >.bigquery/missing
    echo "$1: the tests on the BigQuery emulator will be skipped"
    exit 0
}
python=${PYTHON312:-}
for candidate in python3.12 "$HOME"/.pyenv/versions/3.12*/bin/python; do
    [ -n "$python" ] || ! "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null || python=$candidate
done
[ -n "$python" ] || give_up "it needs Python 3.12 with pip, and there is none here (set PYTHON312=/path/to/python3.12)"
"$python" -m venv .bigquery/venv >.bigquery/pip.log 2>&1 || give_up "Python 3.12 cannot create a virtual environment here ($(tail -n 1 .bigquery/pip.log))"
pip="timeout 600 .bigquery/venv/bin/python -m pip install --quiet --disable-pip-version-check"
# Without --no-deps pip would reject the versions of Python and duckdb that are used.
if $pip --no-deps --ignore-requires-python local-bigquery==0.4.0 >>.bigquery/pip.log 2>&1 \
    && $pip --requirement "$requirements" >>.bigquery/pip.log 2>&1 \
    && HOME="$PWD/.bigquery" .bigquery/venv/bin/python >>.bigquery/pip.log 2>&1 -c '
import duckdb_extensions
for name in ("ducklake", "spatial", "icu"):
    duckdb_extensions.import_extension(name)'; then
    touch .bigquery/ready
    echo "the BigQuery emulator is installed in .bigquery"
else
    give_up "local-bigquery cannot be installed here, see .bigquery/pip.log"
fi
