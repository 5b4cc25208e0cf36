// Training: without the interpreter's lock, with callbacks, and stopped by Ctrl-C or by a callback that raises.
#include "retrograd/train.hpp"

#include <chrono>
#include <optional>

#include "bindings.hpp"
#include "retrograd/diagnose.hpp"

namespace retrograd::python {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// How often a run without a step callback looks for Ctrl-C: taking the interpreter's lock costs microseconds, and so
/// does a step of a small network.
constexpr auto kLookEvery = std::chrono::milliseconds(20);

/// Python's side of a run. Its members are called without the lock, and take it.
class Listener {
 public:
  Listener(py::object epoch, py::object step, py::object log)
      : epoch_(std::move(epoch)), step_(std::move(step)), log_(std::move(log)) {}

  Callbacks callbacks() {
    Callbacks c;
    c.step = [this](int64_t step, int64_t steps) { return on_step(step, steps); };
    if (!epoch_.is_none()) c.epoch = [this](const EpochReport& report) { return on_epoch(report); };
    if (!log_.is_none()) c.log = [this](const std::string& line) { on_log(line); };
    return c;
  }

  /// What was raised, with its traceback; None if nothing was.
  py::object raised() const { return raised_; }

 private:
  bool on_step(int64_t step, int64_t steps) {
    const auto now = SteadyClock::now();
    if (step_.is_none() && now - looked_ < kLookEvery) return false;
    looked_ = now;
    const py::gil_scoped_acquire acquire;
    return guarded([&] {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      return !step_.is_none() && truth(step_(step, steps));
    });
  }

  Control on_epoch(const EpochReport& report) {
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

  void on_log(const std::string& line) {
    const py::gil_scoped_acquire acquire;
    guarded([&] {
      log_(line);
      return false;
    });
  }

  /// None is no.
  static bool truth(const py::object& answer) {
    const int value = PyObject_IsTrue(answer.ptr());
    if (value < 0) throw py::error_already_set();
    return value != 0;
  }

  /// After something was raised nothing is called any more, and the run stops at its next step.
  template <class Call>
  bool guarded(const Call& call) {
    if (!raised_.is_none()) return true;
    try {
      return call();
    } catch (const py::error_already_set& error) {
      raised_ = error.value();
      if (error.trace()) PyException_SetTraceback(raised_.ptr(), error.trace().ptr());
      step_ = py::none();
      looked_ = {};
      return true;
    }
  }

  py::object epoch_, step_, log_, raised_ = py::none();
  SteadyClock::time_point looked_ = SteadyClock::now();
};

std::pair<Trained, py::object> train_with(const Prepared& prepared, const DataSpec& spec, const Data& data,
                                          const Data* valid, const TrainOptions& options, const py::object& epoch,
                                          const py::object& step, const py::object& log) {
  Listener listener(epoch, step, log);
  const Callbacks callbacks = listener.callbacks();
  std::optional<Trained> trained;
  {
    const py::gil_scoped_release release;
    trained = train(prepared, spec, data.dataset, valid != nullptr ? &valid->dataset : nullptr, options, callbacks);
  }
  return {std::move(*trained), listener.raised()};
}

std::string text_of(const EpochReport& r) {
  std::string text = "epoch " + std::to_string(r.epoch) + "/" + std::to_string(r.epochs) + "  loss " +
                     py::str(py::float_(r.train_loss).attr("__format__")(".4g")).cast<std::string>();
  if (r.valid_loss)
    text += "  validation loss " + py::str(py::float_(*r.valid_loss).attr("__format__")(".4g")).cast<std::string>();
  return text;
}

}  // namespace

void bind_train(py::module_& m) {
  py::class_<LayerStatistics>(m, "LayerStatistics", "What one training step did to a layer.")
      .def_readonly("layer", &LayerStatistics::layer)
      .def_readonly("delta", &LayerStatistics::delta)
      .def_readonly("dW", &LayerStatistics::dW)
      .def_readonly("W", &LayerStatistics::W)
      .def_readonly("update_ratio", &LayerStatistics::update_ratio)
      .def_readonly("z", &LayerStatistics::z)
      .def_readonly("wires", &LayerStatistics::wires)
      .def_readonly("amplifiers", &LayerStatistics::amplifiers)
      .def_readonly("gain_median", &LayerStatistics::gain_median)
      .def_readonly("share_dead", &LayerStatistics::share_dead)
      .def_readonly("share_saturated", &LayerStatistics::share_saturated);

  py::class_<EpochReport>(m, "EpochReport", "What is known after an epoch, counted from 1.")
      .def_readonly("epoch", &EpochReport::epoch)
      .def_readonly("epochs", &EpochReport::epochs)
      .def_readonly("steps", &EpochReport::steps)
      .def_readonly("train_loss", &EpochReport::train_loss, "Weighted mean over the epoch's batches, as trained.")
      .def_readonly("valid_loss", &EpochReport::valid_loss, "None without validation data.")
      .def_readonly("valid_metric", &EpochReport::valid_metric)
      .def_readonly("metric", &EpochReport::metric)
      .def_readonly("learning_rate", &EpochReport::learning_rate, "Of the last step.")
      .def_readonly("seconds", &EpochReport::seconds)
      .def_readonly("rows_per_second", &EpochReport::rows_per_second)
      .def_readonly("best", &EpochReport::best)
      .def_readonly("layers", &EpochReport::layers)
      .def("__repr__", [](const EpochReport& r) { return "<retrograd.EpochReport " + text_of(r) + ">"; })
      .def("__str__", &text_of);

  py::class_<Control>(m, "Control", "What a callback may ask for after an epoch.")
      .def(py::init([](bool stop, std::optional<double> factor) {
             return Control{stop, factor};
           }),
           py::arg("stop") = false, py::arg("learning_rate_factor") = py::none())
      .def_readwrite("stop", &Control::stop)
      .def_readwrite("learning_rate_factor", &Control::learning_rate_factor);

  py::class_<Trained>(m, "Trained", "What training made: the model and how it came about.")
      .def_readonly("model", &Trained::model, "Of the best epoch on validation data, or of the last without any.")
      .def_readonly("history", &Trained::history, "An EpochReport each.")
      .def_readonly("best_epoch", &Trained::best_epoch)
      .def_readonly("stopped", &Trained::stopped, "Why training ended.")
      .def_readonly("finished", &Trained::finished, "False if it was stopped and would go on.")
      .def_readonly("decisions", &Trained::decisions, "What was inferred and why, a line each.")
      .def_readonly("options", &Trained::options, "With everything that was inferred filled in.")
      .def_readonly("state", &Trained::state, "To go on from, if keep_state asked for it.")
      .def_readonly("seconds", &Trained::seconds)
      .def("__repr__", [](const Trained& t) {
        return "<retrograd.Trained " + std::to_string(t.history.size()) + " epochs, the best " +
               std::to_string(t.best_epoch) + "; " + t.stopped + ">";
      });

  m.def("train", &train_with);
  m.def("check_before_training",
        [](const Prepared& prepared, const DataSpec& spec, const Data& data, const TrainOptions& options) {
          const py::gil_scoped_release release;
          return check_before_training(prepared, spec, data.dataset, options);
        });
}

}  // namespace retrograd::python
