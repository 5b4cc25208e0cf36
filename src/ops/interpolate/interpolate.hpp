// interpolate: every number through a fixed broken line of its column, as from quantiles to those of a distribution.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> y [N, F]; constants at, to and slope [K, F], K knots a column (Signature: attribute `knots`), `at`
/// ascending (equal knots: the last counts), slope of the last 0:
///   y = to_k + max(min(x, at_(K−1)) − at_k, 0)·slope_k,  k the last knot with at_k <= x, or 0
///   dx = dy·slope_k where at_k < x <= at_(K−1), else 0
/// So numbers below the first and above the last knot have its value, and infinities too. One fused multiply-add: where
/// to_k + (at_(k+1) − at_k)·slope_k <= to_(k+1), as exact numbers, y never falls as x rises. NaN stays NaN.
struct Interpolate {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr AttributeSpec kAttributes[] = {{"knots", 2, 1, 65536, "knots of a column, K"}};
  static constexpr OperatorInfo info = {
      .name = "interpolate",
      .doc = "Puts every number through a fixed piecewise-linear map of its column, such as a quantile transform.",
      .kind = Kind::preprocess,
      .input_names = kInputs,
      .output_name = "y",
      .attributes = kAttributes,
      .forward_ulp = 4,
      .backward_ulp = 2,
      .source =
          "definition; as a quantile transform: Bolstad et al., \"A comparison of normalization methods\", "
          "Bioinformatics 2003, section 2 (to a fixed distribution)",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static void reference_forward(const Reference<float>& r);
  static void reference_forward(const Reference<double>& r);
  static void reference_backward(const Reference<float>& r);
  static void reference_backward(const Reference<double>& r);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);

  enum Parameter { kAt, kTo, kSlope };
};

}  // namespace retrograd::ops
