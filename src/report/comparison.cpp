#include "report/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "embedded/report_page.hpp"
#include "retrograd/report.hpp"

namespace retrograd {
namespace report {
namespace {

using Reports = std::vector<std::pair<std::string, std::string>>;

bool larger_is_better(const std::string& metric) {
  return metric == "accuracy" || metric == "balanced_accuracy" || metric == "macro_f1" || metric == "auc" ||
         metric == "r2";
}

/// Settings whose values are not the same in all runs; where a run was told to write is no difference.
Json differing(const std::vector<Json>& runs) {
  Json all = Json::array();
  std::vector<std::pair<std::string, std::string>> names;
  for (const Json& run : runs)
    for (const Json& s : run.at("settings")) {
      std::pair<std::string, std::string> name{s.at("section"), s.at("name")};
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
  for (const auto& [section, name] : names) {
    Json values = Json::array();
    for (const Json& run : runs) {
      Json value = nullptr;
      for (const Json& s : run.at("settings"))
        if (s.at("section") == section && s.at("name") == name) value = s.at("value");
      values.push_back(std::move(value));
    }
    if (std::any_of(values.begin(), values.end(), [&](const Json& v) { return v != values[0]; }))
      all.push_back({{"section", section}, {"name", name}, {"values", std::move(values)}});
  }
  return all;
}

/// The result of one part and metric in a run, or null.
Json result_of(const Json& run, const std::string& part, const std::string& metric) {
  for (const Json& r : run.at("results"))
    if (r.at("part") == part)
      for (const Json& m : r.at("metrics"))
        if (m.at("metric") == metric) return m;
  return nullptr;
}

Json results(const std::vector<Json>& runs) {
  Json all = Json::array();
  for (const char* part : {"train", "validation", "test"}) {
    std::vector<std::string> metrics;
    for (const Json& run : runs)
      for (const Json& r : run.at("results"))
        if (r.at("part") == part)
          for (const Json& m : r.at("metrics"))
            if (std::find(metrics.begin(), metrics.end(), m.at("metric")) == metrics.end())
              metrics.push_back(m.at("metric"));
    for (const std::string& metric : metrics) {
      Json values = Json::array();
      int best = -1;
      double best_value = 0;
      for (size_t i = 0; i < runs.size(); ++i) {
        Json m = result_of(runs[i], part, metric);
        if (m.is_object() && m.at("value").is_number()) {
          const double v = larger_is_better(metric) ? -m.at("value").get<double>() : m.at("value").get<double>();
          if (best < 0 || v < best_value) {
            best = static_cast<int>(i);
            best_value = v;
          }
        }
        values.push_back(std::move(m));
      }
      all.push_back({{"part", part}, {"metric", metric}, {"values", std::move(values)}, {"best", best}});
    }
  }
  return all;
}

/// Calls `read`; what it does not find in the reports, or finds to be of another type, is damage.
template <class F>
auto from_reports(F&& read) {
  try {
    return read();
  } catch (const Json::exception& e) {
    fail("a report is damaged: {}", e.what());
  }
}

Json compare(const Reports& reports) {
  if (reports.empty()) fail("no runs to compare");
  std::vector<Json> runs;
  for (const auto& [name, text] : reports) runs.push_back(parse_report(name, text));
  Json json = {{"format", "retrograd comparison"}, {"runs", Json::array()}};
  return from_reports([&] {
    for (size_t i = 0; i < runs.size(); ++i) {
      const Json& run = runs[i].at("run");
      Json one = {{"name", reports[i].first}};
      for (const char* key : {"fingerprint", "version", "written", "stopped", "epochs", "best_epoch", "seconds", "rows",
                              "rows_per_second", "parameters", "threads", "metric", "command"})
        one[key] = run.at(key);
      one["task"] = runs[i].at("data").at("task");
      one["history"] = runs[i].at("history");
      json["runs"].push_back(std::move(one));
    }
    json["settings"] = differing(runs);
    json["results"] = results(runs);
    return json;
  });
}

/// Characters, not bytes.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string number(const Json& v) {
  if (!v.is_number()) return "–";
  if (v.is_number_integer()) return fmt::format("{}", v.get<int64_t>());
  const double value = v.get<double>();
  return std::abs(value) >= 1e5 && std::abs(value) < 1e15 ? fmt::format("{:.0f}", value) : fmt::format("{:.5g}", value);
}

std::string cell(const Json& m, bool best) {
  if (!m.is_object()) return "–";
  std::string text = number(m.at("value"));
  if (m.contains("low"))
    text += fmt::format(" [{:.4g}, {:.4g}]", m.at("low").get<double>(), m.at("high").get<double>());
  return text + (best ? " *" : "");
}

/// Control characters of untrusted text would steer the terminal.
std::string plain(const Json& v) {
  std::string text = v.is_string() ? v.get<std::string>() : v.is_null() ? "–" : v.dump();
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return text;
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths(rows.at(0).size());
  for (const auto& row : rows)
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) line += row[c] + std::string(widths[c] - width(row[c]) + 2, ' ');
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

/// The aligned table of what `compare` returned.
std::string text_of(const Json& json) {
  std::vector<std::vector<std::string>> rows = {{""}};
  for (const Json& run : json.at("runs")) rows[0].push_back(plain(run.at("name")));
  const size_t runs = rows[0].size() - 1;
  const auto fact = [&](const char* label, const char* key) {
    rows.push_back({label});
    for (const Json& run : json.at("runs"))
      rows.back().push_back(run.at(key).is_string() ? plain(run.at(key)) : number(run.at(key)));
  };
  for (const Json& s : json.at("settings")) {
    rows.push_back({plain(s.at("name"))});
    for (const Json& v : s.at("values")) rows.back().push_back(plain(v));
  }
  if (json.at("settings").empty()) rows.push_back({"configuration", "the same in all runs"});
  rows.emplace_back();
  fact("rows trained on", "rows");
  fact("parameters", "parameters");
  fact("epochs", "epochs");
  fact("best epoch", "best_epoch");
  fact("seconds", "seconds");
  fact("rows/s", "rows_per_second");
  fact("fingerprint", "fingerprint");
  std::string part;
  for (const Json& r : json.at("results")) {
    if (r.at("part") != part) rows.emplace_back();
    part = r.at("part");
    rows.push_back({plain(part + " " + r.at("metric").get<std::string>())});
    for (size_t i = 0; i < runs; ++i)
      rows.back().push_back(cell(r.at("values")[i], runs > 1 && r.at("best") == static_cast<int>(i)));
  }
  return table(rows) + (runs > 1 ? "\n* the best; [95 % interval by bootstrap]\n" : "");
}

}  // namespace
}  // namespace report

std::string compare_json(const report::Reports& reports) {
  return report::compare(reports).dump(2, ' ', false, report::Json::error_handler_t::replace) + "\n";
}

std::string compare_page(const report::Reports& reports) {
  return report::make_page(embedded::report_page::compare_js, report::compare(reports));
}

std::string compare_text(const report::Reports& reports) {
  const report::Json json = report::compare(reports);
  return report::from_reports([&] { return report::text_of(json); });
}

}  // namespace retrograd
