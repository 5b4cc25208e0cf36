#include "fuzz/target.hpp"

namespace retrograd::fuzz {

#define RETROGRAD_TARGET(name) \
  { #name, run_##name, seeds_##name }

std::span<const Target> targets() {
  static constexpr Target kAll[] = {
      RETROGRAD_TARGET(csv),     RETROGRAD_TARGET(dataspec),   RETROGRAD_TARGET(cache),
      RETROGRAD_TARGET(idx),     RETROGRAD_TARGET(npy),        RETROGRAD_TARGET(npz),
      RETROGRAD_TARGET(gz),      RETROGRAD_TARGET(config),     RETROGRAD_TARGET(model),
      RETROGRAD_TARGET(network), RETROGRAD_TARGET(checkpoint), RETROGRAD_TARGET(safetensors),
      RETROGRAD_TARGET(receipt), RETROGRAD_TARGET(report)};
  return kAll;
}

}  // namespace retrograd::fuzz
