# Every target installs what it needs; a second run takes seconds.
PYTHON ?= python3
WIDGET := chatkit/widget
BUNDLE := $(WIDGET)/static/chatkit-widget.js
SOURCES := $(wildcard $(WIDGET)/src/* $(WIDGET)/src/*/* $(WIDGET)/*.js) $(WIDGET)/package.json $(WIDGET)/tsconfig.json
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
BUILDS := .venv/.builds
INSTALLED := .venv/.installed
DEVELOPS := .venv/.develops
LOWEST := .venv-lowest/.installed
NPM_RUNS := $(WIDGET)/node_modules/.runs
NPM_DEVELOPS := $(WIDGET)/node_modules/.develops
PIP := .venv/bin/pip install -qq
NPM := npm --prefix $(WIDGET) --no-audit --no-fund --loglevel=error
# One version for every Python that setup.cfg admits, from the first release of 3.11 on: Debian 12 has 3.11.2.
COMPILE := uv pip compile -q --upgrade --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header
# What the quick tests leave out: a browser, servers and processes of a test's own, thousands of invented requests.
SLOW := tests/browser tests/server tests/test_startup.py tests/web/test_openapi.py tests/web/test_clients.py tests/web/test_nginx.py \
  tests/observability/test_redaction.py tests/ratelimit/test_limiter.py tests/test_commands.py tests/ingest/test_reindexing.py
# What no version of a dependency changes: code of the standard library alone, and what files of this repository say.
UNCHANGED := tests/answers tests/integrations tests/ingest/readers/liquid tests/test_deploy.py tests/test_eval.py tests/test_slo.py \
  tests/test_wheel.py tests/test_own_folder.py
# How the time of reading a page grows with its size is measured once, with the versions that are locked.
GROWTH := by_its_size or grows_with_its_size or by_its_length or read_in_time or no_file_takes_long
# The options of tests.eval that `make eval` takes as variables.
EVAL := SITES KEEP DATABASE SEMANTIC SET SHOW MATCH COLLECTION SCALE
OPENAPI := flask openapi
# Several targets at once, each one's output in one piece: mypy alone would leave a core without work.
BESIDE := --no-print-directory -j 2 --output-sync
# One more than the cores that the limit of the suite is for: many tests wait for a browser, a window or a heartbeat.
WORKERS := -n 3
# Where `make packages` puts what it builds.
DIST ?= dist

.DEFAULT_GOAL := help
.PHONY: help install run test lint lint-python lint-widget units format types drift browser bench bar eval sites build packages lowest lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' Makefile | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

install: $(INSTALLED) $(BUNDLE) ## Install what running needs, in .venv, and build the widget

run: install ## Serve ChatKit on 127.0.0.1:8000 (PORT) with its documentation beside it
	@exec flask serve

test: $(DEVELOPS) $(NPM_DEVELOPS) $(BUNDLE) browser ## Run every check: lint, types, TypeScript, Python on both databases, browser
	@$(MAKE) $(BESIDE) lint-python lint-widget drift units
	pytest $(WORKERS)

lint: $(DEVELOPS) $(NPM_DEVELOPS) ## Check style, types and formatting of Python and TypeScript
	@$(MAKE) $(BESIDE) lint-python lint-widget

lint-python: $(DEVELOPS)
	ruff check .
	ruff format --check .
	mypy

lint-widget: $(NPM_DEVELOPS)
	$(NPM) run check
	$(NPM) run format:check

units: $(NPM_DEVELOPS)
	$(NPM) test

format: $(DEVELOPS) $(NPM_DEVELOPS) ## Format Python and TypeScript
	ruff check --fix .
	ruff format .
	$(NPM) run format

types: $(INSTALLED) $(NPM_DEVELOPS) ## Generate the widget's types from the OpenAPI document
	@$(OPENAPI) > .venv/openapi.json
	$(NPM) run types -- $(CURDIR)/.venv/openapi.json --output src/types.ts

drift: $(DEVELOPS) $(NPM_DEVELOPS)
	@$(OPENAPI) > .venv/openapi.json
	@$(NPM) run types -- $(CURDIR)/.venv/openapi.json --output $(CURDIR)/.venv/types.ts
	@cmp $(WIDGET)/src/types.ts .venv/types.ts || { echo "The widget's types differ from the API. Run: make types"; exit 1; }

browser: $(DEVELOPS)
	@python -m tests.browser.engines

bench: $(DEVELOPS) $(BUNDLE) ## Measure hot paths as ratios of a bare Flask view, by wrk, and the widget beside others
	python -m tests.bench
	python -m tests.bench.counting
	python -m tests.bench.widgets

bar: $(DEVELOPS) $(BUNDLE) ## Measure what docs/reliability.md promises (some of it: ROWS="kill reload")
	@python -W ignore -m tests.slo $(ROWS)

eval: $(DEVELOPS) ## Measure answers (SITES=folder), or search (COLLECTION=folder, SCALE=passages)
	@python -W ignore -m tests.eval $(foreach name,$(EVAL),$(if $($(name)),--$(shell echo $(name) | tr A-Z a-z) "$($(name))"))

sites: $(DEVELOPS) $(NPM_DEVELOPS) $(BUNDLE) ## Build small sites with each generator: what is read of them, the widget in them (NAMES="hugo")
	python -m tests.sites $(NAMES)

build: $(BUILDS) $(BUNDLE) ## Build a wheel with the widget inside, and its constraints beside it, in dist
	rm -rf build
	.venv/bin/pip wheel -q --no-deps --no-build-isolation --wheel-dir dist .
	cp constraints.txt dist

packages: $(DEVELOPS) $(NPM_DEVELOPS) ## Build the packages that bring the widget into sites, for npm and pip, in dist
	@$(NPM) run --silent package
	@mkdir -p $(DIST)
	@npm pack --silent --pack-destination $(DIST) ./integrations/npm >/dev/null
	@rm -rf integrations/python/build
	@.venv/bin/pip wheel -q --no-deps --no-build-isolation --wheel-dir $(DIST) ./integrations/python

lowest: $(LOWEST) $(BUNDLE) ## Run the quick tests with the lowest version of every dependency that setup.cfg admits
	PATH=$(CURDIR)/.venv-lowest/bin:$$PATH pytest $(WORKERS) --quick $(SLOW:%=--ignore=%) $(UNCHANGED:%=--ignore=%) -k 'not ($(GROWTH))'

lock: $(DEVELOPS) ## Compile the locks anew from setup.cfg and requirements-*.in
	$(COMPILE) -o requirements.txt --extra semantic setup.cfg
	$(COMPILE) -o requirements-build.txt -c requirements.txt requirements-build.in
	$(COMPILE) -o requirements-dev.txt -c requirements.txt -c requirements-build.txt requirements-dev.in
	$(filter-out --generate-hashes,$(COMPILE)) -o constraints.txt --all-extras --no-annotate \
	  -c requirements.txt -c requirements-dev.txt setup.cfg
	$(COMPILE) -o .venv/lowest.txt --all-extras --no-deps --resolution lowest-direct setup.cfg
	$(COMPILE) -o requirements-lowest.txt --all-extras -c .venv/lowest.txt setup.cfg requirements-build.in requirements-dev.in

clean: ## Remove what was installed and built, not the instance folder
	rm -rf .venv .venv-lowest build dist *.egg-info $(WIDGET)/node_modules $(WIDGET)/static/*.js

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ChatKit needs Python 3.11 or newer; $(PYTHON) is older. Use: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { echo "This Python cannot make a virtual environment. On Debian: apt install python3-venv"; rm -rf .venv; exit 1; }

$(BUILDS): requirements-build.txt | .venv/bin/python
	@echo "Installing what builds …"
	@$(PIP) --require-hashes -r requirements-build.txt
	@touch $@

$(INSTALLED): requirements.txt setup.cfg pyproject.toml $(BUILDS)
	@echo "Installing what runs …"
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPS): $(INSTALLED) requirements-dev.txt
	@echo "Installing what develops …"
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

$(LOWEST): $(DEVELOPS) requirements-lowest.txt
	@uv venv -q --clear --python .venv/bin/python .venv-lowest
	@VIRTUAL_ENV=.venv-lowest uv pip sync -q --require-hashes requirements-lowest.txt
	@VIRTUAL_ENV=.venv-lowest uv pip install -q --no-deps --no-build-isolation --editable .
	@touch $@

$(NPM_RUNS): $(WIDGET)/package-lock.json | $(BUILDS)
	@echo "Installing what builds the widget …"
	@$(NPM) ci --omit=dev
	@touch $@

$(NPM_DEVELOPS): $(WIDGET)/package-lock.json | $(BUILDS)
	@$(NPM) ci
	@touch $(NPM_RUNS) $@

$(BUNDLE): $(SOURCES) $(NPM_RUNS)
	@$(NPM) run build
	@touch $@
