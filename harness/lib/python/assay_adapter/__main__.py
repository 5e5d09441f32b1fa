"""The loop of the adapter protocol: ``python -m assay_adapter ADAPTER.py``.

Takes standard output for itself and points file descriptor 1 at standard
error, loads the adapter, then answers each line with one line.

Of what an operation raises, ``MemoryError`` and ``ENOMEM`` are the library's lack
of memory and any other ``Exception`` its refusal, except over a file to read
that the loop cannot open either: that is the harness's fault and ends the process. A ``BaseException`` that is
none, such as the ``PanicException`` by which a Rust panic reaches Python, ends
the process with a traceback: a panic is a crash, not a refusal.
"""

import errno
import json
import math
import os
import platform
import runpy
import sys
import time
from typing import Any, BinaryIO, Callable, Dict, List, Optional

from assay_adapter import InputTensor, Tensor, Unsupported, file_contents
from assay_adapter.keyed_sum import keyed_sum

PROTOCOL = 1
#: Error texts quote the file; no reader of a report wants more characters.
MESSAGE_LIMIT = 4096
#: No JSON number is larger.
FAR = int(sys.float_info.max)

#: Of a text, its JSON in ASCII; without the detours of ``json.dumps``.
quoted = json.JSONEncoder().encode


def main(adapter_path: str) -> None:
    channel = take_standard_output()
    adapter = runpy.run_path(adapter_path)
    operations = operations_of(adapter)
    # A request is the first thing on its line, so the decoder's entry for that does.
    decode = json.JSONDecoder().raw_decode
    inline_limit = 0
    for line in sys.stdin.buffer:
        request, _ = decode(line.decode("ascii"))
        operation = request["op"]
        if operation in operations:
            reply = operations[operation](request, inline_limit)
        elif operation == "hello":
            inline_limit = request["inline_limit"]
            reply = members(hello(adapter, list(operations)))
        elif operation == "bye":
            return
        else:
            reply = members({"result": "unsupported", "what": "operation"})
        send(channel, f'{{"id":{quoted(request["id"])},{reply}}}\n'.encode("ascii"))


def operations_of(adapter: Dict[str, Any]) -> Dict[str, Callable[[Dict[str, Any], int], str]]:
    """For each operation that the adapter defines: from a request to the members of its reply."""

    def views(library: Any) -> Callable[[Dict[str, Any], int], str]:
        """``library`` goes from a request to tensors and metadata."""
        return lambda request, inline_limit: read(library, request, inline_limit)

    known = {
        "read": lambda of: views(lambda request: of(request["path"])),
        "inspect": lambda of: views(lambda request: of(request["path"])),
        "get": lambda of: views(lambda request: ([of(request["path"], request["tensor"])], None)),
        "slice": lambda of: views(lambda request: (
            [of(request["path"], request["tensor"], index_of(request["index"]))], None
        )),
        "open_index": lambda of: views(lambda request: (of(request["path"]), None)),
        "write": lambda of: lambda request, _: write(of, request),
        "bench": lambda of: lambda request, _: bench(of, request),
    }
    return {name: known[name](adapter[name]) for name in known if callable(adapter.get(name))}


def take_standard_output() -> int:
    channel = os.dup(1)
    os.dup2(2, 1)
    return channel


def send(channel: int, reply: bytes) -> None:
    written = os.write(channel, reply)
    while written < len(reply):
        reply = reply[written:]
        written = os.write(channel, reply)


def members(reply: Dict[str, Any]) -> str:
    """The members of a JSON object, without its braces."""
    return json.dumps(reply)[1:-1]


def hello(adapter: Dict[str, Any], operations: List[str]) -> Dict[str, Any]:
    runtime = f"{platform.python_implementation()} {platform.python_version()}"
    return {
        "result": "hello",
        "protocol": PROTOCOL,
        "implementation": {"runtime": runtime, **adapter["IMPLEMENTATION"]},
        "capabilities": {"operations": operations, **adapter["CAPABILITIES"]},
    }


def index_of(items: List[Any]) -> Any:
    """One item is no tuple, as between brackets."""
    index = [index_item(item) for item in items]
    return index[0] if len(index) == 1 else tuple(index)


def index_item(item: Any) -> Any:
    if isinstance(item, list):
        return slice(*item)
    return Ellipsis if item == "..." else item


