#include "screen/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace retrograd::cli {
namespace {

/// Characters, not bytes: "R²" is two wide.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

using Row = std::vector<std::string>;

Row header(const Results& r) {
  if (r.regression) return {"", "rows", "loss", "RMSE", "MAE", "R²"};
  if (r.multilabel) return {"", "rows", "loss", "all labels right", "hamming", "macro F1", "AUC"};
  return {"", "rows", "loss", "log loss", "accuracy", "macro F1", "AUC"};
}

Row cells(const std::string& part, const Results& r) {
  const auto count = [](int64_t n) { return fmt::format("{}", n); };
  const auto loss = [](double v) { return fmt::format("{:.5f}", v); };
  const auto share = [](double v) { return fmt::format("{:.4f}", v); };
  const auto unit = [](double v) { return fmt::format("{:#.5g}", v); };
  const auto area = [&](double auc) { return std::isnan(auc) ? "-" : share(auc); };
  if (r.regression) {
    const RegressionReport& g = *r.regression;
    return {part, count(g.rows), loss(g.loss), unit(g.rmse), unit(g.mae), share(g.r2)};
  }
  if (r.multilabel) {
    const MultilabelReport& m = *r.multilabel;
    return {part, count(m.rows), loss(m.loss), share(m.accuracy), share(m.hamming), share(m.macro_f1), area(m.auc)};
  }
  const ClassificationReport& c = *r.classification;
  return {part, count(c.rows), loss(c.loss), loss(c.log_loss), share(c.accuracy), share(c.macro_f1), area(c.auc)};
}

}  // namespace

std::string summary_table(const std::vector<ReportPart>& parts) {
  std::vector<Row> rows = {header(parts.at(0).results)};
  for (const ReportPart& part : parts) rows.push_back(cells(part.name, part.results));
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows)
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string pad(widths[c] - width(row[c]), ' ');
      line += c == 0 ? row[c] + pad : "  " + pad + row[c];
    }
    text += (text.empty() ? "" : "\n") + line;
  }
  return text;
}

}  // namespace retrograd::cli
