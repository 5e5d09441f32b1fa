"""The published Python package through ``safe_open(framework="numpy")``, and parts of
tensors through its ``get_slice``.

NumPy alone, as ``pip install safetensors[numpy]`` leaves it, has no type for
BF16, F8, F6 and F4: the package opens such files and then fails in
``get_tensor``. That is a limit of this route, not a word about the file.
"""

import functools
import json

import safetensors
from assay_adapter import Tensor, Unsupported

DTYPES = {
    "bool": "BOOL",
    "uint8": "U8",
    "int8": "I8",
    "int16": "I16",
    "uint16": "U16",
    "float16": "F16",
    "int32": "I32",
    "uint32": "U32",
    "float32": "F32",
    "complex64": "C64",
    "float64": "F64",
    "int64": "I64",
    "uint64": "U64",
}
IMPLEMENTATION = {
    "name": "safetensors",
    "version": safetensors.__version__,
    "language": "Python",
    "lineage": "safetensors-rust",
    "homepage": "https://github.com/huggingface/safetensors",
}


def knows(dtype):
    """Whether this version of the package does: it is shown a file with an empty tensor of it."""
    entry = {"a": {"dtype": dtype, "shape": [0], "data_offsets": [0, 0]}}
    header = json.dumps(entry).encode()
    try:
        safetensors.deserialize(len(header).to_bytes(8, "little") + header)
    except safetensors.SafetensorError:
        return False
    return True


CAPABILITIES = {"dtypes": [dtype for dtype in DTYPES.values() if knows(dtype)]}


def read(path):
    with safetensors.safe_open(path, framework="numpy") as file:
        return [tensor(file, name) for name in file.keys()], file.metadata()


def slice(path, name, index):
    with safetensors.safe_open(path, framework="numpy") as file:
        try:
            # Of no items Python makes an empty tuple, and that is what the package gets.
            array = file.get_slice(name)[index]
        except Exception as error:
            raise_if_no_dtype(file, name, error)
            raise
        return delivered(name, array)


def tensor(file, name):
    try:
        array = file.get_tensor(name)
    except Exception as error:
        raise_if_no_dtype(file, name, error)
        raise
    return delivered(name, array)


def raise_if_no_dtype(file, name, error):
    dtype = file.get_slice(name).get_dtype()
    if dtype not in DTYPES.values():
        raise Unsupported("dtype", f"{dtype}: {error}") from error


def delivered(name, array):
    word, little_endian = of_dtype(array.dtype)
    return Tensor(name, word, array.shape, array.astype(little_endian, copy=False).tobytes())


@functools.cache
def of_dtype(dtype):
    return DTYPES[dtype.name], dtype.newbyteorder("<")
