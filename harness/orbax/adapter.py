"""Orbax, whose safetensors layout reads files with a parser of its own into JAX arrays.

``load`` delivers the tensors and ``metadata`` what stands beside them: a file is taken if
both take it. ``inspect`` is ``metadata`` alone.
"""

import importlib.metadata

import jax
import numpy
import orbax.checkpoint.experimental.v1 as ocp
from assay_adapter import Tensor

# Without it JAX makes 32 bits of 64.
jax.config.update("jax_enable_x64", True)

DTYPES = {
    "bool": "BOOL",
    "int8": "I8",
    "uint8": "U8",
    "int16": "I16",
    "uint16": "U16",
    "int32": "I32",
    "uint32": "U32",
    "int64": "I64",
    "uint64": "U64",
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
    "bfloat16": "BF16",
    "float8_e5m2": "F8_E5M2",
    "float8_e4m3fn": "F8_E4M3",
}
IMPLEMENTATION = {
    "name": "orbax-checkpoint",
    "version": importlib.metadata.version("orbax-checkpoint"),
    "language": "Python",
    "lineage": "orbax",
    "homepage": "https://github.com/google/orbax",
}
CAPABILITIES = {"dtypes": list(DTYPES.values())}

CONTEXT = ocp.Context()
CONTEXT.checkpoint_layout = ocp.options.CheckpointLayout.SAFETENSORS


def read(path):
    with CONTEXT:
        arrays = ocp.load(path)
        _, metadata = described(path)
    return [tensor(name, array) for name, array in arrays.items()], metadata


def inspect(path):
    with CONTEXT:
        tensors, metadata = described(path)
    return [
        Tensor(name, DTYPES.get(one.dtype.name, one.dtype.name), one.shape, None)
        for name, one in tensors.items()
    ], metadata


def described(path):
    file = ocp.metadata(path)
    return file.metadata, file.custom_metadata


def tensor(name, array):
    host = numpy.asarray(array)
    return Tensor(name, DTYPES.get(host.dtype.name, host.dtype.name), host.shape, host.tobytes())
