"""The pure-Python package ``pure-safetensors``, through its buffer view; it writes in place."""

import importlib.metadata

from assay_adapter import Tensor, Unsupported, by_name, contiguous
from pure_safetensors.safetensors import SafeTensors, Settings, dtypes

IMPLEMENTATION = {
    "name": "pure-safetensors",
    "version": importlib.metadata.version("pure-safetensors"),
    "language": "Python",
    "lineage": "pure-safetensors",
}
CAPABILITIES = {"dtypes": list(dtypes), "max_file_bytes": Settings().maximum_file_size}


def read(path):
    with SafeTensors(path, "r") as file:
        return [tensor(name, *view) for name, view in file.as_buffer().items()], file.metadata


def inspect(path):
    with SafeTensors(path, "r") as file:
        infos = file.tensors.items()
        return [Tensor(name, str(of.dtype), of.shape, None) for name, of in infos], file.metadata


def get(path, name):
    with SafeTensors(path, "r") as file:
        return tensor(name, *file.as_buffer()[name])


def write(path, tensors, metadata):
    buffers = by_name(tensors, buffer_of)
    with SafeTensors(path, "w+") as file:
        if metadata is not None:
            file.metadata = metadata
        file.as_buffer().update(buffers)


def buffer_of(tensor):
    if tensor.dtype not in dtypes:
        raise Unsupported("dtype", f"no {tensor.dtype} in this package")
    return contiguous(tensor), dtypes[tensor.dtype], tuple(tensor.shape)


def tensor(name, buffer, dtype, shape):
    return Tensor(name, str(dtype), shape, bytes(buffer))
