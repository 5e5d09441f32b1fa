"""The published Python package through ``deserialize`` and ``serialize_file``: bytes in, bytes out.

``deserialize`` gives the contents of every dtype and no metadata. ``serialize_file`` takes the
address of each tensor's bytes, and names dtypes as the array libraries do.
"""

import ctypes
import json
import re

import safetensors
from assay_adapter import Tensor, Unsupported, by_name, contiguous, file_contents

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
#: The package's words; it has none for F6. Those of F4 stand for two elements each.
DTYPES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "U16": "uint16", "I16": "int16", "U32": "uint32",
    "I32": "int32", "U64": "uint64", "I64": "int64", "F16": "float16", "BF16": "bfloat16",
    "F32": "float32", "F64": "float64", "C64": "complex64", "F8_E5M2": "float8_e5m2",
    "F8_E4M3": "float8_e4m3fn", "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz",
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


CAPABILITIES = {
    "metadata": False, "dtypes": dtypes(),
    "written_dtypes": [dtype for dtype in DTYPES if not refusal(dtype)],
}


def read(path):
    tensors = safetensors.deserialize(file_contents(path))
    return [Tensor(name, t["dtype"], t["shape"], t["data"]) for name, t in tensors], None


def write(path, tensors, metadata):
    memory = by_name(tensors, lambda tensor: bytearray(contiguous(tensor)))
    specs = by_name(tensors, lambda tensor: spec(tensor, memory[tensor.name]))
    safetensors.serialize_file(specs, path, metadata)


def spec(tensor, memory):
    if tensor.dtype not in DTYPES:
        raise Unsupported("dtype", f"no word for {tensor.dtype}")
    if not hasattr(safetensors, "TensorSpec"):
        # Versions before it take the bytes themselves.
        return {"dtype": DTYPES[tensor.dtype], "shape": tensor.shape, "data": bytes(memory)}
    return safetensors.TensorSpec(
        dtype=DTYPES[tensor.dtype],
        shape=tensor.shape,
        data_ptr=ctypes.addressof((ctypes.c_char * len(memory)).from_buffer(memory)),
        data_len=len(memory),
    )
