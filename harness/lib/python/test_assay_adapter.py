"""Tests of the loop: ``python3 -m unittest discover harness/lib/python``."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from assay_adapter.keyed_sum import keyed_sum

HERE = pathlib.Path(__file__).parent

NOISY_ADAPTER = r"""
import os, subprocess
from assay_adapter import Tensor, Unsupported

print("noise while loading")
IMPLEMENTATION = {"name": "fake", "version": "1", "language": "Python", "lineage": "fake"}
CAPABILITIES = {"metadata": True}

class Panic(BaseException):
    pass

def read(path):
    print("noise through print")
    os.write(1, b"noise through the file descriptor\n")
    subprocess.run(["echo", "noise from a child"])
    if path.endswith("/refused"):
        raise ValueError("no \udc80 good")
    if path.endswith("/memory"):
        raise MemoryError("all gone")
    if path.endswith("/errno"):
        raise OSError(12, "Cannot allocate memory")
    if path.endswith("/missing") or path.endswith("/there"):
        raise OSError(22, "the library could not do it")
    if path.endswith("/unsupported"):
        raise Unsupported("dtype", "no F4 here")
    if path.endswith("/panic"):
        raise Panic("at the library")
    shape = [2, True, 3.0, None, "4", float("inf"), 10**400, -1]
    return [Tensor("\ud800a", {"U8": None}, shape, b"\x00\xff"), Tensor("b", "U8", (5,), b"12345"),
            Tensor("c", "U8", (3,), b"678")], {"k": 1, "l": "\ude00"}
"""

SLICES = r"""
def slice(path, name, index):
    if path.endswith("/refused"):
        raise IndexError("out of range")
    return Tensor(str(index), "U8", (1,), name.encode())
"""

OPERATIONS = r"""
def inspect(path):
    return [Tensor("a", "U8", (2,), None)], {"k": "v"}

def get(path, name):
    if name != "a":
        raise KeyError(name)
    return Tensor(name, "U8", (1,), b"7")

def open_index(path):
    return [Tensor("in a shard", "U8", (0,), b"")]

def write(path, tensors, metadata):
    if tensors[0].strides:
        raise Unsupported("layout", "takes bytes")
    with open(path, "wb") as file:
        file.write(repr((tensors, metadata)).encode())
