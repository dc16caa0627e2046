# One command does each job, and CI runs the same commands.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# One worker more than cores: many tests wait for processes that they started.
WORKERS := $(shell expr $$(nproc 2>/dev/null || echo 1) + 1)

.PHONY: help setup run demo test lint torture words format bench lock sbom clean

help:  ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: $(STAMP)  ## install everything into .venv/

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 setup"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

run: $(STAMP)  ## start the service (without a token: the preview)
	$(BIN)/lintas run

demo: $(STAMP)  ## the whole job on sample feeds, in a minute
	$(BIN)/lintas demo

lint: $(STAMP)  ## format, lint, types, import contracts, known vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/audit.py

test: lint  ## lint, then the whole suite, on all cores
	$(BIN)/pytest --numprocesses=$(WORKERS) --maxprocesses=4 --dist=worksteal

torture: $(STAMP)  ## fault tests at their full size (about two hours; ROWS="kills ssrf" for some)
	$(BIN)/python -m tests.torture $(ROWS)

sbom: $(STAMP)  ## the list of all that ships, as CycloneDX, into var/sbom.json
	@mkdir -p var
	$(BIN)/python -W ignore::UserWarning -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --output-format JSON --output-file var/sbom.json

bench: $(STAMP)  ## the scoreboard and the speed figures
	$(BIN)/python -m bench

words: $(STAMP)  ## bring the catalogues of translations up to the words in the code (then fill in what is empty)
	@mkdir -p var
	$(BIN)/pybabel -q extract -k Phrase -k say -k counted:1,1 --no-location --omit-header \
		-o var/words.pot bot/render
	for language in en zh; do $(BIN)/pybabel -q update -i var/words.pot -o bot/render/locales/$$language.po \
		-l $$language --no-fuzzy-matching --ignore-obsolete --init-missing --ignore-pot-creation-date --omit-header \
		--width=120; done

format: $(STAMP)  ## put the code into the house's form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(STAMP)  ## compile both locks anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url \
		--python-version 3.11 --custom-compile-command "make lock" --quiet --output-file requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --constraint requirements-dev.lock --universal --generate-hashes --no-emit-index-url \
		--python-version 3.11 --custom-compile-command "make lock" --quiet --output-file requirements.lock

clean:  ## remove what the commands above made
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
