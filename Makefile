# The two commands: `make demo` and `make test`. Everything they need comes from the lock file.
.PHONY: help setup native demo test lint browser browser-setup deep bench lock clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check

help:
	@echo "make demo     the whole way on the bundled sample site; says where mails and report lie"
	@echo "make test     all tests (SQLite, PostgreSQL, SMTP, HTTP, the daemon); no network needed after setup"
	@echo "make native   compiles the nlp stage (make setup has done so); fetches a C compiler where there is none"
	@echo "make lint     ruff, mypy --strict, import contracts"
	@echo "make browser  the tests that need Chromium"
	@echo "make deep     long runs: property tests with many examples, kill -9 loops"
	@echo "make bench    speed, memory and accuracy; prints figures"
	@echo "make lock     resolve the versions anew into requirements*.lock"

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m tools.native || true  # without it the nlp stage runs as Python
	@touch $@

setup: $(VENV)/.ready

native: setup
	@$(BIN)/python -m tools.native

demo: setup
	@$(BIN)/listener demo

# What is compiled where it can be, as Python alone
PURE := $(wildcard tests/unit/test_nlp_*.py) tests/unit/test_topics.py

test: setup
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile -m "not browser and not deep"
	@LISTENER_NATIVE=0 $(BIN)/python -m pytest -q -n 3 --dist loadfile -m "not deep" $(PURE)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

browser-setup:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
		(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null)

browser: setup browser-setup
	@$(BIN)/python -m pytest -q -m browser

DEEP := tests/properties/test_sla_properties.py tests/unit/test_case_moves.py tests/unit/test_cases.py \
	tests/unit/test_clocks.py tests/unit/test_email.py tests/unit/test_priority.py tests/unit/test_throttle.py

deep: setup
	@HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -q -n 2 --timeout 3600 -m "not deep and not browser" $(DEEP)
	@$(BIN)/python -m pytest -q -n 2 -m deep

bench: setup
	@for program in tests/bench/bench_*.py; do echo "== $$program"; $(BIN)/python $$program || exit 1; done

lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet pip-tools
	$(VENV)-lock/bin/pip-compile --quiet --generate-hashes --strip-extras --no-header --allow-unsafe \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o requirements.lock pyproject.toml
	$(VENV)-lock/bin/pip-compile --quiet --generate-hashes --strip-extras --no-header --allow-unsafe \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --extra dev \
		-c requirements.lock -o requirements-dev.lock pyproject.toml
	echo ziglang | $(VENV)-lock/bin/pip-compile --quiet --generate-hashes --strip-extras --no-header --no-annotate \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o requirements-native.lock -
	rm -r $(VENV)-lock

clean:
	rm -rf $(VENV) var listener/_native .mypy_cache .ruff_cache .hypothesis .import_linter_cache
