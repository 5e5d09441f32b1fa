// The reader of Netron, the viewer of models: its modules as they come in the Python wheel. What a
// viewer's window would hand to them, a context over one file, is here.

import { readdirSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";

import { fileContents } from "assay-adapter";

import * as base from "./wheel/netron/base.js";
import * as json from "./wheel/netron/json.js";
import { ModelFactory } from "./wheel/netron/safetensors.js";

export const IMPLEMENTATION = {
  name: "netron",
  version: version(),
  language: "JavaScript",
  lineage: "netron",
  homepage: "https://github.com/lutzroeder/netron",
};

/** Netron's names of types, and the format's. */
const DTYPES = new Map([
  ["boolean", "BOOL"],
  ["int8", "I8"],
  ["int16", "I16"],
  ["int32", "I32"],
  ["int64", "I64"],
  ["uint8", "U8"],
  ["uint16", "U16"],
  ["uint32", "U32"],
  ["uint64", "U64"],
  ["bfloat16", "BF16"],
  ["float16", "F16"],
  ["float32", "F32"],
  ["float64", "F64"],
  ["float8e4m3fn", "F8_E4M3"],
  ["float8e5m2", "F8_E5M2"],
  ["float8e8m0", "F8_E8M0"],
]);

// It skips the header's `__metadata__`.
export const CAPABILITIES = { dtypes: [...DTYPES.values()], metadata: false };

export async function read(path) {
  const factory = new ModelFactory();
  const context = new FileContext(path);
  await factory.match(context);
  if (context.type === undefined) {
    throw new Error("it is no Safetensors file for ModelFactory.match");
  }
  const model = await factory.open(context);
  const nodes = model.modules.flatMap((module) => module.nodes);
  const values = nodes.flatMap((node) => node.inputs).flatMap((input) => input.value);
  return { tensors: values.map(tensor) };
}

/** An index is opened as a file is, and Netron asks for the shards. */
export const open_index = read;

function tensor({ name, type, initializer }) {
  return {
    name,
    dtype: DTYPES.get(type.dataType) ?? type.dataType,
    shape: type.shape.dimensions,
    data: initializer.values,
  };
}

/** One file, as Netron's window for files that were dropped into it (`browser.js`) offers it. */
class FileContext {
  constructor(path) {
    this.path = path;
    this.identifier = basename(path);
    this.stream = new base.BinaryStream(fileContents(path));
  }

  set(type, value) {
    this.type = type;
    this.value = value;
    return type;
  }

  /** The file as JSON, if it is that. */
  async peek(type) {
    if (type !== "json") {
      return undefined;
    }
    try {
      return json.TextReader.open(this.stream)?.read();
    } catch {
      return undefined;
    }
  }

  /** A file beside this one, by whatever name Netron asks for. */
  async fetch(name) {
    const path = resolve(dirname(this.path), name);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
      // Netron waits for its window to say so, in its own words; these are the adapter's.
      throw new Error(`adapter: no file '${name}'`);
    }
    return new FileContext(path);
  }
}

function version() {
  const folders = readdirSync(new URL("wheel/", import.meta.url));
  const found = folders.map((name) => name.match(/^netron-(.*)\.dist-info$/)).find(Boolean);
  return found[1];
}
