# Everything a new machine needs is python3 (3.11 to 3.13), git and make.
# `make demo` and `make test` do the set-up themselves.

UV_VERSION := 0.13.9
PYTHON     ?= python3
UV         := .venv/bin/uv
RUN        := .venv/bin/

export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
# Compiling at each start would take longer than all else in it, where Python may not keep what it compiled.
export UV_COMPILE_BYTECODE := 1

.PHONY: demo test run lint check bench prove format clean help

help: ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: .venv/ready-to-run ## a Slack workspace in the browser with the real bot behind it; ends with Ctrl-C
	@exec $(RUN)python -m playground

test: .venv/ready ## all tests, with branch coverage
	$(RUN)pytest -n auto --dist worksteal --cov --cov-report=term --ignore=tests/test_proof.py
# Proofs load the machine on purpose, and other tests would meet Slack's 3 seconds beside them.
# Half of their time they wait, so more of them run at once than there are processors.
	$(RUN)pytest -n 4 --dist worksteal tests/test_proof.py

run: .venv/ready-to-run ## the bot against real Slack; configuration from the environment
	@exec $(RUN)python -m bot

lint: .venv/ready ## format, lint, types, import contracts
	$(RUN)ruff format --check .
	$(RUN)ruff check .
	$(RUN)mypy
	$(RUN)lint-imports

bench: .venv/ready ## how long `/task add` takes here, beside a bare Bolt app
	@$(RUN)python -m playground.bench

prove: .venv/ready ## breaks the bot on purpose, measures what is lost, and writes docs/reliability.md
	@$(RUN)python -m tests.proof

check: lint test ## what CI runs

format: .venv/ready ## put the code into shape
	$(RUN)ruff format .
	$(RUN)ruff check --fix .

clean: ## remove what the other targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "Taskbot needs Python 3.11, 3.12 or 3.13; say which: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv .venv \
	  || { echo "This Python lacks venv; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@.venv/bin/python -m pip --quiet --disable-pip-version-check install uv==$(UV_VERSION)

# --inexact leaves pip, which brought uv, where it is. What runs needs no tools of development.
.venv/ready-to-run: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --locked --inexact --no-dev
	@touch $@

.venv/ready: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --locked --inexact
	@touch $@ .venv/ready-to-run
