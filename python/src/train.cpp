// Training without the interpreter's lock; stopped by Ctrl-C, or by a callback that raises, it has a result too.
#include "retrograd/train.hpp"

#include <optional>

#include "listener.hpp"
#include "retrograd/diagnose.hpp"

namespace retrograd::python {
namespace {

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