def read(library: Any, request: Dict[str, Any], inline_limit: int) -> str:
    """The members of the reply, put together from JSON texts: there is one reply a case."""
    try:
        tensors, metadata = library(request)
    except Unsupported as error:
        return cannot(error)
    except Exception as error:  # whatever it is, these are the library's own words
        if not is_out_of_memory(error):
            check_that_it_opens(request["path"], error)
        return refusal(error)
    with Scratch(request["scratch"]) as scratch:
        replies = ",".join([tensor_reply(tensor, inline_limit, scratch) for tensor in tensors])
    reply = f'"result":"accept","tensors":[{replies}]'
    if metadata is not None:
        reply += f',"metadata":{json.dumps(metadata_reply(metadata))}'
    return reply


def write(library_write: Any, request: Dict[str, Any]) -> str:
    """The task is the harness's; whatever goes wrong after it was read is the library's."""
    task = json.loads(file_contents(request["task"]))
    contents = file_contents(request["contents"])
    tensors = [input_tensor(tensor, contents) for tensor in task["tensors"]]
    try:
        library_write(request["path"], tensors, task.get("metadata"))
    except Unsupported as error:
        return cannot(error)
    except Exception as error:
        return refusal(error)
    return '"result":"written"'


def bench(library_bench: Any, request: Dict[str, Any]) -> str:
    """Loads, and takes every byte of it into account."""
    nonce = int(request["nonce"], 16)
    path, what = request["path"], request["what"]
    start = time.perf_counter_ns()
    try:
        buffers = library_bench(path, what, request.get("tensor"), request.get("mode"))
    except Unsupported as error:
        return cannot(error)
    except Exception as error:
        if not is_out_of_memory(error):
            check_that_it_opens(path, error)
        return refusal(error)
    returned = time.perf_counter_ns() - start
    total = keyed_sum(nonce, buffers)
    return f'"result":"bench","sum":"{total:016x}","count":{len(buffers)},"returned_ns":{returned}'


def input_tensor(tensor: Dict[str, Any], contents: bytes) -> InputTensor:
    offset, length = tensor["data"]
    data = contents[offset : offset + length]
    if len(data) != length:
        raise SystemExit(f"adapter: the contents end before byte {offset + length}")
    name, dtype, shape = tensor["name"], tensor["dtype"], tensor["shape"]
    return InputTensor(name, dtype, shape, data, tensor.get("strides"))


def cannot(error: Unsupported) -> str:
    return members({"result": "unsupported", "what": error.what, "message": text(str(error))[:MESSAGE_LIMIT]})


def check_that_it_opens(path: str, error: Exception) -> None:
    """A library that opens files itself may have failed at that, which is no word on the file."""
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:
        raise SystemExit(f"adapter: cannot read {path}: {error}") from error


def refusal(error: Exception) -> str:
    result = "out_of_memory" if is_out_of_memory(error) else "reject"
    return members({"result": result, "error": error_reply(error)})


def is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM


class Scratch:
    """The file for large contents, created when the first of them comes."""

    def __init__(self, path: str):
        self.path = path
        self.file: Optional[BinaryIO] = None

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, *_: Any) -> None:
        if self.file is not None:
            self.file.close()

    def append(self, data: bytes) -> List[int]:
        if self.file is None:
            self.file = open(self.path, "xb")
        offset = self.file.tell()
        self.file.write(data)
        return [offset, len(data)]


def tensor_reply(tensor: Tensor, inline_limit: int, scratch: Scratch) -> str:
    name, dtype, shape, data = tensor
    if not isinstance(dtype, str):
        dtype = json.dumps(dtype)
    if data is None:
        contents = ""
    elif len(data) > inline_limit:
        contents = f',"scratch":{scratch.append(data)}'
    else:
        contents = f',"data":"{data.hex()}"'
    dimensions = ",".join([dimension(value) for value in shape])
    return (
        f'{{"name":{quoted(text(name))},"dtype":{quoted(text(dtype))},'
        f'"shape":[{dimensions}]{contents}}}'
    )


def metadata_reply(metadata: Any) -> Dict[str, str]:
    """Values that are not strings are sent as their JSON text; so is metadata that is no map."""
    if not isinstance(metadata, dict):
        metadata = {"": metadata}
    return {
        text(key): text(value if isinstance(value, str) else json.dumps(value))
        for key, value in metadata.items()
    }


def dimension(value: Any) -> str:
    """A dimension's JSON: of the kinds of numbers that JSON has, finite ones."""
    if isinstance(value, int):
        return str(int(value)) if -FAR <= value <= FAR else "-1"
    if isinstance(value, float) and math.isfinite(value):
        return repr(float(value))
    return "-1"


def error_reply(error: BaseException) -> Dict[str, str]:
    return {"class": type(error).__name__, "message": text(str(error))[:MESSAGE_LIMIT]}


def text(value: str) -> str:
    """Surrogates that stand alone, which no UTF-8 can carry, become U+FFFD."""
    if value.isascii():
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


if __name__ == "__main__":
    main(sys.argv[1])
