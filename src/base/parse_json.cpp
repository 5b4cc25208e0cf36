#include "base/parse_json.hpp"

#include "base/fail.hpp"

namespace retrograd {

void check_json_nesting(std::string_view text, const std::string& name) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMostJsonNesting)
        fail("{}: at byte {} its brackets nest deeper than {}, which nothing written by this program does", name, i + 1,
             kMostJsonNesting);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
}

template <class Json>
Json parse_json(std::string_view text, const std::string& name) {
  check_json_nesting(text, name);
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::exception& e) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: …": the words are the user's part.
    // It quotes what it read last, which may be long.
    constexpr size_t kMostWords = 160;
    std::string_view words = e.what();
    if (const size_t end = words.find("] "); end != std::string_view::npos) words.remove_prefix(end + 2);
    fail("{}: this is not JSON: {}", name, words.substr(0, kMostWords));
  }
}

template nlohmann::json parse_json(std::string_view, const std::string&);
template nlohmann::ordered_json parse_json(std::string_view, const std::string&);

}  // namespace retrograd
