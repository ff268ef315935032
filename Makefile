# Tasks for developers and for continuous integration; `make` alone lists them.

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
SIDE_BY_SIDE := $(BIN)/python -m tests.support.side_by_side

# Python keeps compiled modules: tests start hundreds of processes, and each would compile the platform anew.
export PYTHONDONTWRITEBYTECODE :=

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=python3.12 selects the Python (3.11 or newer) for .venv; the default is python3."

install: $(FOR_DEVELOPING) ## Make .venv with everything needed to run and develop

demo: $(FOR_RUNNING) ## Start a temporary stack, play one ticket's life, show the views, and stop
	@$(BIN)/ticketstream demo

up: $(FOR_RUNNING) ## Start everything with demo users and tickets, and keep it running until Ctrl-C
	@$(BIN)/ticketstream up --demo

test: lint types ## Lint, check the types and run the tests
	$(SIDE_BY_SIDE) "not long and not docker" "tests/unit tests/contract tests/integration/command" \
		"tests/integration/gateway tests/integration/shared"

test-long: $(FOR_DEVELOPING) ## Run the long tests: outages, restarts, directory changes
	$(SIDE_BY_SIDE) "long and not docker" tests/faults

# MongoDB's image is a later release than the embedded MongoDB, and Kafka starts from its image. These tests depend on
# that: the access to the engines in shared, MongoDB's error codes and query plans, and one smoke test per service.
# All other integration tests check the platform's own rules, which `make test` has checked on embedded engines.
ON_CONTAINERS := tests/integration/shared \
	tests/integration/cli/test_init.py \
	$(addprefix tests/integration/command/,test_event_store.py test_lost_answers.py test_sent_again.py) \
	$(addprefix tests/integration/projector/,test_projection.py test_halving.py test_directory_plans.py) \
	$(addprefix tests/integration/gateway/,test_reads.py test_read_plans.py test_feed_plans.py test_scoped_costs.py)

test-docker: $(FOR_DEVELOPING) ## Run the tests that depend on the engines' images, and those of the composed platform
	TICKETSTREAM_TEST_DOCKER=1 $(BIN)/pytest -m "not long and not docker" $(ON_CONTAINERS)
	$(BIN)/pytest -m docker

lint: $(FOR_DEVELOPING) ## Check style, format and import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo

types: $(FOR_DEVELOPING) ## Check the types
	$(BIN)/mypy

format: $(FOR_DEVELOPING) ## Format the code and fix what the linter can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

documents: $(FOR_DEVELOPING) ## Write docs/asyncapi.yaml and docs/openapi.json from the models
	$(BIN)/python -m services.command.asyncapi > docs/asyncapi.yaml
	$(BIN)/python -m services.gateway.openapi > docs/openapi.json

# A pinned version stays as it is unless pyproject.toml asks for another one.
PIN := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
COMPILE := $(PIN) pyproject.toml

requirements: $(FOR_DEVELOPING) ## Pin the dependencies of pyproject.toml, with hashes, in deploy/requirements
	$(COMPILE) --output-file $(LOCKS)/runtime.txt
	$(COMPILE) --extra embedded --constraint $(LOCKS)/runtime.txt --output-file $(LOCKS)/embedded.txt
	$(COMPILE) --extra embedded --extra dev --constraint $(LOCKS)/embedded.txt --output-file $(LOCKS)/dev.txt
	$(PIN) tests/e2e/clients/requirements.in --output-file $(LOCKS)/clients.txt

sbom: $(RUNTIME) ## Write the list of the image's Python packages to build/sbom.cdx.json (CycloneDX)
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file build/sbom.cdx.json $(RUNTIME)/bin/python
	@echo "build/sbom.cdx.json lists $$(grep -c '"purl": "pkg:pypi' build/sbom.cdx.json) packages"

licences: $(RUNTIME) ## Write the licences of these packages to docs/licences.md
	@{ printf '# Licences\n\nOf what the image has besides Debian and Python; `make licences` writes this page.\n\n'; \
		$(BIN)/pip-licenses --python $(RUNTIME)/bin/python --with-system --order license --format markdown; } > docs/licences.md

audit: $(FOR_DEVELOPING) ## Check these packages for known vulnerabilities, over the network
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --requirement $(LOCKS)/runtime.txt

# An environment with exactly the packages of the image, for sbom and licences.
$(RUNTIME): $(LOCKS)/runtime.txt pyproject.toml | $(FOR_DEVELOPING)
	rm -rf $@
	$(BIN)/uv venv --quiet --python $(BIN)/python $@
	$(BIN)/uv pip sync --quiet --python $@/bin/python --require-hashes --only-binary :all: $<

clean: ## Remove .venv and the files of tools (a stack's data stays)
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find services shared deploy tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "$(PYTHON) is not Python 3.11 or newer; install one, or name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "$(PYTHON) cannot make virtual environments; install its venv module (Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)

# In a terminal, show one counting line instead of pip's many lines. Errors go to standard error and stay visible.
define counted
{ n=0; while read -r word rest; do \
	case $$word in \
		Collecting | Requirement | Ignoring) [ ! -t 1 ] || printf '  %d of %d packages\r' $$((++n)) $$(grep -c == $<) ;; \
		Installing) [ ! -t 1 ] || printf '  %d packages, unpacking them\r' $$n ;; \
	esac; \
done; [ ! -t 1 ] || echo; }
endef

$(VENV)/%.installed: $(LOCKS)/%.txt pyproject.toml | $(VENV)/pyvenv.cfg
	@[ ! -L $(VENV) ] || { echo "$(VENV) is a link, and installing would change the environment of another checkout; remove the link." >&2; exit 1; }
	@echo "Installing $< ..."
	@$(BIN)/pip install --disable-pip-version-check --require-hashes --only-binary :all: --requirement $< | $(counted) \
		|| { echo "pip could not install $<, for the reason above; check the network and the requirement it names, and run make again." >&2; exit 1; }
	@$(BIN)/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@
