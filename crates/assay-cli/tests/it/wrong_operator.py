"""A reader and writer with faults, for the tests of `assay operations run`.

Speaks the adapter protocol by itself. `right` has no fault; of the others each has the one
that its name says; see `FAULTS` in operations.rs for the rules that they break.
"""

import json
import os
import sys

MODE = sys.argv[1]
BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32,
    "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}


def header_of(path):
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        if MODE == "reads-on":
            file.read(64 << 20)
    return header, 8 + length


def tensors_of(path, names=None, contents=True):
    header, start = header_of(path)
    metadata = header.pop("__metadata__", None)
    tensors = []
    for name, of in header.items():
        if names is None or name in names:
            tensor = {"name": name, "dtype": of["dtype"], "shape": of["shape"]}
            if contents:
                begin, end = of["data_offsets"]
                with open(path, "rb") as file:
                    file.seek(start + begin)
                    tensor["data"] = file.read(end - begin).hex()
            tensors.append(tensor)
    return tensors, metadata


def get(path, name):
    header, _ = header_of(path)
    if MODE == "looks-into-the-object" and name == "__metadata__":
        return [{"name": name, "dtype": "U8", "shape": [0], "data": ""}]
    if MODE == "takes-beginnings" and name not in header:
        name = next(key for key in sorted(header) if key.startswith(name))
    elif name not in header or name == "__metadata__":
        raise KeyError(name)
    return tensors_of(path, [name])[0]


def open_index(path):
    with open(path) as file:
        weights = json.load(file)["weight_map"]
    folder = os.path.dirname(path)
    tensors = []
    for name, shard in weights.items():
        inside = "/" not in shard and "\\" not in shard
        if MODE != "leaves-the-folder" and not inside:
            raise ValueError(f"{shard} is not in the folder")
        place = os.path.join(folder, shard.replace("\\", "/"))
        if MODE == "skips-missing-shards" and not os.path.exists(place):
            continue
        tensors_of(place)
        found = tensors_of(place, [name])[0]
        if not found:
            raise KeyError(name)
        tensors += found
    return tensors


def row_by_row(tensor, data):
    if "strides" not in tensor:
        return data
    size = BITS[tensor["dtype"]] // 8
    places = [0]
    for dimension, stride in zip(tensor["shape"], tensor["strides"]):
        places = [place + at * stride for place in places for at in range(dimension)]
    if MODE == "takes-memory":
        return data.ljust(len(places) * size, b"\0")[: len(places) * size]
    return b"".join(data[place * size : (place + 1) * size] for place in places)


def write(task, contents, path):
    names = [tensor["name"] for tensor in task["tensors"]]
    if MODE != "writes-anything" and ("__metadata__" in names or len(set(names)) < len(names)):
        raise ValueError("such names cannot be written")
    tensors = task["tensors"]
    if MODE != "keeps-the-order":
        tensors = sorted(tensors, key=lambda tensor: (-BITS[tensor["dtype"]], tensor["name"]))
    header, data = {}, b""
    if task.get("metadata") is not None and MODE != "loses-metadata":
        header["__metadata__"] = dict(sorted(task["metadata"].items()))
    pieces = []
    for tensor in tensors:
        offset, length = tensor["data"]
        bytes_of = row_by_row(tensor, contents[offset : offset + length])
        entry = {"dtype": tensor["dtype"], "shape": tensor["shape"]}
        entry["data_offsets"] = [len(data), len(data) + len(bytes_of)]
        data += bytes_of
        pieces.append(f"{json.dumps(tensor['name'])}:{json.dumps(entry)}")
    if "__metadata__" in header:
        pieces.insert(0, f'"__metadata__":{json.dumps(header["__metadata__"])}')
    text = ("{" + ",".join(pieces) + "}").encode()
    text += b" " * (-len(text) % 8)
    put(path, len(text).to_bytes(8, "little") + text + data)


def put(path, content):
    if MODE == "writes-in-place":
        with open(path, "wb") as file:
            file.write(content)
        return
    if MODE == "swallows-errors":
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.write(file, content)
            os.close(file)
        except OSError:
            pass
        return
    beside = path + ".new"
    try:
        with open(beside, "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except OSError:
        if os.path.exists(beside):
            os.remove(beside)
        raise


def answer(request):
    op = request["op"]
    if op == "hello":
        return {
            "result": "hello",
            "protocol": 1,
            "implementation": {"name": MODE, "version": "1", "language": "Python", "lineage": MODE},
            "capabilities": {
                "operations": ["inspect", "get", "open_index", "write"],
                "deterministic_writes": True,
            },
        }
    if op not in ("inspect", "get", "open_index", "write"):
        return {"result": "unsupported", "what": "operation"}
    try:
        if op == "write":
            with open(request["task"]) as task, open(request["contents"], "rb") as contents:
                write(json.load(task), contents.read(), request["path"])
            return {"result": "written"}
        if op == "inspect":
            tensors, metadata = tensors_of(request["path"], contents=MODE == "delivers-contents")
            return {"result": "accept", "tensors": tensors, "metadata": metadata}
        if op == "get":
            return {"result": "accept", "tensors": get(request["path"], request["tensor"])}
        return {"result": "accept", "tensors": open_index(request["path"])}
    except Exception as error:
        error = {"class": type(error).__name__, "message": str(error)}
        return {"result": "reject", "error": error}


channel = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "bye":
        break
    print(json.dumps({"id": request["id"], **answer(request)}), file=channel, flush=True)
