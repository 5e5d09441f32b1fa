"""What an adapter written in Python hands to the loop in ``__main__``.

An adapter is one file that sets ``IMPLEMENTATION`` and ``CAPABILITIES`` (the
objects of those names in ``harness/PROTOCOL.md``) and defines a function for each
operation that the library has; the loop declares what is defined:

``read(path) -> (tensors, metadata)``
    The file whole: all tensors with their contents; metadata or ``None``.
``inspect(path) -> (tensors, metadata)``
    The header only: tensors whose ``data`` is ``None``. No contents are read.
``get(path, name) -> Tensor``
    One tensor by the library's own access by name.
``slice(path, name, index) -> Tensor``
    A part of one tensor; ``index`` is what Python makes of what stands between brackets.
``open_index(path) -> tensors``
    All tensors of a model in several files, which the library finds by this index.
``write(path, tensors, metadata)``
    Write a file with the library's writer; ``tensors`` is a list of ``InputTensor``.
``bench(path, what, name, mode) -> buffers``
    Load against the clock: with ``what`` of ``"load"`` every tensor, with ``"tensor"`` the one of
    this name, as objects with the buffer protocol, contiguous, as the library gives them and
    without a copy of the adapter's; with ``"header"`` the tensors' names, as bytes. ``mode`` is one
    of ``CAPABILITIES["bench_modes"]``, or ``None``.

It is started as ``python -m assay_adapter ADAPTER.py``, so that the loop owns the
channel before the adapter, and with it the library, is loaded.
"""

import errno
import os
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Union

#: Files of fewer bytes are read in one piece.
SMALL = 16 * 1024


class Tensor(NamedTuple):
    """One tensor, as the library delivered it."""

    name: str
    #: In the format's words. Anything but a string is sent as its JSON text.
    dtype: Any
    #: Outermost first. A dimension that is not a finite number is sent as -1.
    shape: Iterable[Any]
    #: Little-endian and row-major; ``None`` in answer to ``inspect``.
    data: Union[bytes, bytearray, None]


class InputTensor(NamedTuple):
    """One tensor that the library is to write."""

    name: str
    #: In the format's words.
    dtype: str
    #: Outermost first.
    shape: List[int]
    #: Little-endian. Row-major, unless there are strides.
    data: bytes
    #: How many elements of ``data`` lie between neighbours, a number a dimension, 0 where
    #: one element stands for all: a library that takes arrays gets such an array.
    strides: Optional[List[int]]


class Unsupported(Exception):
    """Raise it when the library cannot do this; it says nothing about the file.

    ``what`` is ``dtype``, ``limit``, ``index`` or, in answer to ``write``, ``layout``
    (arrays that are not contiguous), ``metadata`` or ``names`` (one that stands twice).
    """

    def __init__(self, what: str, message: str):
        super().__init__(message)
        self.what = what


def by_name(tensors: Iterable[InputTensor], make: Callable[[InputTensor], Any]) -> Dict[str, Any]:
    """The map of tensors that a library takes, ``make`` its own kind of each. A map cannot
    hold a name twice, so then the question cannot be put to the library."""
    made: Dict[str, Any] = {}
    for tensor in tensors:
        if tensor.name in made:
            raise Unsupported("names", "tensors are handed over in a map")
        made[tensor.name] = make(tensor)
    return made


def contiguous(tensor: InputTensor) -> bytes:
    """The bytes of a tensor, for libraries that take no arrays."""
    if tensor.strides is not None:
        raise Unsupported("layout", "takes bytes, not arrays")
    return tensor.data


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
