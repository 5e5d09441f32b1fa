/**
 * The two ends of the channel: requests on standard input, replies on the descriptor that
 * `ASSAY_CHANNEL` names.
 *
 * Node cannot duplicate descriptors, so `channel.sh` starts it with the real standard output on
 * another one and descriptor 1 pointed at standard error: whatever a library prints, through
 * `console`, `process.stdout`, `fs` or native code, stays off the channel. Both ends are read and
 * written with blocking calls on descriptors, never through Node's streams: a reply has left when
 * `send` returns, and no byte waits in a stream of a process that dies.
 */

import { readSync, writeSync } from "node:fs";
import { env } from "node:process";

const NEWLINE = 0x0a;

/** The descriptor for replies; fails in words when this was not started through `channel.sh`. */
export function takeChannel() {
  const descriptor = Number.parseInt(env.ASSAY_CHANNEL ?? "", 10);
  if (Number.isNaN(descriptor)) {
    throw new Error("ASSAY_CHANNEL is not set: start this as `sh harness/lib/channel.sh node …`");
  }
  return descriptor;
}

/** Sends one reply. */
export function send(channel, reply) {
  const bytes = Buffer.from(`${reply}\n`, "utf8");
  let sent = 0;
  while (sent < bytes.length) {
    sent += patiently(() => writeSync(channel, bytes, sent));
  }
}

/** The lines of standard input, one after the other, as bytes come. */
export function* requests() {
  const piece = Buffer.alloc(1 << 16);
  let pending = Buffer.alloc(0);
  for (;;) {
    const length = patiently(() => readSync(0, piece));
    if (length === 0) {
      return;
    }
    pending = Buffer.concat([pending, piece.subarray(0, length)]);
    for (let end = pending.indexOf(NEWLINE); end >= 0; end = pending.indexOf(NEWLINE)) {
      yield pending.toString("utf8", 0, end);
      pending = pending.subarray(end + 1);
    }
  }
}

/** Calls again while the other side is not ready, should a descriptor not block. */
function patiently(call) {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (error.code === "EOF") {
        return 0;
      }
      if (error.code !== "EAGAIN") {
        throw error;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
