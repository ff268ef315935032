# What people and continuous integration do with Ticketstream; `make` alone lists it.

PYTHON ?= python3

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help install demo up test test-long test-docker lint types format documents requirements sbom licences audit clean

LOCKS := deploy/requirements
VENV := .venv
BIN := $(VENV)/bin
FOR_RUNNING := $(VENV)/embedded.installed
FOR_DEVELOPING := $(VENV)/dev.installed
RUNTIME := build/runtime

help: ## Show this table
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=python3.12 names the Python (3.11 or newer) that .venv is made with; python3 unless given."

install: $(FOR_DEVELOPING) ## Make .venv with everything that running and developing need

demo: $(FOR_RUNNING) ## Play one ticket's life on real engines, show it, and stop
	@$(BIN)/ticketstream demo

up: $(FOR_RUNNING) ## Start everything with users to log in as, and stay up for you to try the API
	@$(BIN)/ticketstream up --demo

test: lint types ## Lint, check the types and run the tests
	$(BIN)/pytest -m "not long and not docker"

test-long: $(FOR_DEVELOPING) ## Run the tests of long outages, restarts and directory changes
	$(BIN)/pytest -m "long and not docker"

test-docker: $(FOR_DEVELOPING) ## Run the integration tests on containers, and those of the composed platform
	TICKETSTREAM_TEST_DOCKER=1 $(BIN)/pytest -m "not long and not docker" tests/integration
	$(BIN)/pytest -m docker

lint: $(FOR_DEVELOPING) ## Check style, format and who imports what
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo

types: $(FOR_DEVELOPING) ## Check the types
	$(BIN)/mypy

format: $(FOR_DEVELOPING) ## Format the code and mend what the linter can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

documents: $(FOR_DEVELOPING) ## Write docs/asyncapi.yaml and docs/openapi.json from the models
	$(BIN)/python -m services.command.asyncapi > docs/asyncapi.yaml
	$(BIN)/python -m services.gateway.openapi > docs/openapi.json

# What is pinned stays as it is unless pyproject.toml asks for something else.
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header

requirements: $(FOR_DEVELOPING) ## Pin what pyproject.toml asks for, with hashes, in deploy/requirements
	$(COMPILE) --output-file $(LOCKS)/runtime.txt
	$(COMPILE) --extra embedded --constraint $(LOCKS)/runtime.txt --output-file $(LOCKS)/embedded.txt
	$(COMPILE) --extra embedded --extra dev --constraint $(LOCKS)/embedded.txt --output-file $(LOCKS)/dev.txt

sbom: $(RUNTIME) ## Write what the image's Python consists of to build/sbom.cdx.json (CycloneDX)
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file build/sbom.cdx.json $(RUNTIME)/bin/python
	@echo "build/sbom.cdx.json tells of $$(grep -c '"purl": "pkg:pypi' build/sbom.cdx.json) packages"

licences: $(RUNTIME) ## Write the licences of those packages to docs/licences.md
	@{ printf '# Licences\n\nOf what the image has besides Debian and Python; `make licences` writes this page.\n\n'; \
		$(BIN)/pip-licenses --python $(RUNTIME)/bin/python --with-system --order license --format markdown; } > docs/licences.md

audit: $(FOR_DEVELOPING) ## Look those packages up among known vulnerabilities, over the network
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --requirement $(LOCKS)/runtime.txt

# Nothing but what the image has, for looking at it.
$(RUNTIME): $(LOCKS)/runtime.txt pyproject.toml | $(FOR_DEVELOPING)
	rm -rf $@
	$(BIN)/uv venv --quiet --python $(BIN)/python $@
	$(BIN)/uv pip sync --quiet --python $@/bin/python --require-hashes --only-binary :all: $<

clean: ## Remove .venv and what tools leave behind (a stack's data stays)
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find services shared deploy tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "$(PYTHON) is not a Python 3.11 or newer; install one, or name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "$(PYTHON) can not make virtual environments; install its venv module (Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)

# Of pip's many lines a terminal sees one that counts; what goes wrong comes on standard error and stays.
define counted
{ n=0; while read -r word rest; do \
	case $$word in \
		Collecting | Requirement | Ignoring) [ ! -t 1 ] || printf '  %d of %d packages\r' $$((++n)) $$(grep -c == $<) ;; \
		Installing) [ ! -t 1 ] || printf '  %d packages, unpacking them\r' $$n ;; \
	esac; \
done; [ ! -t 1 ] || echo; }
endef

$(VENV)/%.installed: $(LOCKS)/%.txt pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "Installing $< ..."
	@$(BIN)/pip install --disable-pip-version-check --require-hashes --only-binary :all: --requirement $< | $(counted) \
		|| { echo "pip could not install $<, for the reason above; check the network and the requirement it names, and run make again." >&2; exit 1; }
	@$(BIN)/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@
