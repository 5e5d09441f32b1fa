"""OpenVINO GenAI, which reads LoRA adapters through a copy of hsnyder's ``safetensors.h``.

``Adapter(path)`` takes a file or refuses it and shows nothing of what is in it: only the
verdict is evidence.
"""

import importlib.metadata

import openvino_genai

IMPLEMENTATION = {
    "name": "openvino-genai",
    "version": importlib.metadata.version("openvino-genai"),
    "language": "C++",
    "lineage": "hsnyder",
    "homepage": "https://github.com/openvinotoolkit/openvino.genai",
}
CAPABILITIES = {"views": False, "metadata": False, "dtypes": ["F16", "BF16", "F32"]}


def read(path):
    openvino_genai.Adapter(path)
    return [], None
