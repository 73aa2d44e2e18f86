# Everything that is typed here. `make` alone lists the verbs.
SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
# Two at least: half of the waiting is for services, not for the processor.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ "$$n" -gt 2 ] && echo 4 || echo 2)
# Times starts and stops of the whole platform, so it has the machine to itself.
WHOLE := tests/integration/test_up.py
BENCHES := $(sort $(subst _,-,$(patsubst tests/bench/%.py,bench-%,$(shell grep -ls __main__ tests/bench/*.py))))

# Each process checks the models' digests; here only whether they have to be prepared at all.
MODELS := $(or $(MODELS_DIR),$(or $(STATE_DIR),var)/models)
# Migrations are compared with the models without asking a database.
NO_DATABASE := postgresql://nobody@/none?host=/nonexistent

.PHONY: help run test check bench soak-pairing pictures format clean lock setup tools

help: ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'
	@printf '  make %s\n' $(BENCHES)

run: setup ## Start everything on http://localhost:8000 (PORT=8123 make run)
	@exec $(MANAGE) up

test: setup ## All tests; those in a browser need Chromium
	node --test $(wildcard tests/js/*.test.mjs)
	$(BIN)/pytest $(WHOLE)
	$(BIN)/pytest -n $(WORKERS) tests/unit tests/contract tests/integration --ignore=$(WHOLE)
	$(BIN)/pytest -rs tests/e2e

check: setup ## Formatting, types, imports, migrations, production settings, containers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	@echo "makemigrations --check"
	@DATABASE_URL="$(NO_DATABASE)" DATABASE_OWNER_URL= DATABASE_CONNECT_TIMEOUT_S=1 LOG_LEVEL=ERROR \
		$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.deployment
	node_modules/.bin/tsc -p tsconfig.json
	@if docker compose version >/dev/null 2>&1; then \
		docker compose -f docker/compose.yml --env-file docker/.env.example config --quiet; \
	else \
		echo "No docker compose here: tests/unit/test_containers.py holds compose.yml against its schema."; \
	fi
	@if command -v hadolint >/dev/null; then \
		hadolint docker/Dockerfile; \
	else \
		echo "No hadolint here: docker/Dockerfile is held by tests/unit/test_containers.py alone."; \
	fi

soak-pairing: setup ## A million random operations against the model of pairing
	$(BIN)/python -m tests.pairing_soak

bench: $(BENCHES) ## Measure all that has a benchmark

bench-%: setup
	$(BIN)/python -m tests.bench.$(subst -,_,$*)

pictures: setup ## Take the guides' pictures anew from a running console
	$(BIN)/python -m tests.guide_pictures

format: .venv/installed ## Format and sort what can be done by machine; write docs/configuration.md, bring catalogues up to date
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m config.reference
	$(BIN)/python -m config.catalogues update

clean: ## Remove what make made here: environment, packages, caches, development data
	@if [ -x $(BIN)/python ] && ! $(BIN)/python -m config.cleaning; then exit 1; fi
	rm -rf locale/.compiled .venv node_modules var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: .venv/installed ## Write the lock files anew from pyproject.toml and package.json
	$(BIN)/uv pip compile pyproject.toml --extra s3 --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --upgrade --quiet --output-file requirements/production.lock
	$(BIN)/uv pip compile pyproject.toml --extra embedded --extra s3 --extra test --extra check \
		--python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade --quiet \
		--output-file requirements/development.lock
	npm install --package-lock-only --ignore-scripts

setup: .venv/installed node_modules/.installed $(MODELS)/.prepared locale/.compiled

locale/.compiled: .venv/installed $(wildcard locale/*/LC_MESSAGES/django.po) config/catalogues.py
	@$(BIN)/python -m config.catalogues compile
	@touch $@

$(MODELS)/.prepared: .venv/installed node_modules/.installed $(wildcard moderation/model_files/*.py moderation/model_files/*.toml)
	@$(MANAGE) fetch_models
	@touch $@

tools:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
		echo "Parley needs Python 3.11: install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null || { \
		echo "Parley needs Node.js 20 or later (for the age network and the script checks): install it" >&2; exit 1; }
	@command -v npm >/dev/null || { echo "Parley needs npm, which comes with Node.js: install it" >&2; exit 1; }

.venv/installed: requirements/development.lock | tools
	@echo "Installing packages into .venv; this takes some minutes, once"
	@"$(PYTHON)" -m venv --clear .venv || { echo "Python can't make environments here: install python3.11-venv" >&2; exit 1; }
	@$(BIN)/pip install -qq --disable-pip-version-check --no-input --no-deps --require-hashes -r requirements/development.lock
	@touch $@

node_modules/.installed: package.json package-lock.json .npmrc | tools
	@npm ci --ignore-scripts --silent
	@touch $@
