// The loop of the adapter protocol (harness/PROTOCOL.md) for adapters written
// in C++17 or later: call serve() with an identity and a function that reads a
// file into a View, or with a Library of everything that a library can do. Needs a
// POSIX system and nothing but the standard library.
//
// Of what a function throws, std::bad_alloc is the library's lack of memory
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
#include "assay_task.hpp"

namespace assay_adapter {

constexpr int kProtocol = 1;
// Error texts quote the file; no reader of a report wants more characters.
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
  // The dtypes it writes; empty: those it delivers.
  std::vector<std::string> written_dtypes;
  // It claims that equal tensors give equal bytes.
  bool deterministic_writes = false;
};

// Throw it when the library cannot do this: `dtype`, `limit`, `layout`, `metadata` or `names`,
// and in words.
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

  // A tensor of which only the header was read, in answer to `inspect`.
  template <typename Shape>
  void described(std::string_view name, std::string_view dtype, const Shape& shape) {
    tensor(name, dtype, shape, nullptr, 0);
    tensors_.erase(tensors_.rfind(",\"data\":"));
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
    if (!scratch_.is_open()) {
      const int made = open(scratch_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (made < 0 || close(made) != 0) fail("cannot create " + scratch_path_);
      scratch_.open(scratch_path_, std::ios::binary);
    }
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
using Get = std::function<void(const std::string& path, const std::string& name, View& view)>;
using Write = std::function<void(const std::string& path, const Task& task)>;

// What a library can do; what is set is declared.
struct Library {
  // The file whole.
  Read read;
  // The header only: View::described for each tensor.
  Read inspect;
  // One tensor by its name.
  Get get;
  // Writing a file.
  Write write;
};

namespace detail {

// The real standard output, for replies; what anyone else prints there from now
// on goes to standard error. A library that is linked in has already run its
// static constructors: one that prints in those must be opened by dlopen.
inline std::FILE* take_standard_output() {
  const int channel = fcntl(1, F_DUPFD_CLOEXEC, 3);
  if (channel < 0 || dup2(2, 1) < 0) fail("cannot take standard output");
  return fdopen(channel, "w");
}

// A member of a JSON object with a list of texts, after a comma; nothing if there are none.
inline std::string list(const std::string& key, const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) {
    out += (out.empty() ? ",\"" + key + "\":[" : ",") + json::quoted(text);
  }
  return out.empty() ? out : out + ']';
}

inline std::string hello(const Implementation& it, const Library& library) {
  std::vector<std::string> operations;
  if (library.read) operations.push_back("read");
  if (library.inspect) operations.push_back("inspect");
  if (library.get) operations.push_back("get");
  if (library.write) operations.push_back("write");
  return ",\"result\":\"hello\",\"protocol\":" + std::to_string(kProtocol) +
         ",\"implementation\":{\"name\":" + json::quoted(it.name) +
         ",\"version\":" + json::quoted(it.version) + ",\"language\":" + json::quoted(it.language) +
         ",\"lineage\":" + json::quoted(it.lineage) +
         ",\"homepage\":" + json::quoted(it.homepage) + ",\"runtime\":" + json::quoted(kCompiler) +
         "},\"capabilities\":{\"metadata\":" + (it.metadata ? "true" : "false") +
         list("operations", operations) + list("dtypes", it.dtypes) +
         list("written_dtypes", it.written_dtypes) +
         ",\"deterministic_writes\":" + (it.deterministic_writes ? "true" : "false") + '}';
}

// A message, no longer than reports show; not cut within a character.
inline std::string_view cut(std::string_view message) {
  std::size_t characters = 0;
  for (std::size_t at = 0; at < message.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(message[at]) & 0xC0) != 0x80;
    if (begins && characters++ == kMessageLimit) return message.substr(0, at);
  }
  return message;
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
  return std::string(",\"result\":\"") + result +
         "\",\"error\":{\"class\":" + json::quoted(class_of(error)) +
         ",\"message\":" + json::quoted(cut(error.what())) + '}';
}

// The rest of the reply after its id: what `operation` says, or what it throws.
inline std::string outcome(const std::function<std::string()>& operation) {
  try {
    return operation();
  } catch (const Unsupported& unsupported) {
    return ",\"result\":\"unsupported\",\"what\":" + json::quoted(unsupported.kind) +
           ",\"message\":" + json::quoted(cut(unsupported.what()));
  } catch (const std::bad_alloc& no_memory) {
    return error("out_of_memory", no_memory);
  } catch (const std::exception& refusal) {
    return error("reject", refusal);
  }
}

// The library opens the file itself; that it can be opened is tried before.
inline std::string view(const json::Request& request, std::size_t inline_limit,
                        const std::function<void(View& view)>& fill) {
  const std::string path = request.text("path");
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail("cannot read " + path);
  close(file);
  return outcome([&] {
    View view(inline_limit, request.text("scratch"));
    fill(view);
    return view.json();
  });
}

inline std::string write(const json::Request& request, const Write& library_write) {
  Task task;
  try {
    task = read_task(request.text("task"), request.text("contents"));
  } catch (const std::exception& error) {
    fail(error.what());
  }
  return outcome([&]() -> std::string {
    library_write(request.text("path"), task);
    return ",\"result\":\"written\"";
  });
}

// The rest of the reply to a request of an operation, known or not.
inline std::string answer(const std::string& op, const json::Request& request,
                          std::size_t inline_limit, const Library& library) {
  if (op == "read" && library.read) {
    return view(request, inline_limit, [&](View& it) { library.read(request.text("path"), it); });
  }
  if (op == "inspect" && library.inspect) {
    return view(request, inline_limit, [&](View& it) { library.inspect(request.text("path"), it); });
  }
  if (op == "get" && library.get) {
    return view(request, inline_limit, [&](View& it) {
      library.get(request.text("path"), request.text("tensor"), it);
    });
  }
  if (op == "write" && library.write) return write(request, library.write);
  return ",\"result\":\"unsupported\",\"what\":\"operation\"";
}

}  // namespace detail

// Answers requests until `bye` or the end of standard input.
inline int serve(const Implementation& implementation, const Library& library) {
  std::FILE* channel = detail::take_standard_output();
  std::size_t inline_limit = 0;
  for (std::string line; std::getline(std::cin, line);) {
    const json::Request request(line);
    const std::string op = request.text("op");
    if (op == "bye") break;
    std::string reply = "{\"id\":" + request.raw("id");
    if (op == "hello") {
      inline_limit = std::stoull(request.raw("inline_limit"));
      reply += detail::hello(implementation, library);
    } else {
      reply += detail::answer(op, request, inline_limit, library);
    }
    reply += "}\n";
    std::fwrite(reply.data(), 1, reply.size(), channel);
    if (std::fflush(channel) != 0) fail("the channel is closed");
  }
  return 0;
}

// For a library that only reads.
inline int serve(const Implementation& implementation, const Read& library_read) {
  Library library;
  library.read = library_read;
  return serve(implementation, library);
}

}  // namespace assay_adapter
