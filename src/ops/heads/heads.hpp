// heads: outputs of every member of an ensemble, with weights of its own: z_m = x_m·W_m + b_m.
#pragma once

#include <string_view>

#include "ops/members.hpp"

namespace retrograd::ops {

/// x [N, k·I] -> z [N, k·O], member after member, O = Signature::units; trained W [I, k·O], whose columns are the
/// outputs of all members, and b [1, k·O]. For few outputs: nothing is blocked for the cache.
///   z chain over i from b, dx chain over o from 0, ascending;  dW, db by the lane rule (ops/lane_sum.hpp)
struct Heads {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr OperatorInfo info = {
      .name = "heads",
      .doc = "The outputs of every member of an ensemble, each from its own features with weights of its own.",
      .kind = Kind::combine,
      .input_names = kInputs,
      .output_name = "z",
      .attributes = kMembersAttribute,
      .source = "Gorishniy, Kotelnikov & Babenko, \"TabM\", ICLR 2025, section 3 (prediction heads)",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static void backward_batch(const Call& c, Span items);
  static void reference_forward(const Reference<float>& r);
  static void reference_forward(const Reference<double>& r);
  static void reference_backward(const Reference<float>& r);
  static void reference_backward(const Reference<double>& r);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
