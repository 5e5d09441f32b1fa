/** Makes replies of what a library delivered. Nothing here looks into a file or judges anything. */

import { closeSync, openSync, writeSync } from "node:fs";

/** Error texts quote the file; no reader of a report wants more characters. */
const MESSAGE_LIMIT = 4096;

/** The file for large contents, created when the first of them comes. */
export class Scratch {
  constructor(path) {
    this.path = path;
    this.file = null;
    this.length = 0;
  }

  append(bytes) {
    this.file ??= openSync(this.path, "wx");
    const offset = this.length;
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.file, bytes, done, Math.min(bytes.length - done, 1 << 30));
    }
    this.length += bytes.length;
    return [offset, bytes.length];
  }

  close() {
    if (this.file !== null) {
      closeSync(this.file);
    }
  }
}

/** The reply's members for a file that the library took. */
export function accept({ tensors, metadata }, contentsOf) {
  const reply = { result: "accept", tensors: Array.from(tensors, (one) => tensor(one, contentsOf)) };
  if (metadata !== null && metadata !== undefined) {
    reply.metadata = metadataReply(metadata);
  }
  return reply;
}

/** The members that carry a tensor's contents. */
export function contents(data, inlineLimit, scratch) {
  if (data === undefined || data === null) {
    return {}; // accepted, but the library has no contents for it
  }
  const bytes = bytesOf(data);
  if (bytes.length > inlineLimit) {
    return { scratch: scratch.append(bytes) };
  }
  return { data: bytes.toString("hex") };
}

function tensor({ name, dtype, shape, data }, contentsOf) {
  return {
    name: text(String(name)),
    dtype: text(typeof dtype === "string" ? dtype : jsonText(dtype)),
    shape: dimensions(shape),
    ...contentsOf(data),
  };
}

function bytesOf(data) {
  if (ArrayBuffer.isView(data)) {
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) {
    return Buffer.from(data);
  }
  // Not a word of the library: the adapter handed over something that holds no bytes.
  throw new TypeError(`adapter: contents are of type ${typeof data}, not bytes`);
}

/** A library without types may deliver a shape that is no list: that can only be wrong. */
function dimensions(shape) {
  return Array.isArray(shape) || ArrayBuffer.isView(shape) ? Array.from(shape, dimension) : [-1];
}

/** A dimension's JSON; what is no finite number is -1, a boolean 0 or 1. */
function dimension(value) {
  if (typeof value === "boolean") {
    return Number(value);
  }
  if (typeof value === "bigint") {
    value = Number(value);
  }
  return Number.isFinite(value) ? value : -1;
}

/** Values that are no strings are sent as their JSON text; so is metadata that is no map. */
function metadataReply(metadata) {
  const isMap = typeof metadata === "object" && !Array.isArray(metadata);
  const pairs = isMap ? Object.entries(metadata) : [["", metadata]];
  // Not by assignment: `__proto__` is a key like any other.
  return Object.fromEntries(
    pairs.map(([key, value]) => [text(key), text(typeof value === "string" ? value : jsonText(value))]),
  );
}

/** The reply's members for what a call of the library threw. */
export function refusal(error) {
  if (isOutOfMemory(error)) {
    return { result: "out_of_memory", error: errorReply(error) };
  }
  return { result: "reject", error: errorReply(error) };
}

/** V8 tells want of memory for contents by these words; want of heap ends the process. */
function isOutOfMemory(error) {
  return error?.code === "ENOMEM" || (error instanceof RangeError && /allocation failed/i.test(error.message));
}

function errorReply(error) {
  const isError = error instanceof Error;
  const name = isError ? error.name || error.constructor.name || "Error" : typeof error;
  const message = isError ? error.message : String(error);
  return { class: text(name), message: cut(message) };
}

/** A message, no longer than reports show. */
export function cut(message) {
  return text(String(message).slice(0, MESSAGE_LIMIT));
}

function jsonText(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Nested deeper than the stack is long, or a number of a kind that JSON lacks.
    return typeof value === "bigint" ? String(value) : typeof value;
  }
}

/** Surrogates that stand alone, which no UTF-8 can carry, become U+FFFD. */
export function text(value) {
  return value.toWellFormed();
}
