# The commands people type. CONTRIBUTING.md writes each of them out for machines without make.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
NOTEBOOKS = $(BIN)/python tools/notebooks.py
LAB ?= $(notdir $(wildcard coursework/source/*))
NBGRADER = ../$(BIN)/nbgrader

# Settings of a person's own Python must not reach into the environments.
unexport PYTHONPATH PYTHONHOME PYTHONSAFEPATH PIP_TARGET PIP_PREFIX PIP_ROOT
export PYTHONNOUSERSITE := 1
export PIP_USER := 0
export PLAYWRIGHT_BROWSERS_PATH := 0

problem := $(shell $(PYTHON) -I tools/make/preflight.py 2>/dev/null || echo "'$(PYTHON)' does not run: install Python 3.11 or later and name it, as in: make PYTHON=python3.13 book")
ifneq ($(problem),)
$(error $(problem))
endif

.PHONY: help book serve setup lab test test-fast browser chapter seeds full-check colab-check bench links wheel lock release-check clean
.PHONY: sandbox release practice collect autograde feedback grades lab-check class-test

help:  ## list these commands
	@awk -F ':.*##  *' '/^[a-z-]+:.*##/ { printf "make %-14s %s\n", $$1, $$2 }' Makefile

book:  ## build the web book into _build/html
	@$(PYTHON) tools/make/environment.py .venv-book book.lock
	@.venv-book/bin/python tools/site/build.py

serve: book  ## show the book on localhost
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

setup:  ## make .venv, with everything that notebooks and tests need
	@$(PYTHON) tools/make/environment.py .venv requirements.lock --editable

lab: setup  ## open the notebooks in JupyterLab
	@$(BIN)/python -m jupyterlab --notebook-dir notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

browser: setup  ## find a browser for the tests, or install one
	@$(BIN)/python tools/make/browser.py

test: setup browser sandbox  ## run everything
	@$(PYTHON) tools/make/suite.py

test-fast: setup  ## run what takes at most five minutes: no coursework, no notebooks, no browser
	@$(PYTHON) tools/make/suite.py --fast

chapter: setup browser  ## make chapter C=03_backprop: sync, run, check, compare, build and photograph one chapter
	@$(PYTHON) tools/make/chapter.py "$(C)"

seeds: setup  ## make seeds C=03_backprop: execute one chapter with seeds 1, 2 and 3
	@for seed in 1 2 3; do echo "seed $$seed:"; D2LMODELS_SEED=$$seed $(NOTEBOOKS) run "$(C)" || exit 1; done

full-check: setup  ## execute every notebook's full profile for three steps
	@D2LMODELS_PROFILE=full D2LMODELS_STEPS=3 $(NOTEBOOKS) run --without learned

colab-check: setup  ## execute every notebook beside the versions that Colab has
	@$(BIN)/python tools/make/colab.py

bench: setup  ## measure speed against peers, for the book's page; T="autograd resnet" for some topics
	@$(BIN)/python benchmarks $(T)

sandbox: setup  ## find bubblewrap, in which students' code runs, or install it
	@$(BIN)/python tools/make/bubblewrap.py

release: setup  ## make what students get of the labs; LAB=backprop for one of them, here and below
	@cd coursework && for lab in $(LAB); do $(NBGRADER) generate_assignment $$lab --force || exit 1; done

practice: setup  ## hand in three notebooks to practise on
	@cd coursework && for lab in $(LAB); do ../$(BIN)/python ../tools/grading/practice.py $$lab || exit 1; done

collect: setup  ## sort coursework/downloaded/LAB/archive/STUDENT_LAB.ipynb into coursework/submitted
	@cd coursework && for lab in $(LAB); do ../$(BIN)/python ../tools/grading/gather.py $$lab || exit 1; done

autograde: setup sandbox  ## grade what lies in coursework/submitted
	@cd coursework && for lab in $(LAB); do ../$(BIN)/python ../tools/grading/admit.py $$lab || exit 1; \
		if ls -d admitted/*/$$lab >/dev/null 2>&1; then $(NBGRADER) autograde $$lab || exit 1; fi; done

feedback: setup  ## write what students get back into coursework/feedback
	@cd coursework && for lab in $(LAB); do if ls -d autograded/*/$$lab >/dev/null 2>&1; then \
		$(NBGRADER) generate_feedback $$lab --force || exit 1; fi; done

grades: setup  ## write coursework/grades.csv
	@cd coursework && $(NBGRADER) export

lab-check: setup  ## make lab-check LAB=backprop: a student's own check of coursework/mine/backprop.ipynb
	@$(BIN)/python tools/grading/lab_check.py "$(LAB)" $(NOTEBOOK)

class-test: setup sandbox  ## grade a class of 60, broken and hostile notebooks among them
	@$(BIN)/python tests/coursework/class_of_sixty.py

links:  ## ask every address that the book links to whether it still answers
	@$(PYTHON) tools/make/environment.py .venv-book book.lock
	@.venv-book/bin/jupyter-book build . --path-output _build/links --builder linkcheck

wheel: setup  ## build the package into dist
	@$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist

lock: setup  ## bring the locks in step with pyproject.toml; UPGRADE=--upgrade takes the newest versions
	@$(BIN)/python tools/make/lock.py $(UPGRADE)

release-check:  ## say what keeps this version from being released
	@$(PYTHON) tools/make/release.py $(if $(TAG),--tag "$(TAG)")

clean:  ## remove what was built, and leave the environments
	@rm -rf _build dist build .pytest_cache .ruff_cache .hypothesis .jupyter_cache
	@find d2lmodels tools tests -name __pycache__ -type d -prune -exec rm -rf {} +
