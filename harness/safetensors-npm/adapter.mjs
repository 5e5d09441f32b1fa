// The npm package `safetensors`, on bytes as a download delivers them.

import { createRequire } from "node:module";

import { fileContents } from "assay-adapter";

// Its package.json names an ES module that Node does not look for; `main` is what Node users get.
const require = createRequire(import.meta.url);
const { SafeTensor } = require("safetensors");

export const IMPLEMENTATION = {
  name: "safetensors",
  version: require("safetensors/package.json").version,
  language: "JavaScript",
  lineage: "safetensors-npm",
  homepage: "https://www.npmjs.com/package/safetensors",
};

// Dtypes are passed on as they stand. The header's `__metadata__` is no part of what it gives.
export const CAPABILITIES = { metadata: false };

export function read(path) {
  const file = new SafeTensor(fileContents(path));
  return { tensors: Array.from(file.metadata.keys(), (name) => tensor(file, name)) };
}

export function get(path, name) {
  return tensor(new SafeTensor(fileContents(path)), name);
}

function tensor(file, name) {
  const data = file.getTensor(name);
  const { dtype, shape } = file.metadata.get(name);
  return { name, dtype, shape, data };
}
