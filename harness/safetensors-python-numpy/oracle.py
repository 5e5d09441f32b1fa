"""What NumPy itself makes of an index: no implementation of safetensors, and in no matrix.

The package's own parser gives the bytes of the whole tensor; NumPy indexes them.
Elements of 8 bits and more are opaque to it: an array of byte strings of their length.
Of smaller elements NumPy indexes their numbers, and the bytes are those of each run of
numbers that follow one another: such a run must begin and end at a byte, or it cannot
be addressed.
"""

import numpy
import safetensors
from assay_adapter import Tensor, file_contents

IMPLEMENTATION = {
    "name": "numpy",
    "version": numpy.__version__,
    "language": "Python",
    "lineage": "numpy",
    "homepage": "https://numpy.org",
}
CAPABILITIES = {}


class NotWholeBytes(Exception):
    """A run of elements that follow one another begins or ends within a byte."""


def read(path):
    tensors = safetensors.deserialize(file_contents(path))
    return [Tensor(name, t["dtype"], t["shape"], bytes(t["data"])) for name, t in tensors], None


def slice(path, name, index):
    whole = next(tensor for tensor in read(path)[0] if tensor.name == name)
    count = 1
    for dimension in whole.shape:
        count *= dimension
    if count and 8 * len(whole.data) % count == 0:
        bits = 8 * len(whole.data) // count
    else:
        bits = 8  # of a tensor without elements any length will do
    if bits % 8 == 0:
        elements = numpy.frombuffer(whole.data, f"V{bits // 8}")
        part = elements.reshape(whole.shape)[index]
        return Tensor(name, whole.dtype, part.shape, part.tobytes())
    part = numpy.arange(count).reshape(whole.shape)[index]
    data = bytes_of_runs(part.ravel().tolist(), bits, whole.data)
    return Tensor(name, whole.dtype, part.shape, data)


def bytes_of_runs(numbers, bits, data):
    result = bytearray()
    at = 0
    while at < len(numbers):
        end = at + 1
        while end < len(numbers) and numbers[end] == numbers[end - 1] + 1:
            end += 1
        first, behind = numbers[at] * bits, (numbers[end - 1] + 1) * bits
        if first % 8 or behind % 8:
            raise NotWholeBytes(f"bits {first} to {behind}")
        result += data[first // 8 : behind // 8]
        at = end
    return bytes(result)
