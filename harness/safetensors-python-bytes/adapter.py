"""The published Python package through ``deserialize``: bytes in, bytes out.

``deserialize`` gives the contents of every dtype and no metadata.
"""

import json
import re

import safetensors
from assay_adapter import Tensor, file_contents

#: Those that versions before 0.6 may know; later ones say themselves what they know.
EARLY_DTYPES = (
    "BOOL U8 I8 I16 U16 F16 BF16 I32 U32 F32 F64 I64 U64 F8_E5M2 F8_E4M3".split()
)
IMPLEMENTATION = {
    "name": "safetensors",
    "version": safetensors.__version__,
    "language": "Python",
    "lineage": "safetensors-rust",
    "homepage": "https://github.com/huggingface/safetensors",
}


def dtypes():
    """What this version of the package knows: it is shown empty tensors of them."""
    listed = re.findall("`([A-Z0-9_]+)`", refusal("?"))
    return listed or [dtype for dtype in EARLY_DTYPES if not refusal(dtype)]


def refusal(dtype):
    entry = {"a": {"dtype": dtype, "shape": [0], "data_offsets": [0, 0]}}
    header = json.dumps(entry).encode()
    try:
        safetensors.deserialize(len(header).to_bytes(8, "little") + header)
    except safetensors.SafetensorError as error:
        return str(error)
    return ""


CAPABILITIES = {"metadata": False, "dtypes": dtypes()}


def read(path):
    tensors = safetensors.deserialize(file_contents(path))
    return [Tensor(name, t["dtype"], t["shape"], t["data"]) for name, t in tensors], None
