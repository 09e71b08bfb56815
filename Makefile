# One line per verb. Everything lands in .venv; nothing but PyPI is needed.
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

.PHONY: run test test-all check docs generate bench lint clean

run: $(VENV)/.run ## Set up, compile the catalog, and show what came of it
	$(BIN)/launchspec generate --target docs --target reference
	$(BIN)/launchspec check

test: lint check ## Everything that runs in a few minutes
	$(BIN)/python -m pytest -m "not slow"

test-all: $(VENV)/.dev ## What is heavy too: other Pythons, built wheels, pre-commit, long fuzzing
	LAUNCHSPEC_FUZZ=100000 $(BIN)/python -m pytest

check: $(VENV)/.dev ## The catalog is right and generated/ is what it gives
	$(BIN)/launchspec check
	$(BIN)/launchspec fmt --check specs
	$(BIN)/launchspec generate --check --target docs --target reference

generate: $(VENV)/.run ## Write generated/
	$(BIN)/launchspec generate --prune --target docs --target reference

docs: generate $(VENV)/.dev ## The pages as HTML, in build/html
	$(BIN)/python -m sphinx -W -q -b html -C -D project=launchspec -D html_theme=alabaster -D root_doc=index generated/docs build/html

bench: $(VENV)/.dev ## Speed and memory, as ratios in one run
	$(BIN)/python bench/bench.py

lint: $(VENV)/.dev ## Style and types
	$(BIN)/ruff check compiler tests bench
	$(BIN)/ruff format --check compiler tests bench
	$(BIN)/mypy

clean: ## Remove what was set up and built
	rm -rf $(VENV) .cache build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "launchspec needs Python 3.11 or newer" >&2; exit 1; }
ifneq ($(UV),)
	$(UV) venv --quiet --python $(PYTHON) $(VENV)
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1"
endif

$(VENV)/.run: pyproject.toml | $(BIN)/python
ifneq ($(UV),)
	VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --editable .
else
	$(BIN)/python -m pip install --quiet --editable .
endif
	@touch $@

$(VENV)/.dev: $(VENV)/.run
ifneq ($(UV),)
	VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --editable . --group dev
else
	$(BIN)/python -m pip install --quiet --editable . --group dev
endif
	@touch $@