"""


def ask(op, **fields):
    return {"op": op, "id": f"{op} 1", **fields}


class KeyedSumTest(unittest.TestCase):
    def test_sums_are_those_of_the_protocol(self):
        block = 1 << 20
        long = bytes(at % 251 for at in range(block + 9))
        for nonce, buffers, expected in [
            (0, [b"\x01"], "e220a8397b1dcdaf"),
            (0x0123456789ABCDEF, [b"safetensors", b""], "4a5a2f9d4089059a"),
            (2**64 - 1, [long, b"\xff\xff"], "8d986dfd6d1dbb59"),
        ]:
            self.assertEqual(f"{keyed_sum(nonce, buffers):016x}", expected)


class LoopTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.adapter = pathlib.Path(folder.name, "adapter.py")
        self.adapter.write_text(NOISY_ADAPTER)
        self.scratch = pathlib.Path(folder.name, "scratch")

    def file(self, name):
        """A file that is there; the fake library goes by its name."""
        path = self.adapter.with_name(name)
        path.write_text("a file")
        return str(path)

    def read(self, path):
        return ask("read", path=path, length=0, sha256="", scratch=str(self.scratch))

    def converse(self, *requests, end=(ask("bye"),)):
        hello = ask("hello", protocol={"min": 1, "max": 1}, inline_limit=2)
        finished = subprocess.run(
            [sys.executable, "-m", "assay_adapter", str(self.adapter)],
            input="".join(json.dumps(request) + "\n" for request in (hello, *requests, *end)),
            capture_output=True,
            encoding="utf-8",
            cwd=HERE,
        )
        replies = [json.loads(line) for line in finished.stdout.splitlines()]
        return finished, replies

    def test_noise_stays_off_the_channel(self):
        finished, replies = self.converse(self.read(self.file("fine")))
        self.assertEqual([reply["result"] for reply in replies], ["hello", "accept"])
        self.assertEqual(finished.returncode, 0)
        for noise in ("while loading", "through print", "through the file", "from a child"):
            self.assertIn(noise, finished.stderr)

    def test_hello_introduces_the_adapter(self):
        _, (hello,) = self.converse()
        self.assertEqual((hello["id"], hello["protocol"]), ("hello 1", 1))
        self.assertEqual(hello["implementation"]["lineage"], "fake")
        self.assertEqual(hello["capabilities"], {"operations": ["read"], "metadata": True})

    def test_large_contents_go_to_the_scratch_file_and_odd_values_stay_json(self):
        _, (_, accept) = self.converse(self.read(self.file("fine")))
        first, second, third = accept["tensors"]
        self.assertEqual(first["name"], "\ufffda")
        self.assertEqual(first["dtype"], '{"U8": null}')
        self.assertEqual(first["shape"], [2, 1, 3.0, -1, -1, -1, -1, -1])
        self.assertEqual(first["data"], "00ff")
        self.assertEqual((second["scratch"], third["scratch"]), ([0, 5], [5, 3]))
        self.assertEqual(self.scratch.read_bytes(), b"12345678")
        self.assertEqual(accept["metadata"], {"k": "1", "l": "\ufffd"})

    def test_what_the_library_raises_is_told_apart(self):
        paths = map(self.file, ("refused", "memory", "errno", "unsupported"))
        _, (_, refused, memory, errno, unsupported) = self.converse(*map(self.read, paths))
        self.assertEqual(refused["result"], "reject")
        self.assertEqual(refused["error"], {"class": "ValueError", "message": "no \ufffd good"})
        self.assertEqual((memory["result"], errno["result"]), ("out_of_memory", "out_of_memory"))
        self.assertEqual((unsupported["result"], unsupported["what"]), ("unsupported", "dtype"))

    def test_an_error_of_the_system_is_a_refusal_only_if_the_file_can_be_opened(self):
        there = self.adapter.with_name("there")
        there.write_text("a file")
        _, (_, refused) = self.converse(self.read(str(there)))
        self.assertEqual((refused["result"], refused["error"]["class"]), ("reject", "OSError"))
        for gone in ("missing", "gone/refused"):  # whatever kind of error it was
            finished, replies = self.converse(self.read(str(there.parent / gone)))
            self.assertEqual(len(replies), 1)
            self.assertNotEqual(finished.returncode, 0)
            self.assertIn("adapter: cannot read", finished.stderr)

    def test_parts_of_tensors_are_asked_for_as_python_would(self):
        self.adapter.write_text(NOISY_ADAPTER + SLICES)
        part = ask("slice", path=self.file("fine"), length=0, sha256="", scratch=str(self.scratch))
        part.update(tensor="t", index=[-1, [None, 2, None], [1, None, -2], "..."])
        _, (hello, accept, refused) = self.converse(part, {**part, "path": self.file("refused")})
        self.assertEqual(hello["capabilities"]["operations"], ["read", "slice"])
        self.assertEqual(accept["tensors"][0]["data"], b"t".hex())
        said = "(-1, slice(None, 2, None), slice(1, None, -2), Ellipsis)"
        self.assertEqual(accept["tensors"][0]["name"], said)
        self.assertEqual((refused["result"], refused["error"]["class"]), ("reject", "IndexError"))
        self.adapter.write_text(NOISY_ADAPTER)
        _, (_, unknown) = self.converse(part)
        self.assertEqual((unknown["result"], unknown["what"]), ("unsupported", "operation"))

    def test_what_is_defined_is_declared_and_answered(self):
        self.adapter.write_text(NOISY_ADAPTER + OPERATIONS)
        there = {"path": self.file("fine"), "scratch": str(self.scratch)}
        _, (hello, inspected, got, absent, opened) = self.converse(
            ask("inspect", **there),
            ask("get", **there, tensor="a"),
            ask("get", **there, tensor="b"),
            ask("open_index", **there),
        )
        declared = ["read", "inspect", "get", "open_index", "write"]
        self.assertEqual(hello["capabilities"]["operations"], declared)
        self.assertEqual(inspected["tensors"], [{"name": "a", "dtype": "U8", "shape": [2]}])
        self.assertEqual(inspected["metadata"], {"k": "v"})
        self.assertEqual(got["tensors"][0]["data"], "37")
        self.assertEqual((absent["result"], absent["error"]["class"]), ("reject", "KeyError"))
        self.assertEqual(opened["tensors"][0]["name"], "in a shard")

    def test_a_tool_that_reads_headers_only_needs_no_read(self):
        self.adapter.write_text(NOISY_ADAPTER.replace("def read", "def other") + OPERATIONS)
        _, (hello, unknown) = self.converse(self.read(self.file("fine")))
        self.assertNotIn("read", hello["capabilities"]["operations"])
        self.assertEqual((unknown["result"], unknown["what"]), ("unsupported", "operation"))

    def test_a_task_is_handed_over_and_its_failure_is_the_library_s(self):
        self.adapter.write_text(NOISY_ADAPTER + OPERATIONS)
        task, contents, out = (self.adapter.with_name(name) for name in ("task", "bytes", "out"))
        tensor = {"name": "\u00e9", "dtype": "U8", "shape": [2], "data": [1, 2]}
        task.write_text(json.dumps({"tensors": [tensor], "metadata": {"k": "v"}}))
        strided = self.adapter.with_name("strided")
        strided.write_text(json.dumps({"tensors": [{**tensor, "strides": [0]}]}))
        contents.write_bytes(b"abcd")
        there = {"contents": str(contents), "scratch": str(self.scratch)}
        _, (_, written, layout, refused) = self.converse(
            ask("write", **there, task=str(task), path=str(out)),
            ask("write", **there, task=str(strided), path=str(out)),
            ask("write", **there, task=str(task), path=str(out / "below a file")),
        )
        self.assertEqual(written["result"], "written")
        handed = "InputTensor(name='\u00e9', dtype='U8', shape=[2], data=b'bc', strides=None)"
        self.assertEqual(out.read_text(), f"([{handed}], {{'k': 'v'}})")
        self.assertEqual((layout["result"], layout["what"]), ("unsupported", "layout"))
        self.assertEqual(refused["result"], "reject")
        self.assertEqual(refused["error"]["class"], "NotADirectoryError")

    def test_files_are_read_whole_however_long(self):
        sys.path.insert(0, str(HERE))
        self.addCleanup(sys.path.remove, str(HERE))
        from assay_adapter import SMALL, file_contents

        for length in (0, 1, SMALL - 1, SMALL, SMALL + 1, 5 * SMALL):
            self.scratch.write_bytes(b"x" * length)
            self.assertEqual(len(file_contents(str(self.scratch))), length)
        with self.assertRaises(SystemExit):
            file_contents(str(self.scratch) + "-missing")

    def test_a_panic_is_a_crash(self):
        finished, replies = self.converse(self.read(self.file("panic")))
        self.assertEqual(len(replies), 1)
        self.assertNotEqual(finished.returncode, 0)
        self.assertIn("Panic: at the library", finished.stderr)

    def test_an_unknown_operation_is_refused_and_the_end_of_input_ends_it(self):
        finished, (_, unknown) = self.converse(ask("paint"), end=())
        self.assertEqual((unknown["result"], unknown["what"]), ("unsupported", "operation"))
        self.assertEqual(unknown["id"], "paint 1")
        self.assertEqual(finished.returncode, 0)


if __name__ == "__main__":
    unittest.main()
