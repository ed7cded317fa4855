# Every target sets up its own environment; only make and Python 3.11 with pip are needed.
USED_PYTHON = $(or $(PYTHON),$(shell command -v python3.11 || command -v python3))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JS_READY := node_modules/.ready
export DAGSTER_HOME := $(CURDIR)
FROM ?=
TO ?=
# An empty variable counts as not set, as in the project's settings.
SITE_ON = $(or $(PORT),8000)
UI_ON = $(or $(UI_PORT),3000)
BEGAN := $(shell date +%s)

.PHONY: help setup fetch backfill demo status publish verify site evaluate features ui test test-long test-live bigquery local-services lint lint-js bench bench-scale bench-today docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(READY): pyproject.toml constraints.txt
	@$(USED_PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 13) else f"Python 3.11 or 3.12 is needed, {sys.executable} is {v.major}.{v.minor}; call make PYTHON=/path/to/python3.11")'
	$(USED_PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@echo "$(BEGAN) $$(($$(date +%s) - $(BEGAN)))" > $@

setup: $(READY) ## install everything into .venv

fetch: $(READY) ## download real games from public repositories into NBA_HOME/archive; resumes after an interruption
	@$(BIN)/nba-assets fetch

backfill: $(READY) ## build all tables for all days that the source covers; FROM=2024-01-01 TO=2024-01-31 for a part
	@$(BIN)/nba-assets backfill $(if $(FROM),--from $(FROM)) $(if $(TO),--to $(TO))
	@all=$$(($$(date +%s) - $(BEGAN))); setup=0; read -r began seconds < $(READY) || true; \
	if [ "$$began" = $(BEGAN) ]; then setup=$$seconds; fi; \
	echo "$$((all / 60)) min $$((all % 60)) s in total, of which set-up $$setup s ($$((100 * setup / (all > 0 ? all : 1))) %)"

demo: $(READY) ## build a simulated season in .nba-demo, then serve site and Dagster's UI; PORT=8000 UI_PORT=3000
	@$(BIN)/nba-assets demo --port $(SITE_ON) --ui-port $(UI_ON)

status: $(READY) ## show done, expected, rows, failed and missing days per table and season
	@$(BIN)/nba-assets status

publish: $(READY) ## write schemas, site and manifest next to the published files
	@$(BIN)/nba-assets publish

verify: $(READY) ## read every published file again and compare it with the manifest
	@$(BIN)/nba-assets publish --verify

site: $(READY) ## serve the published files and their pages on http://127.0.0.1:8000, PORT=8000
	@$(BIN)/nba-assets site --port $(SITE_ON)

evaluate: $(READY) ## report the accuracy of the predictions, compared with naive predictions and the market
	@$(BIN)/nba-assets evaluate

features: $(READY) ## list the features of the models with measured values
	@$(BIN)/nba-assets features

ui: $(READY) ## serve the Dagster web UI with its daemon on http://localhost:3000, UI_PORT=3000
	$(BIN)/dagster dev --workspace workspace.yaml --port $(UI_ON)

bigquery: ## install the BigQuery emulator that tests use, in .bigquery
	@bash nba_assets_tests/warehouses/install_bigquery_emulator.sh

local-services: $(READY) bigquery ## run the BigQuery emulator, Postgres and a Cloud Storage server on this machine, until Ctrl-C; docs/deploy.md
	@$(BIN)/python -m nba_assets_tests.local_services

lint: $(READY) lint-js ## check format, lint and types of Python and of the site's scripts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

lint-js: ## run ESLint and the TypeScript checker on the site's scripts; needs node 18.18 or newer
	@if command -v npm >/dev/null; then $(MAKE) --silent --no-print-directory $(JS_READY) && npm run --silent lint && npm run --silent types; \
	else echo "Node is not installed: the site's scripts are not linted. Install nodejs and npm to lint them; nothing else needs node."; fi

$(JS_READY): package.json package-lock.json
	npm ci --loglevel error
	@touch $@

test: lint ## check format, lint and types, and run all tests except those of test-long
	$(BIN)/pytest -n 2 --dist loadfile -m 'not (long or seasons or live)'

test-long: $(READY) ## run the tests that take minutes each: complete runs, and those on the four real seasons
	$(BIN)/pytest -n 2 --dist loadfile -m '(long or seasons) and not live'

test-live: $(READY) ## run the suites of warehouse, leases, faults and buckets for real; needs NBA_LIVE_WAREHOUSE and NBA_LIVE_PUBLISH
	$(BIN)/pytest -n 0 -m live -rs nba_assets_tests

bench: $(READY) ## measure durations and sizes; writes docs/performance.md
	@$(BIN)/python -m benchmarks.backfill --write

bench-scale: $(READY) ## measure a backfill of many simulated seasons; SEASONS=16
	@$(BIN)/python -m benchmarks.scale --write --seasons $(or $(SEASONS),16)

bench-today: $(READY) ## measure the daily update: a game day, its morning, updates without games; TICKS=1000
	@$(BIN)/python -m benchmarks.today --write --ticks $(or $(TICKS),1000)

docs: $(READY) ## write the table reference and the architecture page from the code
	@$(BIN)/nba-assets docs

clean: ## remove the virtual environment and node_modules; tables stay in NBA_HOME
	rm -rf $(VENV) node_modules
