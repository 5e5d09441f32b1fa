/**
 * What an adapter written in JavaScript hands to the loop in `main.mjs`.
 *
 * An adapter is one ES module. It exports `IMPLEMENTATION` and `CAPABILITIES` (the objects of those
 * names in `harness/PROTOCOL.md`) and, of these functions, those that the library can do; the loop
 * declares what is there. All of them may be async.
 *
 *     read(path)              -> { tensors, metadata }   the whole file
 *     inspect(path)           -> { tensors, metadata }   the header only: tensors without `data`
 *     get(path, name)         -> tensor                  one tensor by its name
 *     slice(path, name, index) -> tensor                 a part; `index` as in the request
 *     open_index(path)        -> { tensors }             all shards of a model
 *     write(path, tensors, metadata)                     `tensors` a list of InputTensor
 *
 * A tensor is `{ name, dtype, shape, data }`: the dtype in the format's words (anything but a
 * string is sent as its JSON text), the shape outermost first, `data` an ArrayBuffer or a view of
 * one (Uint8Array, Float32Array, …) with little-endian, row-major contents. `metadata` is an
 * object, or null or absent.
 *
 * An InputTensor is `{ name, dtype, shape, data, strides }`, `data` a Uint8Array and `strides` an
 * array of numbers of elements, or null.
 *
 * What the functions throw is the library's refusal, except `Unsupported`.
 */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** Throw it when the library cannot do this; it says nothing about the file. */
export class Unsupported extends Error {
  /**
   * @param {"dtype" | "limit" | "index" | "layout" | "metadata"} what
   * @param {string} message
   */
  constructor(what, message) {
    super(message);
    this.name = "Unsupported";
    this.what = what;
  }
}

/** A file could not be read: the harness's fault and no word of the library. It ends the adapter. */
export class AdapterFailure extends Error {}

/** One call of the system reads no more than this. */
const LARGEST_READ = 1 << 30;

/**
 * All bytes of a file, in an ArrayBuffer of their own, as a download delivers them. (`readFileSync`
 * puts small files into the middle of a shared buffer, which libraries that look at
 * `bytes.buffer` do not expect.)
 *
 * @param {string} path
 * @returns {Uint8Array}
 */
export function fileContents(path) {
  const file = openFile(path);
  try {
    const bytes = new Uint8Array(fstatSync(file).size);
    fill(file, bytes, 0, path);
    return bytes;
  } finally {
    closeSync(file);
  }
}

/**
 * A range of a file, for libraries that ask for parts; shorter where the file ends.
 *
 * @param {string} path
 * @param {number} start
 * @param {number} end
 * @returns {Uint8Array}
 */
export function fileRange(path, start, end) {
  const file = openFile(path);
  try {
    const length = Math.max(0, Math.min(end, fstatSync(file).size) - start);
    const bytes = new Uint8Array(length);
    fill(file, bytes, start, path);
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** @param {string} path */
export function fileLength(path) {
  const file = openFile(path);
  try {
    return fstatSync(file).size;
  } finally {
    closeSync(file);
  }
}

function openFile(path) {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new AdapterFailure(`cannot open ${path}: ${error.message}`);
  }
}

function fill(file, bytes, start, path) {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(bytes.length - done, LARGEST_READ);
    const read = readSync(file, bytes, done, length, start + done);
    if (read === 0) {
      throw new AdapterFailure(`${path} ended after ${start + done} bytes`);
    }
    done += read;
  }
}
