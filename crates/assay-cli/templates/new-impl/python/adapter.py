"""Drives __NAME__."""

from assay_adapter import Tensor, file_contents

# import somelibrary

IMPLEMENTATION = {
    "name": "__NAME__",  # as the package index has it
    "version": "0",  # asked of the library: somelibrary.__version__
    "language": "Python",
    "lineage": "__NAME__",  # whose parser it is
}
# What the library can do; what is not declared is held against it. `dtypes` lists what it
# was seen to deliver, in the format's words; without it, all of them.
CAPABILITIES = {"metadata": True}


def read(path):
    """The file's tensors and metadata, as the library delivers them."""
    contents = file_contents(path)

    # >>> HERE: call the library, and return what it delivered. What it raises is its refusal.
    #
    #     file = somelibrary.parse(contents)        # or somelibrary.open(path)
    #     tensors = [Tensor(t.name, t.dtype, t.shape, t.tobytes()) for t in file]
    #     return tensors, file.metadata
    #
    # Until then every answer is wrong: one tensor that no file has.
    return [Tensor("__not written__", "__not written__", [], contents[:1])], None
    # <<<
