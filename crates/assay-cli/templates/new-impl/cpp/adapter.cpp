// Drives __NAME__.

#include <string>
#include <vector>

#include "assay_adapter.hpp"

// #include <somelibrary.hpp>

// Adds the file's tensors and metadata to the view, as the library delivers them.
void read_file(const std::string& path, assay_adapter::View& view) {
  // >>> HERE: call the library, and add what it delivered. What it throws is its refusal.
  //
  //     for (const auto& t : somelibrary::load(path)) {
  //       view.tensor(t.name, t.dtype, t.shape, t.data, t.length);
  //     }
  //
  // Until then every answer is wrong: one tensor that no file has.
  const std::vector<int> shape;
  view.tensor("__not written__", "__not written__", shape, path.data(), 1);
  // <<<
}

int main() {
  // Name (as its registry has it), version, language, lineage (whose parser it is), homepage. What
  // is not declared is held against the library: a list of dtypes, in the format's words, may
  // follow, and whether it reports metadata.
  const assay_adapter::Implementation implementation = {
      "__NAME__", "0", "C++", "__NAME__", "https://example.org",
  };
  return assay_adapter::serve(implementation, read_file);
}
