"""The client of the Hub, whose ``parse_local_safetensors_file_metadata`` reads headers with a
parser of its own and nothing behind them.
"""

import huggingface_hub
from assay_adapter import Tensor
from huggingface_hub import parse_local_safetensors_file_metadata

IMPLEMENTATION = {
    "name": "huggingface_hub",
    "version": huggingface_hub.__version__,
    "language": "Python",
    "lineage": "huggingface_hub",
    "homepage": "https://github.com/huggingface/huggingface_hub",
}
CAPABILITIES = {}


def inspect(path):
    file = parse_local_safetensors_file_metadata(path)
    tensors = [Tensor(n, t.dtype, dimensions(t.shape), None) for n, t in file.tensors.items()]
    return tensors, file.metadata


def dimensions(shape):
    """Whatever stands in the file is handed on; what is no list is one dimension here."""
    return shape if isinstance(shape, list) else [shape]
