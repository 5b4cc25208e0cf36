// RMSprop (Tieleman & Hinton 2012): the gradient divided by a running root of its mean square. ε is added outside the
// root; the lecture has no ε.
#pragma once

#include <array>
#include <cmath>

#include "optim/optimizer.hpp"

namespace retrograd::optim {

struct RmsProp {
  static constexpr std::array<std::string_view, 1> kSlots = {"v"};
  static constexpr std::array<AttributeSpec, 2> kAttributes = {{
      {"rho", 0.9, 0.0, 0.999999, "share of the running mean square that is kept"},
      {"epsilon", 1e-8, 1e-12, 1.0, "added to the root"},
  }};
  static constexpr std::array<std::string_view, 3> kFormula = {"g ← scale·g + λ·θ", "v ← ρ·v + (1−ρ)·g²",
                                                               "θ ← θ − η·g/(√v + ε)"};
  static constexpr OptimizerInfo info = {
      .name = "rmsprop",
      .doc = "gradient divided by a running root mean square",
      .source = "Tieleman & Hinton, \"Neural Networks for Machine Learning\", lecture 6.5, Coursera 2012",
      .slots = 1,
      .slot_names = kSlots,
      .attributes = kAttributes,
      .formula = kFormula,
      .usual_eta = 0.001,
      .decoupled_decay = false,
  };

  /// The scalars of one step, each rounded once.
  template <class T>
  struct Scalars {
    T scale, decay, eta, rho, fresh, epsilon;
    explicit Scalars(const StepArgs& args)
        : scale(static_cast<T>(args.gradient_scale)),
          decay(static_cast<T>(args.weight_decay)),
          eta(static_cast<T>(args.eta)),
          rho(static_cast<T>(args.attributes[0])),
          fresh(static_cast<T>(1 - args.attributes[0])),
          epsilon(static_cast<T>(args.attributes[1])) {}
  };

  template <class T>
  static void reference(T* theta, const T* gradient, T* const* slots, const StepArgs& args, int64_t begin,
                        int64_t end) {
    const Scalars<T> s(args);
    T* v = slots[0];
    for (int64_t i = begin; i < end; ++i) {
      const T g = std::fma(s.decay, theta[i], s.scale * gradient[i]);
      v[i] = std::fma(s.rho, v[i], s.fresh * (g * g));
      theta[i] = std::fma(-s.eta, g / (std::sqrt(v[i]) + s.epsilon), theta[i]);
    }
  }

  static void step(float* theta, const float* gradient, float* const* slots, const Scalars<float>& s,
                   const Block& block);
};

}  // namespace retrograd::optim
