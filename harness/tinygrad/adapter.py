"""tinygrad's ``safe_load``, read back from its disk device; needs no compiler.

tinygrad opens the file for writing, so it gets a copy. ``Tensor.data`` has no
word for some dtypes, so contents are read through a bitcast to bytes. ``safe_save`` compiles a
kernel for the processor even without tensors, so it is not asked to write.
"""

import contextlib
import importlib.metadata
import tempfile

from assay_adapter import Tensor, file_contents
from tinygrad import dtypes
from tinygrad.nn import state
from tinygrad.nn.state import inverse_safe_dtypes, safe_dtypes, safe_load

IMPLEMENTATION = {
    "name": "tinygrad",
    "version": importlib.metadata.version("tinygrad"),
    "language": "Python",
    "lineage": "tinygrad",
    "homepage": "https://github.com/tinygrad/tinygrad",
}
CAPABILITIES = {"dtypes": list(safe_dtypes)}


_load_metadata = state.safe_load_metadata
_loaded = {}


def _load_metadata_once(source):
    """``safe_load`` parses the header and drops the metadata; parsing it twice doubles the time."""
    _loaded["header"] = _load_metadata(source)
    return _loaded["header"]


state.safe_load_metadata = _load_metadata_once


def read(path):
    with copied(path) as copy:
        tensors = [tensor(name, value) for name, value in safe_load(copy).items()]
        return tensors, _loaded["header"][2].get("__metadata__")


def get(path, name):
    with copied(path) as copy:
        return tensor(name, safe_load(copy)[name])


@contextlib.contextmanager
def copied(path):
    with tempfile.NamedTemporaryFile() as copy:
        try:
            copy.write(file_contents(path))
            copy.flush()
        except OSError as error:  # no word of tinygrad's
            raise SystemExit(f"adapter: cannot copy {path}: {error}") from error
        yield copy.name


def tensor(name, value):
    data = value.flatten().bitcast(dtypes.uint8).data()
    return Tensor(name, inverse_safe_dtypes.get(value.dtype, str(value.dtype)), value.shape, bytes(data))
