# `make check` runs every check, `make test` only the tests. Both make .venv where it is missing, because Debian's
# own Python takes no packages outside a virtual environment.
PYTHON ?= python3
BIN := .venv/bin
# loadgroup: the tests in a browser share one.
PYTEST := $(BIN)/pytest -n auto --dist loadgroup -q

.PHONY: check lint test fix clean
.DEFAULT_GOAL := check

check: lint
	$(PYTEST) --cov --cov-report=term --cov-fail-under=95

lint: .venv/.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/rule_pages.py --check

test: .venv/.installed
	$(PYTEST)

# What machines can mend by themselves: formatting, imports, the rule pages.
fix: .venv/.installed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/python tools/rule_pages.py

# pip first: dependency groups need pip 25.1, and Debian 12 ships 23.
.venv/.installed: pyproject.toml hatch_build.py
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

clean:
	rm -rf .venv build dist .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis compat/matrix/_compiled
