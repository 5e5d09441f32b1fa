"""A reader of safetensors with faults, for the tests of hunting.

Speaks the adapter protocol by itself. `careless` hands out dimensions in
reverse, ignores what follows the tensors, and takes Python's idea of JSON for
JSON. `fragile` refuses everything, which it declares, and dies of bytes after
the last tensor.
"""

import json
import os
import sys

MODE = sys.argv[1]
DTYPES = ["BOOL", "U8", "I8", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "F64", "I64", "U64"]


def read(path):
    with open(path, "rb") as file:
        content = file.read()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length].decode("utf-8"))
    buffer = content[8 + length :]
    if MODE == "fragile":
        ends = [entry["data_offsets"][1] for entry in header.values() if "data_offsets" in entry]
        if len(buffer) > max([0, *ends]):
            os.abort()
        raise ValueError("too careful to read anything")
    metadata = header.pop("__metadata__", None)
    tensors = []
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        if end > len(buffer) or begin > end:
            raise ValueError("outside the buffer")
        data = buffer[begin:end].hex()
        shape = entry["shape"][::-1]
        tensors.append({"name": name, "dtype": entry["dtype"], "shape": shape, "data": data})
    return {"result": "accept", "metadata": metadata, "tensors": tensors}


def answer(request):
    op = request["op"]
    if op == "hello":
        return {
            "result": "hello",
            "protocol": 1,
            "implementation": {
                "name": MODE, "version": "1", "language": "Python", "lineage": MODE,
            },
            "capabilities": {"operations": ["read"], "dtypes": CAPABLE[MODE]},
        }
    if op != "read":
        return {"result": "unsupported", "what": "operation"}
    try:
        return read(request["path"])
    except Exception as error:
        error = {"class": type(error).__name__, "message": str(error)}
        return {"result": "reject", "error": error}


# The fragile one declares that it can do nothing, so that its refusals are no faults.
CAPABLE = {"careless": DTYPES, "fragile": []}

for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "bye":
        break
    print(json.dumps({"id": request["id"], **answer(request)}), flush=True)
