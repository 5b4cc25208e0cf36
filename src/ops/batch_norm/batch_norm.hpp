// Batch normalisation: every feature is brought to mean 0 and variance 1 over the rows of the batch.
#pragma once

#include <string_view>

#include "retrograd/operator.hpp"

namespace retrograd::ops {

/// x [N, F] -> [N, F]; trained gamma [1, F] and beta [1, F], which do not decay; running_mean and running_var [1, F],
/// which training updates and prediction uses.
///   training:    μ = Σ_n x_n / N,   v = Σ_n (x_n − μ)² / N (population variance, in a second pass)
///                running_mean += momentum·(μ − running_mean),   running_var += momentum·(v·N/(N − 1) − running_var):
///                normalised with the population variance, remembered with the unbiased one, as PyTorch does
///   prediction:  μ = running_mean,   v = running_var
///   ρ = 1/√(v + eps),   x̂ = (x − μ)·ρ,   y = gamma·x̂ + beta,   dgamma = Σ_n dy·x̂,   dbeta = Σ_n dy
///   training:    dx = gamma·ρ·(dy − dbeta/N − x̂·dgamma/N);   prediction: dx = gamma·ρ·dy
/// Only real rows count; sums over samples follow the lane rule (ops/lane_sum.hpp). A training batch of one row has
/// x̂ = 0, y = beta and dx = 0, and leaves the running statistics as they are: one row has no unbiased variance.
/// Running forward_batch again updates the running statistics again.
/// workspace_batch, kept from forward_batch to backward: μ, ρ, dbeta/N, dgamma/N, each [F]. Forward in prediction
/// reads neither it nor what forward_batch did.
struct BatchNorm {
  static constexpr std::string_view kInputs[] = {"x"};
  static constexpr AttributeSpec kAttributes[] = {
      {"eps", 1e-5, 1e-12, 1.0, "added to the variance"},
      {"momentum", 0.1, 0.0, 1.0, "weight of the new batch in the running statistics"}};
  static constexpr OperatorInfo info = {
      .name = "batch_norm",
      .doc = "Brings every feature to mean 0 and variance 1 over the batch, then scales and shifts it.",
      .kind = Kind::normalise,
      .input_names = kInputs,
      .output_name = "a_norm",
      .attributes = kAttributes,
      .forward_ulp = 12,
      // A rounded mean moves x̂ by |x| over the deviation, which dx multiplies. The mean rounds once for every 32 rows
      // and rows move it by 1/√N of their own rounding only: some √N apart. Twice what is found, at N = 258.
      .backward_ulp = 96,
      .batch_first = true,
      .source = "Ioffe and Szegedy, Batch Normalization (2015), algorithms 1 and 2, sec. 3",
  };
  static Shapes shape(const Signature& s);
  static Formula formula(const Signature& s);
  static void forward_batch(const Call& c, Span features);
  static void backward_batch(const Call& c, Span features);
  static void forward(const Call& c, Span panels);
  static void backward(const Call& c, Span panels);
  static void reference_forward(const Reference<float>& r);
  static void reference_forward(const Reference<double>& r);
  static void reference_backward(const Reference<float>& r);
  static void reference_backward(const Reference<double>& r);
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
};

}  // namespace retrograd::ops
