// The loop of the adapter protocol (harness/PROTOCOL.md) for adapters written
// in C++17 or later: call serve() with an identity and a function that reads a
// file into a View. Needs a POSIX system and nothing but the standard library.
//
// Of what the function throws, std::bad_alloc is the library's lack of memory
// and any other std::exception its refusal. Everything else stays a crash.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include <cxxabi.h>
#include <fcntl.h>
#include <unistd.h>

#include "assay_json.hpp"

namespace assay_adapter {

constexpr int kProtocol = 1;
// Error texts quote the file; no reader of a report wants more bytes.
constexpr std::size_t kMessageLimit = 4096;

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "gcc " __VERSION__;
#endif

// What is driven, and what it can do.
struct Implementation {
  std::string name, version, language, lineage, homepage;
  // The dtypes it delivers, as files spell them; empty: all.
  std::vector<std::string> dtypes;
  bool metadata = true;
};

// Throw it when the library cannot do this: `dtype` or `limit`, and in words.
struct Unsupported : std::runtime_error {
  Unsupported(std::string what, const std::string& message)
      : std::runtime_error(message), kind(std::move(what)) {}
  std::string kind;
};

// Something that is not the library's is broken; ends the program.
[[noreturn]] inline void fail(const std::string& message) {
  std::fprintf(stderr, "adapter: %s\n", message.c_str());
  std::exit(1);
}

// A file as the library sees it. Contents are written out as they are added, so
// they need not outlive the call.
class View {
 public:
  View(std::size_t inline_limit, std::string scratch_path)
      : inline_limit_(inline_limit), scratch_path_(std::move(scratch_path)) {}

  // `dtype` in the format's words; `data` little-endian and row-major.
  template <typename Shape>
  void tensor(std::string_view name, std::string_view dtype, const Shape& shape, const void* data,
              std::size_t length) {
    tensors_ += tensors_.empty() ? "{\"name\":" : ",{\"name\":";
    tensors_ += json::quoted(name) + ",\"dtype\":" + json::quoted(dtype) + ",\"shape\":[";
    const char* comma = "";
    for (const auto& dimension : shape) {
      tensors_ += comma + std::to_string(dimension);
      comma = ",";
    }
    tensors_ += "],";
    contents(static_cast<const char*>(data), length);
    tensors_ += '}';
  }

  void metadata(std::string_view key, std::string_view value) {
    metadata_ += metadata_.empty() ? "" : ",";
    metadata_ += json::quoted(key) + ':' + json::quoted(value);
  }

  // The rest of the reply after its id. Without metadata there is no such field:
  // a C++ map does not tell none from an empty one.
  std::string json() {
    if (scratch_.is_open()) {
      scratch_.close();
      if (!scratch_) fail("cannot write " + scratch_path_);
    }
    const std::string metadata = metadata_.empty() ? "" : ",\"metadata\":{" + metadata_ + '}';
    return ",\"result\":\"accept\",\"tensors\":[" + tensors_ + ']' + metadata;
  }

 private:
  void contents(const char* data, std::size_t length) {
    if (length <= inline_limit_) {
      tensors_ += "\"data\":\"" + json::hex(data, length) + '"';
      return;
    }
    if (!scratch_.is_open()) scratch_.open(scratch_path_, std::ios::binary | std::ios::trunc);
    if (!scratch_.write(data, static_cast<std::streamsize>(length))) {
      fail("cannot write " + scratch_path_);
    }
    tensors_ +=
        "\"scratch\":[" + std::to_string(scratch_length_) + ',' + std::to_string(length) + ']';
    scratch_length_ += length;
  }

  std::size_t inline_limit_, scratch_length_ = 0;
  std::string scratch_path_, tensors_, metadata_;
  std::ofstream scratch_;
};

using Read = std::function<void(const std::string& path, View& view)>;

namespace detail {

// The real standard output, for replies; what anyone else prints there from now
// on goes to standard error. A library that is linked in has already run its
// static constructors: one that prints in those must be opened by dlopen.
inline std::FILE* take_standard_output() {
  const int channel = fcntl(1, F_DUPFD_CLOEXEC, 3);
  if (channel < 0 || dup2(2, 1) < 0) fail("cannot take standard output");
  return fdopen(channel, "w");
}

inline std::string hello(const Implementation& it) {
  std::string dtypes;
  for (const auto& dtype : it.dtypes) {
    dtypes += (dtypes.empty() ? ",\"dtypes\":[" : ",") + json::quoted(dtype);
  }
  if (!dtypes.empty()) dtypes += ']';
  return ",\"result\":\"hello\",\"protocol\":" + std::to_string(kProtocol) +
         ",\"implementation\":{\"name\":" + json::quoted(it.name) +
         ",\"version\":" + json::quoted(it.version) + ",\"language\":" + json::quoted(it.language) +
         ",\"lineage\":" + json::quoted(it.lineage) +
         ",\"homepage\":" + json::quoted(it.homepage) + ",\"runtime\":" + json::quoted(kCompiler) +
         "},\"capabilities\":{\"operations\":[\"read\"]" + dtypes +
         ",\"metadata\":" + (it.metadata ? "true" : "false") + '}';
}

// The dynamic type of the exception, as people write it.
inline std::string class_of(const std::exception& error) {
  int status = 0;
  char* readable = abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? readable : typeid(error).name();
  std::free(readable);
  return name;
}

inline std::string error(const char* result, const std::exception& error) {
  const auto message = std::string_view(error.what()).substr(0, kMessageLimit);
  return std::string(",\"result\":\"") + result +
         "\",\"error\":{\"class\":" + json::quoted(class_of(error)) +
         ",\"message\":" + json::quoted(message) + '}';
}

inline std::string read(const Read& library_read, const json::Request& request,
                        std::size_t inline_limit) {
  try {
    View view(inline_limit, request.text("scratch"));
    library_read(request.text("path"), view);
    return view.json();
  } catch (const Unsupported& unsupported) {
    return ",\"result\":\"unsupported\",\"what\":" + json::quoted(unsupported.kind) +
           ",\"message\":" + json::quoted(unsupported.what());
  } catch (const std::bad_alloc& no_memory) {
    return error("out_of_memory", no_memory);
  } catch (const std::exception& refusal) {
    return error("reject", refusal);
  }
}

}  // namespace detail

// Answers requests until `bye` or the end of standard input.
inline int serve(const Implementation& implementation, const Read& library_read) {
  std::FILE* channel = detail::take_standard_output();
  std::size_t inline_limit = 0;
  for (std::string line; std::getline(std::cin, line);) {
    const json::Request request(line);
    const std::string op = request.text("op");
    if (op == "bye") break;
    std::string reply = "{\"id\":" + request.raw("id");
    if (op == "hello") {
      inline_limit = std::stoull(request.raw("inline_limit"));
      reply += detail::hello(implementation);
    } else if (op == "read") {
      reply += detail::read(library_read, request, inline_limit);
    } else {
      reply += ",\"result\":\"unsupported\",\"what\":\"operation\"";
    }
    reply += "}\n";
    std::fwrite(reply.data(), 1, reply.size(), channel);
    if (std::fflush(channel) != 0) fail("the channel is closed");
  }
  return 0;
}

}  // namespace assay_adapter
