// Python's side of a run: callbacks, Ctrl-C, and what they raise.
#pragma once

#include <chrono>

#include "bindings.hpp"
#include "retrograd/train.hpp"

namespace retrograd::python {

/// Called without the interpreter's lock, which it takes. Each callback may be None.
class Listener {
 public:
  Listener(py::object epoch, py::object step, py::object log)
      : epoch_(std::move(epoch)), step_(std::move(step)), log_(std::move(log)) {}

  /// They refer to this object.
  Callbacks callbacks();

  /// True after something was raised; else what the call returns. What the call raises is kept.
  template <class Call>
  bool guarded(const Call& call) {
    if (!raised_.is_none()) return true;
    try {
      return call();
    } catch (const py::error_already_set& error) {
      keep(error);
      return true;
    }
  }

  /// What was raised, with its traceback; None if nothing was.
  py::object raised() const { return raised_; }

  /// Whether Python takes it for true; None is no.
  static bool truth(const py::object& answer);

 private:
  using SteadyClock = std::chrono::steady_clock;

  bool on_step(int64_t step, int64_t steps);
  Control on_epoch(const EpochReport& report);
  void on_log(const std::string& line);
  void keep(const py::error_already_set& error);

  py::object epoch_, step_, log_, raised_ = py::none();
  SteadyClock::time_point looked_ = SteadyClock::now();
};

}  // namespace retrograd::python
