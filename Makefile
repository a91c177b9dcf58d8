# Tasks of a contributor. `make` lists them; everything runs in $(VENV).

VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := build/demo

.DEFAULT_GOAL := help
.PHONY: help setup demo test check golden samples docs clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

$(READY): pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/pip install -q -e '.[dev]'
	@touch $@

setup: $(READY)  ## make the environment with everything a contributor needs

demo: export LOGMINER_DB := $(DEMO)/logminer.duckdb
demo: $(READY)  ## the main job on the demo logs: ingest, suggest, report
	mkdir -p $(DEMO)
	$(BIN)/logminer ingest sample_logs/demo
	$(BIN)/logminer suggest -n 5
	$(BIN)/logminer report -o $(DEMO)/report.html

test: $(READY)  ## run the tests
	$(BIN)/pytest

check: $(READY)  ## everything that must pass before a commit
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest

golden: $(READY)  ## renew the expected results of one format: make golden FORMAT=csv
	@test -n "$(FORMAT)" || { echo "say which: make golden FORMAT=csv" >&2; exit 2; }
	$(BIN)/python tests/formats/golden.py $(FORMAT)
	git diff --stat -- sample_logs/$(FORMAT)

samples: $(READY)  ## train and write the demo logs anew
	$(BIN)/python sample_logs/demo/make.py

docs: $(READY)  ## renew the command reference and check the documentation
	$(BIN)/python tests/reference.py
	$(BIN)/pytest tests/test_docs.py

clean:  ## remove what the other targets made
	rm -rf $(VENV) build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find logminer tests -name __pycache__ -type d -prune -exec rm -rf {} +
