// The contract of an optimiser: what one room must say of itself. One room (a struct with static members) per
// optimiser; `make_optimizer<Room>()` erases its type, and a missing obligation is a compile error.
//
// An update is elementwise: element i of θ, of the gradient and of every state slot, and nothing else. So a step may be
// split into any ranges over any threads, and the bits are the same. State slots start as zeros.
//
// The reference (T = float or double) and the float kernel perform the same operations in the same order: additions,
// multiplications, fused multiply-adds where the room says so, divisions and square roots, all correctly rounded (IEEE
// 754). So the kernel equals the float reference to the bit at every vector width. Scalars of a step (bias corrections
// and the like) are computed in double and rounded once to T.
//
// Methods that read the loss and its gradient at several points to make one step are not elementwise: see
// objective.hpp. They stand in the same list, with `full_batch` set and without step functions.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "optim/attributes.hpp"

namespace retrograd::optim {

inline constexpr int kMaxSlots = 2;

/// What is fixed of an optimiser.
struct OptimizerInfo {
  std::string_view name;    ///< lower case, unique
  std::string_view doc;     ///< one sentence
  std::string_view source;  ///< paper
  int slots;                ///< state arrays, each as long as θ
  std::span<const std::string_view> slot_names;
  std::span<const AttributeSpec> attributes;
  std::span<const std::string_view> formula;  ///< the update, one assignment a line, in the order of execution
  double usual_eta;                           ///< a learning rate to start from
  bool decoupled_decay;  ///< weight decay shrinks θ itself (adamw) instead of being added to the gradient as an L2 term
  bool full_batch = false;     ///< a step is an iteration over all rows, of more than one evaluation
  int repeated_slots_by = -1;  ///< attribute that says how many of each slot there are; −1: one
};

/// The numbers of one step.
struct StepArgs {
  double eta = 0;             ///< learning rate η of this step, from the schedule
  double weight_decay = 0;    ///< λ of the range at hand: give 0 for biases and other parameters that do not decay
  double gradient_scale = 1;  ///< the gradient is multiplied by this first: 1/Σw for a mean, times the clip factor
  int64_t step = 1;           ///< t, counted from 1
  std::span<const double> attributes;  ///< one a spec, in order (see resolve_attributes)
};

/// A part of a matrix of parameters: rows of `cols` elements that lie `stride` apart from `begin` on. Of their gradient
/// a pointer to its own first number is given; its rows lie `gradient_stride` apart.
struct Block {
  int64_t begin = 0;
  int64_t rows = 1, cols = 0, stride = 0;
  int64_t gradient_stride = 0;
};

/// The scalars of one step of a room, its type erased.
struct Prepared {
  alignas(double) std::array<std::byte, 48> bytes;
};

template <class T>
using StepFunction = void (*)(T* theta, const T* gradient, T* const* slots, const StepArgs& args, int64_t begin,
                              int64_t end);

/// The obligations of a room: its info, the scalars of a step, the reference for float and double, and the float
/// kernel.
template <class R>
concept OptimizerRoom = requires(float* f, const float* gf, float* const* sf, double* d, const double* gd,
                                 double* const* sd, const StepArgs& args, int64_t i, const Block& block) {
  { R::info } -> std::convertible_to<const OptimizerInfo&>;
  { R::template reference<float>(f, gf, sf, args, i, i) } -> std::same_as<void>;
  { R::template reference<double>(d, gd, sd, args, i, i) } -> std::same_as<void>;
  { R::step(f, gf, sf, typename R::template Scalars<float>(args), block) } -> std::same_as<void>;
}
&&(R::info.slots >= 0 && R::info.slots <= kMaxSlots) && (R::info.slot_names.size() == size_t(R::info.slots)) &&
    (!R::info.name.empty()) && (!R::info.doc.empty()) && (!R::info.source.empty()) && (!R::info.formula.empty());

/// An optimiser with its type erased. The step functions update elements [begin, end) of `theta` [n], given `gradient`
/// [n] (of the same range, read only) and `slots`, one array [n] a slot (may be null if there are none).
struct Optimizer {
  OptimizerInfo info{};
  StepFunction<float> step_f32 = nullptr;  ///< vectorised, chosen for the machine at run time
  /// The same for a block, of the scalars of a step: many small blocks compute those once.
  void (*step_block)(float* theta, const float* gradient, float* const* slots, const Prepared& scalars,
                     const Block& block) = nullptr;
  Prepared (*prepare)(const StepArgs& args) = nullptr;
  StepFunction<float> step_ref_f32 = nullptr;   ///< plain loop; the same bits
  StepFunction<double> step_ref_f64 = nullptr;  ///< plain loop in double
};

template <OptimizerRoom R>
constexpr Optimizer make_optimizer() {
  using Scalars = typename R::template Scalars<float>;
  static_assert(std::is_trivially_copyable_v<Scalars> && sizeof(Scalars) <= sizeof(Prepared));
  Optimizer o;
  o.info = R::info;
  o.step_f32 = [](float* theta, const float* gradient, float* const* slots, const StepArgs& args, int64_t begin,
                  int64_t end) {
    if (begin < end) R::step(theta, gradient + begin, slots, Scalars(args), {.begin = begin, .cols = end - begin});
  };
  o.step_block = [](float* theta, const float* gradient, float* const* slots, const Prepared& scalars,
                    const Block& block) {
    R::step(theta, gradient, slots, *reinterpret_cast<const Scalars*>(scalars.bytes.data()), block);
  };
  o.prepare = [](const StepArgs& args) {
    const Scalars scalars(args);
    Prepared result;
    std::memcpy(result.bytes.data(), &scalars, sizeof(scalars));
    return result;
  };
  o.step_ref_f32 = &R::template reference<float>;
  o.step_ref_f64 = &R::template reference<double>;
  return o;
}

/// A method of the full batch (its room holds its info and a function of an objective).
template <class R>
constexpr Optimizer full_batch_method() {
  static_assert(R::info.full_batch && !R::info.formula.empty());
  Optimizer o;
  o.info = R::info;
  return o;
}

/// The optimiser of that name. Throws Error listing the names.
const Optimizer& optimizer(std::string_view name);
/// Every optimiser, plain gradient descent first, those of the full batch last.
std::span<const Optimizer> all_optimizers();
/// Those with step functions.
std::span<const Optimizer> elementwise_optimizers();

/// An optimiser with its attributes, as users choose it.
struct OptimizerChoice {
  const Optimizer* optimizer = nullptr;
  std::vector<double> attributes;  ///< one a spec, in order
};
/// The names of its state arrays, numbered ("s1", "y1", "s2", …) where slots are repeated.
std::vector<std::string> slot_names(const OptimizerChoice& choice);
/// The optimiser `name` with `given` attributes, defaults for the others. Throws Error for an unknown name or
/// attribute, or a value out of range.
OptimizerChoice choose_optimizer(std::string_view name, std::span<const NamedValue> given = {});
/// Reads "adam" or "adam:beta1=0.8,epsilon=1e-7". Throws Error for an unknown name or attribute, or a value out of
/// range.
OptimizerChoice parse_optimizer(std::string_view text);
/// The text form, all attributes written; parse_optimizer reads it back exactly.
std::string to_string(const OptimizerChoice& choice);

/// base^n by repeated squaring, n >= 0: multiplications only, so the same bits everywhere.
constexpr double integer_power(double base, int64_t n) {
  double result = 1;
  for (; n > 0; n >>= 1) {
    if (n & 1) result *= base;
    base *= base;
  }
  return result;
}

}  // namespace retrograd::optim
