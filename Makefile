# One verb a habit, the same on the desk and in CI.
.PHONY: setup check test slow docs pictures bench evaluation lock upgrade

DEV = uv run --group dev
ALL = uv run --all-groups --all-extras

setup:
	pip install uv && uv sync --group dev

check: build/typing/valuescape
	$(DEV) ruff check .
	$(DEV) pyright

# Where pyright finds the package under its name.
build/typing/valuescape:
	mkdir -p build/typing && ln -sfn ../.. build/typing/valuescape

test:
	$(DEV) pytest

slow:
	$(ALL) pytest -n 0 -m slow

# An hour on an idle machine; each row is kept as it is measured. Some rows: make bench ROWS="S1 S8".
bench:
	uv run --group bench python -W ignore -m valuescape.benchmarks $(ROWS)

# The reference results and the bounds that are frozen from them; after an interruption it goes on. Under an hour on 2 cores.
evaluation:
	uv run valuescape evaluate --reference --jobs 2 --out runs/reference
	uv run valuescape evaluate --track agents --reference --jobs 2 --out runs/reference-agents
	uv run valuescape evaluate --reference --held-out 2026-12-01 --jobs 2 --out runs/variants
	uv run valuescape evaluate --track agents --reference --held-out 2026-12-01 --jobs 2 --out runs/variants-agents
	uv run python -m valuescape.evaluation.reference runs/reference runs/reference-agents runs/variants runs/variants-agents
	uv run python -m valuescape.evaluation.evidence
	uv run python -m valuescape.evaluation.tasks_page
	uv run python -m valuescape.evaluation.findings_page

docs:
	uv run python -m valuescape.experiments.gallery.gallery_page
	uv run python -m valuescape.experiments.failures.validation page
	uv run python -m valuescape.experiments.reports.contract_page
	uv run python -m valuescape.experiments.reports.measures_page
	uv run python -m valuescape.experiments.reports.limits_page

# Pictures in docs/: of the page, of a run, and the maps of the gallery's sweeps.
MAPS = karate-phase echo-chamber-phase
pictures:
	$(DEV) python -m tests.browser.pictures
	rm -rf build/pictures
	uv run valuescape run karate --out build/pictures/karate
	cp build/pictures/karate/*/figures/measures.png docs/karate-measures.png
	cp build/pictures/karate/*/figures/network.png docs/karate-network.png
	for map in $(MAPS); do \
		uv run valuescape sweep $$map --jobs 2 --out build/pictures/$$map && \
		uv run valuescape results build/pictures/$$map --figure docs/gallery/$$map.png || exit 1; done

# The versions of this environment, written down once its tests are green.
lock:
	$(ALL) python -m tests.lock

# The newest versions that the dependencies allow. Then: make test slow lock.
upgrade:
	$(ALL) python -m tests.lock --forget
	uv sync --upgrade --all-groups --all-extras
