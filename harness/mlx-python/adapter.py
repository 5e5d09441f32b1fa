"""MLX through its Python package: ``mlx.core.load``, evaluated on the CPU.

A second route into the library that ``mlx-cpp`` links: the package opens files itself and
hands the C++ parser a reader over them.
"""

import importlib.metadata

import mlx.core as mx
import numpy  # noqa: F401 - the loop sums with it
from assay_adapter import Tensor

#: MLX has no F8 and reads F8_E4M3 and F8_E8M0 as uint8, which is then what it delivered.
DTYPES = {
    mx.bool_: "BOOL",
    mx.uint8: "U8",
    mx.uint16: "U16",
    mx.uint32: "U32",
    mx.uint64: "U64",
    mx.int8: "I8",
    mx.int16: "I16",
    mx.int32: "I32",
    mx.int64: "I64",
    mx.float16: "F16",
    mx.bfloat16: "BF16",
    mx.float32: "F32",
    mx.float64: "F64",
    mx.complex64: "C64",
}
IMPLEMENTATION = {
    "name": "mlx",
    "version": importlib.metadata.version("mlx"),
    "language": "Python",
    "lineage": "mlx",
    "homepage": "https://github.com/ml-explore/mlx",
}
CAPABILITIES = {
    # It has float64 but does not load F64.
    "dtypes": [name for name in DTYPES.values() if name != "F64"] + ["F8_E4M3", "F8_E8M0"]
}


def read(path):
    arrays, metadata = mx.load(path, format="safetensors", return_metadata=True)
    return [tensor(name, array) for name, array in arrays.items()], metadata


def tensor(name, array):
    # Not every dtype has a word in Python's buffers; bytes have.
    data = bytes(memoryview(array.reshape(-1).view(mx.uint8))) if array.size else b""
    return Tensor(name, DTYPES.get(array.dtype, str(array.dtype)), array.shape, data)


def bench(path, what, name, mode):
    # Nothing is read before it is evaluated, or asked for.
    arrays = mx.load(path, format="safetensors")
    if what == "header":
        return [name.encode() for name in arrays]
    chosen = [arrays[name]] if what == "tensor" else list(arrays.values())
    mx.eval(chosen)
    return [raw(array) for array in chosen]


def raw(array):
    return memoryview(array.reshape(-1).view(mx.uint8)) if array.size else b""
