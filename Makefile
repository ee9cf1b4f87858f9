# `make run` and `make test` are all a new user needs: Python 3.11+ and make.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
BRAND ?= examples/lomvi/brand.yaml
export DO_NOT_TRACK = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help run demo test check lint e2e check-corpus clean

help:  ## what can be made
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/  -/'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Remedy: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@

run: $(VENV)/.installed  ## the whole job on the bundled example, then the dashboard (PORT=8501)
	@$(BIN)/omdomme demo --brand $(BRAND) --port $(PORT)

demo: $(VENV)/.installed  ## the same, ending once the page has answered
	@$(BIN)/omdomme demo --brand $(BRAND) --port $(PORT) --once

test: $(VENV)/.installed-test  ## all tests, a file at a time on up to four cores
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.installed-test  ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-corpus: $(VENV)/.installed  ## every feed of a folder against feedparser (CORPUS=PATH)
	@test -n "$(CORPUS)" || { echo "Say which folder: make check-corpus CORPUS=path/to/feeds" >&2; exit 2; }
	$(BIN)/python bench/check_corpus.py $(CORPUS)

e2e: $(VENV)/.installed-test  ## against real servers of other makers (see docs/e2e.md)
	$(BIN)/python -m pytest -m e2e tests/e2e

clean:  ## remove the virtual environment and what the example wrote
	rm -rf $(VENV) var examples/lomvi/var build *.egg-info
