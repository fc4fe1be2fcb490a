# The one door to every tool: the same commands by hand, before a commit and in CI.
SHELL := bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install check test slow prove golden-plans load docs format lint types imports tables sizes

# `make` never changes the environment behind your back; `make install` does.
RUN := uv run --no-sync
EVIDENCE := core/docs/evidence

help: ## Show this list
	@awk -F ' ## ' '/^[a-z-]+:.* ## / { split($$1, t, ":"); printf "  %-12s %s\n", t[1], $$2 }' $(MAKEFILE_LIST)

install: ## Install everything that development needs, as locked
	uv sync --locked

check: format lint types imports tables sizes ## Format, lint, types, imports, generated tables, sizes

test: ## Run the tests, as README.md says (without those marked slow)
	uv run pytest

slow: ## Run the tests marked slow, one after the other (11 minutes)
	$(RUN) pytest -n0 -m slow

prove: ## Run tests/prove/WHAT.py with large counts; writes core/docs/evidence/WHAT.md
	@test -n "$(WHAT)" || { echo "make prove WHAT=$$(ls tests/prove 2>/dev/null \
	  | sed -n 's/^\([a-z][a-z_]*\)\.py$$/\1/p' | paste -sd '|')"; exit 2; }
	@test -f tests/prove/$(WHAT).py || { echo "no program tests/prove/$(WHAT).py"; exit 2; }
	@mkdir -p prove-work $(EVIDENCE)
	@echo "evidence: $(EVIDENCE)/$(WHAT).md   log: prove-work/$(WHAT).log   (takes minutes to an hour;"
	@echo "          in the background: nohup make prove WHAT=$(WHAT) >/dev/null 2>&1 &)"
	PYTHONUNBUFFERED=1 $(RUN) python -m tests.prove.$(WHAT) </dev/null 2>&1 | tee prove-work/$(WHAT).log

golden-plans: ## Write tests/plans/golden anew: the query plans that `make slow` compares with
	ZHUJI_GOLDEN_PLANS=write $(RUN) pytest -q -n0 -m slow tests/plans

load: ## Run a load scenario: SCENARIO=A to H, MORE="--scale 1 --processes 2" (loadtests/README.md)
	@test -n "$(SCENARIO)" || { echo "make load SCENARIO=A|B|C|D|E|F|G|H [MORE=--help]"; exit 2; }
	$(RUN) python -m loadtests.run --scenario $(SCENARIO) $(MORE)

docs: ## Write the generated tables of core/docs anew
	$(RUN) python -m zhuji_core.docs_tables

# The parts of `check`, in the order in which a failure is cheapest to learn.
format:
	$(RUN) ruff format --check

lint:
	$(RUN) ruff check

types:
	$(RUN) mypy

imports:
	$(RUN) lint-imports

tables:
	$(RUN) python -m zhuji_core.docs_tables --check

sizes:
	$(RUN) pytest -q -n0 -p no:zhuji --durations=0 --durations-min=9 tests/architecture/test_sizes.py
