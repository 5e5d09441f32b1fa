"""A reader of parts of tensors with faults, for the tests of `assay slices run`.

Works out every element by itself and speaks the adapter protocol by itself.
`right` has no fault but knows no elements smaller than a byte, which it
declares. `stepless` ignores steps, `unfair` says that it cannot do what it never declared
to lack, `unsigned` declares that its numbers are unsigned, `lazy` has no slices.
"""

import itertools
import json
import sys

MODE = sys.argv[1]
BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "F8_E8M0": 1, "F8_E4M3FNUZ": 1,
    "F8_E5M2FNUZ": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "F32": 4,
    "C64": 8, "F64": 8, "I64": 8, "U64": 8,
}


class Unsupported(Exception):
    pass


def positions(item, length):
    """The positions that an item takes, and whether the dimension stays."""
    if isinstance(item, int):
        if not -length <= item < length:
            raise IndexError("outside")
        return [item % length], False
    start, stop, step = item
    if MODE == "stepless":
        step = 1
    return list(range(length))[start:stop:step], True


def part(path, name, index):
    with open(path, "rb") as file:
        content = file.read()
    length = int.from_bytes(content[:8], "little")
    entry = json.loads(content[8 : 8 + length])[name]
    shape, width = entry["shape"], BYTES[entry["dtype"]]
    start = 8 + length + entry["data_offsets"][0]
    numbers = [n for item in index for n in (item if isinstance(item, list) else [item])]
    if MODE in ("unsigned", "unfair") and any(isinstance(n, int) and n < 0 for n in numbers):
        raise Unsupported("no negative numbers")
    if index.count("...") > 1 or len(index) - index.count("...") > len(shape):
        raise IndexError("too many")
    at = index.index("...") if "..." in index else len(index)
    front, back = index[:at], index[at + 1 :]
    whole = [[None, None, None]] * (len(shape) - len(front) - len(back))
    taken = [positions(*both) for both in zip(front + whole + back, shape)]
    data = b""
    for place in itertools.product(*(chosen for chosen, _ in taken)):
        number = 0
        for position, dimension in zip(place, shape):
            number = number * dimension + position
        data += content[start + number * width : start + (number + 1) * width]
    return {
        "name": name,
        "dtype": entry["dtype"],
        "shape": [len(chosen) for chosen, stays in taken if stays],
        "data": data.hex(),
    }


def answer(request):
    op = request["op"]
    if op == "hello":
        operations = ["read"] if MODE == "lazy" else ["read", "slice"]
        capabilities = {"operations": operations, "dtypes": list(BYTES)}
        if MODE == "unsigned":
            capabilities["index"] = ["step", "still", "ellipsis"]
        return {
            "result": "hello",
            "protocol": 1,
            "implementation": {
                "name": MODE, "version": "1", "language": "Python", "lineage": MODE,
            },
            "capabilities": capabilities,
        }
    if op != "slice" or MODE == "lazy":
        return {"result": "unsupported", "what": "operation"}
    try:
        tensor = part(request["path"], request["tensor"], request["index"])
        return {"result": "accept", "tensors": [tensor]}
    except KeyError as error:
        return {"result": "unsupported", "what": "dtype", "message": str(error)}
    except Unsupported as error:
        return {"result": "unsupported", "what": "index", "message": str(error)}
    except Exception as error:
        error = {"class": type(error).__name__, "message": str(error)}
        return {"result": "reject", "error": error}


for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "bye":
        break
    print(json.dumps({"id": request["id"], **answer(request)}), flush=True)
