// What a comparison of a model with its graph found, for people and for programs.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "retrograd/parity.hpp"

namespace retrograd {

std::string Parity::to_text() const {
  std::string text = fmt::format(
      "{} rows; differences from the engine, the largest of all rows\n\n{:<22} {:<14} {:>12} {:>12} {:>12} {:>9}\n",
      rows, "graph read by", "output", "absolute", "relative", "ulp", "row");
  for (const GraphReading& r : readings) {
    if (!r.missing.empty()) {
      text += fmt::format("{:<22} not run: {}\n", r.by, r.missing);
      continue;
    }
    for (const OutputDifference& d : r.outputs)
      text += fmt::format("{:<22} {:<14} {:>12.3g} {:>12.3g} {:>12} {:>9}\n", r.by, d.output, d.absolute, d.relative,
                          d.ulp, d.row < 0 ? "-" : std::to_string(d.row));
    if (r.labels > 0)
      text += fmt::format("{:<22} {} of {} labels agree{}\n", r.by, r.labels - r.labels_differ - r.ties, r.labels,
                          r.ties > 0 ? fmt::format(", {} more are ties within 1e-5", r.ties) : "");
  }
  return text + (ok() ? "\nthe graph computes what the model computes\n"
                      : "\nTHE GRAPH COMPUTES SOMETHING ELSE: allowed are 1e-5 of a probability, and 1e-5 of the "
                        "larger of a value and the target's standard deviation\n");
}

std::string Parity::to_json() const {
  nlohmann::json all = nlohmann::json::array();
  for (const GraphReading& r : readings) {
    nlohmann::json outputs = nlohmann::json::array();
    for (const OutputDifference& d : r.outputs)
      outputs.push_back({{"output", d.output},
                         {"absolute", d.absolute},
                         {"relative", d.relative},
                         {"ulp", d.ulp},
                         {"row", d.row},
                         {"of_allowed", d.of_allowed}});
    all.push_back({{"by", r.by},
                   {"not_run", r.missing},
                   {"outputs", outputs},
                   {"labels", r.labels},
                   {"labels_differ", r.labels_differ},
                   {"ties", r.ties},
                   {"ok", r.ok()}});
  }
  const nlohmann::json found = {{"rows", rows}, {"skipped_rows", skipped.rows.size()}, {"ok", ok()}, {"readings", all}};
  return found.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace retrograd
