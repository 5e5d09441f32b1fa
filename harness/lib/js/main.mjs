/**
 * The loop of the adapter protocol (`harness/PROTOCOL.md`) for adapters in JavaScript:
 *
 *     sh channel.sh node main.mjs ADAPTER.mjs
 *
 * Node 20 or newer. The channel is taken before the adapter, and with it the library, is loaded.
 * What a function of the adapter throws is the library's refusal, told apart from want of memory
 * and from a file that the loop cannot open either, which is the harness's fault and ends the process. What
 * goes wrong elsewhere ends it too.
 */

import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

import { AdapterFailure, fileRange, Unsupported } from "./adapter.mjs";
import { requests, send, takeChannel } from "./channel.mjs";
import { accept, contents, cut, refusal, Scratch } from "./reply.mjs";

const PROTOCOL = 1;
/** The functions that an adapter may export, in the order in which they are declared. */
const OPERATIONS = ["read", "inspect", "get", "slice", "open_index", "write"];

class Loop {
  constructor(adapter) {
    this.adapter = adapter;
    this.operations = OPERATIONS.filter((name) => typeof adapter[name] === "function");
    this.inlineLimit = 0;
  }

  async answer(request) {
    if (request.op === "hello") {
      this.inlineLimit = request.inline_limit;
      return this.hello();
    }
    if (!this.operations.includes(request.op)) {
      return { result: "unsupported", what: "operation" };
    }
    return request.op === "write" ? this.write(request) : this.view(request);
  }

  hello() {
    return {
      result: "hello",
      protocol: PROTOCOL,
      implementation: { runtime: `Node.js ${process.version}`, ...this.adapter.IMPLEMENTATION },
      capabilities: { operations: this.operations, ...this.adapter.CAPABILITIES },
    };
  }

  /** Answers whatever delivers tensors. */
  async view(request) {
    let delivered;
    try {
      delivered = await this.ask(request);
    } catch (error) {
      return failure(error, request.path);
    }
    if (request.op === "inspect") {
      return accept(delivered, () => ({}));
    }
    const scratch = new Scratch(request.scratch);
    try {
      return accept(delivered, (data) => contents(data, this.inlineLimit, scratch));
    } finally {
      scratch.close();
    }
  }

  async ask({ op, path, tensor, index }) {
    switch (op) {
      case "get":
        return { tensors: [await this.adapter.get(path, tensor)] };
      case "slice":
        return { tensors: [await this.adapter.slice(path, tensor, index)] };
      default:
        return this.adapter[op](path);
    }
  }

  async write(request) {
    const { tensors, metadata } = writeTask(request);
    try {
      await this.adapter.write(request.path, tensors, metadata);
    } catch (error) {
      return failure(error, request.task);
    }
    return { result: "written" };
  }
}

/** The tensors that a `write` request wants written, with their contents. */
function writeTask({ task, contents: source }) {
  const { tensors, metadata } = JSON.parse(readFileSync(task, "utf8"));
  const inputs = tensors.map(({ name, dtype, shape, data: [offset, length], strides }) => ({
    name,
    dtype,
    shape,
    data: wholeRange(source, offset, length),
    strides: strides ?? null,
  }));
  return { tensors: inputs, metadata };
}

function wholeRange(path, offset, length) {
  const bytes = fileRange(path, offset, offset + length);
  if (bytes.length !== length) {
    throw new AdapterFailure(`${path} ends before byte ${offset + length}`);
  }
  return bytes;
}

function failure(error, file) {
  if (error instanceof Unsupported) {
    return { result: "unsupported", what: error.what, message: cut(error.message) };
  }
  if (error instanceof AdapterFailure) {
    throw error;
  }
  const reply = refusal(error);
  if (reply.result === "reject") {
    checkThatItOpens(file, error);
  }
  return reply;
}

/** A library that opens files itself may have failed at that, which is no word on the file. */
function checkThatItOpens(file, error) {
  try {
    closeSync(openSync(file, "r"));
  } catch {
    throw new AdapterFailure(`cannot read ${file}: ${error?.message ?? error}`);
  }
}

async function main(adapterPath) {
  const channel = takeChannel();
  const loop = new Loop(await import(pathToFileURL(path.resolve(adapterPath))));
  for (const line of requests()) {
    const request = JSON.parse(line);
    if (request.op === "bye") {
      return;
    }
    send(channel, JSON.stringify({ id: request.id, ...(await loop.answer(request)) }));
  }
}

try {
  await main(process.argv[2]);
  process.exit(0); // whatever timers a library may have left
} catch (error) {
  process.stderr.write(`adapter: ${error.stack}\n`);
  process.exit(1);
}
