// What a library is to write: the task of a `write` request, which is ordinary JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay_adapter {

namespace json {

// A value of JSON, as much of it as tasks have: null, unsigned integers, strings, arrays and
// objects with their keys in order.
struct Value {
  enum class Kind { null, number, string, array, object } kind = Kind::null;
  std::uint64_t number = 0;
  std::string string;
  std::vector<Value> items;
  std::vector<std::pair<std::string, Value>> members;

  // The member of a key; null if there is none.
  const Value& operator[](std::string_view key) const {
    static const Value null;
    for (const auto& [name, value] : members) {
      if (name == key) return value;
    }
    return null;
  }
};

// Reads one document. Throws std::runtime_error if it is none.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Value document() {
    Value value = any();
    space();
    if (at_ != text_.size()) fail();
    return value;
  }

 private:
  [[noreturn]] void fail() const {
    throw std::runtime_error("the task is no JSON at byte " + std::to_string(at_));
  }

  void space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  bool take(char c) {
    space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Value any() {
    space();
    Value value;
    if (text_.substr(at_, 4) == "null") {
      at_ += 4;
    } else if (take('{')) {
      value.kind = Value::Kind::object;
      for (bool first = true; !take('}'); first = false) {
        if (!first && !take(',')) fail();
        std::string key = string();
        if (!take(':')) fail();
        value.members.emplace_back(std::move(key), any());
      }
    } else if (take('[')) {
      value.kind = Value::Kind::array;
      for (bool first = true; !take(']'); first = false) {
        if (!first && !take(',')) fail();
        value.items.push_back(any());
      }
    } else if (at_ < text_.size() && text_[at_] == '"') {
      value.kind = Value::Kind::string;
      value.string = string();
    } else {
      value.kind = Value::Kind::number;
      const std::size_t end = text_.find_first_not_of("0123456789", at_);
      if (end == at_ || end == text_.npos) fail();
      value.number = std::stoull(std::string(text_.substr(at_, end - at_)));
      at_ = end;
    }
    return value;
  }

  std::string string() {
    if (!take('"')) fail();
    std::string out;
    while (true) {
      if (at_ >= text_.size()) fail();
      const char c = text_[at_++];
      if (c == '"') return out;
      if (c != '\\') {
        out += c;
        continue;
      }
      if (at_ >= text_.size()) fail();
      const char escaped = text_[at_++];
      static constexpr std::string_view kLetters = "bfnrt\"\\/", kMeant = "\b\f\n\r\t\"\\/";
      if (const auto place = kLetters.find(escaped); place != kLetters.npos) {
        out += kMeant[place];
      } else if (escaped == 'u') {
        append(unit(), out);
      } else {
        fail();
      }
    }
  }

  // Four hexadecimal digits.
  std::uint32_t unit() {
    const std::string digits(text_.substr(at_, 4));
    if (digits.size() < 4 || digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos) fail();
    at_ += 4;
    return static_cast<std::uint32_t>(std::stoul(digits, nullptr, 16));
  }

  // A UTF-16 unit, with the one that follows it if it is the first of a pair, as UTF-8.
  void append(std::uint32_t code, std::string& out) {
    if (code >= 0xD800 && code < 0xDC00) {
      if (text_.substr(at_, 2) != "\\u") fail();
      at_ += 2;
      code = 0x10000 + ((code - 0xD800) << 10) + (unit() - 0xDC00);
    }
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | (code >> 6));
      tail(0);
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0 | (code >> 12));
      tail(6), tail(0);
    } else {
      out += static_cast<char>(0xF0 | (code >> 18));
      tail(12), tail(6), tail(0);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace json

// One tensor that the library is to write.
struct InputTensor {
  std::string name;
  // In the format's words.
  std::string dtype;
  // Outermost first.
  std::vector<std::uint64_t> shape;
  // Little-endian; row-major, unless there are strides. Eight-byte aligned.
  std::shared_ptr<std::vector<std::uint64_t>> storage;
  std::size_t length = 0;
  // How many elements lie between neighbours; 0: one element stands for all.
  std::optional<std::vector<std::uint64_t>> strides;

  const char* data() const { return reinterpret_cast<const char*>(storage->data()); }
};

struct Task {
  std::vector<InputTensor> tensors;
  std::optional<std::map<std::string, std::string>> metadata;
};

namespace detail {

inline std::string file_contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::vector<std::uint64_t> numbers(const json::Value& array) {
  std::vector<std::uint64_t> all;
  for (const json::Value& item : array.items) all.push_back(item.number);
  return all;
}

inline Task read_task(const std::string& task_path, const std::string& contents_path) {
  const std::string text = file_contents(task_path), contents = file_contents(contents_path);
  const json::Value document = json::Parser(text).document();
  Task task;
  for (const json::Value& of : document["tensors"].items) {
    InputTensor tensor;
    tensor.name = of["name"].string;
    tensor.dtype = of["dtype"].string;
    tensor.shape = numbers(of["shape"]);
    const std::vector<std::uint64_t> range = numbers(of["data"]);
    tensor.length = range.at(1);
    tensor.storage = std::make_shared<std::vector<std::uint64_t>>(tensor.length / 8 + 1);
    const std::string bytes = contents.substr(range.at(0), range.at(1));
    if (bytes.size() != tensor.length) throw std::runtime_error("the task's contents are not there");
    bytes.copy(reinterpret_cast<char*>(tensor.storage->data()), bytes.size());
    if (of["strides"].kind == json::Value::Kind::array) tensor.strides = numbers(of["strides"]);
    task.tensors.push_back(std::move(tensor));
  }
  if (document["metadata"].kind == json::Value::Kind::object) {
    task.metadata.emplace();
    for (const auto& [key, value] : document["metadata"].members) (*task.metadata)[key] = value.string;
  }
  return task;
}

}  // namespace detail
}  // namespace assay_adapter
