#include "data/spec/coded.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "data/number.hpp"
#include "data/text.hpp"

namespace retrograd {
namespace {

constexpr double kExactIntegers = 1e15;
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kBooleans = {
    {{"no", "yes"}, {"n", "y"}, {"false", "true"}, {"f", "t"}, {"0", "1"}}};

bool small_integer(double value) { return std::abs(value) < kExactIntegers && value == std::trunc(value); }

int significant_digits(std::string_view text) {
  int digits = 0;
  for (const char c : text) {
    if (c == 'e' || c == 'E') break;
    if (c >= '0' && c <= '9' && (digits > 0 || c != '0')) ++digits;
  }
  return digits;
}

/// The canonical texts of small integers are a function of their value, so the file need not be scanned again.
CodedColumn code_integers(const double* numbers, int64_t rows) {
  CodedColumn out;
  out.codes.resize(static_cast<size_t>(rows));
  std::unordered_map<double, int32_t> codes;
  for (int64_t r = 0; r < rows; ++r) {
    const double value = numbers[r];
    if (std::isnan(value)) {
      out.codes[static_cast<size_t>(r)] = -1;
      continue;
    }
    const auto [place, fresh] = codes.try_emplace(value == 0 ? 0.0 : value, static_cast<int32_t>(out.values.size()));
    if (fresh) {
      out.values.push_back(number_text(value));
      out.counts.push_back(0);
      out.numbers.push_back(1);
    }
    out.codes[static_cast<size_t>(r)] = place->second;
    ++out.counts[static_cast<size_t>(place->second)];
  }
  return out;
}

}  // namespace

std::string canonical(std::string_view text, char decimal) {
  const std::optional<double> value = parse_number(text, decimal);
  if (!value || !std::isfinite(*value)) return std::string(text);
  if (small_integer(*value) || significant_digits(text) <= 15) return number_text(*value);
  std::string out(text);
  std::replace(out.begin(), out.end(), decimal, '.');
  return out;
}

CodedColumn coded(const Table& table, int index) {
  const TableColumn& column = table.column(index);
  if (column.numeric) {
    const double* numbers = column.numbers.get();
    const bool integers =
        std::all_of(numbers, numbers + table.rows(), [](double v) { return std::isnan(v) || small_integer(v); });
    if (integers) return code_integers(numbers, table.rows());
  }
  TextColumn text = table.texts(index);
  CodedColumn out;
  std::vector<int32_t> code_of_text;
  std::unordered_map<std::string, int32_t> codes;
  for (const std::string_view t : text.texts) {
    std::string name = canonical(t, table.decimal());
    const auto [place, fresh] = codes.try_emplace(name, static_cast<int32_t>(out.values.size()));
    if (fresh) {
      out.values.push_back(std::move(name));
      out.numbers.push_back(parse_number(t, table.decimal()).has_value());
    }
    code_of_text.push_back(place->second);
  }
  out.counts.resize(out.values.size());
  out.codes = std::move(text.codes);
  for (int32_t& code : out.codes) {
    if (code < 0) continue;
    code = code_of_text[static_cast<size_t>(code)];
    ++out.counts[static_cast<size_t>(code)];
  }
  return out;
}

std::vector<int> by_value(const std::vector<std::string>& values) {
  std::vector<double> numbers;
  for (const std::string& v : values) {
    const std::optional<double> number = parse_number(v);
    if (!number) break;
    numbers.push_back(*number);
  }
  std::vector<int> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  const bool numeric = numbers.size() == values.size();
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    const auto i = static_cast<size_t>(a), j = static_cast<size_t>(b);
    if (numeric && numbers[i] != numbers[j]) return numbers[i] < numbers[j];
    return values[i] < values[j];
  });
  return order;
}

int truth(std::string_view text) {
  const std::string word = lower(text);
  for (const auto& [no, yes] : kBooleans) {
    if (word == no) return 0;
    if (word == yes) return 1;
  }
  return -1;
}

bool is_boolean_pair(std::string_view no, std::string_view yes) {
  return std::find(kBooleans.begin(), kBooleans.end(), std::pair(no, yes)) != kBooleans.end();
}

}  // namespace retrograd
