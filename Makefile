# The one entry for people, hooks and CI. Needs Python 3.11 or later and nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# What is compiled is kept: tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help env demo test cover prove bench check lint types imports format lock screenshots clean

help: ## say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.done: pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version.split()[0] + "; name another one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m pip check --quiet --disable-pip-version-check
	@touch $@

env: $(VENV)/.done ## make the environment in .venv

demo: env ## run the main job against a simulated platform
	$(BIN)/launcher demo

test: env ## pass the tests
	$(BIN)/python -m pytest --numprocesses=5 --dist=worksteal

cover: env ## measure what the unit tests cover of what they are about
	$(BIN)/python -m pytest --numprocesses=3 --dist=worksteal --cov-fail-under=95 \
	  --cov=launcher/core --cov=launcher/engine --cov=launcher/adapters --cov=launcher/simulator \
	  --cov=launcher/settings \
	  tests/core tests/engine tests/adapters tests/simulator tests/wiring tests/test_settings.py

prove: env ## prove at full length what the tests prove in short, and write docs/reliability.md
	$(BIN)/python -m pytest -m prove --numprocesses=3 --dist=worksteal --figures=docs/reliability.md

bench: env ## measure the speed beside what people would use instead, and write docs/speed.md
	PYTHONPATH=tests $(BIN)/python -m bench $(if $(ALL),--all)

check: lint types imports ## style, types and the directions of imports

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: env
	$(BIN)/mypy

imports: env
	$(BIN)/lint-imports

format: env ## mend what the formatter and the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## write requirements.lock anew from pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "pip-tools>=7.5"
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --all-extras \
	  --output-file requirements.lock pyproject.toml

screenshots: env ## take the screenshots of docs/ anew
	$(BIN)/python docs/screenshots/take_screens.py
	$(BIN)/python docs/screenshots/take_pages.py

clean: ## remove what was made here
	rm -rf $(VENV) .bench demo dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis
