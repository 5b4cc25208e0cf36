#include "train/engine/augmentation.hpp"

#include <fast_float/fast_float.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/fail.hpp"

namespace retrograd::training {
namespace {

constexpr int kMostChannels = 4;
constexpr int64_t kLongestAxis = 1 << 20;
constexpr int kUsualSide = 28;  // of the images that the strengths were chosen for
constexpr double kUsualShift = 1.0 / 28, kUsualRotation = 7, kUsualScale = 0.1, kUsualElastic = 20, kUsualSigma = 4;

[[noreturn]] void refuse(std::string_view text, std::string_view piece) {
  fail(
      "found '{}': '{}' is not one of shift[=PIXELS], rotate[=DEGREES], scale[=SHARE], elastic[=ALPHA:SIGMA], "
      "flip and share=SHARE, in a list with commas, or none",
      text, piece);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// A number of [0, most] from text, as the strength of `name`.
double strength(std::string_view name, std::string_view text, double most, bool whole = false) {
  double value = 0;
  const std::string_view number = trim(text);
  const auto [end, error] = fast_float::from_chars(number.data(), number.data() + number.size(), value);
  const bool read = error == std::errc{} && end == number.data() + number.size() && !number.empty();
  if (!read || !(value >= 0 && value <= most) || (whole && value != std::floor(value)))
    fail("{} is '{}', expected a {} from 0 to {}", name, number, whole ? "whole number" : "number", most);
  return value;
}

}  // namespace

Augmentation parse_augmentation(std::string_view text) {
  Augmentation a;
  if (trim(text) == "none") return a;
  std::vector<std::string_view> seen;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    const std::string_view piece = trim(text.substr(begin, comma - begin));
    begin = comma + 1;
    const size_t equals = std::min(piece.find('='), piece.size());
    const std::string_view name = trim(piece.substr(0, equals));
    const bool given = equals < piece.size();
    const std::string_view value = given ? piece.substr(equals + 1) : std::string_view();
    if (std::find(seen.begin(), seen.end(), name) != seen.end())
      fail("found '{}': {} is there twice; give it once", text, name);
    seen.push_back(name);
    if (name == "shift") {
      a.shift = given ? static_cast<int>(strength(name, value, 4096, true)) : -1;
    } else if (name == "rotate") {
      a.rotate = given ? strength(name, value, 180) : -1;
    } else if (name == "scale") {
      a.scale = given ? strength(name, value, 0.9) : -1;
    } else if (name == "elastic") {
      const size_t colon = std::min(value.find(':'), value.size());
      a.elastic = given ? strength("elastic's ALPHA", value.substr(0, colon), 1e6) : -1;
      a.smoothness = colon < value.size() ? strength("elastic's SIGMA", value.substr(colon + 1), 1000) : -1;
      if (a.elastic == 0) a.smoothness = 0;
      if (a.elastic > 0 && a.smoothness >= 0 && a.smoothness < 0.1)
        fail(
            "elastic's SIGMA is {}, expected a number from 0.1 to 1000: displacements of neighbours differ "
            "without it",
            a.smoothness);
    } else if (name == "flip" && !given) {
      a.flip = true;
    } else if (name == "share" && given) {
      a.share = strength(name, value, 1);
    } else {
      refuse(text, piece);
    }
  }
  return a;
}

std::string to_string(const Augmentation& a) {
  std::vector<std::string> pieces;
  const auto add = [&](std::string_view name, double value) {
    if (value != 0) pieces.push_back(value < 0 ? std::string(name) : fmt::format("{}={}", name, value));
  };
  add("shift", a.shift);
  add("rotate", a.rotate);
  add("scale", a.scale);
  add("elastic", a.elastic);
  if (a.elastic > 0 && a.smoothness > 0) pieces.back() += fmt::format(":{}", a.smoothness);
  if (a.flip) pieces.emplace_back("flip");
  if (a.share != 1) pieces.push_back(fmt::format("share={}", a.share));
  return !a.any() ? "none" : fmt::format("{}", fmt::join(pieces, ","));
}

bool is_image(const DataSpec& spec) {
  const std::vector<int64_t>& s = spec.row_shape;
  const bool sane = std::all_of(s.begin(), s.end(), [](int64_t n) { return n >= 1 && n <= kLongestAxis; });
  return sane && (s.size() == 2 || (s.size() == 3 && (s[2] <= kMostChannels || s[0] <= kMostChannels)));
}

ImageShape image_shape(const DataSpec& spec) {
  const std::vector<int64_t>& s = spec.row_shape;
  if (s.size() < 2)
    fail(
        "--augment changes images, but the data are {}; leave it out, or give images as idx: or npy:, each row of two "
        "or three axes",
        s.empty() ? "a table" : "rows of single numbers");
  if (std::any_of(s.begin(), s.end(), [](int64_t n) { return n < 1 || n > kLongestAxis; }) || s.size() > 3)
    fail("--augment: rows of shape {} are no images", fmt::join(s, " × "));
  const auto at = [&](size_t axis) { return static_cast<int>(s[axis]); };
  if (s.size() == 2) return {at(0), at(1)};
  if (s[2] <= kMostChannels) return {at(0), at(1), at(2), false};
  if (s[0] <= kMostChannels) return {at(1), at(2), at(0), true};
  fail(
      "--augment: rows have the shape {}, expected images: of three axes the last or the first has at most {} channels",
      fmt::join(s, " × "), kMostChannels);
}

Augmentation with_strengths(Augmentation a, const ImageShape& shape) {
  const int side = std::min(shape.height, shape.width);
  // Rounded, so that the text says all there is to say.
  const auto rounded = [](double value) { return std::round(value * 100) / 100; };
  const double grown = static_cast<double>(side) / kUsualSide;
  if (a.shift < 0) a.shift = std::max(side > 1 ? 1 : 0, static_cast<int>(std::lround(kUsualShift * side)));
  if (a.rotate < 0) a.rotate = kUsualRotation;
  if (a.scale < 0) a.scale = kUsualScale;
  if (a.smoothness < 0) a.smoothness = std::max(0.1, rounded(kUsualSigma * grown));
  // The smoothed displacements have a deviation proportional to α/σ, which grows with the side.
  if (a.elastic < 0) a.elastic = rounded(kUsualElastic / kUsualSigma * a.smoothness * grown);
  if (a.elastic == 0) a.smoothness = 0;
  if (a.shift >= side)
    fail("--augment: shift is {} pixels, but images of {} × {} have nothing left then; expected less than {}", a.shift,
         shape.height, shape.width, side);
  return a;
}

}  // namespace retrograd::training
