// Drives MLX through its C++ library: load_safetensors, evaluated on the CPU.

#include <string>
#include <vector>

#include "assay_adapter.hpp"
#include "mlx/mlx.h"

namespace mx = mlx::core;

// The format's word for the dtype MLX delivers. MLX has no F8 and reads F8_E4M3
// and F8_E8M0 as uint8, which is then what it delivered. It has float64 but does
// not load F64.
std::string dtype_name(mx::Dtype dtype) {
  switch (dtype.val()) {
    case mx::Dtype::Val::bool_: return "BOOL";
    case mx::Dtype::Val::uint8: return "U8";
    case mx::Dtype::Val::uint16: return "U16";
    case mx::Dtype::Val::uint32: return "U32";
    case mx::Dtype::Val::uint64: return "U64";
    case mx::Dtype::Val::int8: return "I8";
    case mx::Dtype::Val::int16: return "I16";
    case mx::Dtype::Val::int32: return "I32";
    case mx::Dtype::Val::int64: return "I64";
    case mx::Dtype::Val::float16: return "F16";
    case mx::Dtype::Val::float32: return "F32";
    case mx::Dtype::Val::float64: return "F64";
    case mx::Dtype::Val::bfloat16: return "BF16";
    case mx::Dtype::Val::complex64: return "C64";
  }
  throw assay_adapter::Unsupported("dtype", "a dtype of MLX that this adapter does not know");
}

void read_file(const std::string& path, assay_adapter::View& view) {
  auto [tensors, metadata] = mx::load_safetensors(path);
  for (auto& [name, loaded] : tensors) {
    mx::array array = mx::contiguous(loaded);
    array.eval();
    view.tensor(name, dtype_name(array.dtype()), array.shape(), array.data<char>(), array.nbytes());
  }
  for (const auto& [key, value] : metadata) view.metadata(key, value);
}

int main() {
  const assay_adapter::Implementation mlx = {
      "mlx", mx::version(), "C++", "mlx", "https://github.com/ml-explore/mlx",
      {"BOOL", "U8", "U16", "U32", "U64", "I8", "I16", "I32", "I64", "F8_E4M3", "F8_E8M0",
       "F16", "BF16", "F32", "C64"},
  };
  return assay_adapter::serve(mlx, read_file);
}
