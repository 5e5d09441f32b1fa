"""InstantTensor's reader of headers; contents it loads to a CUDA device only."""

import importlib.metadata

from assay_adapter.header_json import tensors_of
from instanttensor import _impl

IMPLEMENTATION = {
    "name": "instanttensor",
    "version": importlib.metadata.version("instanttensor"),
    "language": "Python",
    "lineage": "instanttensor",
    "homepage": "https://github.com/scitix/InstantTensor",
}
CAPABILITIES = {}


def inspect(path):
    metadata, entries, _ = _impl.read_safetensors_metadata(path)
    return tensors_of(entries), metadata
