// Reports as tables of at most 80 columns for a person at a terminal.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/fail.hpp"
#include "data/text.hpp"
#include "retrograd/metrics.hpp"

namespace retrograd {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kLongestName = 22;  // what the score tables leave of a line
constexpr size_t kMostClasses = 30;
constexpr size_t kMostConfusions = 10;

// Code points, which is what fmt pads by for all but wide scripts.
size_t length(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// A name as one cell: escaped where it could upset a terminal, shortened to `longest` code points.
std::string cell(const std::string& name, size_t longest) {
  const bool plain =
      is_utf8(name) && std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  std::string shown = plain ? name : in_quotes(name);
  if (length(shown) <= longest) return shown;
  size_t end = 0;
  for (size_t left = longest; end < shown.size(); ++end)
    if ((shown[end] & 0xC0) != 0x80 && left-- == 1) break;
  return shown.substr(0, end) + "…";
}

// Weights of rows are whole numbers unless the data weigh rows; then two decimals do.
std::string amount(double value) {
  return value == std::floor(value) && value < 1e12 ? fmt::format("{:.0f}", value) : fmt::format("{:.2f}", value);
}

std::string rows_line(int64_t rows, double weight) {
  const bool weighted = weight != static_cast<double>(rows);
  return fmt::format("{} row{}{}\n\n", rows, rows == 1 ? "" : "s",
                     weighted ? fmt::format(" of total weight {:.6g}", weight) : "");
}

// Name and value pairs, two pairs a line.
std::string pairs(const std::vector<std::pair<const char*, double>>& values) {
  std::string out;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool ends_line = i % 2 == 1 || i + 1 == values.size();
    const std::string number = std::isnan(values[i].second) ? "-" : fmt::format("{:.6g}", values[i].second);
    out += fmt::format("  {:<19} ", values[i].first);
    out += ends_line ? number + "\n" : fmt::format("{:<16}", number);
  }
  return out;
}

size_t name_width(const std::vector<ClassScore>& classes, const std::vector<size_t>& shown) {
  size_t width = 5;
  for (const size_t i : shown) width = std::max(width, length(cell(classes[i].name, kLongestName)));
  return width;
}

std::string scores(const std::vector<ClassScore>& classes, const char* noun) {
  std::vector<size_t> shown(classes.size());
  std::iota(shown.begin(), shown.end(), size_t{0});
  std::string out = "\n";
  if (shown.size() > kMostClasses) {
    std::stable_sort(shown.begin(), shown.end(), [&](size_t a, size_t b) { return classes[a].f1 < classes[b].f1; });
    shown.resize(kMostClasses);
    out += fmt::format("  The {} of {} with the lowest F1:\n", kMostClasses, classes.size());
  }
  const size_t width = name_width(classes, shown);
  out += fmt::format("  {:<{}} {:>12} {:>10} {:>8} {:>8} {:>8}\n", noun, width, "rows", "precision", "recall", "F1",
                     "AUC");
  for (const size_t i : shown) {
    const ClassScore& s = classes[i];
    out += fmt::format("  {:<{}} {:>12} {:>10.4f} {:>8.4f} {:>8.4f} {:>8}\n", cell(s.name, kLongestName), width,
                       amount(s.support), s.precision, s.recall, s.f1, s.auc ? fmt::format("{:.4f}", *s.auc) : "-");
  }
  return out;
}

// The whole confusion matrix, or nothing if a line would be longer than 80 columns.
std::string matrix(const ClassificationReport& r) {
  const size_t k = r.classes.size();
  if (k > kMostClasses) return {};
  size_t row_names = 5, column_names = 1, width = 1;
  for (const ClassScore& one : r.classes) {
    row_names = std::max(row_names, length(cell(one.name, 16)));
    column_names = std::max(column_names, length(cell(one.name, 8)));
  }
  for (const double w : r.confusion) width = std::max(width, amount(w).size());
  const size_t room = (kColumns - 2 - row_names) / k;  // of a column with the space before it
  if (width + 1 > room) return {};
  width = std::max(width, std::min(column_names, room - 1));
  std::string out = "\n  Confusion: a row is the true class, a column the predicted one\n";
  out += fmt::format("  {:<{}}", "", row_names);
  for (const ClassScore& s : r.classes) out += fmt::format(" {:>{}}", cell(s.name, width), width);
  out += "\n";
  for (size_t i = 0; i < k; ++i) {
    out += fmt::format("  {:<{}}", cell(r.classes[i].name, 16), row_names);
    for (size_t j = 0; j < k; ++j) out += fmt::format(" {:>{}}", amount(r.confusion[i * k + j]), width);
    out += "\n";
  }
  return out;
}

std::string largest_confusions(const ClassificationReport& r) {
  const size_t k = r.classes.size();
  std::vector<size_t> cells;
  for (size_t i = 0; i < r.confusion.size(); ++i)
    if (i / k != i % k && r.confusion[i] > 0) cells.push_back(i);
  if (cells.empty()) return {};
  std::stable_sort(cells.begin(), cells.end(), [&](size_t a, size_t b) { return r.confusion[a] > r.confusion[b]; });
  cells.resize(std::min(cells.size(), kMostConfusions));
  std::string out = "\n  Most frequent confusions\n";
  out += fmt::format("  {:<{}}   {:<{}} {:>12}\n", "true", kLongestName, "predicted", kLongestName, "rows");
  for (const size_t i : cells)
    out += fmt::format("  {:<{}} → {:<{}} {:>12}\n", cell(r.classes[i / k].name, kLongestName), kLongestName,
                       cell(r.classes[i % k].name, kLongestName), kLongestName, amount(r.confusion[i]));
  return out;
}

std::string calibration(const ClassificationReport& r) {
  std::string out = "\n  Calibration: how often a prediction made with that confidence is right\n";
  out += fmt::format("  {:<13} {:>12} {:>11} {:>9}\n", "confidence", "rows", "mean", "accuracy");
  for (const CalibrationBin& b : r.calibration)
    if (b.weight > 0)
      out += fmt::format("  {:.3f}–{:.3f}   {:>12} {:>11.4f} {:>9.4f}\n", b.lower, b.upper, amount(b.weight),
                         b.confidence, b.accuracy);
  return out;
}

}  // namespace

