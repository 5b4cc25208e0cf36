// linear: z = x·W + b.
#pragma once

#include "ops/require.hpp"
#include "retrograd/operator.hpp"

namespace retrograd::gemm {
struct Taker;
}

namespace retrograd::ops {

/// x [N, I] -> z [N, O], O = Signature::units. Parameters: W [I, O] and, unless attribute bias is 0, b [O].
///
/// Every element is one chain of fused multiply-adds in ascending order from b or 0: z_o over i, dx_i over o,
/// dW_io and db_o over the samples (of a shard, where there are shards). `backward_batch` is split over runs of kItem
/// inputs, or of kItem outputs where the inputs are too few to share.
struct Linear {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr AttributeSpec kAttributes[] = {{"bias", 1.0, 0.0, 1.0, "1: adds b; 0: does not"}};
  static constexpr OperatorInfo info{.name = "linear",
                                     .doc = "A layer's weighted sums of its inputs.",
                                     .kind = Kind::linear,
                                     .input_names = kInputs,
                                     .output_name = "z",
                                     .attributes = kAttributes,
                                     .source = "definition"};
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static void backward_batch(const Call& c, Span items) { backward_batch(c, items, nullptr); }
  /// The same; the gradient of W goes to `taker`, block by block, if there is one, and is not in `dparameters` then.
  static void backward_batch(const Call& c, Span items, const gemm::Taker* taker);
  template <class T>
  static void reference_forward(const Reference<T>& r);
  template <class T>
  static void reference_backward(const Reference<T>& r);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);

  static constexpr int kItem = 8;  ///< outputs or inputs that one item of backward_batch covers
  /// Rows of dW are shared out rather than columns: a thread's part is then in one piece, which it can update, and the
  /// hardware fetches ahead nothing that another thread writes. Few inputs cannot be shared.
  static bool by_outputs(int inputs, int outputs) { return inputs < 8 * kItem && outputs > inputs; }
  static bool has_bias(const Signature& s) { return s.attributes[0] != 0; }
};

extern template void Linear::reference_forward(const Reference<float>&);
extern template void Linear::reference_forward(const Reference<double>&);
extern template void Linear::reference_backward(const Reference<float>&);
extern template void Linear::reference_backward(const Reference<double>&);

}  // namespace retrograd::ops
