PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PIP_CONSTRAINT := constraints.txt
DEV := $(VENV)/.installed-dev

.PHONY: run test lint format bench pictures install clean

run: $(STAMP)  ## start the demo: Label Studio, the worker and the web UI
	$(BIN)/workbench up --demo

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Label Workbench needs Python 3.11 or newer: make run PYTHON=python3.11"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages (about 2.3 GB, some minutes)"
	$(BIN)/python -m pip install -q --no-warn-script-location torch
	$(BIN)/python -m pip install -q --no-warn-script-location -e .
	@touch $@

$(DEV): $(STAMP)
	$(BIN)/python -m pip install -q -e '.[dev]'
	@touch $@

install: $(STAMP)  ## install what `workbench` needs

test: $(DEV)  ## run every test on a real Label Studio and a real browser
	@./tests/browser.sh
	@./tests/postgres.sh
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(DEV)  ## ruff and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV)  ## run the benchmarks; DATA names the folder of public data sets
	$(BIN)/python -m benchmarks.run $(if $(DATA),--data $(DATA))

pictures: $(DEV)  ## make the README's pictures anew (needs Chromium and Poppler)
	$(BIN)/python -m docs.pictures

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache
