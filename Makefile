# `make run` and `make test` are all a newcomer needs; each sets up .venv first where that is not done yet.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
ARGS ?=
SETS ?=

.PHONY: run test check audit bench bench-peers install install-dev install-bench soak

run: install
	$(VENV)/bin/rapporteur run $(ARGS)

# A process that dies is not replaced: xdist would wait at the end for what it had been given.
test: install-dev
	$(VENV)/bin/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --max-worker-restart=0 $(ARGS)

check: install-dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

# Known vulnerabilities of what is installed. It asks osv.dev and so is no part of the tests; PyPI's own service would
# pass over what it does not know.
audit: install-dev
	$(VENV)/bin/python -m pip_audit --local --skip-editable --vulnerability-service osv $(ARGS)

# SETS are folders of documents and questions of your own, see the README on measuring.
bench: install-bench
	$(VENV)/bin/python -m tests.benchmarks $(ARGS) $(SETS)

# Beside LangChain, LlamaIndex and txtai, each in an environment of its own; see the README on speed and size.
bench-peers: install-dev
	$(VENV)/bin/python -m tests.benchmarks.peers $(ARGS)

# Kills, a week of updates, a Telegram that fails, made input: two to three hours on two cores; see the README.
soak: install-dev
	$(VENV)/bin/python -m tests.soak $(ARGS)

install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev
install-bench: $(VENV)/.installed-bench

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --disable-pip-version-check -q -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --disable-pip-version-check -q -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: $(VENV)/.installed-dev
	$(VENV)/bin/python -m pip install --disable-pip-version-check -q -c constraints.txt -e '.[dev,bench]'
	@touch $@
