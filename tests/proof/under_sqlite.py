"""Stands between SQLite and its files in a bot's process: for a power cut, and for a full disk.

`python under_sqlite.py recording FILE python -m bot` runs the bot and notes in FILE all that SQLite
writes and syncs; with `filling FILE` the disk has not one block left for as long as FILE is there.
Both hook into SQLite's own layer for the system (https://sqlite.org/vfs.html), which needs neither
a compiler nor a right. It runs beside planted bots too, so it imports nothing of ours.
"""

import atexit
import ctypes
import errno
import os
import runpy
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_ssize_t, c_void_p
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

BLOCK = 4_096
KEPT_FILES = 0x00000100 | 0x00000800 | 0x00080000
"""SQLITE_OPEN_MAIN_DB, _MAIN_JOURNAL and _WAL; the index of the WAL is made anew from it."""

# https://sqlite.org/c3ref/io_methods.html
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)


class _Methods(Structure):
    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", _WRITE),
        ("truncate", _TRUNCATE),
        ("sync", _SYNC),
        ("others", c_void_p * 13),
    )


class _File(Structure):
    _fields_ = (("methods", POINTER(_Methods)),)


# https://sqlite.org/c3ref/vfs.html
# SQLite keeps the very pointer to the path of a file for as long as that is open.
_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(_File), c_int, POINTER(c_int))
_DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_OPEN_DIRECTORY = CFUNCTYPE(c_int, c_char_p, POINTER(c_int))
_PWRITE = CFUNCTYPE(c_ssize_t, c_int, c_void_p, ctypes.c_size_t, c_int64, use_errno=True)


class _Vfs(Structure):
    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("app_data", c_void_p),
        ("open", _OPEN),
        ("delete", _DELETE),
        ("others", c_void_p * 11),
        ("set_system_call", CFUNCTYPE(c_int, c_void_p, c_char_p, c_void_p)),
        ("get_system_call", CFUNCTYPE(c_void_p, c_void_p, c_char_p)),
        ("next_system_call", c_void_p),
    )


def _vfs() -> Any:
    """The layer that every connection of this process uses."""
    import _sqlite3  # noqa: PLC0415  # whoever only reads a record needs no library

    # Python links SQLite into a module of its own, or into itself.
    library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    find = library.sqlite3_vfs_find
    find.restype = POINTER(_Vfs)
    return find(None)


_KEPT: list[Any] = []
"""What C calls must not be collected."""


def _instead_of_system_call(
    vfs: Any, name: bytes, shape: Any, wrap: Callable[[Any], Callable[..., int]]
) -> None:
    """Replace a call to the system, if this SQLite makes it; `wrap` gets the original."""
    if address := vfs.contents.get_system_call(vfs, name):
        replaced = shape(wrap(shape(address)))
        _KEPT.append(replaced)
        vfs.contents.set_system_call(vfs, name, ctypes.cast(replaced, c_void_p))


class What(Enum):
    """What was done to a file, or to the names in its folder."""

    CREATED = b"c"
    WRITTEN = b"w"
    TRUNCATED = b"t"
    SYNCED = b"s"
    DELETED = b"d"
    NAMES_SYNCED = b"n"


@dataclass(frozen=True, slots=True)
class Step:
    """One of them, done wholly; `at`: where it begins or how long the file is from then on."""

    what: What
    name: str
    at: int
    data: bytes


_HEADER = struct.Struct("<cHQI")


def steps(record: bytes) -> Iterator[tuple[int, Step]]:
    """What is in a record, each with where it ends; the last may be cut off, and was not done."""
    begins = 0
    while begins + _HEADER.size <= len(record):
        what, name, at, size = _HEADER.unpack_from(record, begins)
        data = begins + _HEADER.size + name
        if data + size > len(record):
            return
        said = record[begins + _HEADER.size : data].decode()
        begins = data + size
        yield begins, Step(What(what), said, at, record[data:begins])


