# One verb a habit, the same on the desk and in CI.
.PHONY: setup check test slow docs pictures bench

setup:
	pip install uv && uv sync

check:
	uv run ruff check .
	uv run pyright

test:
	uv run pytest

slow:
	uv run --group bench pytest -n 0 -m slow

bench:
	uv run python benchmarks/averaging.py
	uv run python benchmarks/rules.py
	uv run python benchmarks/million.py

docs:
	uv run python -m valuescape.experiments.gallery.gallery_page
	uv run python -m valuescape.experiments.failures.calibration page

pictures:
	uv run python -m tests.browser.pictures
