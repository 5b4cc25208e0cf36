// piecewise: how far a number has come through each of fixed bins: 0 below a bin, 1 above it, a straight line inside.
// A linear layer behind it is a piecewise-linear function of the number, with a slope of its own in every bin.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, Σ B_c], with B_c = Signature::sizes[c] bins of column c, each column a block of its own (0 bins: the
/// column is left out); constants low [1, Σ B_c], the lower edge of each bin, and scale [1, Σ B_c], 1/its width:
///   y_j = min(1, max(0, (x_c(j) − low_j)·scale_j)),   dx_c = Σ_j∈c dy_j·scale_j where 0 < y_j < 1
/// NaN stays NaN.
struct Piecewise {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr OperatorInfo info = {
      .name = "piecewise",
      .doc = "Says of every number how far it has come through each of fixed bins.",
      .kind = Kind::preprocess,
      .input_names = kInputs,
      .output_name = "bins",
      .forward_ulp = 2,
      .backward_ulp = 2,
      .source =
          "Gorishniy, Rubachev & Babenko, \"On Embeddings for Numerical Features\", NeurIPS 2022, section 3.2; "
          "also below the first and above the last edge the value stays within 0 and 1",
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

  enum Parameter { kLow, kScale };
};

}  // namespace retrograd::ops
