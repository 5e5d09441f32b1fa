"""What an adapter written in Python hands to the loop in ``__main__``.

An adapter is one file that sets ``IMPLEMENTATION`` and ``CAPABILITIES`` (the
objects of those names in ``harness/PROTOCOL.md``) and defines ``read(path)``,
which returns the tensors, all of them read, and the metadata or ``None``. If the library
reads parts of tensors, it also defines ``slice(path, name, index)``, which returns one
tensor; ``index`` is what Python makes of what stands between brackets. It is
started as ``python -m assay_adapter ADAPTER.py``, so that the loop owns the channel before the adapter, and with it the library, is loaded.
"""

import errno
import os
from typing import Any, Iterable, NamedTuple, Union

#: Files of fewer bytes are read in one piece.
SMALL = 16 * 1024


class Tensor(NamedTuple):
    """One tensor, as the library delivered it."""

    name: str
    #: In the format's words. Anything but a string is sent as its JSON text.
    dtype: Any
    #: Outermost first. A dimension that is not a finite number is sent as -1.
    shape: Iterable[Any]
    #: Little-endian and row-major.
    data: Union[bytes, bytearray]


class Unsupported(Exception):
    """Raise it when the library cannot do this; it says nothing about the file.

    ``what`` is ``dtype``, ``limit`` or ``index``.
    """

    def __init__(self, what: str, message: str):
        super().__init__(message)
        self.what = what


def file_contents(path: str) -> bytes:
    """All bytes of a file, for libraries that take bytes.

    A file that cannot be read is the harness's fault, not a word of the
    library: it ends the adapter. Want of memory is told as such.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            contents = os.read(file, SMALL)
        finally:
            os.close(file)
        if len(contents) < SMALL:
            return contents  # a regular file gives less only at its end
        with open(path, "rb") as large:
            return large.read()
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise
        raise SystemExit(f"adapter: cannot read {path}: {error}") from error
