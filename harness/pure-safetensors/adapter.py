"""The pure-Python package ``pure-safetensors``, through its buffer view."""

import importlib.metadata

from assay_adapter import Tensor
from pure_safetensors.safetensors import SafeTensors, dtypes

IMPLEMENTATION = {
    "name": "pure-safetensors",
    "version": importlib.metadata.version("pure-safetensors"),
    "language": "Python",
    "lineage": "pure-safetensors",
}
CAPABILITIES = {"dtypes": list(dtypes)}


def read(path):
    with SafeTensors(path, "r") as file:
        return [tensor(name, *view) for name, view in file.as_buffer().items()], file.metadata


def tensor(name, buffer, dtype, shape):
    return Tensor(name, str(dtype), shape, bytes(buffer))
