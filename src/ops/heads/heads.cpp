#include "ops/heads/heads.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/heads/heads.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct HeadSizes {
  explicit HeadSizes(const Call& c)
      : members(members_of(*c.signature)), I(c.features(0) / members), O(c.signature->units), all(members * O) {}
  const int members, I, O, all;
};

void HeadsForward(const Call& c, Span panels) {
  const FloatTag d;
  const HeadSizes s(c);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int j = 0; j < s.all; ++j) {
      const float* x = c.x[0] + panel_at(p * kPanel, j / s.O * s.I, c.features(0));
      FloatVector sum[kVectors];
      for (FloatVector& v : sum) v = hn::Set(d, c.parameters[1][j]);
      for (int i = 0; i < s.I; ++i) {
        const auto w = hn::Set(d, c.parameters[0][i * s.all + j]);
        for (size_t v = 0; v < kVectors; ++v)
          sum[v] = hn::MulAdd(hn::LoadU(d, x + static_cast<size_t>(i) * kPanel + v * hn::Lanes(d)), w, sum[v]);
      }
      for (size_t v = 0; v < kVectors; ++v)
        hn::StoreU(sum[v], d, c.y + panel_at(p * kPanel, j, s.all) + v * hn::Lanes(d));
    }
  }
}

void HeadsBackward(const Call& c, Span panels) {
  const FloatTag d;
  const HeadSizes s(c);
  for (int64_t p = panels.begin; p < panels.end; ++p) {
    for (int q = 0; q < s.members * s.I; ++q) {
      const int i = q % s.I, first = q / s.I * s.O;
      FloatVector sum[kVectors];
      for (FloatVector& v : sum) v = hn::Zero(d);
      for (int j = first; j < first + s.O; ++j) {
        const auto w = hn::Set(d, c.parameters[0][i * s.all + j]);
        const float* dy = c.dy + panel_at(p * kPanel, j, s.all);
        for (size_t v = 0; v < kVectors; ++v) sum[v] = hn::MulAdd(hn::LoadU(d, dy + v * hn::Lanes(d)), w, sum[v]);
      }
      for (size_t v = 0; v < kVectors; ++v)
        hn::StoreU(sum[v], d, c.dx[0] + panel_at(p * kPanel, q, c.features(0)) + v * hn::Lanes(d));
    }
  }
}

