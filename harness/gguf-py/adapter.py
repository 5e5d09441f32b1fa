"""llama.cpp's Python package, whose ``SafetensorsLocal`` has a parser of its own.

It passes dtype and shape on as the file spells them and drops the metadata.
"""

import importlib.metadata
from pathlib import Path

from assay_adapter import Tensor
from gguf.utility import SafetensorsLocal

IMPLEMENTATION = {
    "name": "gguf",
    "version": importlib.metadata.version("gguf"),
    "language": "Python",
    "lineage": "gguf-py",
    "homepage": "https://github.com/ggml-org/llama.cpp",
}
CAPABILITIES = {"metadata": False}


def read(path):
    tensors = SafetensorsLocal(Path(path)).tensors
    return [
        Tensor(name, t.dtype, t.shape, t.mmap_bytes().tobytes()) for name, t in tensors.items()
    ], None


def bench(path, what, name, mode):
    tensors = SafetensorsLocal(Path(path)).tensors
    if what == "header":
        return [name.encode() for name in tensors]
    chosen = [tensors[name]] if what == "tensor" else tensors.values()
    return [tensor.mmap_bytes() for tensor in chosen]
