"""Sweep: a scenario x a design x interventions x seeds, as runs in a store. `valuescape describe sweep` lists its keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from valuescape.analysis import student
from valuescape.experiments import gallery
from valuescape.experiments.designs.design import Csv, Design, Point, Points, read_design, write_design
from valuescape.experiments.runs import data_files
from valuescape.experiments.runs.batch_run import NONE, Job, Payload
from valuescape.experiments.runs.interruption import at_the_end, saying_what_is_kept
from valuescape.experiments.runs.provenance import run_id
from valuescape.experiments.runs.store import LEADING, TRAILING, Origin, Results, Store
from valuescape.model.build import build_state
from valuescape.model.checks import population
from valuescape.model.description import plain_name, resolve_files
from valuescape.model.errors import InputError, in_our_words, unknown
from valuescape.model.limits import LARGEST_SEED, limit
from valuescape.model.scenario import Scenario
from valuescape.model.words import in_a_line, in_digits, quoted
from valuescape.model.yaml_text import read_yaml_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic.fields import FieldInfo

    from valuescape.experiments.runs.engines import Engine

MOST_BUILT, LARGEST_BUILT = 200, 10_000
MOST_SEEDS = limit("Seeds", "`seeds` of a sweep, per point", 1_000_000, "seeds", "refused")


class Stop(BaseModel):
    """A point has enough seeds when the 95 % interval of the mean of a measure's last value is narrow.

    Half-width: t_(n-1) s / sqrt n. It is computed after `at_least` seeds, and each further round adds half as many seeds
    as there are, up to `at_most`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    measure: str = Field(description="the measure, one of those that the sweep records")
    half_width: float = Field(gt=0, description="half the width of the 95 % interval at which a point has enough seeds")
    at_least: int = Field(8, ge=2, description="seeds in the first round")
    at_most: int = Field(400, ge=2, description="seeds after which no further round follows")

    def enough(self, values: list[float]) -> bool:
        """Whether these last values of the measure, one per seed, are enough."""
        n = len(values)
        if n < 2:
            return False
        half = student.quantile(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
        return bool(half <= self.half_width)

    def next_count(self, n: int) -> int:
        """How many seeds the next round has in all, after n were too few."""
        return min(self.at_most, max(self.at_least, n + max(1, n // 2)))


class ScenarioChanges(BaseModel):
    """Keys of a sweep that change its scenario before anything is varied."""

    model_config = ConfigDict(frozen=True)

    set: dict[str, Any] | None = Field(None, description="addresses of the scenario with other values: {address: value}")
    measures: list[Any] | None = Field(None, description="the measures that are recorded, in place of the scenario's")
    steps: int | None = Field(None, ge=0, description="how many steps a run has at most, in place of the scenario's")
    record_every: int | None = Field(None, ge=1, description="steps from one record to the next, in place of the scenario's")

    def made_in(self, scenario: Scenario, folder: Path | None) -> Scenario:
        """The scenario with these changes."""
        changes = dict(self.set or {})
        changes |= {key: value for key in ("steps", "record_every") if (value := getattr(self, key)) is not None}
        scenario = scenario.vary(changes) if changes else scenario
        if self.measures is None:
            return scenario
        return Scenario.from_dict({**scenario.to_dict(), "record": self.measures}, folder)


class Sweep(BaseModel):
    """A scenario, a design over its addresses, seeds, and what is kept of each run.

    What each key means stands at the key; `folder` is no key of a file: files and modules that the scenario names are
    looked for there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    name: str = Field("sweep", description="what the sweep is called; in a file, the file's name if left out")
    scenario: Scenario = Field(description="what is run: a name of the gallery, a scenario file, or a scenario in place")
    design: Design = Field(
        default_factory=lambda: read_design(None),
        description="which points are visited (`valuescape describe design`); without one, the scenario as it is",
    )
    seeds: tuple[int, ...] = Field(tuple(range(10)), description="how many seeds (0, 1, 2, ...), or a list of them")
    interventions: tuple[str, ...] = Field(
        (NONE,), description=f"interventions of the scenario that are compared; `{NONE}` stands for none of them"
    )
    keep: tuple[str, ...] = Field((), description="fields whose arrays at the end of each run are stored")
    ledger: bool = Field(False, description="whether the ledger of each run is stored")
    stop: Stop | None = Field(None, description="a stopping rule, in place of a fixed number of seeds")
    folder: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            raise InputError(f"a sweep is a mapping of names to values, not {type(data).__name__}")
        data, folder = dict(data), data.get("folder")
        known = {*cls.keys(), "folder"}
        for key in data:
            if key not in known:
                raise unknown("key in the sweep:", key, cls.keys())
        if "scenario" not in data:
            raise InputError("scenario is missing in the sweep: a name of the gallery, a file, or a scenario in place")
        changes = _read(ScenarioChanges, {key: data.pop(key) for key in ScenarioChanges.model_fields if key in data}, "")
        beside = None if folder is None else gallery.folder_of(folder / "sweep.yaml")
        data["design"] = read_design(resolve_files(data.get("design"), beside, "design"))
        scenario, data["folder"] = _scenario(data["scenario"], folder)
        data["scenario"] = changes.made_in(scenario, data["folder"])
        if data.get("stop") is not None:
            data["stop"] = _read(Stop, data["stop"], "stop")
        return data

    @classmethod
    def keys(cls) -> dict[str, FieldInfo]:
        """The keys of a sweep file, each with its default and its meaning."""
        own = {name: key for name, key in cls.model_fields.items() if name != "folder"}
        return own | ScenarioChanges.model_fields

    @field_validator("seeds", mode="before")
    @classmethod
    def _some_seeds(cls, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            if not 1 <= value <= MOST_SEEDS:
                raise InputError(f"seeds = {in_digits(value)}: at least one, and at most {MOST_SEEDS:,}")
            return tuple(range(value))
        if isinstance(value, list | tuple):
            if not value or not all(isinstance(s, int) and not isinstance(s, bool) and s >= 0 for s in value):
                raise InputError(f"seeds = {quoted(value)}: whole numbers from 0, at least one")
            if max(value) > LARGEST_SEED:
                raise InputError(f"seeds: {in_digits(max(value))} is no seed: whole numbers below 2**63")
            if len(set(value)) < len(value):
                raise InputError(f"seeds = {quoted(value)}: one seed is given twice")
            return value
        raise InputError(f"seeds = {quoted(value)}: a number of seeds, or a list of them")

    @field_validator("name")
    @classmethod
    def _name_of_a_folder(cls, value: str) -> str:
        return plain_name(value)

    @model_validator(mode="after")
    def _known_parts(self) -> Self:
        from valuescape.model.checks import measure_label, needed_fields

        if not self.interventions:
            raise InputError(f"interventions = []: at least one, and `{NONE}` stands for none of them")
        for name in self.interventions:
            if name != NONE and name not in self.scenario.interventions:
                raise unknown("intervention in the sweep:", name, [NONE, *self.scenario.interventions])
        recorded = [measure_label(m) for m in self.scenario.record]
        for label in recorded:
            if label in (*LEADING, *TRAILING, "step"):
                raise InputError(f"record: a measure is called {label}, which the table of runs calls something else")
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
        """From a YAML file or by a name of the gallery; `changes` vary its scenario: {address: value}."""
        path = gallery.sweep_file(path)
        data = read_yaml_file(path, "sweep")
        if not isinstance(data, dict):
            raise InputError(f"{path.name}: a sweep is a mapping of names to values")
        data = {"name": path.stem, **data}
        if changes:
            data["set"] = {**(data.get("set") or {}), **changes}
        return cls.from_dict(data, path.resolve().parent)

    def to_yaml(self) -> str:
        """The sweep as a file that stands beside `scenario.yaml`; points from a CSV file are written out."""
        design = Points(rows=self.points()) if isinstance(self.design, Csv) else self.design
        data = {
            "name": self.name,
            "scenario": "scenario.yaml",
            "design": data_files.seen_from(self.folder, write_design(design)),
            "seeds": list(self.seeds),
            "interventions": list(self.interventions),
            "keep": list(self.keep),
            "ledger": self.ledger,
            "stop": None if self.stop is None else self.stop.model_dump(),
        }
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)

    def points(self) -> list[Point]:
        """The points of the design."""
        return self.design.points(self.scenario)

    def files(self) -> dict[str, str]:
        """The files that its runs read, with their hashes: those of its scenario, and of parts that its points put there."""
        found = data_files.hashes(self.scenario, self.folder)
        parts = [{name: value for name, value in point.items() if isinstance(value, dict)} for point in self.points()]
        for part in {json.dumps(part, default=str): part for part in parts if part}.values():
            found |= data_files.hashes(self.scenario.vary(part), self.folder)
        return found

    def check(self, jobs: Iterable[Job]) -> None:
        """Refuse a design in which a combination of values cannot exist, before anything is run; the point is named.

        Every scenario is read; societies of at most 10,000 agents are built, once for each of the first 200 combinations of
        what says how they are built.
        """
        built: set[str] = set()
        live = {name for name, address in self.scenario.bounds().items() if address.live}
        for job in {json.dumps([job.parameters, job.intervention], default=str): job for job in jobs}.values():
            try:
                scenario = self.scenario.vary(dict(job.parameters)) if job.parameters else self.scenario
                scenario = scenario if job.intervention == NONE else scenario.intervene(job.intervention)
                combination = json.dumps({n: v for n, v in job.parameters.items() if n not in live}, default=str)
                if combination not in built and len(built) < MOST_BUILT and population(scenario) <= LARGEST_BUILT:
                    built.add(combination)
                    build_state(scenario, job.seed)
            except InputError as mistake:
                named = ", ".join(f"{name} = {in_a_line(str(value))}" for name, value in job.parameters.items())
                raise InputError(f"design: the point {named or job.intervention} cannot be: {mistake}") from None

    def job(self, point: Point, seed: int, intervention: str = NONE) -> Job:
        """One run; its id is the hash of (scenario digest, parameters, seed)."""
        made = {"intervention": intervention} if intervention != NONE else {}
        parameters = {**data_files.seen_from(self.folder, point), **made}
        return Job(run_id(self.scenario.digest, parameters, seed), point, seed, intervention)

    def jobs(self) -> list[Job]:
        """Every run, in the order of points, interventions, seeds; under a stopping rule, the first round."""
        seeds = self.seeds if self.stop is None else range(self.stop.at_least)
        jobs = [self.job(p, s, i) for p in self.points() for i in self.interventions for s in seeds]
        return list({job.id: job for job in jobs}.values())

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
        tell: Callable[[str], None] | None = None,
    ) -> Results:
        """Make the runs that are missing in the folder `out`; the same call again continues where the last one stopped.

        `watch(done, total)` is called after each run; `tell` with a sentence about each damaged file that is set aside.
        """
        files = self.files()
        origin = Origin(self.scenario.code, self.scenario.own_code, self.folder, files)
        scenario = self.scenario.to_yaml(self.folder)
        done: set[str] = set()
        with (
            saying_what_is_kept(
                lambda: f"{len(done):,} runs are kept in {out}, and the same command again makes the others"
            ),
            Store(out, self.to_yaml(), scenario, origin=origin, other_code=other_code) as store,
            at_the_end(store.flush),
        ):
            for sentence in store.set_aside:
                if tell is not None:
                    tell(sentence)
            statuses = store.statuses()
            done |= {id_ for id_, status in statuses.items() if status == "done" or not retry_failed}
            cells = _cells(data_files.seen_from(self.folder, self.points()))
            wanted = self.jobs()
            total = len(wanted)
            while wanted:
                missing = [job for job in wanted if job.id not in done]
                self.check(missing)
                count = total - len(missing)
                for result in engine.run(self.payload(), missing) if missing else ():
                    store.add(result, cells(data_files.seen_from(self.folder, dict(result.job.parameters))))
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
        """The runs that a folder with these rows (by id) still lacks; under a stopping rule, those of the current round."""
        wanted = self.jobs()
        while wanted:
            missing = [job for job in wanted if job.id not in rows]
            if missing or self.stop is None:
                return missing
            wanted = self._further(rows, wanted)
        return []

    def _further(self, rows: Mapping[str, Mapping[str, Any]], before: list[Job]) -> list[Job]:
        """The next round of a stopping rule: more seeds where the interval is still too wide."""
        if self.stop is None:
            return []
        further: list[Job] = []
        rounds: dict[tuple[str, str], list[Job]] = {}
        for job in before:
            rounds.setdefault((json.dumps(sorted(job.parameters.items()), default=str), job.intervention), []).append(job)
        for (_, intervention), jobs in rounds.items():
            point, n = dict(jobs[0].parameters), max(job.seed for job in jobs) + 1
            so_far = [rows.get(self.job(point, seed, intervention).id, {}) for seed in range(n)]
            values = [row[self.stop.measure] for row in so_far if row.get("status") == "done"]
            if n < self.stop.at_most and not self.stop.enough(values):
                further += [self.job(point, seed, intervention) for seed in range(n, self.stop.next_count(n))]
        return further


def _read[T: BaseModel](kind: type[T], data: Any, where: str) -> T:
    """Keys of a sweep as the class that declares them; a mistake is an `InputError`."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise in_our_words(error, where, kind.model_fields) from None


def _scenario(given: Any, folder: Path | None) -> tuple[Scenario, Path | None]:
    """The scenario that a sweep names, and the folder that it comes from."""
    if isinstance(given, Scenario):
        return given, folder
    if isinstance(given, dict):
        return Scenario.from_plain(given, folder), folder
    beside = None if folder is None else folder / str(given)
    file = gallery.scenario_file(beside if beside is not None and beside.is_file() else str(given))
    return gallery.read_scenario(file), gallery.folder_of(file)


def _cells(points: Iterable[Point]) -> Callable[[Any], dict[str, Any]]:
    """The cells of a point in its row: numbers and words as they are; lists and mappings as JSON."""
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
