#include "listener.hpp"

namespace retrograd::python {
namespace {

/// How often a run without a step callback looks for Ctrl-C: taking the interpreter's lock costs microseconds, and so
/// does a step of a small network.
constexpr auto kLookEvery = std::chrono::milliseconds(20);

}  // namespace

Callbacks Listener::callbacks() {
  Callbacks c;
  c.step = [this](int64_t step, int64_t steps) { return on_step(step, steps); };
  if (!epoch_.is_none()) c.epoch = [this](const EpochReport& report) { return on_epoch(report); };
  if (!log_.is_none()) c.log = [this](const std::string& line) { on_log(line); };
  return c;
}

bool Listener::on_step(int64_t step, int64_t steps) {
  const auto now = SteadyClock::now();
  if (step_.is_none() && now - looked_ < kLookEvery) return false;
  looked_ = now;
  const py::gil_scoped_acquire acquire;
  return guarded([&] {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    return !step_.is_none() && truth(step_(step, steps));
  });
}

Control Listener::on_epoch(const EpochReport& report) {
  const py::gil_scoped_acquire acquire;
  Control control;
  control.stop = guarded([&] {
    const py::object answer = epoch_(report);
    if (!py::isinstance<Control>(answer)) return truth(answer);
    control.learning_rate_factor = answer.cast<Control>().learning_rate_factor;
    return answer.cast<Control>().stop;
  });
  return control;
}

void Listener::on_log(const std::string& line) {
  const py::gil_scoped_acquire acquire;
  guarded([&] {
    log_(line);
    return false;
  });
}

bool Listener::truth(const py::object& answer) {
  const int value = PyObject_IsTrue(answer.ptr());
  if (value < 0) throw py::error_already_set();
  return value != 0;
}

/// Nothing is called any more, and the run stops at its next step.
void Listener::keep(const py::error_already_set& error) {
  raised_ = error.value();
  if (error.trace()) PyException_SetTraceback(raised_.ptr(), error.trace().ptr());
  step_ = py::none();
  looked_ = {};
}

}  // namespace retrograd::python
