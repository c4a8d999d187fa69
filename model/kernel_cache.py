"""The files of compiled kernels: where one is damaged, or the disk is full, the kernel is compiled anew, and all goes on."""

from __future__ import annotations

import pickle
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile

_SUM = 16
troubles: list[str] = []


class _CheckedFiles(IndexDataCacheFile):
    """numba's two files of a kernel, each with a checksum: machine code that was damaged would end the process."""

    def _dump(self, obj: Any) -> bytes:
        data = super()._dump(obj)
        return blake2b(data, digest_size=_SUM).digest() + data

    def _load_data(self, name: str) -> Any:
        return pickle.loads(_sound(Path(self._data_path(name)).read_bytes()))

    def _load_index(self) -> dict[Any, str]:
        try:
            with Path(self._index_path).open("rb") as file:
                if pickle.load(file) != self._version:
                    return {}
                stamp, overloads = pickle.loads(_sound(file.read()))
        except FileNotFoundError:
            return {}
        return overloads if stamp == self._source_stamp else {}

    def forget(self) -> None:
        """Remove the index, so that what stands in the other files counts no more."""
        with suppress(OSError):
            Path(self._index_path).unlink()


def _sound(data: bytes) -> bytes:
    body = data[_SUM:]
    if blake2b(body, digest_size=_SUM).digest() != data[:_SUM]:
        raise ValueError("the checksum differs")
    return body


class KernelCache(FunctionCache):
    """numba's cache of one kernel, which is left alone where it cannot be read or written."""

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        stamp, base = self._impl.locator.get_source_stamp(), self._impl.filename_base
        self._cache_file = _CheckedFiles(cache_path=self._cache_path, filename_base=base, source_stamp=stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The kernel for these types; None where it is not kept, or damaged."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 - a damaged pickle raises anything
            self._cache_file.forget()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the kernel for these types, if the disk takes it."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            troubles.append(f"{self._cache_path}: {error.strerror or error}")
