# Needs Python 3.11–3.13 and GNU make, nothing else. PYTHON=/path/to/python chooses one.
# The plain pip way, for Windows too, stands in docs/install.md.

VENV := .venv
PY := $(VENV)/bin/python
# Installing goes into the environment here, whatever this user's pip is set to do elsewhere.
PIP := PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1 $(PY) -m pip install -q
PYTEST := $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(if $(LAYOUT_NO_SKIP),-p tests.plugin_noskip)

STUDY := data/baise.toml
OUT := maps/baise

# A stamp carries the hash of what it stands for: a fresh clone or a branch switched to and fro
# changes times, not contents.
hash = $(shell cat $(1) 2>/dev/null | cksum | cut -d' ' -f1)
here := $(shell pwd | cksum | cut -d' ' -f1)
RUNTIME := $(VENV)/.stamp-runtime-$(call hash,requirements/runtime.txt)
NOTEBOOK := $(VENV)/.stamp-notebook-$(call hash,requirements/notebook.txt)
DEV := $(VENV)/.stamp-dev-$(call hash,requirements/dev.txt)
PACKAGE := $(VENV)/.stamp-package-$(call hash,pyproject.toml)-$(here)
DOCS := $(VENV)/.stamp-docs-$(call hash,requirements/docs.txt)
BROWSERS := $(VENV)/.stamp-browsers-$(call hash,tests/browsers/package-lock.json)
BROKEN := $(shell [ -x $(PY) ] || echo broken)

SOURCES := $(shell find layout -type f ! -name '*.pyc' 2>/dev/null)
DATA := $(shell find data -type f ! -name '*.md' 2>/dev/null)

.PHONY: plan notebook test test-more check docs data lock bench clean distclean broken browser lint
.DELETE_ON_ERROR:

plan: $(OUT)/run.json
	@echo "The plan is in $(OUT)/: open $(OUT)/index.html (the map) by double click;"
	@echo "the tables are plan.xlsx, plan.gpkg and the .csv files, the evidence is run.json."

$(OUT)/run.json: $(RUNTIME) $(PACKAGE) $(SOURCES) $(DATA)
	$(PY) -m layout plan $(STUDY) --out $(OUT)
	@touch $@

# JupyterLab on notebooks/; LAB="--no-browser --port 8900" is handed on to it.
notebook: $(NOTEBOOK) $(PACKAGE)
	@echo "JupyterLab opens in the browser; Ctrl-C here, twice, ends it."
	@$(PY) -m jupyterlab --config=tools/jupyterlab/config.py $(LAB)

# The notebooks come first, in this order: they take longest, and the other core has work meanwhile.
ALL := --nbmake --nbmake-timeout=600 $(wildcard notebooks) tests

# Small worlds, one plan of the Baise study, one notebook, one browser.
test: $(DEV) $(PACKAGE) browser lint
	LAYOUT_BROWSER="$$(sh tools/browser.sh)" $(PYTEST) -m "not more" $(ALL)

# What takes long or needs another program, all that `make test` leaves out.
test-more: $(DEV) $(DOCS) $(PACKAGE) browser $(BROWSERS)
	LAYOUT_BROWSER="$$(sh tools/browser.sh)" $(PYTEST) -m more $(ALL)

check: $(DEV) $(PACKAGE) lint
	$(PYTEST) -q -m "not slow and not browser and not more" tests

lint: $(DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy --strict layout

# The documentation as a site that opens by double click: site/index.html. NOTEBOOKS=run shows the
# notebooks with their results, which takes minutes.
docs: $(DOCS) $(PACKAGE)
	LAYOUT_SITE_NOTEBOOKS=$(NOTEBOOKS) NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict --quiet
	@echo "The site is in site/: open site/index.html by double click."

# Builds the Baise study again from its seed, byte for byte.
data: $(RUNTIME) $(PACKAGE)
	$(PY) -m tools.baise build

# Markdown tables: seconds by step and peak memory of the main job; travel, location models and maps
# beside peers.
# BENCH="--quick" for what fits into a minute or two, "--limit 20" for less time to the peers.
bench: $(DEV) $(PACKAGE) browser
	$(PY) benchmarks/plan.py $(STUDY)
	$(PY) -m benchmarks.travel $(filter --quick,$(BENCH))
	$(PY) -m benchmarks.location $(BENCH)
	LAYOUT_BROWSER="$$(sh tools/browser.sh)" $(PY) -m benchmarks.maps $(filter --quick,$(BENCH))

# Writes the locks again from pyproject.toml; pins stay unless UPGRADE=1.
lock: $(DEV)
	$(PY) tools/lock.py $(if $(UPGRADE),--upgrade)

clean:
	rm -rf build dist site *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis $(OUT)
	find layout tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)

browser:
	@sh tools/browser.sh >/dev/null

$(RUNTIME): $(BROKEN)
	@sh tools/venv.sh $(VENV)
	@echo "Installing requirements/runtime.txt (some minutes the first time)"
	@$(PIP) --require-hashes -r requirements/runtime.txt
	@rm -f $(VENV)/.stamp-runtime-* && touch $@

$(NOTEBOOK): $(BROKEN)
	@sh tools/venv.sh $(VENV)
	@echo "Installing requirements/notebook.txt (some minutes the first time)"
	@$(PIP) --require-hashes -r requirements/notebook.txt
	@rm -f $(VENV)/.stamp-notebook-* && touch $@

$(DEV): $(BROKEN)
	@sh tools/venv.sh $(VENV)
	@echo "Installing requirements/dev.txt (some minutes the first time)"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@rm -f $(VENV)/.stamp-dev-* && touch $@

$(DOCS): $(BROKEN) | $(DEV)
	@echo "Installing requirements/docs.txt"
	@$(PIP) --require-hashes -r requirements/docs.txt
	@rm -f $(VENV)/.stamp-docs-* && touch $@

$(BROWSERS): | $(DEV)
	@sh tools/browsers.sh $(VENV)/browsers
	@rm -f $(VENV)/.stamp-browsers-* && if [ -x $(VENV)/browsers/chromium-86 ]; then touch $@; fi

# Editable, so that a change of the source needs no new install. Every lock holds what it needs.
$(PACKAGE): $(BROKEN) | $(if $(filter test test-more check docs lint,$(MAKECMDGOALS)),$(DEV),\
    $(if $(filter notebook,$(MAKECMDGOALS)),$(NOTEBOOK),$(RUNTIME)))
	@$(PIP) --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.stamp-package-* && touch $@
