#include "export/c_functions.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "embedded/c_parts.hpp"

namespace retrograd::c_source {
namespace {

struct Section {
  std::string name;
  std::vector<std::string> needs;
  std::string_view text;
};

constexpr std::string_view kMark = "//@ ";  // "//@ NAME needs A B" begins a section

std::vector<Section> sections(std::string_view part) {
  std::vector<Section> all;
  for (size_t at = part.find(kMark); at != std::string_view::npos;) {
    const size_t line = part.find('\n', at), next = part.find(kMark, line);
    const std::string_view words = part.substr(at + kMark.size(), line - at - kMark.size());
    Section s;
    for (size_t begin = 0; begin < words.size();) {
      const size_t end = std::min(words.find(' ', begin), words.size());
      const std::string_view word = words.substr(begin, end - begin);
      if (s.name.empty())
        s.name = word;
      else if (word != "needs")
        s.needs.emplace_back(word);
      begin = end + 1;
    }
    s.text = part.substr(line + 1, next == std::string_view::npos ? next : next - line - 1);
    all.push_back(std::move(s));
    at = next;
  }
  return all;
}

bool is_of_texts(const std::string& section) { return section == "same_number" || section == "category"; }

}  // namespace

void Functions::need(const std::string& name) {
  if (!needed_.insert(name).second) return;
  for (const Section& s : sections(embedded::c_parts::functions_c))
    if (s.name == name)
      for (const std::string& other : s.needs) need(other);
}

std::string Functions::text(bool single) const {
  const std::string_view real = single ? embedded::c_parts::real_f32_c : embedded::c_parts::real_f64_c;
  std::string out(embedded::c_parts::platform_c);
  out += real.substr(0, real.find(kMark));
  for (const std::string_view part : {real, embedded::c_parts::functions_c})
    for (const Section& s : sections(part))
      if (has(s.name) && !is_of_texts(s.name)) out += s.text;
  return out;
}

std::string Functions::category_text() const {
  std::string out;
  for (const Section& s : sections(embedded::c_parts::functions_c))
    if (has(s.name) && is_of_texts(s.name)) out += s.text;
  return out;
}

}  // namespace retrograd::c_source