class Recording:
    """Notes each step once it is done, and before SQLite learns of that.

    One at a time, so that the record has the order in which they were done.
    """

    def __init__(self, record: Path, vfs: Any) -> None:
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._turn = threading.RLock()
        self._names: dict[int, str] = {}
        self._methods: dict[int, _Methods] = {}
        self._syncs_names = False
        self._open = vfs.contents.open = self._instead_of_open(_copied(vfs.contents.open))
        self._delete = vfs.contents.delete = self._instead_of_delete(_copied(vfs.contents.delete))
        _instead_of_system_call(vfs, b"openDirectory", _OPEN_DIRECTORY, self._of_directory)

    def _note(self, what: What, name: str, at: int = 0, data: bytes = b"") -> None:
        said = name.encode()
        os.write(self._record, _HEADER.pack(what.value, len(said), at, len(data)) + said + data)

    def _instead_of_open(self, original: Any) -> Any:
        def opened(vfs: int, said: int | None, file: Any, flags: int, out: Any) -> int:
            if said is None or not flags & KEPT_FILES:
                return int(original(vfs, said, file, flags, out))
            path = Path(ctypes.string_at(said).decode())
            with self._turn:
                is_new = not path.exists()
                if not (code := int(original(vfs, said, file, flags, out))):
                    self._names[ctypes.addressof(file.contents)] = path.name
                    file.contents.methods = ctypes.pointer(self._recorded(file.contents.methods))
                    if is_new:
                        self._note(What.CREATED, path.name)
            return code

        return _OPEN(opened)

    def _recorded(self, methods: Any) -> _Methods:
        """The same methods, but for those that change a file."""
        address = ctypes.addressof(methods.contents)
        if address not in self._methods:
            ours = _Methods.from_buffer_copy(methods.contents)
            ours.write = self._instead_of_write(_copied(methods.contents.write))
            ours.truncate = self._instead_of_truncate(_copied(methods.contents.truncate))
            ours.sync = self._instead_of_sync(_copied(methods.contents.sync))
            self._methods[address] = ours
        return self._methods[address]

    def _instead_of_write(self, original: Any) -> Any:
        def write(file: int, data: int, size: int, at: int) -> int:
            with self._turn:
                if not (code := int(original(file, data, size, at))):
                    self._note(What.WRITTEN, self._names[file], at, ctypes.string_at(data, size))
            return code

        return _WRITE(write)

    def _instead_of_truncate(self, original: Any) -> Any:
        def truncate(file: int, size: int) -> int:
            with self._turn:
                if not (code := int(original(file, size))):
                    self._note(What.TRUNCATED, self._names[file], size)
            return code

        return _TRUNCATE(truncate)

    def _instead_of_sync(self, original: Any) -> Any:
        def sync(file: int, flags: int) -> int:
            with self._turn:
                if not (code := int(original(file, flags))):
                    self._note(What.SYNCED, self._names[file])
                    self._note_names()
            return code

        return _SYNC(sync)

    def _instead_of_delete(self, original: Any) -> Any:
        def delete(vfs: int, path: bytes, syncs: int) -> int:
            with self._turn:
                if not (code := int(original(vfs, path, syncs))):
                    self._note(What.DELETED, Path(path.decode()).name)
                    self._note_names()
            return code

        return _DELETE(delete)

    def _of_directory(self, original: Any) -> Callable[..., int]:
        """SQLite opens a folder only to sync it, within the sync or the deletion of a file."""

        def open_directory(path: bytes, out: Any) -> int:
            self._syncs_names = True
            return int(original(path, out))

        return open_directory

    def _note_names(self) -> None:
        if self._syncs_names:
            self._syncs_names = False
            self._note(What.NAMES_SYNCED, "")


def _copied(pointer: Any) -> Any:
    """The function itself, not the field of a structure that will point elsewhere."""
    address = ctypes.cast(pointer, c_void_p).value
    return type(pointer)(address)


def fill(full: Path, vfs: Any) -> None:
    """Let files have no further block while `full` is there, as on a disk without any left."""

    def wrap(original: Any) -> Callable[..., int]:
        def pwrite(descriptor: int, data: int, size: int, at: int) -> int:
            if full.exists():
                has = -(-os.fstat(descriptor).st_size // BLOCK) * BLOCK
                if has <= at:
                    ctypes.set_errno(errno.ENOSPC)
                    return -1
                size = min(size, has - at)
            return int(original(descriptor, data, size, at))

        return pwrite

    for name in (b"pwrite", b"pwrite64"):
        _instead_of_system_call(vfs, name, _PWRITE, wrap)
    # Connections that are open at the very end are closed when no Python can be called any more.
    atexit.register(vfs.contents.set_system_call, vfs, None, None)


def main(how: str, path: str, *command: str) -> None:
    """Run the module that a command ends with, as `python -m` would."""
    if how == "recording":
        _KEPT.append(Recording(Path(path), _vfs()))
    else:
        fill(Path(path), _vfs())
    sys.path[0] = str(Path.cwd())
    runpy.run_module(command[-1], run_name="__main__", alter_sys=True)


def under_sqlite(how: str, path: Path) -> tuple[str, ...]:
    """What to start a bot by."""
    return sys.executable, __file__, how, str(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
