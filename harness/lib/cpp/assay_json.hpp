// As much JSON as an adapter needs: the fields of a request, which is one flat
// object on one line written by the harness, and correct text for replies.
#pragma once

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace assay_adapter::json {

// A request's fields, each kept as it was written.
class Request {
 public:
  explicit Request(std::string_view line) {
    std::size_t at = line.find('{') + 1;
    while ((at = line.find('"', at)) != std::string_view::npos) {
      const std::string_view key = value_at(line, at);
      at = line.find_first_not_of(": \t", at + key.size());
      const std::string_view value = value_at(line, at);
      fields_.emplace(key.substr(1, key.size() - 2), value);
      at += value.size();
    }
  }

  // The field as it was written, quotes and escapes included.
  const std::string& raw(const std::string& key) const { return fields_.at(key); }

  // A string field. Of escapes, those of one character that stand for
  // themselves (\" \\ \/) are resolved; the harness writes no others in paths.
  std::string text(const std::string& key) const {
    const std::string& written = raw(key);
    std::string text;
    for (std::size_t at = 1; at + 1 < written.size(); ++at) {
      if (written[at] == '\\') ++at;
      text += written[at];
    }
    return text;
  }

 private:
  // The value that begins at `at`: a string up to its closing quote, an object
  // or array up to its closing bracket, anything else up to a delimiter.
  static std::string_view value_at(std::string_view line, std::size_t at) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t end = at; end < line.size(); ++end) {
      const char c = line[end];
      if (in_string) {
        if (c == '\\') ++end;
        else if (c == '"') in_string = false;
        if (in_string || depth > 0) continue;
        return line.substr(at, end + 1 - at);
      }
      if (c == '"') in_string = true;
      else if (c == '{' || c == '[') ++depth;
      else if (depth == 0 && (c == ',' || c == '}' || c == ' ')) return line.substr(at, end - at);
      else if ((c == '}' || c == ']') && --depth == 0) return line.substr(at, end + 1 - at);
    }
    throw std::runtime_error("the request is no JSON object");
  }

  std::map<std::string, std::string, std::less<>> fields_;
};

inline std::string hex(const char* data, std::size_t length) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(2 * length, '\0');
  for (std::size_t i = 0; i < length; ++i) {
    text[2 * i] = kDigits[static_cast<unsigned char>(data[i]) >> 4];
    text[2 * i + 1] = kDigits[data[i] & 15];
  }
  return text;
}

// Length of the UTF-8 sequence that begins `text`; 0 if it is none.
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool beyond_unicode = lead == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond_unicode ? 0 : length;
}

// A JSON string. Bytes that are no UTF-8 become U+FFFD.
inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text.front();
    if (length == 0) {
      out += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00" + hex(&c, 1);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + '"';
}

}  // namespace assay_adapter::json
