# Two commands matter: `make demo` and `make test`. Both install what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: install demo up test test-slow check hooks bench histories prove mutants lock sbom audit clean

install: $(READY)

$(READY): requirements.lock pyproject.toml
	PYTHON="$(PYTHON)" sh runtime/install.sh $(VENV)
	@touch $(READY)

demo: install          ## carry the 23 ASEAN projects through their lives
	$(BIN)/accord demo

up: install            ## keep engine, database and worker running until Ctrl-C
	$(BIN)/accord up

test: install          ## all tests, two files at a time
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-slow: install     ## the same with a quarter of the processors: the verdict must not depend on their speed
	tests/support/quota.sh 25 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: install         ## style, types, layers, histories that are only added
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python -m tests.support.manifest

hooks: install         ## have git do what `make check` does before every commit
	$(BIN)/pre-commit install

bench: install         ## what we claim about speed, measured here
	$(BIN)/python -m bench
	$(BIN)/python -m bench.money
	$(BIN)/python -m bench.reads --cases 20000
	$(BIN)/python -m bench.trust

histories: install     ## record what tests/histories does not have yet
	$(BIN)/python -m tests.support.record_histories

prove: install         ## the tests with their long forms: every kill point, 100,000 steps of each machine (ACCORD_SEED)
	ACCORD_PROVE=1 $(BIN)/python -m pytest

mutants: install       ## change the pure rules one operator at a time: the tests must notice (docs/mutation.md)
	$(BIN)/python -m pip install --quiet mutmut==3.8.1
	$(BIN)/mutmut run
	$(BIN)/mutmut results

lock:                  ## resolve the dependencies again, with hashes and without addresses
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra dev pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--constraints requirements.lock pyproject.toml -o requirements-runtime.lock

sbom:                  ## what is in the image, with licences: build/sbom.json (CycloneDX)
	$(PYTHON) -m venv build/image && build/image/bin/pip install --quiet --require-hashes -r requirements-runtime.lock
	$(PYTHON) -m venv build/tools && build/tools/bin/pip install --quiet cyclonedx-bom==7.5.0
	build/tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON \
		-o build/sbom.json build/image/bin/python

audit:                 ## known weaknesses of what is in the image; it asks a service on the internet
	$(PYTHON) -m venv build/tools && build/tools/bin/pip install --quiet pip-audit==2.10.1
	build/tools/bin/pip-audit --disable-pip --require-hashes --strict -r requirements-runtime.lock

clean:
	rm -rf $(VENV) .accord .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build mutants
