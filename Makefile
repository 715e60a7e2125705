# The project's commands. Every target sets up what is missing first; `make` alone lists them.
SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
STACK ?= local
RUN := .venv/bin/python
# Dozens of processes import the same large packages: compile these once, whatever the caller's environment says.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup up down status test check gate diff preflight verify replay contracts bench lock

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

setup: ## bring what a fresh machine lacks: packages, engine, Java, jars
	@test -n "$(PYTHON)" || { echo "set-up: there is no python3.11 on PATH; install Python 3.11." >&2; exit 1; }
	@"$(PYTHON)" embedded/engine/setup.py

up: setup ## deploy stack local to the embedded AWS, send the data through, check it (PORT=n, DAYS=n)
	@$(RUN) -m embedded up $(if $(PORT),--port $(PORT)) $(if $(DAYS),--days $(DAYS))

down: setup ## destroy stack local and stop the embedded AWS
	@$(RUN) -m embedded down

status: setup ## say what is running
	@$(RUN) -m embedded status

gate: setup ## judge a stack by deploying it to a throw-away embedded AWS (STACK=dev)
	@$(RUN) -m embedded gate --stack $(STACK)

diff: setup ## what a change does to the resources that the gate deployed (STACK=dev BASE=origin/main)
	@$(RUN) -m embedded diff --stack $(STACK) $(if $(BASE),--base $(BASE))

contracts: setup ## whether the data contracts break what another commit's promised (BASE=origin/main)
	@$(RUN) -m evolution $(if $(BASE),--base $(BASE))

preflight: setup ## what the account lacks for a stack, read-only (STACK=dev)
	@$(RUN) -m embedded preflight --stack $(STACK)

verify: setup ## the end-to-end check of a running platform (STACK=local, or a deployed one)
	@$(RUN) -m embedded verify --stack $(STACK)

replay: setup ## judge quarantine anew after a contract or file was mended (STACK=local DATASETS=a,b)
	@$(RUN) -m embedded replay --stack $(STACK) $(if $(DATASETS),--datasets $(DATASETS))

test: setup check ## all tests
	@$(RUN) -m pytest -m rehearsal $$(grep -rl --include='test_*.py' 'mark.rehearsal' tests | sort)

check: setup ## the fast tier: format, lint, types, workflows, unit tests
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy .
	@.venv/bin/zizmor --offline --quiet .github
	@$(RUN) -m pytest -n 2 --dist loadgroup -m "not rehearsal"

bench: setup ## the benchmarks, as ratios measured in one run
	@$(RUN) -m bench

lock: setup ## write requirements.lock again from pyproject.toml
	@.venv/bin/uv pip compile --quiet pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock
