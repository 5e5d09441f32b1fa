"""tinygrad's ``safe_load``, read back from its disk device; needs no compiler.

tinygrad opens the file for writing, so it gets a copy. ``Tensor.data`` has no
word for some dtypes, so contents are read through a bitcast to bytes.
"""

import importlib.metadata
import tempfile

from assay_adapter import Tensor, file_contents
from tinygrad import dtypes
from tinygrad.nn.state import inverse_safe_dtypes, safe_dtypes, safe_load, safe_load_metadata

IMPLEMENTATION = {
    "name": "tinygrad",
    "version": importlib.metadata.version("tinygrad"),
    "language": "Python",
    "lineage": "tinygrad",
    "homepage": "https://github.com/tinygrad/tinygrad",
}
CAPABILITIES = {"dtypes": list(safe_dtypes)}


def read(path):
    with tempfile.NamedTemporaryFile() as copy:
        copy.write(file_contents(path))
        copy.flush()
        _, _, header = safe_load_metadata(copy.name)
        tensors = [tensor(name, value) for name, value in safe_load(copy.name).items()]
        return tensors, header.get("__metadata__")


def tensor(name, value):
    data = value.flatten().bitcast(dtypes.uint8).data()
    return Tensor(name, inverse_safe_dtypes[value.dtype], value.shape, bytes(data))
