#include "settings/settings.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/fail.hpp"
#include "settings/suggest.hpp"

namespace retrograd::cli {
namespace {

bool parse_number(const std::string& text, double& value) {
  const auto [end, error] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

bool parse_integer(const std::string& text, int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool inside(const Range& r, double v) {
  return (r.low_excluded ? v > r.low : v >= r.low) && (r.high_excluded ? v < r.high : v <= r.high);
}

/// "a number of at least 0 and below 1, or auto".
std::string expectation(const SettingSpec& s, const std::string& value) {
  std::string text = s.kind == Kind::integer ? "a whole number" : "a number";
  const bool low = std::isfinite(s.range.low), high = std::isfinite(s.range.high);
  if (low && high && !s.range.low_excluded && !s.range.high_excluded) {
    text += fmt::format(" from {} to {}", s.range.low, s.range.high);
  } else {
    if (low) text += fmt::format(" {} {}", s.range.low_excluded ? "above" : "of at least", s.range.low);
    if (high)
      text += fmt::format("{} {} {}", low ? " and" : "", s.range.high_excluded ? "below" : "up to", s.range.high);
  }
  const bool digits = value.find_first_not_of("0123456789") == std::string::npos;
  if (s.kind == Kind::integer && !high && digits && value.size() > 18) text += " and below 2^63";
  return s.words.empty() ? text : text + fmt::format(", or {}", fmt::join(s.words, " or "));
}

void check_value(const SettingSpec& s, const std::string& value, const std::string& place) {
  const bool word = std::find(s.words.begin(), s.words.end(), value) != s.words.end();
  if (s.check != nullptr) {
    try {
      s.check(value);
    } catch (const Error& e) {
      fail("{}: {}", place, e.what());
    }
  }
  double number = 0;
  int64_t integer = 0;
  switch (s.kind) {
    case Kind::number:
      if (!word && !(parse_number(value, number) && inside(s.range, number)))
        fail("{} is '{}', expected {}", place, value, expectation(s, value));
      break;
    case Kind::integer:
      if (!word && !(parse_integer(value, integer) && inside(s.range, static_cast<double>(integer))))
        fail("{} is '{}', expected {}", place, value, expectation(s, value));
      break;
    case Kind::boolean:
      if (value != "true" && value != "false") fail("{} is '{}', expected true or false", place, value);
      break;
    case Kind::text:
    case Kind::list:
      if (!word && !s.words.empty())
        fail("{} is '{}', expected one of {}{}", place, value, fmt::join(s.words, ", "), did_you_mean(value, s.words));
  }
}

constexpr std::array<std::string_view, 8> kBuilders = {"hidden",      "activation", "dropout", "normalise",
                                                       "initializer", "parametric", "members", "share_weights"};

}  // namespace

bool builds_layers(std::string_view name) {
  return std::find(kBuilders.begin(), kBuilders.end(), name) != kBuilders.end();
}

const SettingSpec& setting_spec(std::string_view name) {
  for (const SettingSpec& s : setting_specs())
    if (s.name == name) return s;
  fail("there is no setting '{}'", name);
}

std::string flag_of(std::string_view name) {
  std::string f = "--" + std::string(name);
  std::replace(f.begin() + 2, f.end(), '_', '-');
  return f;
}

int64_t whole_number(const std::string& place, const std::string& text, int64_t low, int64_t high) {
  int64_t value = 0;
  if (!parse_integer(text, value) || value < low || value > high)
    fail("{} is '{}', expected a whole number from {} to {}", place, text, low, high);
  return value;
}

void Settings::set(std::string_view name, std::vector<std::string> values, const std::string& place) {
  const SettingSpec& s = setting_spec(name);
  const std::string where = place.empty() ? flag_of(name) : place;
  if (s.kind != Kind::list && values.size() != 1) fail("{}: expected one value, found {}", where, values.size());
  if (values.empty() && name == "hidden")
    fail("{}: expected widths, found an empty list; \"none\" is no hidden layer", where);
  for (const std::string& v : values)
    if (values.size() > 1 && name == "hidden" && (v == "auto" || v == "none"))
      fail("{}: '{}' stands alone, but there are {} values", where, v, values.size());
  for (const std::string& v : values) check_value(s, v, where);
  values_.insert_or_assign(std::string(name), std::move(values));
}

void Settings::override_with(const Settings& other) {
  if (other.given("hidden")) {
    layers.clear();
    layer_places.clear();
  }
  for (const auto& [name, values] : other.values_) {
    if (!layers.empty() && builds_layers(name))
      fail(
          "{} has no effect: the configuration describes the hidden layers as [[layer]]; change them there, or give "
          "--hidden to replace them",
          flag_of(name));
    values_.insert_or_assign(name, values);
  }
}

std::string Settings::text(std::string_view name) const {
  const auto it = values_.find(name);
  if (it == values_.end()) return std::string(setting_spec(name).initial);
  return it->second.empty() ? std::string() : it->second[0];
}

double Settings::number(std::string_view name) const {
  double value = 0;
  if (!parse_number(text(name), value)) fail("{} is '{}', expected a number", flag_of(name), text(name));
  return value;
}

int64_t Settings::integer(std::string_view name) const {
  int64_t value = 0;
  if (!parse_integer(text(name), value)) fail("{} is '{}', expected a whole number", flag_of(name), text(name));
  return value;
}

bool Settings::boolean(std::string_view name) const { return text(name) == "true"; }

std::vector<std::string> Settings::list(std::string_view name) const {
  const auto it = values_.find(name);
  if (it != values_.end()) return it->second;
  const std::string_view initial = setting_spec(name).initial;
  return initial.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::string(initial)};
}

}  // namespace retrograd::cli
