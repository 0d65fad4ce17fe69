# Each target makes .venv when it is missing or when its lock has changed.
PYTHON ?= python3
BIN := .venv/bin
LOCKS := requirements
.DEFAULT_GOAL := help
.PHONY: help learn grade check test coverage test-oracle test-site build site look-site serve pictures bench lock

help:
	@echo "make learn        open the course in JupyterLab"
	@echo "make grade        grade the sample class: work/report.html, work/grades.csv, work/feedback/"
	@echo "make check        look for slips, and run the tests of what has changed, for 20 seconds"
	@echo "make test         run the tests"
	@echo "make coverage     which lines tests run, forked processes too: a table, and coverage/html (TESTS=tests/grading)"
	@echo "make test-oracle  compare the reference with PyTorch (installs it: gigabytes on most machines)"
	@echo "make site         make the site on which the lessons run in a browser"
	@echo "make look-site    look for warnings and lost links in the site's pages, without running the lessons"
	@echo "make serve        show the site on this machine"
	@echo "make test-site    test the site (takes minutes)"
	@echo "make build        make course/ from solutions/"
	@echo "make pictures     make the pictures of README and handbooks anew"
	@echo "make bench        measure the reference against PyTorch"

.venv/made:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or later is needed: make PYTHON=python3.11')"
	$(PYTHON) -m venv .venv
	touch $@

# learners: the notebooks' packages and nothing else
.venv/learner: .venv/made $(LOCKS)/learner.txt course/pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r $(LOCKS)/learner.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e course
	touch $@

.venv/grading: .venv/learner $(LOCKS)/grading.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r $(LOCKS)/grading.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

.venv/test: .venv/grading $(LOCKS)/test.txt $(LOCKS)/cluster.txt $(LOCKS)/postgres.txt $(LOCKS)/similar.txt
	for lock in test cluster postgres similar; do \
	    $(BIN)/python -m pip install --quiet --require-hashes -r $(LOCKS)/$$lock.txt || exit 1; \
	done
	touch $@

.venv/oracle: .venv/test $(LOCKS)/oracle.txt
	$(BIN)/python -m pip install --quiet -r $(LOCKS)/oracle.txt
	touch $@

# the site's tools are of other versions than the learners', so they live beside them
.venv/site/made: .venv/grading $(LOCKS)/site.txt
	$(BIN)/python -m venv .venv/site
	.venv/site/bin/python -m pip install --quiet --require-hashes -r $(LOCKS)/site.txt
	touch $@

# without npm the browser edition is left out, which `python -m website` says
website/node_modules/.package-lock.json: website/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix website --no-audit --no-fund --silent || true; fi

learn: .venv/learner
	$(BIN)/jupyter lab --ServerApp.root_dir=course --LabApp.default_url=/lab/tree/START.ipynb

grade: .venv/grading
	$(BIN)/convgrade grade --submissions grading/examples --out work --timeout 15

build: .venv/grading
	$(BIN)/convgrade build

site: .venv/site/made website/node_modules/.package-lock.json
	$(BIN)/python -m website

look-site: .venv/site/made
	$(BIN)/python -m website --look

serve:
	$(BIN)/python -m website.serve

# one thread for each process: the arrays are small, and some tests start many processes
check test coverage test-oracle test-site: export OPENBLAS_NUM_THREADS = 1
check: .venv/test
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/python -m tests.changed

# three for two cores: a third of the time tests wait, for a clock, a browser or a process that is to end
PROCESSES ?= 3
test: .venv/test
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy --no-error-summary & types=$$!; $(BIN)/convgrade build --check && wait $$types
	$(BIN)/convgrade verify --seeds 1 $(if $(CI),,--sample 5)
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder --ignore=tests/oracle \
	    --ignore=tests/site

# Not counted: what runs inside the sandbox, where nothing can be written, and what a process did that was killed.
TESTS ?= tests
coverage: .venv/test
	rm -rf coverage && mkdir coverage
	-$(BIN)/coverage run -m pytest -n $(PROCESSES) --dist loadfile --ignore=tests/oracle --ignore=tests/site $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage html --quiet
	$(BIN)/coverage report --skip-covered
	@echo "line by line: coverage/html/index.html"

test-oracle: .venv/oracle
	$(BIN)/python -m pytest tests/oracle

test-site: .venv/test site
	$(BIN)/python -m pytest tests/site

# those of measurements are made by bench
pictures: export OPENBLAS_NUM_THREADS = 1
pictures: .venv/test grade
	$(BIN)/python -m pytest --quiet tests/browser/test_pictures.py tests/browser/test_draw_digit.py \
	    tests/browser/test_lesson_in_jupyterlab.py --screenshots docs/images \
	    -k "message or report or failing or mouse_draws"

bench: .venv/oracle
	env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(BIN)/python -m benchmarks.reference

# needs a package index; run it when a dependency in a pyproject.toml changes
lock: .venv/test
	requirements/lock
