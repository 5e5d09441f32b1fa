"""For libraries that deliver PyTorch's tensors: their dtypes in the format's words, their bytes."""

import torch
from assay_adapter import Tensor

#: Those that this PyTorch has.
WORDS = {
    getattr(torch, name): word
    for name, word in {
        "bool": "BOOL",
        "uint8": "U8",
        "int8": "I8",
        "uint16": "U16",
        "int16": "I16",
        "float16": "F16",
        "bfloat16": "BF16",
        "uint32": "U32",
        "int32": "I32",
        "float32": "F32",
        "uint64": "U64",
        "int64": "I64",
        "float64": "F64",
        "complex64": "C64",
        "float8_e4m3fn": "F8_E4M3",
        "float8_e5m2": "F8_E5M2",
        "float8_e8m0fnu": "F8_E8M0",
        "float8_e4m3fnuz": "F8_E4M3FNUZ",
        "float8_e5m2fnuz": "F8_E5M2FNUZ",
    }.items()
    if hasattr(torch, name)
}


def delivered(name: str, tensor: "torch.Tensor") -> Tensor:
    """A tensor with its bytes. A dtype without a word goes under PyTorch's own name."""
    flat = tensor.detach().contiguous().reshape(-1)
    data = bytes(flat.view(torch.uint8).numpy()) if flat.numel() else b""
    return Tensor(name, WORDS.get(tensor.dtype, str(tensor.dtype)), list(tensor.shape), data)
