"""The Run:ai Model Streamer: every tensor of a file that ``SafetensorsStreamer`` streams."""

import importlib.metadata

from assay_adapter.torch_tensors import WORDS, delivered
from runai_model_streamer import SafetensorsStreamer
from runai_model_streamer.safetensors_streamer import safetensors_pytorch

IMPLEMENTATION = {
    "name": "runai-model-streamer",
    "version": importlib.metadata.version("runai-model-streamer"),
    "language": "Python",
    "lineage": "runai-model-streamer",
    "homepage": "https://github.com/run-ai/runai-model-streamer",
}
KNOWN = safetensors_pytorch.get_safetensors_dtype_map()
CAPABILITIES = {
    "metadata": False,
    "dtypes": [word for word, dtype in KNOWN.items() if WORDS.get(dtype) == word],
}


def read(path):
    with SafetensorsStreamer() as streamer:
        streamer.stream_file(path)
        return [delivered(name, tensor) for name, tensor in streamer.get_tensors()], None
