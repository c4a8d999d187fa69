"""Sweep: a scenario x a design x interventions x seeds, as runs in a store.

scenario: echo-chamber        # a name of the gallery, a file, or a scenario in place
design: {grid: {deffuant.tolerance: [0.1, 0.2, 0.3]}}
seeds: 20                     # 0..19; or a list
interventions: [none, open_minds]
measures: [spread]            # in place of what the scenario records
stop: {measure: spread, half_width: 0.005}   # as many seeds a point as that takes
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from valuescape.experiments import gallery
from valuescape.experiments.designs.design import Csv, Design, Point, Points, read_design, write_design
from valuescape.experiments.runs.batch_run import NONE, Job, Payload
from valuescape.experiments.runs.provenance import run_id
from valuescape.experiments.runs.store import Origin, Results, Store
from valuescape.model.errors import InputError, in_our_words, unknown
from valuescape.model.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from valuescape.experiments.runs.engines import Engine


class Stop(BaseModel):
    """Enough seeds at a point when the 95 % interval of the mean of a measure's last value is this narrow.

    Half-width: t_(n-1) s / sqrt n. Looked at after `at_least` seeds, then after half as many again, up to `at_most`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    measure: str
    half_width: float = Field(gt=0)
    at_least: int = Field(8, ge=2)
    at_most: int = Field(400, ge=2)

    def enough(self, values: list[float]) -> bool:
        """Whether these last values are enough."""
        from scipy import stats

        n = len(values)
        if n < 2:
            return False
        half = stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
        return bool(half <= self.half_width)

    def next_count(self, n: int) -> int:
        """How many seeds to have after n were too few."""
        return min(self.at_most, max(self.at_least, n + max(1, n // 2)))


class Sweep(BaseModel):
    """A scenario, a design over its addresses, seeds, and what to keep.

    seeds: a number (0..n-1) or a list; measures, record_every, steps: in place of the scenario's; interventions: names to
    compare, `none` for without; keep: fields whose arrays at the end are kept; ledger: kept too; stop: in place of a fixed
    number of seeds. `folder`: where files and modules that the scenario names are looked for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str = "sweep"
    scenario: Scenario
    design: Design
    seeds: tuple[int, ...] = tuple(range(10))
    interventions: tuple[str, ...] = (NONE,)
    keep: tuple[str, ...] = ()
    ledger: bool = False
    stop: Stop | None = None
    folder: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            raise InputError(f"a sweep is a mapping of names to values, not {type(data).__name__}")
        data, folder = dict(data), data.get("folder")
        known = {*cls.model_fields, "measures", "record_every", "steps", "set"} - {"folder"}
        for key in data:
            if key not in known and key != "folder":
                raise unknown("key in the sweep:", key, known)
        if "scenario" not in data:
            raise InputError("scenario is missing in the sweep: a name of the gallery, a file, or a scenario in place")
        data["design"] = read_design(_beside(data.get("design"), folder))
        data["scenario"], data["folder"] = _scenario(data, folder)
        return data

    @field_validator("seeds", mode="before")
    @classmethod
    def _some_seeds(cls, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            if value < 1:
                raise InputError(f"seeds = {value}: at least one")
            return tuple(range(value))
        if isinstance(value, list | tuple):
            if not value or not all(isinstance(s, int) and not isinstance(s, bool) and s >= 0 for s in value):
                raise InputError(f"seeds = {value!r}: whole numbers from 0, at least one")
            if len(set(value)) < len(value):
                raise InputError(f"seeds = {value!r}: a seed stands there twice")
            return value
        raise InputError(f"seeds = {value!r}: a number of seeds, or a list of them")

    @model_validator(mode="after")
    def _known_parts(self) -> Self:
        from valuescape.model.checks import measure_label, needed_fields

        for name in self.interventions:
            if name != NONE and name not in self.scenario.interventions:
                raise unknown("intervention in the sweep:", name, [NONE, *self.scenario.interventions])
        recorded = [measure_label(m) for m in self.scenario.record]
        if self.stop is not None and self.stop.measure not in recorded:
            raise unknown("measure in stop:", self.stop.measure, recorded)
        fields = needed_fields(self.scenario)
        for name in self.keep:
            if name not in fields:
                raise unknown("field in keep:", name, fields)
        return self

    @classmethod
    def from_dict(cls, data: Any, folder: Path | None = None) -> Sweep:
        """From plain data; files are looked for in `folder`."""
        try:
            return cls.model_validate({**data, "folder": folder} if isinstance(data, dict) else data)
        except ValidationError as error:
            raise in_our_words(error, "sweep", cls.model_fields) from None

    @classmethod
    def from_file(cls, path: str | Path, changes: dict[str, Any] | None = None) -> Sweep:
        """From a YAML file, or a name of the gallery's sweeps; `changes` vary the scenario on top of it."""
        path = gallery.locate_sweep(str(path))
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise InputError(f"{path.name} is not YAML: {getattr(error, 'problem', error)}") from None
        if not isinstance(data, dict):
            raise InputError(f"{path.name}: a sweep is a mapping of names to values")
        data = {"name": path.stem, **data}
        if changes:
            data["set"] = {**(data.get("set") or {}), **changes}
        return cls.from_dict(data, path.resolve().parent)

    def to_yaml(self) -> str:
        """What was asked, beside the scenario's own file; points from a CSV as they stand in it."""
        design = Points(rows=self.points()) if isinstance(self.design, Csv) else self.design
        said = {
            "name": self.name,
            "scenario": "scenario.yaml",
            "design": write_design(design),
            "seeds": list(self.seeds),
            "interventions": list(self.interventions),
            "keep": list(self.keep),
            "ledger": self.ledger,
            "stop": None if self.stop is None else self.stop.model_dump(),
        }
        return yaml.safe_dump(said, sort_keys=False, allow_unicode=True)

    def points(self) -> list[Point]:
        """The points of the design."""
        return self.design.points(self.scenario)

    def job(self, point: Point, seed: int, intervention: str = NONE) -> Job:
        """One run, known by the hash of (scenario digest, parameters, seed)."""
        asked = {**point, **({"intervention": intervention} if intervention != NONE else {})}
        return Job(run_id(self.scenario.digest, asked, seed), point, seed, intervention)

    def jobs(self) -> list[Job]:
        """Every run of a fixed number of seeds, points slowest; of a stopping rule the first round."""
        seeds = self.seeds if self.stop is None else range(self.stop.at_least)
        every = [self.job(p, s, i) for p in self.points() for i in self.interventions for s in seeds]
        return list({job.id: job for job in every}.values())

    def payload(self) -> Payload:
        """What all its runs share."""
        return Payload.of(self.scenario, self.folder, self.keep, ledger=self.ledger)

    def run(
        self,
        out: Path,
        engine: Engine,
        *,
        retry_failed: bool = False,
        other_code: bool = False,
        watch: Callable[[int, int], None] | None = None,
    ) -> Results:
        """Make what is missing in the folder `out`. The same call again goes on where it stopped.

        `watch(done, of)` is told how many of this call's runs are done.
        """
        origin = Origin(self.scenario.code, self.scenario.own_code, self.folder)
        described = self.scenario.to_yaml(self.folder)
        with Store(out, self.to_yaml(), described, origin=origin, other_code=other_code) as store:
            statuses = store.statuses()
            done = {id_ for id_, status in statuses.items() if status == "done" or not retry_failed}
            cells = _cells(self.points())
            wanted = self.jobs()
            total = len(wanted)
            while wanted:
                missing = [job for job in wanted if job.id not in done]
                count = total - len(missing)
                for result in engine.run(self.payload(), missing) if missing else ():
                    store.add(result, cells(result.job.parameters))
                    done.add(result.job.id)
                    count += 1
                    if watch is not None:
                        watch(count, total)
                if self.stop is not None:
                    store.flush()
                    wanted = self._further(store.rows(), wanted)
                else:
                    wanted = []
                total += len(wanted)
            store.compact()
        return Results(out)

    def missing(self, rows: Mapping[str, Mapping[str, Any]]) -> list[Job]:
        """What a folder with these rows (by id) still lacks; under a stopping rule as far as its rows tell."""
        wanted = self.jobs()
        while wanted:
            lacking = [job for job in wanted if job.id not in rows]
            if lacking or self.stop is None:
                return lacking
            wanted = self._further(rows, wanted)
        return []

    def _further(self, rows: Mapping[str, Mapping[str, Any]], before: list[Job]) -> list[Job]:
        """The next round of a stopping rule: more seeds where the interval is still too wide."""
        if self.stop is None:
            return []
        more: list[Job] = []
        rounds: dict[tuple[str, str], list[Job]] = {}
        for job in before:
            rounds.setdefault((json.dumps(sorted(job.parameters.items()), default=str), job.intervention), []).append(job)
        for (_, intervention), jobs in rounds.items():
            point, n = dict(jobs[0].parameters), max(job.seed for job in jobs) + 1
            so_far = [rows.get(self.job(point, seed, intervention).id, {}) for seed in range(n)]
            values = [row[self.stop.measure] for row in so_far if row.get("status") == "done"]
            if n < self.stop.at_most and not self.stop.enough(values):
                more += [self.job(point, seed, intervention) for seed in range(n, self.stop.next_count(n))]
        return more


def _scenario(data: dict[str, Any], folder: Path | None) -> tuple[Scenario, Path | None]:
    """The scenario of a sweep, changed as the sweep says, and the folder that it comes from."""
    given = data.pop("scenario")
    if isinstance(given, dict):
        given = Scenario.from_dict(given, folder)
    elif not isinstance(given, Scenario):
        beside = None if folder is None else folder / str(given)
        path = gallery.locate(str(beside if beside is not None and beside.is_file() else given))
        given, folder = gallery.read(path), gallery.home(path)
    changes = dict(data.pop("set", None) or {})
    if data.get("steps") is not None:
        changes["steps"] = data["steps"]
    if data.get("record_every") is not None:
        changes["record_every"] = data["record_every"]
    for key in ("steps", "record_every"):
        data.pop(key, None)
    scenario = given.vary(changes) if changes else given
    measures = data.pop("measures", None)
    if measures is not None:
        scenario = Scenario.from_dict({**scenario.to_dict(), "record": measures}, folder)
    return scenario, folder


def _beside(design: Any, folder: Path | None) -> Any:
    """A CSV of points is looked for beside the sweep that names it."""
    if not isinstance(design, dict) or "csv" not in design or folder is None:
        return design
    file = design["csv"]["file"] if isinstance(design["csv"], dict) else design["csv"]
    return {"csv": {"file": str(folder / str(file))}}


def _cells(points: Iterable[Point]) -> Callable[[Any], dict[str, Any]]:
    """How a point stands in its row: numbers and words as they are; where an address takes more than that, as JSON."""
    points = list(points)
    names = list(dict.fromkeys(name for point in points for name in point))
    plain = {}
    for name in names:
        values = [point[name] for point in points if name in point]
        numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
        plain[name] = numbers or all(isinstance(v, str) for v in values) or all(isinstance(v, bool) for v in values)

    def row(point: Point) -> dict[str, Any]:
        return {n: point.get(n) if plain[n] or n not in point else json.dumps(point[n], default=str) for n in names}

    return row