void HeadsGradients(const Call& c, Span outputs) {
  const FloatTag d;
  const HeadSizes s(c);
  for (int64_t item = outputs.begin; item < outputs.end; ++item) {
    const int j = static_cast<int>(item), first = j / s.O * s.I;
    const auto dy = [&](int64_t p, size_t lane)
                        HWY_ATTR { return hn::LoadU(d, c.dy + panel_at(p * kPanel, j, s.all) + lane); };
    for (int i = 0; i < s.I; ++i) {
      c.dparameters[0][i * s.all + j] = SumOverRows(c, [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR {
        const float* x = c.x[0] + panel_at(p * kPanel, first + i, c.features(0)) + lane;
        return hn::MulAdd(hn::LoadU(d, x), dy(p, lane), sum);
      });
    }
    c.dparameters[1][j] =
        SumOverRows(c, [&](int64_t p, size_t lane, FloatVector sum) HWY_ATTR { return hn::Add(sum, dy(p, lane)); });
  }
}

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <numeric>

#include "math/scalar.hpp"

namespace retrograd::ops {

HWY_EXPORT(HeadsForward);
HWY_EXPORT(HeadsBackward);
HWY_EXPORT(HeadsGradients);

namespace {

template <class T>
struct Sizes {
  explicit Sizes(const Reference<T>& r)
      : I(r.features(0) / members_of(*r.signature)), O(r.signature->units), all(r.shapes->output), r_(r) {}
  /// What output j reads.
  T x(int64_t n, int64_t j, int64_t i) const { return r_.x[0][n * r_.features(0) + j / O * I + i]; }
  T W(int64_t i, int64_t j) const { return r_.parameters[0][i * all + j]; }
  T dy(int64_t n, int64_t j) const { return r_.dy[n * all + j]; }
  const int64_t I, O, all;

 private:
  const Reference<T>& r_;
};

template <class T>
void forward_rows(const Reference<T>& r) {
  const Sizes<T> at(r);
  for (int64_t n = 0; n < r.rows; ++n) {
    for (int64_t j = 0; j < at.all; ++j) {
      T sum = r.parameters[1][j];
      for (int64_t i = 0; i < at.I; ++i) sum = math::fma(at.x(n, j, i), at.W(i, j), sum);
      r.y[n * at.all + j] = sum;
    }
  }
}

template <class T>
void backward_rows(const Reference<T>& r) {
  const Sizes<T> at(r);
  for (int64_t n = 0; r.dx[0] != nullptr && n < r.rows; ++n) {
    for (int64_t q = 0; q < r.features(0); ++q) {
      T sum = 0;
      for (int64_t j = q / at.I * at.O; j < (q / at.I + 1) * at.O; ++j)
        sum = math::fma(at.dy(n, j), at.W(q % at.I, j), sum);
      r.dx[0][n * r.features(0) + q] = sum;
    }
  }
  for (int64_t j = 0; j < at.all; ++j) {
    for (int64_t i = 0; i < at.I; ++i)
      r.dparameters[0][i * at.all + j] =
          sum_over_rows<T>(r, [&](int64_t n, T sum) { return math::fma(at.x(n, j, i), at.dy(n, j), sum); });
    r.dparameters[1][j] = sum_over_rows<T>(r, [&](int64_t n, T sum) { return sum + at.dy(n, j); });
  }
}

}  // namespace

Shapes Heads::shape(const Signature& s) {
  const int inputs = member_features(info, s);
  if (s.units < 1)
    fail("heads: units is {}; expected at least 1 output a member, which has {} inputs", s.units, inputs);
  Shapes shapes;
  shapes.output = for_all_members(info, s, s.units);
  shapes.parameters = {{.name = "W", .rows = inputs, .cols = shapes.output, .decays = true, .initializer = "fan"},
                       {.name = "b", .cols = shapes.output}};
  shapes.backward_items = shapes.output;
  shapes.flops_forward = 2.0 * inputs * shapes.output;
  shapes.flops_backward = 4.0 * inputs * shapes.output;
  return shapes;
}

Formula Heads::formula(const Signature& s) {
  using formula::symbol;
  const formula::Expr products = formula::sum("i", "I0", symbol("x", {"i"}) * symbol("W", {"i", "j"}));
  Formula f{Formula::Scope::row, products + symbol("b", {"j"})};
  f.blocks = members_of(s);
  return f;
}

void Heads::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(HeadsForward)(c, panels); }

void Heads::backward(const Call& c, Span panels) {
  if (c.dx[0] != nullptr) HWY_DYNAMIC_DISPATCH(HeadsBackward)(c, panels);
}

void Heads::backward_batch(const Call& c, Span items) { HWY_DYNAMIC_DISPATCH(HeadsGradients)(c, items); }

void Heads::reference_forward(const Reference<float>& r) { forward_rows(r); }
void Heads::reference_forward(const Reference<double>& r) { forward_rows(r); }
void Heads::reference_backward(const Reference<float>& r) { backward_rows(r); }
void Heads::reference_backward(const Reference<double>& r) { backward_rows(r); }

std::string Heads::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  const int64_t members = members_of(*use.signature), outputs = use.signature->units;
  const int64_t inputs = use.signature->features[0] / members;
  const auto columns = [&](const std::string& of, int64_t first, int64_t count) {
    std::vector<int64_t> places(static_cast<size_t>(count));
    std::iota(places.begin(), places.end(), first);
    return writer.node("Gather", {of, writer.constant_int64(std::move(places), {count})},
                       {onnx_attribute("axis", int64_t{1})});
  };
  std::vector<std::string> sums;
  for (int64_t m = 0; m < members; ++m)
    sums.push_back(writer.node(
        "MatMul", {columns(use.inputs[0], m * inputs, inputs), columns(use.parameters[0], m * outputs, outputs)}));
  const std::string all = writer.node("Concat", sums, {onnx_attribute("axis", int64_t{1})});
  return writer.node("Add", {all, use.parameters[1]});
}

}  // namespace retrograd::ops
#endif
