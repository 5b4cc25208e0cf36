// smooth_clip: y = x/√(1 + (x/limit)²): the identity around 0, and never beyond ±limit.
#pragma once

#include <cmath>

#include "math/scalar.hpp"
#include "ops/elementwise.hpp"

namespace retrograd::ops {

struct SmoothClipScalar {
  /// With r = min(|x|, limit)/max(|x|, limit) both sides of the limit are one formula, and no square overflows.
  template <class T>
  static T value(T x, T limit) {
    const T a = std::fabs(x);
    const T low = a < limit ? a : limit, r = low / (a < limit ? limit : a);
    return std::copysign(low / math::sqrt(T{1} + r * r), x);
  }
  /// (1 + (x/limit)²)^(−3/2)
  template <class T>
  static T gain(T x, T limit) {
    const T a = std::fabs(x);
    const bool inside = a < limit;
    const T r = inside ? a / limit : limit / a;
    const T s = T{1} + r * r, root = math::sqrt(s);
    return (inside ? T{1} : r * r * r) / (s * root);
  }
};

/// x [N, F] -> [N, F].
struct SmoothClip : Elementwise<SmoothClipScalar> {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr AttributeSpec kAttributes[] = {{"limit", 3.0, 1e-3, 1e6, "size that no output exceeds"}};
  static constexpr OperatorInfo info{
      .name = "smooth_clip",
      .doc = "Draws in what lies far out: nearly the identity around 0, within ±limit everywhere.",
      .kind = Kind::preprocess,
      .input_names = kInputs,
      .output_name = "x_clip",
      .attributes = kAttributes,
      .forward_ulp = 4,
      .backward_ulp = 8,
      .source = "Holzmueller, Grinsztajn & Steinwart, \"Better by Default\", NeurIPS 2024, section 3 (limit 3)"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