std::string to_text(const ClassificationReport& r) {
  std::vector<std::pair<const char*, double>> values = {
      {"accuracy", r.accuracy},       {"loss", r.loss},         {"balanced accuracy", r.balanced_accuracy},
      {"log loss", r.log_loss},       {"macro F1", r.macro_f1}, {"AUC", r.auc},
      {"weighted F1", r.weighted_f1}, {"Brier score", r.brier}, {"calibration error", r.calibration_error},
  };
  if (r.top5) values.emplace_back("top-5 accuracy", *r.top5);
  std::string confusion = matrix(r);
  if (confusion.empty()) confusion = largest_confusions(r);
  return rows_line(r.rows, r.weight) + pairs(values) + scores(r.classes, "class") + confusion + calibration(r);
}

std::string to_text(const MultilabelReport& r) {
  return rows_line(r.rows, r.weight) +
         pairs({{"all labels right", r.accuracy},
                {"loss", r.loss},
                {"wrong labels", r.hamming},
                {"log loss", r.log_loss},
                {"macro F1", r.macro_f1},
                {"AUC", r.auc},
                {"micro F1", r.micro_f1}}) +
         scores(r.labels, "label");
}

std::string to_text(const RegressionReport& r) {
  std::string out =
      rows_line(r.rows, r.weight) +
      pairs({{"RMSE", r.rmse}, {"R²", r.r2}, {"MAE", r.mae}, {"largest error", r.max_error}, {"loss", r.loss}});
  size_t width = 6;
  for (const OutputScore& s : r.outputs) width = std::max(width, length(cell(s.name, 12)));
  out += fmt::format("\n  {:<{}} {:>10} {:>10} {:>8} {:>10} {:>11} {:>10}\n", "output", width, "RMSE", "MAE", "R²",
                     "largest", "target mean", "target sd");
  for (const OutputScore& s : r.outputs)
    out += fmt::format("  {:<{}} {:>10.5g} {:>10.5g} {:>8.4f} {:>10.5g} {:>11.5g} {:>10.5g}\n", cell(s.name, 12), width,
                       s.rmse, s.mae, s.r2, s.max_error, s.mean, s.sd);
  return out;
}

}  // namespace retrograd
