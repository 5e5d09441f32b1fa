"""fastsafetensors on the CPU: the whole file through ``SafeTensorsFileLoader``."""

import importlib.metadata

from assay_adapter.torch_tensors import WORDS, delivered
from fastsafetensors import SafeTensorsFileLoader, SingleGroup
from fastsafetensors.st_types import DType

IMPLEMENTATION = {
    "name": "fastsafetensors",
    "version": importlib.metadata.version("fastsafetensors"),
    "language": "Python",
    "lineage": "fastsafetensors",
    "homepage": "https://github.com/foundation-model-stack/fastsafetensors",
}
CAPABILITIES = {
    "metadata": False,
    "dtypes": [dtype.value for dtype in DType if dtype.value in WORDS.values()],
}


def read(path):
    loader = SafeTensorsFileLoader(SingleGroup(), device="cpu", nogds=True)
    try:
        loader.add_filenames({0: [path]})
        buffer = loader.copy_files_to_device()
        try:
            names = list(buffer.key_to_rank_lidx)
            return [delivered(name, buffer.get_tensor(name)) for name in names], None
        finally:
            buffer.close()
    finally:
        loader.close()
