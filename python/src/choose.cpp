// Runs that train several networks: folds, a search within a time; and what is fitted to a trained one: calibration.
#include <optional>

#include "listener.hpp"
#include "retrograd/calibrate.hpp"
#include "retrograd/folds.hpp"
#include "retrograd/search.hpp"

namespace retrograd::python {
namespace {

std::pair<FoldsTrained, py::object> folds_with(const DataSpec& spec, const Data& data, int folds,
                                               const NetworkOptions& network, const TrainOptions& training,
                                               const py::object& epoch, const py::object& step, const py::object& log) {
  Listener listener(epoch, step, log);
  const auto make = [&](const Dataset& rows) { return make_network(spec, rows, network); };
  std::optional<FoldsTrained> trained;
  {
    const py::gil_scoped_release release;
    trained = train_folds(make, spec, data.dataset, folds, training, [&](int) { return listener.callbacks(); });
  }
  return {std::move(*trained), listener.raised()};
}

std::pair<Searched, py::object> search_with(const DataSpec& spec, const Data& data, const Data& valid,
                                            const NetworkOptions& network, const TrainOptions& training,
                                            const SearchOptions& options, const py::object& trial,
                                            const py::object& epoch, const py::object& log) {
  Listener listener(epoch, py::none(), log);
  SearchCallbacks callbacks;
  callbacks.of = [&](const Trial&) { return listener.callbacks(); };
  if (!log.is_none()) callbacks.log = listener.callbacks().log;
  if (!trial.is_none())
    callbacks.done = [&](const std::vector<Trial>& trials, const Prepared&, const Trained*) {
      const py::gil_scoped_acquire acquire;
      listener.guarded([&] {
        trial(trials.back());
        return false;
      });
    };
  const auto make = [&](const NetworkOptions& n) { return make_network(spec, data.dataset, n); };
  std::optional<Searched> found;
  {
    const py::gil_scoped_release release;
    found = search(make, spec, data.dataset, valid.dataset, network, training, options, callbacks);
  }
  return {std::move(*found), listener.raised()};
}

void bind_folds(py::module_& m) {
  py::class_<Fold>(m, "Fold", "One network of a cross-validation.")
      .def_readonly("number", &Fold::number, "From 1.")
      .def_readonly("rows", &Fold::rows, "Held out, ascending.")
      .def_readonly("results", &Fold::results, "On them.")
      .def_readonly("trained", &Fold::trained);
  py::class_<FoldsTrained>(m, "FoldsTrained", "The networks of a cross-validation, and the model that is all of them.")
      .def_readonly("trained", &FoldsTrained::trained, "Its model is that of all folds that were begun.")
      .def_readonly("folds", &FoldsTrained::folds)
      .def_property_readonly(
          "rows", [](const FoldsTrained& f) { return to_numpy(f.rows, {static_cast<py::ssize_t>(f.rows.size())}); },
          "Those held out by some fold, ascending: all of them unless the run was stopped.")
      .def_property_readonly(
          "predictions",
          [](const FoldsTrained& f) {
            return to_numpy(f.predictions, {static_cast<py::ssize_t>(f.rows.size()), f.trained.model.outputs()});
          },
          "[rows, outputs]: of these rows, each by the network that did not see it.")
      .def_readonly("out_of_fold", &FoldsTrained::out_of_fold, "Results on all of these rows together.")
      .def(
          "spread",
          [](const FoldsTrained& f, const std::string& metric) {
            const FoldSpread s = spread(f.folds, metric);
            return std::pair(s.mean, s.sd);
          },
          py::arg("metric"), "(mean, standard deviation) of a metric of Results over the folds.")
      .def("__repr__", [](const FoldsTrained& f) {
        return "<retrograd.FoldsTrained " + std::to_string(f.folds.size()) +
               " folds; out of fold: " + f.out_of_fold.one_line() + ">";
      });
  m.def("train_folds", &folds_with);
}

void bind_calibration(py::module_& m) {
  py::class_<ProbabilityScore>(m, "ProbabilityScore", "How good probabilities are; of several labels the first only.")
      .def_readonly("log_loss", &ProbabilityScore::log_loss)
      .def_readonly("calibration_error", &ProbabilityScore::calibration_error)
      .def_readonly("brier", &ProbabilityScore::brier);
  py::class_<Calibration>(m, "Calibration", "A model whose logits are divided by a temperature.")
      .def_readonly("model", &Calibration::model)
      .def_readonly("temperature", &Calibration::temperature)
      .def_readonly("rows", &Calibration::rows, "That it was fitted to.")
      .def_readonly("before", &Calibration::before, "On these rows.")
      .def_readonly("after", &Calibration::after, "On these rows.")
      .def("__repr__", [](const Calibration& c) {
        return "<retrograd.Calibration temperature " +
               py::str(py::float_(c.temperature).attr("__format__")(".4g")).cast<std::string>() + ">";
      });
  m.def("calibrate", [](const Model& model, const Data& data, int threads) {
    const py::gil_scoped_release release;
    return calibrate(model, data.dataset, threads);
  });
  m.def("calibrate", [](FoldsTrained& folds, const Data& data, int threads) {
    const py::gil_scoped_release release;
    return calibrate(folds, data.dataset, threads);
  });
  m.def("temperature", &temperature, py::arg("model"), "The temperature in a model; None if it was not calibrated.");
}

void bind_search(py::module_& m) {
  py::class_<SearchOptions>(m, "SearchOptions")
      .def(py::init<>())
      .def_readwrite("seconds", &SearchOptions::seconds)
      .def_readwrite("fixed", &SearchOptions::fixed)
      .def_readwrite("trials", &SearchOptions::trials)
      .def_readwrite("concurrent", &SearchOptions::concurrent);
  py::class_<Trial>(m, "Trial", "One training run of a search.")
      .def_readonly("number", &Trial::number, "Of the candidate; 0: the settings as they were given.")
      .def_property_readonly(
          "changes",
          [](const Trial& t) {
            py::dict changes;
            for (const auto& [name, value] : t.changes) changes[py::str(name)] = value;
            return changes;
          },
          "What differs from these, by the names of the command line's settings.")
      .def_readonly("network", &Trial::network)
      .def_readonly("training", &Trial::training)
      .def_readonly("metric", &Trial::metric, "The validation metric that decides.")
      .def_readonly("value", &Trial::value, "Its best; None: the trial failed.")
      .def_readonly("epochs", &Trial::epochs)
      .def_readonly("best_epoch", &Trial::best_epoch)
      .def_readonly("seconds", &Trial::seconds)
      .def_readonly("ended", &Trial::ended, "Why.")
      .def_readonly("fingerprint", &Trial::fingerprint, "Of its model.")
      .def_readonly("improved", &Trial::improved, "Better than all before it.")
      .def("__repr__", [](const Trial& t) {
        std::string text = "<retrograd.Trial " + std::to_string(t.number) + ":";
        for (const auto& [name, value] : t.changes) text += " " + name + "=" + value;
        return text + (t.changes.empty() ? " as given" : "") + "; " + t.ended + ">";
      });
  py::class_<Searched>(m, "Searched", "What a search found.")
      .def_readonly("trained", &Searched::trained, "Of the best trial.")
      .def_readonly("prepared", &Searched::prepared)
      .def_readonly("trials", &Searched::trials)
      .def_readonly("best", &Searched::best, "Its index in trials.");
  m.def("search", &search_with);
}

}  // namespace

void bind_choose(py::module_& m) {
  bind_folds(m);
  bind_calibration(m);
  bind_search(m);
}

}  // namespace retrograd::python
