"""The published Python package through ``safe_open(framework="numpy")``: whole files, tensors
by name, headers, and parts of tensors through its ``get_slice``; ``save_file`` writes.

NumPy alone, as ``pip install safetensors[numpy]`` leaves it, has no type for
BF16, F8, F6 and F4: the package opens such files and then fails in
``get_tensor``. That is a limit of this route, not a word about the file.
"""

import functools
import json

import numpy
import safetensors
import safetensors.numpy
from assay_adapter import Tensor, Unsupported, by_name

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


def inspect(path):
    with safetensors.safe_open(path, framework="numpy") as file:
        return [described(name, file.get_slice(name)) for name in file.keys()], file.metadata()


def described(name, part):
    return Tensor(name, part.get_dtype(), part.get_shape(), None)


def get(path, name):
    with safetensors.safe_open(path, framework="numpy") as file:
        return tensor(file, name)


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
        if name in file.keys():
            raise_if_no_dtype(file, name, error)
        raise
    return delivered(name, array)


def write(path, tensors, metadata):
    safetensors.numpy.save_file(by_name(tensors, array_of), path, metadata)


def array_of(tensor):
    dtype = dtypes_by_word().get(tensor.dtype)
    if dtype is None:
        raise Unsupported("dtype", f"no {tensor.dtype} in NumPy")
    elements = numpy.frombuffer(tensor.data, dtype)
    if tensor.strides is None:
        return elements.reshape(tensor.shape)
    strides = [stride * dtype.itemsize for stride in tensor.strides]
    return numpy.lib.stride_tricks.as_strided(elements, tensor.shape, strides)


@functools.cache
def dtypes_by_word():
    return {word: numpy.dtype(name).newbyteorder("<") for name, word in DTYPES.items()}


def bench(path, what, name, mode):
    if what == "header":
        with safetensors.safe_open(path, framework="numpy") as file:
            return [name.encode() for name in file.keys()]
    if what == "tensor":
        with safetensors.safe_open(path, framework="numpy") as file:
            return [raw(file.get_tensor(name))]
    return [raw(array) for array in safetensors.numpy.load_file(path).values()]


def raw(array):
    return array.reshape(-1).view(numpy.uint8)


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
