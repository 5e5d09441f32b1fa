"""The published Python package through ``deserialize``: bytes in, bytes out.

``deserialize`` gives the contents of every dtype and no metadata.
"""

import safetensors
from assay_adapter import Tensor, file_contents

IMPLEMENTATION = {
    "name": "safetensors",
    "version": safetensors.__version__,
    "language": "Python",
    "lineage": "safetensors-rust",
    "homepage": "https://github.com/huggingface/safetensors",
}
CAPABILITIES = {"metadata": False}


def read(path):
    tensors = safetensors.deserialize(file_contents(path))
    return [Tensor(name, t["dtype"], t["shape"], t["data"]) for name, t in tensors], None
