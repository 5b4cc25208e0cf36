// The numbers of a problem: real ones, small integers, and extremes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "support/problem.hpp"

namespace retrograd::support {
namespace {

template <class V>
const auto& last_or(const V& values, size_t k) {
  return values[std::min(k, values.size() - 1)];
}

float uniform(Stream& random, Interval range) {
  return static_cast<float>(range.low + (range.high - range.low) * random.uniform());
}

/// An integer of magnitude at most 4 within the range, or a uniform number where the range holds none.
float integer(Stream& random, Interval range) {
  const double low = std::ceil(std::max(range.low, -4.0)), high = std::floor(std::min(range.high, 4.0));
  if (low > high) return uniform(random, range);
  return static_cast<float>(low + static_cast<double>(random.below(static_cast<uint64_t>(high - low) + 1)));
}

float number(Stream& random, Interval range, Numbers numbers) {
  return numbers == Numbers::integers ? integer(random, range) : uniform(random, range);
}

class Maker {
 public:
  Maker(Problem& problem, Numbers numbers, double margin, uint32_t salt)
      : p_(problem), numbers_(numbers), margin_(margin), random_(11, Purpose::check, salt, 1), kinks_(kinks_of(p_)) {}

  void inputs() {
    p_.data.x.resize(static_cast<size_t>(p_.inputs()));
    // Targets first: the kinks of a loss are distances from them.
    for (int k = p_.inputs() - 1; k >= 0; --k) {
      auto& values = p_.data.x[static_cast<size_t>(k)];
      const auto features = static_cast<size_t>(p_.features(k));
      values.resize(static_cast<size_t>(p_.rows) * features);
      for (int64_t n = 0; n < p_.rows; ++n)
        row(k, n, std::span(values).subspan(static_cast<size_t>(n) * features, features));
    }
  }

  void parameters() {
    for (size_t k = 0; k < p_.shapes.parameters.size(); ++k) {
      const ops::ParameterSpec& spec = p_.shapes.parameters[k];
      std::vector<float> values(static_cast<size_t>(spec.rows) * static_cast<size_t>(spec.cols));
      if (!p_.c.fill_parameter || !p_.c.fill_parameter(static_cast<int>(k), values, random_)) {
        for (float& v : values) v = number(random_, p_.c.parameters, numbers_);
      }
      p_.data.parameters.push_back(std::move(values));
    }
  }

  void upstream() {
    p_.data.dy.resize(static_cast<size_t>(p_.rows) * static_cast<size_t>(p_.outputs()));
    for (float& v : p_.data.dy) v = number(random_, {-2, 2}, numbers_);
  }

 private:
  void row(int k, int64_t n, std::span<float> values) {
    if (p_.c.fill && p_.c.fill(k, n, values, random_)) return;
    for (size_t j = 0; j < values.size(); ++j) {
      if (numbers_ == Numbers::extremes && k == 0) {
        values[j] = p_.c.extremes[(static_cast<size_t>(n) + j) % p_.c.extremes.size()];
        continue;
      }
      do {
        values[j] = number(random_, last_or(p_.c.x, static_cast<size_t>(k)), numbers_);
      } while (k == 0 && near_kink(n, j, values[j]));
    }
  }

  bool near_kink(int64_t n, size_t j, float value) const {
    if (margin_ == 0) return false;
    double at = value;
    if (p_.op->info->kind == ops::Kind::loss && p_.features(1) == p_.features(0)) {
      at -= p_.data.x[1][static_cast<size_t>(n) * static_cast<size_t>(p_.features(1)) + j];
    }
    return std::any_of(kinks_.begin(), kinks_.end(), [&](double kink) { return std::fabs(at - kink) < margin_; });
  }

  Problem& p_;
  Numbers numbers_;
  double margin_;
  Stream random_;
  std::vector<double> kinks_;
};

}  // namespace

std::string Problem::where() const { return fmt::format("{}, case {}, {} rows", op->info->name, c.name, rows); }

std::vector<double> kinks_of(const Problem& p) {
  std::vector<double> kinks(p.op->info->kinks.begin(), p.op->info->kinks.end());
  kinks.insert(kinks.end(), p.c.avoid.begin(), p.c.avoid.end());
  return kinks;
}

Problem make_problem(const ops::Operator& op, const Case& c, int64_t rows, Numbers numbers, double margin,
                     uint32_t salt) {
  Problem p;
  p.op = &op;
  p.c = c;
  p.shapes = op.shape(c.signature);
  p.rows = numbers == Numbers::extremes ? static_cast<int64_t>(c.extremes.size()) : rows;
  Maker maker(p, numbers, margin, salt);
  maker.inputs();
  maker.parameters();
  maker.upstream();
  return p;
}

template <class T>
Data<T> data_as(const Problem& p) {
  const auto convert = [](const std::vector<float>& v) { return std::vector<T>(v.begin(), v.end()); };
  Data<T> d;
  for (const auto& x : p.data.x) d.x.push_back(convert(x));
  for (const auto& w : p.data.parameters) d.parameters.push_back(convert(w));
  d.dy = convert(p.data.dy);
  return d;
}
template Data<float> data_as(const Problem&);
template Data<double> data_as(const Problem&);

}  // namespace retrograd::support
