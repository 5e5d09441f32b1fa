// `parseSafetensorsMetadata` of huggingface.js: the header only, which it asks the Hub for in
// ranges. A `fetch` of the adapter's plays the server, over one local file.

import { readFileSync } from "node:fs";

import { parseSafetensorsMetadata } from "@huggingface/hub";
import { fileLength, fileRange } from "assay-adapter";

const manifest = new URL("node_modules/@huggingface/hub/package.json", import.meta.url);

export const IMPLEMENTATION = {
  name: "@huggingface/hub",
  version: JSON.parse(readFileSync(manifest, "utf8")).version,
  language: "TypeScript",
  lineage: "huggingface.js",
  homepage: "https://github.com/huggingface/huggingface.js",
};

export const CAPABILITIES = {};

export async function inspect(path) {
  const { header } = await parseSafetensorsMetadata({
    repo: "assay/file",
    path: "model.safetensors",
    fetch: server(path),
  });
  // A header need not be an object for it.
  const entries = Object.entries(header ?? {}).filter(([name]) => name !== "__metadata__");
  return {
    // Nor an entry: what is none is handed on in place of its dtype.
    tensors: entries.map(([name, entry]) =>
      Object(entry) === entry ? { name, dtype: entry.dtype, shape: entry.shape } : { name, dtype: entry, shape: [] },
    ),
    metadata: header?.__metadata__,
  };
}

/** Answers as a server of files does that knows ranges (RFC 9110, 14.1.2). */
function server(path) {
  const length = fileLength(path);
  return async (_url, { headers = {} } = {}) => {
    const range = new Headers(headers).get("Range")?.match(/^bytes=(\d+)-(\d+)$/);
    const [first, last] = range ? range.slice(1).map(Number) : [0, -1];
    if (last < first) {
      // No range, or one that says nothing: it is ignored and all of the file is the answer.
      return new Response(fileRange(path, 0, length), { status: 200, headers: { ETag: '"file"' } });
    }
    if (first >= length) {
      return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${length}` } });
    }
    const end = Math.min(last + 1, length);
    return new Response(fileRange(path, first, end), {
      status: 206,
      headers: { ETag: '"file"', "Content-Range": `bytes ${first}-${end - 1}/${length}` },
    });
  };
}
