// The explanation as one page: the receipt and the parameters inside, and the files of this folder that show them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "embedded/explain_page.hpp"
#include "retrograd/receipt.hpp"

namespace retrograd {
namespace {

namespace files = embedded::explain_page;

/// Numbers that a page may carry for the drawing besides the receipt. Weights of 784-256-128-10 are 235,146.
constexpr int64_t kMostWeights = 1'000'000;
constexpr int64_t kMostNumbers = 290'000;  ///< with the gradients of a batch; keeps such a page under 2 MB
constexpr int64_t kInReceipt = 20'000;     ///< parameters that the receipt itself writes whole

/// For a <script> element: '<' could close it or open a comment, U+2028 and U+2029 end lines in older JavaScript. All
/// three occur inside JSON strings only, where an escape says the same.
std::string in_script(std::string_view json) {
  std::string out;
  out.reserve(json.size() + json.size() / 64);
  for (size_t k = 0; k < json.size(); ++k) {
    if (json[k] == '<') {
      out += "\\u003c";
    } else if (json.substr(k, 3) == "\xE2\x80\xA8" || json.substr(k, 3) == "\xE2\x80\xA9") {
      out += json[k + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      k += 2;
    } else {
      out += json[k];
    }
  }
  return out;
}

std::string in_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string base64(const std::string& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t k = 0; k < bytes.size(); k += 3) {
    uint32_t group = 0;
    const size_t n = std::min<size_t>(3, bytes.size() - k);
    for (size_t i = 0; i < 3; ++i) group = group << 8 | (i < n ? static_cast<unsigned char>(bytes[k + i]) : 0U);
    for (size_t i = 0; i < 4; ++i) out += i <= n ? kDigits[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

/// {"type": "f32", "base64": …}: little-endian floats, exact for float32 models.
std::string packed(const std::vector<double>& values) {
  static_assert(std::endian::native == std::endian::little);
  std::string bytes(values.size() * sizeof(float), '\0');
  for (size_t k = 0; k < values.size(); ++k) {
    const auto v = static_cast<float>(values[k]);
    std::memcpy(bytes.data() + k * sizeof(float), &v, sizeof(float));
  }
  return R"({"type":"f32","base64":")" + base64(bytes) + "\"}";
}

std::string in_json(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// What the receipt leaves out of large networks: weights, smallest matrices first, and a batch's gradients.
std::string parameters_of(const Explanation& e) {
  std::vector<const ParameterNumbers*> order;
  int64_t total = 0;
  for (const ParameterNumbers& p : e.parameters) {
    order.push_back(&p);
    total += static_cast<int64_t>(p.values.size());
  }
  if (total <= kInReceipt) return "{}";
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->values.size() < b->values.size(); });
  int64_t weights = 0;
  std::vector<const ParameterNumbers*> kept;
  for (const ParameterNumbers* p : order) {
    weights += static_cast<int64_t>(p->values.size());
    if (weights > kMostWeights) break;
    kept.push_back(p);
  }
  int64_t numbers = std::min(weights, total);
  std::string out = "{";
  for (const ParameterNumbers* p : kept) {
    if (out.size() > 1) out += ',';
    out += in_json(p->name) + ":{\"values\":" + packed(p->values);
    numbers += static_cast<int64_t>(p->gradient.size());
    if (e.batch && !p->gradient.empty() && numbers <= kMostNumbers) out += ",\"gradient\":" + packed(p->gradient);
    out += '}';
  }
  return out + "}";
}

std::string title_of(const Explanation& e) {
  const int64_t row = e.rows.empty() ? 0 : e.rows[static_cast<size_t>(e.focus)] + 1;
  const std::string where =
      e.batch ? fmt::format("of {} rows, row {} in focus", e.rows.size(), row) : fmt::format("of row {}", row);
  if (e.derivations.size() != 1) return fmt::format("The gradients {}", where);
  return fmt::format("∂{}/∂{} {}", e.batch ? "L" : "l", e.derivations[0].symbol, where);
}

}  // namespace

std::string to_html(const Explanation& explanation) {
  constexpr std::array kStyles = {&files::page_css, &files::figure_css};
  constexpr std::array kScripts = {&files::dom_js,      &files::numbers_js,    &files::model_js, &files::layout_js,
                                   &files::network_js,  &files::derivation_js, &files::steps_js, &files::figure_js,
                                   &files::sections_js, &files::main_js};
  std::string style, script;
  for (const std::string_view* file : kStyles) style += *file;
  for (const std::string_view* file : kScripts) script += *file;
  const std::array<std::pair<std::string_view, std::string>, 5> parts = {{
      {"{{TITLE}}", in_html(title_of(explanation))},
      {"{{STYLE}}", style},
      {"{{RECEIPT}}", in_script(to_json(explanation, kInReceipt))},
      {"{{PARAMETERS}}", in_script(parameters_of(explanation))},
      {"{{SCRIPT}}", script},
  }};
  std::string out;
  std::string_view rest = files::page_html;
  // What is filled in is never searched for markers: names come from data.
  while (!rest.empty()) {
    size_t at = rest.find("{{");
    const auto* part =
        at == std::string_view::npos ? parts.end() : std::find_if(parts.begin(), parts.end(), [&](const auto& p) {
          return rest.substr(at).starts_with(p.first);
        });
    if (part == parts.end()) at = at == std::string_view::npos ? rest.size() : at + 2;
    out += rest.substr(0, at);
    rest.remove_prefix(at);
    if (part == parts.end()) continue;
    out += part->second;
    rest.remove_prefix(part->first.size());
  }
  return out;
}

}  // namespace retrograd
