"""Scenario: one validated, hashable description of a society. YAML and JSON both ways.

Addresses name everything that can be varied, with the same word on the command line, on the slider, in a sweep, in the
result column and on the plot's axis (`model/addresses.py`).
"""

from __future__ import annotations

import json
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import ValidationError, model_validator

from valuescape.model.addresses import Address, bounds, parts, varied
from valuescape.model.checks import check_scenario, until, usual_measures
from valuescape.model.compilation import code_hash
from valuescape.model.description import Description
from valuescape.model.errors import in_our_words, unknown
from valuescape.model.kinds import own_sources
from valuescape.model.schedule import Schedule, changed
from valuescape.model.yaml_text import read_yaml, read_yaml_file


class Scenario(Description):
    """A description of a society that has been checked: every reference in it is to something that is there.

    Frozen; `vary` gives a changed one. Its keys are those of `Description`.
    """

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_scenario(self)
        return self

    @classmethod
    def from_dict(cls, data: Any, folder: Path | None = None) -> Scenario:
        """From plain data; relative files and a user's own modules are looked for in `folder`."""
        try:
            return cls.model_validate(data, context={"folder": folder})
        except ValidationError as error:
            raise in_our_words(error, "", cls.model_fields) from None

    @classmethod
    def from_yaml(cls, text: str, folder: Path | None = None, name: str = "the scenario") -> Scenario:
        """From YAML text (JSON is YAML too)."""
        return cls.from_plain(read_yaml(text, name), folder)

    @classmethod
    def from_file(cls, path: str | Path) -> Scenario:
        """From a YAML or JSON file."""
        path = Path(path)
        return cls.from_plain(read_yaml_file(path), path.resolve().parent)

    @classmethod
    def from_plain(cls, data: Any, folder: Path | None = None) -> Scenario:
        """From the data of a file: where it has no `record`, the usual measures of what the society has are recorded."""
        scenario = cls.from_dict(data, folder)
        if not isinstance(data, dict) or data.get("record") is not None:
            return scenario
        recorded = usual_measures(scenario)
        return cls.from_dict({**data, "record": recorded}, folder) if recorded else scenario

    def to_yaml(self, beside: Path | None = None) -> str:
        """The resolved scenario as YAML; files inside the folder `beside` are named as seen from there."""
        files = [] if beside is None else [f for part in self.declared() for f in part.files()]
        near = {str(f): f.relative_to(beside).as_posix() for f in files if beside and f.is_relative_to(beside)}
        return yaml.safe_dump(_in_place_of(near, self.to_dict()), sort_keys=False, allow_unicode=True, width=110)

    def to_json(self) -> str:
        """The resolved scenario as JSON."""
        return json.dumps(self.to_dict(), indent=1)

    @cached_property
    def digest(self) -> str:
        """blake2b of the resolved scenario without its name, sentence and meanings; a file counts by its content."""
        files = [file for part in self.declared() for file in part.files()]
        content = {str(f): blake2b(f.read_bytes()).hexdigest() + f.suffix for f in files if f.is_file()}
        data = {k: v for k, v in self.to_dict().items() if k not in ("name", "sentence", "meanings")}
        digest = blake2b(json.dumps(_in_place_of(content, data), sort_keys=True).encode(), digest_size=16)
        for file in files:
            digest.update(content.get(str(file), "").encode())
        return digest.hexdigest()

    @cached_property
    def own_code(self) -> dict[str, str]:
        """The user's own modules that its runs are made by, each with the hash of its file."""
        ends = until(self)
        things = [*self.declared(), *([ends[0]] if ends is not None else [])]
        classes = [*(type(thing) for thing in things), *(cls for cls in self.agent_classes() if cls is not None)]
        return {name: source for cls in classes for name, source in own_sources(cls).items()}

    @cached_property
    def code(self) -> str:
        """The hash of the code that makes its runs: the project's, and after a + that of the user's own modules."""
        if not self.own_code:
            return code_hash()
        return f"{code_hash()}+{blake2b(json.dumps(sorted(self.own_code.items())).encode(), digest_size=8).hexdigest()}"

    def __hash__(self) -> int:
        return int(self.digest[:15], 16)

    def vary(self, changes: dict[str, Any]) -> Scenario:
        """A changed scenario: `{"averaging.strength": 0.3}`. The one way to change one; whole parts are replaced first."""
        whole = {address: value for address, value in changes.items() if address in self._parts}
        rest = {address: value for address, value in changes.items() if address not in whole}
        base = type(self).from_dict(varied(self, whole)) if whole else self
        return type(self).from_dict(varied(base, rest)) if rest or not whole else base

    def bounds(self) -> dict[str, Address]:
        """Every address that can be varied, with what is allowed there."""
        return dict(self._bounds)

    @cached_property
    def _bounds(self) -> dict[str, Address]:
        return bounds(self)

    def addresses(self) -> dict[str, Address]:
        """Every address that can be varied, those of whole parts too."""
        return {**self._bounds, **self._parts}

    @cached_property
    def _parts(self) -> dict[str, Address]:
        return parts(self)

    def scheduled(self, schedule: Schedule) -> Scenario:
        """The same scenario with another schedule, made of values that were checked (`Society.set` makes one)."""
        other = self.model_copy(update={"schedule": schedule})
        other.__dict__.pop("digest", None)  # type: ignore[attr-defined]
        return other

    def intervene(self, name: str) -> Scenario:
        """The scenario with one of its interventions made: a schedule from `begin` to `end`."""
        if name not in self.interventions:
            raise unknown("intervention", name, self.interventions)
        act, schedule = self.interventions[name], self.schedule
        built = {address: known.value for address, known in self.bounds().items()}
        for address, value in act.set.items():
            schedule = changed(schedule, built, address, value, act.begin, act.end)
        return Scenario.from_dict({**self.to_dict(), "schedule": schedule, "name": f"{self.name}+{name}"})


def _in_place_of(words: dict[str, str], data: Any) -> Any:
    """The data with other words for some paths: {path: word}."""
    if isinstance(data, dict):
        return {k: _in_place_of(words, v) for k, v in data.items()}
    if isinstance(data, list):
        return [_in_place_of(words, v) for v in data]
    return words.get(str(Path(data)), data) if isinstance(data, str) else data
