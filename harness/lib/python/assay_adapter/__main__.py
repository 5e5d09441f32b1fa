"""The loop of the adapter protocol: ``python -m assay_adapter ADAPTER.py``.

Takes standard output for itself and points file descriptor 1 at standard
error, loads the adapter, then answers each line with one line.

Of what ``read`` raises, ``MemoryError`` and ``ENOMEM`` are the library's lack
of memory and any other ``Exception`` its refusal. A ``BaseException`` that is
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
from typing import Any, BinaryIO, Dict, List, Optional

from assay_adapter import Tensor, Unsupported

PROTOCOL = 1
#: Error texts quote the file; no reader of a report wants more characters.
MESSAGE_LIMIT = 4096


def main(adapter_path: str) -> None:
    channel = take_standard_output()
    adapter = runpy.run_path(adapter_path)
    inline_limit = 0
    for line in sys.stdin.buffer:
        request = json.loads(line)
        reply: Dict[str, Any] = {"id": request["id"]}
        if request["op"] == "hello":
            inline_limit = request["inline_limit"]
            reply.update(hello(adapter))
        elif request["op"] == "read":
            reply.update(read(adapter["read"], request, inline_limit))
        elif request["op"] == "bye":
            return
        else:
            reply.update(result="unsupported", what="operation")
        channel.write(json.dumps(reply).encode("ascii") + b"\n")
        channel.flush()


def take_standard_output() -> BinaryIO:
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return channel


def hello(adapter: Dict[str, Any]) -> Dict[str, Any]:
    runtime = f"{platform.python_implementation()} {platform.python_version()}"
    return {
        "result": "hello",
        "protocol": PROTOCOL,
        "implementation": {"runtime": runtime, **adapter["IMPLEMENTATION"]},
        "capabilities": {"operations": ["read"], **adapter["CAPABILITIES"]},
    }


def read(library_read: Any, request: Dict[str, Any], inline_limit: int) -> Dict[str, Any]:
    try:
        tensors, metadata = library_read(request["path"])
    except Unsupported as error:
        return {"result": "unsupported", "what": error.what, "message": text(str(error))}
    except Exception as error:  # whatever it is, these are the library's own words
        result = "out_of_memory" if is_out_of_memory(error) else "reject"
        return {"result": result, "error": error_reply(error)}
    with Scratch(request["scratch"]) as scratch:
        replies = [tensor_reply(tensor, inline_limit, scratch) for tensor in tensors]
    reply: Dict[str, Any] = {"result": "accept", "tensors": replies}
    if metadata is not None:
        reply["metadata"] = metadata_reply(metadata)
    return reply


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
            self.file = open(self.path, "wb")
        offset = self.file.tell()
        self.file.write(data)
        return [offset, len(data)]


def tensor_reply(tensor: Tensor, inline_limit: int, scratch: Scratch) -> Dict[str, Any]:
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else json.dumps(tensor.dtype)
    reply: Dict[str, Any] = {
        "name": text(tensor.name),
        "dtype": text(dtype),
        "shape": [dimension(value) for value in tensor.shape],
    }
    if len(tensor.data) > inline_limit:
        reply["scratch"] = scratch.append(tensor.data)
    else:
        reply["data"] = tensor.data.hex()
    return reply


def metadata_reply(metadata: Any) -> Dict[str, str]:
    """Values that are not strings are sent as their JSON text; so is metadata that is no map."""
    if not isinstance(metadata, dict):
        metadata = {"": metadata}
    return {
        text(key): text(value if isinstance(value, str) else json.dumps(value))
        for key, value in metadata.items()
    }


def dimension(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    try:
        return value if isinstance(value, (int, float)) and math.isfinite(value) else -1
    except OverflowError:  # an integer beyond every JSON number
        return -1


def error_reply(error: BaseException) -> Dict[str, str]:
    return {"class": type(error).__name__, "message": text(str(error))[:MESSAGE_LIMIT]}


def text(value: str) -> str:
    """Surrogates that stand alone, which no UTF-8 can carry, become U+FFFD."""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


if __name__ == "__main__":
    main(sys.argv[1])
