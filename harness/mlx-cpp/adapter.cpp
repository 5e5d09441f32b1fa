// Drives MLX through its C++ library: load_safetensors, evaluated on the CPU, and
// save_safetensors. Loading reads the header; contents come when an array is evaluated.

#include <map>
#include <string>
#include <unordered_map>
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

void inspect_file(const std::string& path, assay_adapter::View& view) {
  auto [tensors, metadata] = mx::load_safetensors(path);
  for (auto& [name, loaded] : tensors) view.described(name, dtype_name(loaded.dtype()), loaded.shape());
  for (const auto& [key, value] : metadata) view.metadata(key, value);
}

void get_tensor(const std::string& path, const std::string& name, assay_adapter::View& view) {
  auto [tensors, metadata] = mx::load_safetensors(path);
  mx::array array = mx::contiguous(tensors.at(name));
  array.eval();
  view.tensor(name, dtype_name(array.dtype()), array.shape(), array.data<char>(), array.nbytes());
}

// MLX's dtype for the format's word; it has none for F8.
mx::Dtype dtype_of(const std::string& word) {
  static const std::map<std::string, mx::Dtype> dtypes = {
      {"BOOL", mx::bool_}, {"U8", mx::uint8}, {"U16", mx::uint16}, {"U32", mx::uint32},
      {"U64", mx::uint64}, {"I8", mx::int8}, {"I16", mx::int16}, {"I32", mx::int32},
      {"I64", mx::int64}, {"F16", mx::float16}, {"BF16", mx::bfloat16}, {"F32", mx::float32},
      {"F64", mx::float64}, {"C64", mx::complex64}};
  const auto found = dtypes.find(word);
  if (found == dtypes.end()) throw assay_adapter::Unsupported("dtype", "no " + word + " in MLX");
  return found->second;
}

// An array over the tensor's bytes, which the deleter keeps, and a view of it if there are strides.
mx::array array_of(const assay_adapter::InputTensor& tensor) {
  const mx::Dtype dtype = dtype_of(tensor.dtype);
  const auto elements = static_cast<mx::ShapeElem>(tensor.length / dtype.size());
  mx::Shape shape(tensor.shape.begin(), tensor.shape.end());
  auto storage = tensor.storage;
  const mx::array flat(storage->data(), mx::Shape{elements}, dtype, [storage](void*) {});
  if (!tensor.strides) return mx::reshape(flat, shape);
  return mx::as_strided(flat, shape, mx::Strides(tensor.strides->begin(), tensor.strides->end()), 0);
}

void write_file(const std::string& path, const assay_adapter::Task& task) {
  std::unordered_map<std::string, mx::array> arrays;
  for (const auto& tensor : task.tensors) {
    if (!arrays.emplace(tensor.name, array_of(tensor)).second) {
      throw assay_adapter::Unsupported("names", "tensors are handed over in a map");
    }
  }
  const auto metadata = task.metadata.value_or(std::map<std::string, std::string>());
  mx::save_safetensors(path, arrays, {metadata.begin(), metadata.end()});
}

int main() {
  const assay_adapter::Implementation mlx = {
      "mlx", mx::version(), "C++", "mlx", "https://github.com/ml-explore/mlx",
      {"BOOL", "U8", "U16", "U32", "U64", "I8", "I16", "I32", "I64", "F8_E4M3", "F8_E8M0",
       "F16", "BF16", "F32", "C64"},
      true,
      {"BOOL", "U8", "U16", "U32", "U64", "I8", "I16", "I32", "I64", "F16", "BF16", "F32", "C64"},
  };
  return assay_adapter::serve(mlx, assay_adapter::Library{read_file, inspect_file, get_tensor, write_file});
}
