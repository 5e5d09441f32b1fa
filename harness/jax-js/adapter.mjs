// `safetensors.parse` of jax-js, on bytes as a download delivers them.

import { readFileSync } from "node:fs";

import { safetensors } from "@jax-js/loaders";
import { fileContents } from "assay-adapter";

const manifest = new URL("node_modules/@jax-js/loaders/package.json", import.meta.url);

export const IMPLEMENTATION = {
  name: "@jax-js/loaders",
  version: JSON.parse(readFileSync(manifest, "utf8")).version,
  language: "TypeScript",
  lineage: "jax-js",
  homepage: "https://github.com/ekzhang/jax-js",
};

// It makes typed arrays, and half precision has one since Node.js 24 only.
const half = typeof Float16Array === "undefined" ? [] : ["F16"];

export const CAPABILITIES = {
  dtypes: [...half, "F32", "F64", "I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "BOOL"],
};

export function read(path) {
  const { tensors, metadata } = safetensors.parse(fileContents(path));
  return {
    tensors: Object.entries(tensors).map(([name, tensor]) => ({ name, ...tensor })),
    metadata,
  };
}
