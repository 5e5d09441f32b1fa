"""PyTorch's distributed checkpoint: its own reader of headers, which it plans reading with."""

import torch
from assay_adapter.header_json import header_view
from torch.distributed.checkpoint import _hf_utils

IMPLEMENTATION = {
    "name": "torch",
    "version": torch.__version__,
    "language": "Python",
    "lineage": "torch-dcp",
    "homepage": "https://github.com/pytorch/pytorch",
}
CAPABILITIES = {}


def inspect(path):
    with open(path, "rb") as file:
        header, _ = _hf_utils._get_safetensors_file_metadata(file)
    return header_view(header)
