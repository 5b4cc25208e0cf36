// Divergence explained: a state of the run is kept now and then, and the steps since then are taken again, watched.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "train/engine/engine.hpp"
#include "train/engine/first_bad_number.hpp"

namespace retrograd::training {

class Replay {
 public:
  /// Whether the state before the step after `step` is worth keeping: none is kept, or 512 steps have passed since.
  /// (Keeping copies the parameters and slots.)
  bool wants_state(int64_t step) const;
  void keep(int64_t step, const Engine& engine);
  /// A step is about to be taken from the state that follows from the kept one.
  void record(const StepRecord& step) { taken_.push_back(step); }
  /// The run goes on from elsewhere.
  void forget();

  /// Takes the steps since the kept state again on `engine`, whose state is lost, and says where the first number stops
  /// being finite and how the values grew over the steps before; "" if every number is finite. `rows_of` gives the rows
  /// of a step that was recorded.
  std::string explain(const EngineSetup& setup, Engine& engine,
                      const std::function<std::span<const int64_t>(const StepRecord&)>& rows_of) const;

 private:
  /// A copy of an engine's numbers, in its precision.
  template <class T>
  struct Kept {
    std::vector<T> parameters;
    std::vector<std::vector<T>> slots;  ///< none before the first step: all zero
  };
  template <class T>
  void keep(const NumbersOf<T>& now, bool slots);

  int64_t step_ = -1;
  std::variant<Kept<float>, Kept<double>> kept_;
  std::vector<StepRecord> taken_;
};

}  // namespace retrograd::training
