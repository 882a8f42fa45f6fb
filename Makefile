# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO := demo-output

.PHONY: demo test test-slow check clean

demo: $(VENV)/.installed
	$(BIN)/siamtrack track examples/market_street_1906.mp4 --boxes examples/market_street_1906_boxes.csv \
		-o $(DEMO)/tracked.mp4 --jsonl $(DEMO)/tracks.jsonl --plot $(DEMO)/tracks.png

# The tests run one process a core, with one thread each.
test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto

# Other toolkits as real clients (an environment of their own is made, for all tests of a file), long runs.
test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow --numprocesses auto --dist loadfile

# What CI runs before the tests.
check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# PyTorch comes first, so that nothing else chooses its build. Where the plain name would bring gigabytes of CUDA
# libraries, name the index of the CPU builds that pytorch.org gives: make test TORCH_INDEX="--index-url ...".
TORCH_INDEX ?=
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet torch==2.13.0 $(TORCH_INDEX)
	$(BIN)/python -m pip install --quiet -e .
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -e ".[dev,eval,train]"
	touch $@

clean:
	rm -rf $(VENV) $(DEMO)
