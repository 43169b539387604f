# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO ?= build/demo
DEMO_VENV := .venv-demo
DEMO_BIN := $(DEMO_VENV)/bin
DEMO_READY := $(DEMO_VENV)/.ready
TORCH_VENV := .venv-torch
TORCH_BIN := $(TORCH_VENV)/bin
TORCH_READY := $(TORCH_VENV)/.ready
SERVERS_VENV := .venv-distributed
SERVERS_BIN := $(SERVERS_VENV)/bin
SERVERS_READY := $(SERVERS_VENV)/.ready
PEERS_VENV := .venv-peers
PEERS_BIN := $(PEERS_VENV)/bin
PEERS_READY := $(PEERS_VENV)/.ready
DOCS_VENV := .venv-docs
DOCS_READY := $(DOCS_VENV)/.ready
# A worker a core, each with one thread: more would be in each other's way.
PYTEST_WORKERS ?= 2
ON_ALL_CORES := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

SCENES := $(DEMO)/scenes/.firs/firs.db

.PHONY: demo serve screenshots test test-torch test-distributed test-peers docs lint style clean

demo: $(DEMO_READY)
	$(DEMO_BIN)/python -m firs.demo $(DEMO)

# The page in the browser, over the demo's scenes, which are copied and indexed if there are none.
serve: $(DEMO_READY) $(SCENES)
	$(DEMO_BIN)/firs serve $(DEMO)/scenes

$(SCENES): | $(DEMO_READY)
	$(DEMO_BIN)/python -m firs.demo $(DEMO)

# The pictures of the page in docs/images, made anew; needs chromium.
screenshots: $(READY)
	$(BIN)/python -m tests.web.browser.screenshots

# Types are checked while the tests run; what mypy reports comes last, and fails as a test does.
test: $(READY) style
	@$(BIN)/mypy >$(VENV)/mypy.log 2>&1 & mypy=$$!; \
	$(ON_ALL_CORES) $(BIN)/pytest -n $(PYTEST_WORKERS) --dist worksteal --durations=15; tests=$$?; \
	wait $$mypy; types=$$?; echo "$(BIN)/mypy"; cat $(VENV)/mypy.log; \
	exit $$((tests ? tests : types))

# The backends that need PyTorch, in an environment of their own; not part of `make test`.
test-torch: $(TORCH_READY)
	$(TORCH_BIN)/pytest -m torch

# Against real Milvus servers and a real Ray cluster, all started here; not part of `make test`.
# Most of it is waiting for a server to load a collection, so several files run at a time.
test-distributed: $(SERVERS_READY)
	$(SERVERS_BIN)/pytest -m distributed -n 4 --dist loadgroup --no-loadscope-reorder --durations=15

# Beside programs that do the same; not part of `make test`: Numba takes a minute to compile one.
test-peers: $(PEERS_READY)
	$(PEERS_BIN)/pytest -m peers

# The documentation as a site in build/site; a link or an anchor that leads nowhere is an error.
docs: $(DOCS_READY)
	$(DOCS_VENV)/bin/mkdocs build --strict

lint: style
	$(BIN)/mypy

style: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf $(VENV) $(DEMO_VENV) $(TORCH_VENV) $(SERVERS_VENV) $(PEERS_VENV) $(DOCS_VENV) \
		build dist .mypy_cache .pytest_cache .ruff_cache

# The package as a user installs it, without extras; modules are compiled when they are imported.
$(DEMO_READY): pyproject.toml
	$(PYTHON) -m venv $(DEMO_VENV)
	$(DEMO_BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -e .
	touch $@

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

# PyTorch comes first and alone, so that a build for processors is kept where pip finds one; what
# would ask for another build of it (torchvision, timm, open_clip) comes without its dependencies.
$(TORCH_READY): pyproject.toml
	$(PYTHON) -m venv $(TORCH_VENV)
	$(TORCH_BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(TORCH_BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		torchvision==0.28.0 'timm>=1.0.17,<2' 'open_clip_torch>=2.32,<4'
	$(TORCH_BIN)/python -m pip install --quiet --disable-pip-version-check regex -e '.[dev,export]'
	touch $@

# The package `milvus` carries the server itself.
$(SERVERS_READY): pyproject.toml
	$(PYTHON) -m venv $(SERVERS_VENV)
	$(SERVERS_BIN)/python -m pip install --quiet --disable-pip-version-check \
		milvus==2.3.5 -e '.[dev,milvus,ray,shards]'
	touch $@

$(PEERS_READY): pyproject.toml
	$(PYTHON) -m venv $(PEERS_VENV)
	$(PEERS_BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,peers]'
	touch $@

$(DOCS_READY): pyproject.toml
	$(PYTHON) -m venv $(DOCS_VENV)
	$(DOCS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check 'mkdocs>=1.6,<2'
	touch $@
