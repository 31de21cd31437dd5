# Every command of the project. Each sets itself up first; `make` alone lists them.
#
#   PORT=8000      where `make run` answers          VAR=var       the folder for its data
#   CATALOG=DIR    import this dump of a catalogue   PYTHON=...    the Python to make .venv with
#   ADVISORIES=PATH  a dump of advisories for `make audit`, where there is no network
#   DATABASE_URL, REDIS_URL: a PostgreSQL and a Redis of your own instead of the embedded ones

VENV ?= .venv
export VENV

RUNTIME := @sh config/running/setup.sh requirements.txt &&
DEVELOPMENT := @sh config/running/setup.sh requirements-dev.txt &&
BIN := "$(VENV)/bin"

.PHONY: help run test test-fast test-long check format audit screenshots bench soak requirements

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-14s %s\n' "$$name" "$$text"; done

run: ## everything on this machine: broker, workers, beat, web; Ctrl-C stops it
	$(RUNTIME) exec $(BIN)/python -m config.running

test: ## the tests, on SQLite and on PostgreSQL, with real processes and a real browser; WHAT=orders/letters for a part
	$(DEVELOPMENT) exec $(BIN)/python -m tests $(WHAT)

test-fast: ## the quick tests, on SQLite alone, in under two minutes
	$(DEVELOPMENT) exec $(BIN)/python -m tests --fast $(WHAT)

test-long: ## all of `make test`, and the tests that take minutes
	$(DEVELOPMENT) exec $(BIN)/python -m tests --long $(WHAT)

check: ## lint, weaknesses, secrets, templates, types, import directions, migrations, production settings, translations
	$(DEVELOPMENT) exec $(BIN)/python -m config.running.check

format: ## format the code and the templates
	$(DEVELOPMENT) $(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format . && $(BIN)/python -m config.running.templates

audit: ## known weaknesses of the packages we pin; ADVISORIES=PATH reads a dump of advisories instead of asking a service
	$(DEVELOPMENT) exec $(BIN)/python -m config.running.audit

screenshots: ## pictures of the pages, taken from the running product
	$(DEVELOPMENT) $(BIN)/python -m tests.e2e.screenshots && exec $(BIN)/python -m tests.e2e.staff_screenshots

bench: ## measurements; WHAT= for a part
	$(DEVELOPMENT) exec $(BIN)/python -m bench $(WHAT)

soak: ## load while everything is killed, stopped, cut off and lied to; MINUTES=10 SEED=7 DATABASE=postgres|sqlite REPORT=FILE
	$(DEVELOPMENT) exec $(BIN)/python -m tests.soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) \
		$(if $(DATABASE),--database $(DATABASE)) $(if $(REPORT),--json $(REPORT))

requirements: ## compile the pins of requirements.txt and requirements-dev.txt again (UPGRADE=--upgrade for newer ones)
	$(DEVELOPMENT) for name in requirements requirements-dev; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 $(UPGRADE) $$name.in --output-file $$name.txt \
			--no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" || exit 1; done
