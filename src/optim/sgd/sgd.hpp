// Plain gradient descent: θ ← θ − η·g (Cauchy 1847; stochastic form: Robbins & Monro 1951).
#pragma once

#include <array>
#include <cmath>

#include "optim/optimizer.hpp"

namespace retrograd::optim {

struct Sgd {
  static constexpr std::array<std::string_view, 2> kFormula = {"g ← scale·g + λ·θ", "θ ← θ − η·g"};
  static constexpr OptimizerInfo info = {
      .name = "sgd",
      .doc = "plain gradient descent",
      .source = "Robbins & Monro, \"A Stochastic Approximation Method\", 1951",
      .slots = 0,
      .slot_names = {},
      .attributes = {},
      .formula = kFormula,
      .usual_eta = 0.1,
      .decoupled_decay = false,
  };

  /// The scalars of one step, each rounded once.
  template <class T>
  struct Scalars {
    T scale, decay, eta;
    explicit Scalars(const StepArgs& args)
        : scale(static_cast<T>(args.gradient_scale)),
          decay(static_cast<T>(args.weight_decay)),
          eta(static_cast<T>(args.eta)) {}
  };

  template <class T>
  static void reference(T* theta, const T* gradient, T* const* /*slots*/, const StepArgs& args, int64_t begin,
                        int64_t end) {
    const Scalars<T> s(args);
    for (int64_t i = begin; i < end; ++i) {
      const T g = std::fma(s.decay, theta[i], s.scale * gradient[i]);
      theta[i] = std::fma(-s.eta, g, theta[i]);
    }
  }

  static void step(float* theta, const float* gradient, float* const* slots, const Scalars<float>& s,
                   const Block& block);
};

}  // namespace retrograd::optim
