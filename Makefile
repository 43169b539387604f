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

SCENES := $(DEMO)/scenes/.firs/firs.db

.PHONY: demo serve screenshots test test-torch test-distributed lint clean

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

test: $(READY) lint
	$(BIN)/pytest

# The roads that need PyTorch, in an environment of their own; not part of `make test`.
test-torch: $(TORCH_READY)
	$(TORCH_BIN)/pytest -m torch

# Against real Milvus servers and a real Ray cluster, all started here; not part of `make test`.
# Most of it is waiting for a server to load a collection, so some files are run at a time.
test-distributed: $(SERVERS_READY)
	$(SERVERS_BIN)/pytest -m distributed -n 2 --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) $(DEMO_VENV) $(TORCH_VENV) $(SERVERS_VENV) build dist .mypy_cache .pytest_cache .ruff_cache

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
		milvus==2.3.5 'pytest-xdist>=3.6,<4' -e '.[dev,milvus,ray,shards]'
	touch $@
