"""compressed-tensors: ``get_safetensors_header``, which gives a header's JSON."""

import importlib.metadata

from assay_adapter.header_json import header_view
from compressed_tensors.utils.safetensors_load import get_safetensors_header

IMPLEMENTATION = {
    "name": "compressed-tensors",
    "version": importlib.metadata.version("compressed-tensors"),
    "language": "Python",
    "lineage": "compressed-tensors",
    "homepage": "https://github.com/vllm-project/compressed-tensors",
}
CAPABILITIES = {}


def inspect(path):
    return header_view(get_safetensors_header(path))
