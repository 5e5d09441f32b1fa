// Tests of the loop: `node --test harness/lib/js/loop.test.mjs`.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

let folder;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "loop-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const ask = (op, fields = {}) => ({ op, id: `${op} 1`, ...fields });
/** A file that is there; the fake library goes by its name. */
const file = (name) => (writeFileSync(join(folder, name), "a file"), join(folder, name));
const read = (path) => ask("read", { path, length: 0, sha256: "", scratch: join(folder, "scratch") });

function converse(requests, { end = [ask("bye")] } = {}) {
  const hello = ask("hello", { protocol: { min: 1, max: 1 }, inline_limit: 2 });
  const lines = [hello, ...requests, ...end].map((request) => `${JSON.stringify(request)}\n`);
  const adapter = here("testing/noisy_adapter.mjs");
  const finished = spawnSync("sh", [here("../channel.sh"), process.execPath, here("main.mjs"), adapter], {
    input: lines.join(""),
    encoding: "utf8",
  });
  const replies = finished.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return { finished, replies };
}

test("noise stays off the channel", () => {
  const { finished, replies } = converse([read(file("fine"))]);
  assert.deepEqual(replies.map((reply) => reply.result), ["hello", "accept"]);
  assert.equal(finished.status, 0);
  for (const noise of ["while loading", "the stream", "the descriptor", "from a child"]) {
    assert.match(finished.stderr, new RegExp(noise));
  }
});

test("hello introduces the adapter and declares what it exports", () => {
  const [hello] = converse([]).replies;
  assert.equal(hello.id, "hello 1");
  assert.equal(hello.protocol, 1);
  assert.equal(hello.implementation.lineage, "fake");
  assert.deepEqual(hello.capabilities, {
    operations: ["read", "inspect", "get", "slice", "write"],
    metadata: true,
  });
});

test("large contents go to the scratch file and odd values stay JSON", () => {
  const [, accept] = converse([read(file("fine"))]).replies;
  const [first, second, third] = accept.tensors;
  assert.equal(first.name, "\ufffda");
  assert.equal(first.dtype, '{"U8":null}');
  assert.deepEqual(first.shape, [2, 1, 3.5, -1, -1, -1, 10, -1]);
  assert.equal(first.data, "00ff");
  assert.deepEqual([second.scratch, third.scratch], [[0, 5], [5, 4]]);
  assert.deepEqual([second.shape, third.shape], [[5], [-1]]);
  assert.equal(readFileSync(join(folder, "scratch"), "latin1"), "12345\0\0\x80\x3f");
  assert.deepEqual(Object.entries(accept.metadata), [["k", "1"], ["l", "\ufffd"], ["__proto__", "p"]]);
});

test("what the library throws is told apart", () => {
  const paths = ["refused", "memory", "errno", "unsupported"].map(file);
  const [, refused, memory, errno, unsupported] = converse(paths.map(read)).replies;
  assert.equal(refused.result, "reject");
  assert.deepEqual(refused.error, { class: "SyntaxError", message: "no \ufffd good" });
  assert.deepEqual([memory.result, errno.result], ["out_of_memory", "out_of_memory"]);
  assert.deepEqual([unsupported.result, unsupported.what], ["unsupported", "dtype"]);
});

test("an error of the system is a refusal only if the file can be opened", () => {
  const there = join(folder, "there");
  writeFileSync(there, "a file");
  assert.equal(converse([read(there)]).replies[1].result, "reject");
  for (const gone of [read(join(folder, "missing")), read(join(folder, "gone/refused")), ask("get", { path: join(folder, "nothing"), tensor: "t" })]) {
    const { finished, replies } = converse([gone]);
    assert.equal(replies.length, 1);
    assert.notEqual(finished.status, 0);
    assert.match(finished.stderr, /adapter: .*cannot (read|open)/);
  }
});

test("what a library throws behind the caller's back is a crash", () => {
  const { finished, replies } = converse([read(file("later")), read(file("fine"))]);
  assert.equal(replies.length, 1);
  assert.notEqual(finished.status, 0);
  assert.match(finished.stderr, /behind the back/);
});

test("single tensors, parts and headers are asked for in the request's words", () => {
  const file = join(folder, "file");
  writeFileSync(file, "a");
  const scratch = join(folder, "scratch");
  const index = [-1, [null, 4, 2], "..."];
  const [, one, part, header] = converse([
    ask("get", { path: file, tensor: "one", scratch }),
    ask("slice", { path: file, tensor: "t", index, scratch }),
    ask("inspect", { path: file, scratch }),
  ]).replies;
  assert.deepEqual(one.tensors, [{ name: "one", dtype: "U8", shape: [], data: "61" }]);
  assert.equal(part.tensors[0].name, JSON.stringify(index));
  assert.deepEqual(header.tensors, [{ name: "a", dtype: "U8", shape: [1 << 20] }]);
});

test("a task for the writer reaches it with its contents", () => {
  const [task, contents, path] = ["task.json", "contents", "out"].map((name) => join(folder, name));
  const tensors = [
    { name: "a", dtype: "U8", shape: [2], data: [1, 2] },
    { name: "b\u00e9", dtype: "U8", shape: [2, 2], data: [0, 2], strides: [0, 1] },
  ];
  writeFileSync(contents, Buffer.from([7, 8, 9]));
  const write = (metadata) => {
    writeFileSync(task, JSON.stringify({ tensors, metadata }));
    return converse([ask("write", { task, contents, path, scratch: "" })]).replies[1];
  };
  assert.equal(write({ k: "v" }).result, "written");
  const written = JSON.parse(readFileSync(path, "utf8"));
  assert.deepEqual(written.metadata, { k: "v" });
  assert.deepEqual(written.tensors[0], { name: "a", dtype: "U8", shape: [2], data: { 0: 8, 1: 9 }, strides: null });
  assert.deepEqual(written.tensors[1].strides, [0, 1]);
  assert.deepEqual(write(null), { id: "write 1", result: "reject", error: { class: "TypeError", message: "no metadata" } });
});

test("an unknown operation is refused, and the end of input ends it", () => {
  const { finished, replies } = converse([ask("paint"), ask("open_index")], { end: [] });
  assert.deepEqual(replies[1], { id: "paint 1", result: "unsupported", what: "operation" });
  assert.equal(replies[2].what, "operation");
  assert.equal(finished.status, 0);
});

test("without its channel it says so", () => {
  const finished = spawnSync(process.execPath, [here("main.mjs"), here("testing/noisy_adapter.mjs")], {
    input: "",
    encoding: "utf8",
    stdio: "pipe",
  });
  assert.equal(finished.status, 1);
  assert.match(finished.stderr, /channel\.sh/);
});
