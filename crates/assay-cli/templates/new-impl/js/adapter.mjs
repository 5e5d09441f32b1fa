// Drives __NAME__. Add it at an exact version, here in this folder, without addresses in the lock:
//
//     npm install --package-lock-only --save-exact --omit-lockfile-registry-resolved somelibrary

import { fileContents } from "assay-adapter";

// import { parse } from "somelibrary";

export const IMPLEMENTATION = {
  name: "__NAME__", // as the registry has it
  version: "0", // of the package that is installed
  language: "JavaScript",
  lineage: "__NAME__", // whose parser it is
};

// What the library can do; what is not declared is held against it. `dtypes` lists what it was
// seen to deliver, in the format's words; without it, all of them.
export const CAPABILITIES = { metadata: true };

/** The file's tensors and metadata, as the library delivers them. It may be async. */
export function read(path) {
  const contents = fileContents(path);

  // >>> HERE: call the library, and return what it delivered. What it throws is its refusal.
  //
  //     const file = parse(contents);
  //     const tensors = file.tensors.map(({ name, dtype, shape, data }) => ({ name, dtype, shape, data }));
  //     return { tensors, metadata: file.metadata };
  //
  // Until then every answer is wrong: one tensor that no file has.
  const name = "__not written__";
  return { tensors: [{ name, dtype: name, shape: [], data: contents.subarray(0, 1) }] };
  // <<<
}
