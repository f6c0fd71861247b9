# Everything goes through these targets; `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
export OUTBOUND_CACHE_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/outbound

.DEFAULT_GOAL := help
.PHONY: help setup extras run up test lint unit lock clean

help:  ## show this help
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup:  ## set up both Python environments, the models and the dialogue (resumable)
	@$(PYTHON) deploy/bootstrap.py

run: setup  ## run the main job: the example campaign on rehearsal callees (ARGS=--once)
	@$(BIN)/outbound demo $(ARGS)

up: setup  ## start the service
	@$(BIN)/outbound up $(ARGS)

lint: setup  ## style, import rules and types
	@$(BIN)/ruff check --no-cache . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy

unit: setup  ## the fast tests alone
	@$(BIN)/pytest tests/unit $(ARGS)

extras: setup  ## install the optional drivers into the environment (pyVoIP, GPLv3)
	@$(BIN)/python -m pip install --quiet --require-hashes -r deploy/requirements-pyvoip.txt \
		|| echo "pyVoIP could not be installed: its tests are skipped" >&2

test: lint extras  ## everything: lint, then the whole suite, fast tests first
	@$(BIN)/pytest tests/unit tests/contract tests/integration tests/e2e $(ARGS)

lock:  ## write deploy/requirements.txt anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --upgrade --extra dev --generate-hashes --no-header \
		--python-version 3.11 -o deploy/requirements.txt pyproject.toml

clean:  ## remove both environments (data and models stay)
	rm -rf .venv .venv-rasa
