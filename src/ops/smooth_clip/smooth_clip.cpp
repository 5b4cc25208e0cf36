#include "ops/smooth_clip/smooth_clip.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/smooth_clip/smooth_clip.cpp"
#include "math/targets.hpp"
// Highway re-includes this file per target from here.
#include <hwy/foreach_target.h>

#include "ops/elementwise-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace retrograd::ops::HWY_NAMESPACE {

struct SmoothClipVector {
  template <class D, class V>
  static HWY_INLINE V Value(D d, V x, V limit) {
    const V a = hn::Abs(x), one = hn::Set(d, 1.0f);
    const auto inside = hn::Lt(a, limit);
    const V low = hn::IfThenElse(inside, a, limit);
    const V r = hn::Div(low, hn::IfThenElse(inside, limit, a));
    return hn::CopySign(hn::Div(low, hn::Sqrt(hn::Add(one, hn::Mul(r, r)))), x);
  }
  template <class D, class V>
  static HWY_INLINE V Gain(D d, V x, V limit) {
    const V a = hn::Abs(x), one = hn::Set(d, 1.0f);
    const auto inside = hn::Lt(a, limit);
    const V r = hn::Div(hn::IfThenElse(inside, a, limit), hn::IfThenElse(inside, limit, a));
    const V square = hn::Mul(r, r), s = hn::Add(one, square);
    return hn::Div(hn::IfThenElse(inside, one, hn::Mul(square, r)), hn::Mul(s, hn::Sqrt(s)));
  }
};

void SmoothClipForward(const Call& c, Span panels) { ElementwiseForward<SmoothClipVector>(c, panels); }
void SmoothClipBackward(const Call& c, Span panels) { ElementwiseBackward<SmoothClipVector>(c, panels); }

}  // namespace retrograd::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace retrograd::ops {

HWY_EXPORT(SmoothClipForward);
HWY_EXPORT(SmoothClipBackward);

void SmoothClip::forward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(SmoothClipForward)(c, panels); }
void SmoothClip::backward(const Call& c, Span panels) { HWY_DYNAMIC_DISPATCH(SmoothClipBackward)(c, panels); }

Shapes SmoothClip::shape(const Signature& s) { return elementwise_shape(info, s, false, 6); }

Formula SmoothClip::formula(const Signature& s) {
  const formula::Expr x = formula::symbol("x");
  return {Formula::Scope::element, x / formula::sqrt(1.0 + formula::power(x / s.attributes[0], 2))};
}

std::string SmoothClip::to_onnx(OnnxWriter& writer, const OnnxUse& use) {
  // As the kernel: a square of x would overflow.
  const std::string a = writer.node("Abs", {use.inputs[0]});
  const std::string limit = writer.constant({use.signature->attributes[0]});
  const std::string low = writer.node("Min", {a, limit});
  const std::string r = writer.node("Div", {low, writer.node("Max", {a, limit})});
  const std::string s = writer.node("Add", {writer.node("Mul", {r, r}), writer.constant({1.0})});
  const std::string size = writer.node("Div", {low, writer.node("Sqrt", {s})});
  return writer.node("Mul", {writer.node("Sign", {use.inputs[0]}), size});
}

}  // namespace retrograd::ops
#endif
