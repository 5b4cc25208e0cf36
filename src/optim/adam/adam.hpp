// Adam (Kingma & Ba, ICLR 2015, Algorithm 1), with bias correction. The division by 1−β1ᵗ is part of the step's factor
// η/(1−β1ᵗ); that by 1−β2ᵗ is a multiplication by its reciprocal, under the root. ε is outside the root.
#pragma once

#include <array>
#include <cmath>

#include "optim/adam/moments.hpp"
#include "optim/optimizer.hpp"

namespace retrograd::optim {

struct Adam {
  static constexpr std::array<std::string_view, 6> kFormula = {"g ← scale·g + λ·θ",    "m ← β1·m + (1−β1)·g",
                                                               "v ← β2·v + (1−β2)·g²", "m̂ ← m/(1−β1ᵗ)",
                                                               "v̂ ← v/(1−β2ᵗ)",        "θ ← θ − η·m̂/(√v̂ + ε)"};
  static constexpr OptimizerInfo info = {
      .name = "adam",
      .doc = "adaptive moments with bias correction",
      .source = "Kingma & Ba, \"Adam: A Method for Stochastic Optimization\", ICLR 2015, Algorithm 1",
      .slots = 2,
      .slot_names = Moments::kSlots,
      .attributes = Moments::kAttributes,
      .formula = kFormula,
      .usual_eta = 0.001,
      .decoupled_decay = false,
  };

  /// The scalars of one step, each rounded once.
  template <class T>
  struct Scalars {
    T scale, decay;
    Moments::Scalars<T> moments;
    explicit Scalars(const StepArgs& args)
        : scale(static_cast<T>(args.gradient_scale)), decay(static_cast<T>(args.weight_decay)), moments(args) {}
  };

  template <class T>
  static void reference(T* theta, const T* gradient, T* const* slots, const StepArgs& args, int64_t begin,
                        int64_t end) {
    const Scalars<T> s(args);
    for (int64_t i = begin; i < end; ++i) {
      const T g = std::fma(s.decay, theta[i], s.scale * gradient[i]);
      const T move = Moments::reference(s.moments, g, slots[0][i], slots[1][i]);
      theta[i] = std::fma(-s.moments.rate, move, theta[i]);
    }
  }

  static void step(float* theta, const float* gradient, float* const* slots, const Scalars<float>& s,
                   const Block& block);
};

}  // namespace retrograd::optim
