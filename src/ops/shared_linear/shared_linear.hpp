// shared_linear: the same weights for every member of an ensemble: z_m = x_m·W.
#pragma once

#include <string_view>

#include "ops/members.hpp"

namespace retrograd::ops {

/// x [N, k·I] -> z [N, k·O], member after member, O = Signature::units; trained W [I, O], one for all members.
///
/// Elements of z and dx are chains of fused multiply-adds from 0, ascending over i and o. So is dW over the samples of
/// full panels (of a shard, where there are shards), in each of which member follows member; of a last panel that is
/// not full, every member's samples are a chain of their own, and these are added in order.
struct SharedLinear {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr OperatorInfo info = {
      .name = "shared_linear",
      .doc = "A layer's weighted sums for every member of an ensemble, with weights that they share.",
      .kind = Kind::combine,
      .input_names = kInputs,
      .output_name = "z",
      .attributes = kMembersAttribute,
      .source = "Wen, Tran & Ba, \"BatchEnsemble\", ICLR 2020, section 3 (the shared weight)",
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
