// Fake adapter of the loop's tests: it prints wherever it can and does what the path asks for.

import { execFileSync } from "node:child_process";
import { writeFileSync, writeSync } from "node:fs";

import { fileContents, Unsupported } from "../adapter.mjs";

console.log("noise while loading");

export const IMPLEMENTATION = { name: "fake", version: "1", language: "JavaScript", lineage: "fake" };
export const CAPABILITIES = { metadata: true };

export async function read(path) {
  process.stdout.write("noise through the stream\n");
  writeSync(1, "noise through the descriptor\n");
  execFileSync("echo", ["noise from a child"], { stdio: "inherit" });
  if (path.endsWith("/refused")) {
    throw new SyntaxError("no \udc80 good");
  }
  if (path.endsWith("/memory")) {
    return new ArrayBuffer(2 ** 50);
  }
  if (path.endsWith("/errno")) {
    throw Object.assign(new Error("Cannot allocate memory"), { code: "ENOMEM", syscall: "mmap" });
  }
  if (path.endsWith("/missing") || path.endsWith("/there")) {
    throw Object.assign(new Error("could not do it"), { code: "EINVAL", syscall: "read" });
  }
  if (path.endsWith("/unsupported")) {
    throw new Unsupported("dtype", "no F4 here");
  }
  if (path.endsWith("/later")) {
    setTimeout(() => {
      throw new Error("behind the back");
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const shape = [2, true, 3.5, null, "4", Infinity, 10n, -1];
  return {
    tensors: [
      { name: "\ud800a", dtype: { U8: null }, shape, data: new Uint8Array([0, 255]) },
      { name: "b", dtype: "U8", shape: Uint8Array.of(5), data: Buffer.from("12345") },
      { name: "c", dtype: "F32", shape: "none", data: new Float32Array([1]) },
    ],
    metadata: JSON.parse('{"k": 1, "l": "\\ude00", "__proto__": "p"}'),
  };
}

export function get(path, name) {
  return { name, dtype: "U8", shape: [], data: fileContents(path) };
}

export function slice(path, name, index) {
  return { name: JSON.stringify(index), dtype: "U8", shape: [1], data: Buffer.from(name) };
}

export function inspect() {
  return { tensors: [{ name: "a", dtype: "U8", shape: [1 << 20] }] };
}

export function write(path, tensors, metadata) {
  if (metadata === null) {
    throw new TypeError("no metadata");
  }
  writeFileSync(path, JSON.stringify({ tensors, metadata }));
}
