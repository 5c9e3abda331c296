# viduweb needs Python 3.11 or newer, git and make; everything else is installed into .venv/.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v "$$python"; break; }; done)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

PYTEST_ARGS ?=
MUTANTS_ARGS ?=
# Exit code 5 is "no tests found": fine when PYTEST_ARGS picks some, a failure otherwise.
define pytest
@echo 'pytest $(1)'
@$(BIN)/python $(2) -m pytest $(1) $(PYTEST_ARGS) || { code=$$?; [ $$code -eq 5 ] && [ "$$PYTEST_ARGS" ]; }
endef
# Where it is set, each of twenty processes would compile every test and the whole app anew.
unexport PYTHONDONTWRITEBYTECODE
# Side by side, by stack (tests/grouping.py): those that compute on two cores, those that wait for
# other processes one more, and those that wait until something dead is noticed eight times.
FAST := -n 2 -p tests.grouping -m "not journey and not browser and not processes and not faults"
WAITING := -n 3 -p tests.grouping -m
FAULTS := -n 8 -p tests.grouping -m faults
# With COVERAGE=file the fast tests count the lines that they run; hardly more of CPU.
COVERAGE ?=
COVERED = $(if $(COVERAGE),-m slipcover --immediate --source generation$(comma)viduweb --json --out $(COVERAGE))
UNWARNED = $(if $(COVERAGE),-W ignore::pytest.PytestAssertRewriteWarning)
comma := ,

TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
TEST_REDIS_URL ?= redis://127.0.0.1:6379/15

.DEFAULT_GOAL := help
.PHONY: help setup run test test-browser test-processes test-faults test-postgres test-processes-postgres mutants lint audit format docs bench bench-postgres lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-23s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/run.lock ## make the virtual environment in .venv
	@:

run: setup ## start everything on http://127.0.0.1:8000 (PORT, DATA_DIR, GATEWAY_URL are respected)
	@exec $(BIN)/python manage.py supervise

test: $(VENV)/dev.lock ## run the fast tests, and Chromium from login to result (PYTEST_ARGS="-k name" picks some)
	@sh tests/chromium.sh
	$(call pytest,$(FAST) $(UNWARNED),$(COVERED))
	$(call pytest,-n 0 -p tests.grouping -m journey)

test-browser: $(VENV)/dev.lock ## all else that Chromium does: every page, every script, keys, touch, accessibility
	@sh tests/chromium.sh
	$(call pytest,$(WAITING) browser)

test-processes: $(VENV)/dev.lock ## the whole stack in processes of its own, killed, upgraded, restored, under load
	$(call pytest,$(WAITING) processes)

# Each group has a stack and servers of its own.
test-faults: $(VENV)/dev.lock ## break things around real processes, on SQLite and on PostgreSQL with Redis
	$(call pytest,$(FAULTS))

# Of the fast tests only those that ask for a database: pytest-django keeps all others from it, and
# from the cache, so they would do here what they have done in `make test` (tests/with_database.py).
test-postgres: export TEST_DATABASE_URL := $(TEST_DATABASE_URL)
test-postgres: export TEST_REDIS_URL := $(TEST_REDIS_URL)
test-postgres: $(VENV)/dev.lock ## the fast tests that ask for a database, on PostgreSQL and Redis (TEST_DATABASE_URL, TEST_REDIS_URL)
	$(call pytest,$(FAST) -p tests.with_database)

test-processes-postgres: export TEST_DATABASE_URL := $(TEST_DATABASE_URL)
test-processes-postgres: export TEST_REDIS_URL := $(TEST_REDIS_URL)
test-processes-postgres: $(VENV)/dev.lock ## the same with the whole stack
	$(call pytest,$(WAITING) processes -p tests.with_database)

mutants: $(VENV)/dev.lock ## mutate the code at random: do the tests notice? (MUTANTS_ARGS="--count 30 --seed 2")
	$(BIN)/python -m tests.mutants $(MUTANTS_ARGS)

lint: $(VENV)/dev.lock ## check style, templates, types, layers, migrations and production settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports
	@set -e; DATA_DIR=$$(mktemp -d); export DATA_DIR; trap 'rm -rf "$$DATA_DIR"' EXIT; \
	echo "manage.py makemigrations --check"; \
	$(BIN)/python manage.py makemigrations --check --dry-run; \
	echo "manage.py check --deploy"; \
	PRODUCTION=1 DEBUG=0 GATEWAY_URL= ALLOWED_HOSTS=example.com PUBLIC_URL=https://example.com \
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	ENCRYPTION_KEYS=$$($(BIN)/python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())') \
	$(BIN)/python manage.py check --deploy --fail-level WARNING

audit: $(VENV)/dev.lock ## ask OSV for known vulnerabilities of all that the lock files pin; says so when it cannot
	@$(BIN)/python -m tests.advisories

format: $(VENV)/dev.lock ## put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/dev.lock ## write what the documentation says of models from the catalogue
	$(BIN)/python -m tests.docs.catalogue

bench: $(VENV)/dev.lock ## measure pages, with 1,000,000 tasks behind them too, and 2,000 in flight (half an hour or more)
	$(BIN)/python -u -m tests.bench

bench-postgres: export TEST_DATABASE_URL := $(TEST_DATABASE_URL)
bench-postgres: export TEST_REDIS_URL := $(TEST_REDIS_URL)
bench-postgres: $(VENV)/dev.lock ## the same on PostgreSQL and Redis (TEST_DATABASE_URL, TEST_REDIS_URL)
	$(BIN)/python -u -m tests.bench

lock: ## compile the lock files from pyproject.toml (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --extra dev pyproject.toml -o requirements-dev.txt

clean: ## remove .venv and caches; var/ with its data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are copies of the lock files: nothing is installed again while those say the same,
# whatever a checkout did to their times. The development lock holds all of the other one.
$(VENV)/run.lock: requirements.txt | $(BIN)/python
	@cmp -s $< $@ || { echo "Installing into $(VENV) (a few minutes the first time)"; \
		$(PIP_INSTALL) -r $< && cp $< $@; }
	@touch $@

# Of all these tools Python compiles what is used, when it is.
$(VENV)/dev.lock: requirements-dev.txt | $(BIN)/python
	@cmp -s $< $@ || { echo "Installing the development tools into $(VENV)"; \
		$(PIP_INSTALL) --no-compile -r $< && cp $< $@ && cp requirements.txt $(VENV)/run.lock; }
	@touch $@

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "viduweb needs Python 3.11 or newer; none was found. \
	Install one, or say where it is: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is older than Python 3.11." >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python cannot make virtual environments here; on Debian: apt-get install python3-venv" >&2; \
		exit 1; }
