"""compressed-tensors: ``get_safetensors_header``, which gives a header's JSON."""

import importlib.metadata

from assay_adapter.header_json import tensors_of
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
    header = get_safetensors_header(path)
    metadata = header.pop("__metadata__", None)
    return tensors_of(header), metadata
