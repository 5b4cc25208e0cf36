// The pages: assets and data put together in one file.
#include <fmt/format.h>

#include <string_view>

#include "base/fail.hpp"
#include "base/parse_json.hpp"
#include "embedded/report_page.hpp"
#include "report/comparison.hpp"
#include "report/json.hpp"
#include "retrograd/report.hpp"

namespace retrograd {
namespace report {
namespace {

/// JSON between <script> and </script>: without a '<' nothing in it can end the element or begin a comment.
std::string for_script(const Json& json) {
  const std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text)
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  return safe;
}

/// Replaces each {{name}} of the template once, from left to right; what is put in is not looked at again.
std::string fill(std::string_view page, const std::vector<std::pair<std::string_view, std::string_view>>& parts) {
  std::string out;
  for (;;) {
    const size_t open = page.find("{{");
    if (open == std::string_view::npos) return out += page;
    const size_t close = page.find("}}", open);
    const std::string_view name = page.substr(open + 2, close - open - 2);
    out += page.substr(0, open);
    bool known = false;
    for (const auto& [key, value] : parts)
      if (key == name) {
        out += value;
        known = true;
      }
    if (!known) fail("the template of the page names a part '{}' that there is not", name);
    page.remove_prefix(close + 2);
  }
}

}  // namespace

std::string make_page(std::string_view script, const Json& json) {
  const std::string data = for_script(json);
  return fill(embedded::report_page::page_html, {{"licence", embedded::report_page::chart_licence_txt},
                                                 {"style", embedded::report_page::page_css},
                                                 {"chart library", embedded::report_page::chart_min_js},
                                                 {"dom", embedded::report_page::dom_js},
                                                 {"charts", embedded::report_page::charts_js},
                                                 {"script", script},
                                                 {"data", data}});
}

Json parse_report(const std::string& name, const std::string& text) {
  Json json = parse_json<Json>(text, name + ", its report");
  if (!json.is_object() || !json.contains("format") || json["format"] != "retrograd report")
    fail("{}: not the report of a run, expected the JSON that retrograd train wrote", name);
  if (!json.contains("format_version") || json["format_version"] != 1)
    fail("{}: the report is of a format that this version does not read; it reads format 1", name);
  return json;
}

}  // namespace report

std::string report_page(const std::string& json) {
  return report::make_page(std::string(embedded::report_page::sections_js) +
                               std::string(embedded::report_page::choice_js) +
                               std::string(embedded::report_page::report_js),
                           report::parse_report("the report", json));
}

}  // namespace retrograd
