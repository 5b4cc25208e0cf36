// spread: every member of a shared-weight ensemble gets the features times factors of its own: y_(m·F + i) = r_mi·x_i.
#pragma once

#include <string_view>

#include "ops/members.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, k·F], member after member; trained r [1, k·F], from signs drawn at random.
///   dx_i = Σ_m r_mi·dy_mi, m ascending from 0;  dr_mi = Σ_n dy_mi·x_i by the lane rule (ops/lane_sum.hpp)
struct Spread {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr OperatorInfo info = {
      .name = "spread",
      .doc = "Gives every member of a shared-weight ensemble the features, each times a trained factor of its own.",
      .kind = Kind::combine,
      .input_names = kInputs,
      .output_name = "x_members",
      .attributes = kMembersAttribute,
      .forward_ulp = 1,
      .backward_ulp = 2,
      .source =
          "Wen, Tran & Ba, \"BatchEnsemble\", ICLR 2020, section 3 (r); first factors as in Gorishniy, Kotelnikov & "
          "Babenko, \"TabM\", ICLR 2025, section 3",
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
