#include <array>

#include "base/fail.hpp"
#include "data/array/array.hpp"
#include "data/spec/column_type.hpp"
#include "data/text.hpp"
#include "retrograd/data.hpp"

namespace retrograd {
namespace {

constexpr size_t kCells = 7;
constexpr size_t kWidest = 44;  // characters of a cell; longer ones are cut
using Row = std::array<std::string, kCells>;

/// Characters, not bytes: the number of bytes that begin one in UTF-8.
size_t width(std::string_view text) {
  size_t n = 0;
  for (const char c : text) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return n;
}

std::string cut(std::string_view text) {
  std::string out;
  size_t n = 0;
  for (const char c : text) {
    const bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (begins && ++n > kWidest) return out.substr(0, out.find_last_not_of(' ') + 1) + "…";
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return out;
}

std::string values_of(const ColumnSpec& c) {
  if (!c.categories.empty()) {
    std::string out;
    for (size_t i = 0; i < c.categories.size() && width(out) < kWidest; ++i) {
      out += fmt::format("{}{} ({})", i == 0 ? "" : ", ", c.categories[i], c.counts[i]);
    }
    return out;
  }
  if (c.type != ColumnType::numeric && (c.type != ColumnType::identifier || c.min == c.max)) return "";
  return fmt::format("{:.6g} … {:.6g}, mean {:.4g}, sd {:.4g}", c.min, c.max, c.mean, c.sd);
}

}  // namespace

std::string describe(const DataSpec& spec) {
  std::vector<Row> rows;
  rows.push_back({"column", "type", "role", "missing", "distinct", "range, or values (rows)", "why"});
  for (const ColumnSpec& c : spec.columns) {
    rows.push_back({cut(c.name), std::string(to_string(c.type)), std::string(to_string(c.role)),
                    c.missing == 0 ? "" : fmt::format("{}", c.missing),
                    c.distinct > kMostDistinct ? "> 100000" : fmt::format("{}", c.distinct), cut(values_of(c)), c.why});
  }
  std::array<size_t, kCells> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < kCells; ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out = fmt::format("{} rows of {} columns", spec.rows, spec.columns.size());
  if (!spec.row_shape.empty())
    out = fmt::format("{} rows of shape {} and their targets", spec.rows, shape_text(spec.row_shape));
  out += "\n\n";
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < kCells; ++i) {
      const std::string pad(widths[i] - width(row[i]), ' ');
      const bool right = i == 3 || i == 4;  // numbers
      line += (right ? pad + row[i] : row[i] + pad) + "  ";
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  if (!spec.with_role(ColumnRole::target).empty()) {
    out += fmt::format("\ntask: {} ({})\n", to_string(spec.task), spec.task_why);
  }
  if (spec.decimal == ',') out += "\nnumbers are read with a decimal comma (and written here with a point)\n";
  if (!spec.warnings.empty()) out += "\n";
  for (const std::string& warning : spec.warnings) out += "warning: " + warning + "\n";
  return out;
}

}  // namespace retrograd
