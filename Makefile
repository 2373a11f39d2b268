# One command a job; `make` alone lists them. Needs Python 3.11 or newer and make; the local stack needs Java 17 and Maven too.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
# The demo's public data sets: a folder beside or in the project where one is there, otherwise DATA=DIR.
DATA ?= $(firstword $(wildcard data ../shared/data))
CUSTOMERS ?=

.PHONY: help setup test check lint demo bench chaos up down lock clean

help: ## list the commands
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: $(STAMP) ## make .venv and install what requirements.lock pins

# The stamp is written last: an interrupted setup is taken up again, a finished one is redone only where its sources changed.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "error: $(PYTHON) is missing or older than 3.11" >&2; \
	  echo "remedy: install Python 3.11 or newer, or name one: make setup PYTHON=python3.12" >&2; exit 1; }
	@echo "setup: installing into .venv (once, about a minute)"
	@$(PYTHON) -m venv .venv || { echo "remedy: install Python's venv module (Debian: apt install python3-venv)" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $(STAMP)

# What CI runs: one line a step, the output of the first that fails, and an end there.
test: setup lint ## all that CI runs: lint, types, layers, every test (Kafka and ClickHouse are started by the tests)
	@$(BIN)/pytest -q

check: setup lint ## the same without the tests that need Kafka or ClickHouse
	@$(BIN)/pytest -q -m "not kafka and not clickhouse"

step = @printf '%-18s ' '$(1)'; if $(2) > .venv/step.log 2>&1; then echo ok; else echo failed; cat .venv/step.log; exit 1; fi

lint: setup
	$(call step,ruff check,$(BIN)/ruff check .)
	$(call step,ruff format,$(BIN)/ruff format --check .)
	$(call step,mypy,$(BIN)/mypy)
	$(call step,import-linter,$(BIN)/lint-imports)

demo: setup ## start everything, stream in real and simulated customers, show what comes out [DATA=DIR CUSTOMERS=N]
	@$(BIN)/tracker demo $(if $(DATA),--data '$(DATA)') $(if $(CUSTOMERS),--customers $(CUSTOMERS))

bench: setup ## throughput, latency, what an event costs, and others beside us; writes docs/performance.md (about 30 minutes; SHORT=1: 3)
	@$(BIN)/python -m deploy.bench $(if $(SHORT),--short)

chaos: setup ## break the real parts on purpose, count what is missing; writes docs/reliability.md (about 65 minutes; SHORT=1, ONLY="NAME ...", SEED=N)
	@$(BIN)/python -m deploy.chaos $(if $(ONLY),--only $(ONLY)) $(if $(SEED),--seed $(SEED)) $(if $(SHORT),--short)

up: setup ## start the local stack
	@$(BIN)/tracker up

down: setup ## stop it; what is stored stays
	@$(BIN)/tracker down

lock: ## for maintainers: pin again what pyproject.toml asks for (needs uv)
	@uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --all-extras \
	  --python-version 3.11 pyproject.toml -o requirements.lock

clean: ## remove .venv and caches; the local stack's files go with: tracker reset --yes
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
