"""What a submission is told is plain data; a name that it has not is answered with those that it has."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, NoReturn


class Told:
    """A frozen dataclass that says what it holds, to a newcomer who guesses a name."""

    def __getattr__(self, name: str) -> NoReturn:
        described: Any = self
        held = ", ".join(each.name for each in fields(described))
        raise AttributeError(f"a {type(self).__name__} has no {name}: it has {held}", name=name, obj=self)
