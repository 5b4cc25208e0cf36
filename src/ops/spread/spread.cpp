#include "ops/spread/spread.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/spread/spread.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

void SpreadBackward(const Call& c, Span panels) {
  const FloatTag d;
  const int features = c.features(0), all = c.shapes->output;
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int i = 0; i < features; ++i) {
      for (size_t lane = 0; lane < kPanel; lane += hn::Lanes(d)) {
        FloatVector sum = hn::Zero(d);
        for (int j = i; j < all; j += features) {
          const float* dy = c.dy + panel_at(p * kPanel, j, all) + lane;
          sum = hn::MulAdd(hn::Set(d, c.parameters[0][j]), hn::LoadU(d, dy), sum);
        }
        hn::StoreU(sum, d, c.dx[0] + panel_at(p * kPanel, i, features) + lane);
      }
    }
  }
}

void SpreadGradient(const Call& c, Span items) {
  const FloatTag d;
  const int features = c.features(0), all = c.shapes->output;
  for (int64_t item = items.begin; item < items.end; ++item) {
    const int j = static_cast<int>(item);
    c.dparameters[0][j] = SumOverRows(c, [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
      const auto x = hn::LoadU(d, c.x[0] + panel_at(p * kPanel, j % features, features) + lane);
      return hn::MulAdd(hn::LoadU(d, c.dy + panel_at(p * kPanel, j, all) + lane), x, sum);
    });
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "math/scalar.hpp"

namespace retrograd::ops {

HWY_EXPORT(SpreadBackward);
HWY_EXPORT(SpreadGradient);

namespace {

template <class T>
void forward_rows(const Reference<T>& r) {
  const int features = r.features(0), all = r.shapes->output;
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int j = 0; j < all; ++j) r.y[n * all + j] = r.x[0][n * features + j % features] * r.parameters[0][j];
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  const int features = r.features(0), all = r.shapes->output;
  for (int64_t n = 0; r.dx[0] != nullptr && n < r.rows; ++n) {
    for (int i = 0; i < features; ++i) {
      T sum = 0;
      for (int j = i; j < all; j += features) sum = math::fma(r.parameters[0][j], r.dy[n * all + j], sum);
      r.dx[0][n * features + i] = sum;
    }
  }
  for (int j = 0; j < all; ++j) {
    r.dparameters[0][j] = sum_over_rows<T>(
        r, [&](int64_t n, T sum) { return math::fma(r.dy[n * all + j], r.x[0][n * features + j % features], sum); });
  }
}

}  // namespace

Shapes Spread::shape(const Signature& s) {
  require_members(info, s);
  Shapes shapes;
  shapes.output = for_all_members(info, s, s.features[0]);
  shapes.parameters = {{.name = "r", .cols = shapes.output, .initializer = "signs"}};
  shapes.backward_items = shapes.output;
  shapes.flops_forward = shapes.output;
  shapes.flops_backward = 4.0 * shapes.output;
  return shapes;
}

Formula Spread::formula(const Signature& s) {
  using formula::index_value;
  using formula::symbol;
  using formula::where_positive;
  // Output j is feature i of a member if j − i is a multiple of F.
  const double features = s.features[0];
  formula::Expr own = 0.0;
  for (int m = 0; m < members_of(s); ++m) {
    const formula::Expr place = m == 0 ? index_value("i") : index_value("i") + m * features;
    const formula::Expr hit = where_positive(0.5 - formula::abs(index_value("j") - place), symbol("x", {"i"}), 0.0);
    own = m == 0 ? hit : own + hit;
  }
  return {Formula::Scope::row, formula::sum("i", "I0", own) * symbol("r", {"j"})};
}

void Spread::forward(const Call& c, Span panels) {
  const int features = c.features(0), all = c.shapes->output;
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < all; ++j) {
      const float* x = c.x[0] + panel_at(p * kPanel, j % features, features);
      float* y = c.y + panel_at(p * kPanel, j, all);
      const float r = c.parameters[0][j];
      for (int lane = 0; lane < kPanel; ++lane) y[lane] = x[lane] * r;
    }
  }
}

void Spread::backward(const Call& c, Span panels) {
  if (c.dx[0] != nullptr) HWY_DYNAMIC_DISPATCH(SpreadBackward)(c, panels);
}

void Spread::backward_batch(const Call& c, Span items) { HWY_DYNAMIC_DISPATCH(SpreadGradient)(c, items); }

void Spread::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Spread::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Spread::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Spread::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Spread::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  const std::vector<std::string> copies(static_cast<size_t>(members_of(*use.signature)), use.inputs[0]);
  const std::string all = writer.node("Concat", copies, {onnx_attribute("axis", int64_t{1})});
  return writer.node("Mul", {all, use.parameters[0]});
}

}  // namespace retrograd::ops
#endif
