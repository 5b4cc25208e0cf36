// AdamW (Loshchilov & Hutter, ICLR 2019, Algorithm 2): Adam whose weight decay is decoupled from the gradient. The
// decay here is η·λ·θ with the scheduled η (the paper's schedule multiplier times its step size, as most libraries read
// it).
#pragma once

#include <array>
#include <cmath>

#include "optim/adam/moments.hpp"
#include "optim/optimizer.hpp"

namespace retrograd::optim {

struct AdamW {
  static constexpr std::array<std::string_view, 7> kFormula = {
      "g ← scale·g",   "m ← β1·m + (1−β1)·g", "v ← β2·v + (1−β2)·g²", "m̂ ← m/(1−β1ᵗ)",
      "v̂ ← v/(1−β2ᵗ)", "θ ← θ − η·λ·θ",       "θ ← θ − η·m̂/(√v̂ + ε)"};
  static constexpr OptimizerInfo info = {
      .name = "adamw",
      .doc = "Adam with decoupled weight decay",
      .source = "Loshchilov & Hutter, \"Decoupled Weight Decay Regularization\", ICLR 2019, Algorithm 2",
      .slots = 2,
      .slot_names = Moments::kSlots,
      .attributes = Moments::kAttributes,
      .formula = kFormula,
      .usual_eta = 0.001,
      .decoupled_decay = true,
  };

  /// The scalars of one step, each rounded once.
  template <class T>
  struct Scalars {
    T scale, shrink;
    Moments::Scalars<T> moments;
    explicit Scalars(const StepArgs& args)
        : scale(static_cast<T>(args.gradient_scale)),
          shrink(static_cast<T>(args.eta * args.weight_decay)),
          moments(args) {}
  };

  template <class T>
  static void reference(T* theta, const T* gradient, T* const* slots, const StepArgs& args, int64_t begin,
                        int64_t end) {
    const Scalars<T> s(args);
    for (int64_t i = begin; i < end; ++i) {
      const T move = Moments::reference(s.moments, s.scale * gradient[i], slots[0][i], slots[1][i]);
      const T shrunk = std::fma(-s.shrink, theta[i], theta[i]);
      theta[i] = std::fma(-s.moments.rate, move, shrunk);
    }
  }

  static void step(float* theta, const float* gradient, float* const* slots, const Scalars<float>& s,
                   const Block& block);
};

}  // namespace retrograd::optim
