// The options of networks and of training, field by field under their C++ names.
#include "bindings.hpp"
#include "optim/optimizer.hpp"
#include "retrograd/preset.hpp"
#include "retrograd/train.hpp"
#include "train/prepare/check_options.hpp"

namespace retrograd::python {

void bind_options(py::module_& m) {
  py::enum_<Precision>(m, "Precision").value("float32", Precision::float32).value("float64", Precision::float64);
  py::enum_<Reduction>(m, "Reduction").value("mean", Reduction::mean).value("sum", Reduction::sum);
  py::enum_<OnDivergence>(m, "OnDivergence").value("fail", OnDivergence::fail).value("restore", OnDivergence::restore);

  py::class_<NetworkOptions>(m, "NetworkOptions")
      .def(py::init<>())
      .def_readwrite("hidden", &NetworkOptions::hidden)
      .def_readwrite("activation", &NetworkOptions::activation)
      .def_readwrite("dropout", &NetworkOptions::dropout)
      .def_readwrite("normalise", &NetworkOptions::normalise)
      .def_readwrite("loss", &NetworkOptions::loss)
      .def_readwrite("smoothing", &NetworkOptions::smoothing)
      .def_readwrite("initializer", &NetworkOptions::initializer)
      .def_readwrite("scaling", &NetworkOptions::scaling)
      .def_readwrite("embedding", &NetworkOptions::embedding)
      .def_readwrite("one_hot_limit", &NetworkOptions::one_hot_limit)
      .def_readwrite("bins", &NetworkOptions::bins)
      .def_readwrite("bins_of", &NetworkOptions::bins_of)
      .def_readwrite("scaling_layer", &NetworkOptions::scaling_layer)
      .def_readwrite("parametric", &NetworkOptions::parametric)
      .def_readwrite("ntk", &NetworkOptions::ntk)
      .def_readwrite("clip_outputs", &NetworkOptions::clip_outputs)
      .def_readwrite("members", &NetworkOptions::members)
      .def_readwrite("share_weights", &NetworkOptions::share_weights)
      .def_readwrite("rates", &NetworkOptions::rates)
      .def_readwrite("decays", &NetworkOptions::decays);

  py::class_<TrainOptions>(m, "TrainOptions")
      .def(py::init<>())
      .def_readwrite("optimizer", &TrainOptions::optimizer)
      .def_readwrite("learning_rate", &TrainOptions::learning_rate)
      .def_readwrite("schedule", &TrainOptions::schedule)
      .def_readwrite("batch", &TrainOptions::batch)
      .def_readwrite("epochs", &TrainOptions::epochs)
      .def_readwrite("patience", &TrainOptions::patience)
      .def_readwrite("augment", &TrainOptions::augment)
      .def_readwrite("augment_schedule", &TrainOptions::augment_schedule)
      .def_readwrite("metric", &TrainOptions::metric)
      .def_readwrite("weight_decay", &TrainOptions::weight_decay)
      .def_readwrite("decay_schedule", &TrainOptions::decay_schedule)
      .def_readwrite("dropout_schedule", &TrainOptions::dropout_schedule)
      .def_readwrite("l1", &TrainOptions::l1)
      .def_readwrite("l2", &TrainOptions::l2)
      .def_readwrite("max_norm", &TrainOptions::max_norm)
      .def_readwrite("clip_norm", &TrainOptions::clip_norm)
      .def_readwrite("clip_value", &TrainOptions::clip_value)
      .def_readwrite("shards", &TrainOptions::shards)
      .def_readwrite("balanced_classes", &TrainOptions::balanced_classes)
      .def_readwrite("class_weights", &TrainOptions::class_weights)
      .def_readwrite("reduction", &TrainOptions::reduction)
      .def_readwrite("seed", &TrainOptions::seed)
      .def_readwrite("threads", &TrainOptions::threads)
      .def_readwrite("precision", &TrainOptions::precision)
      .def_readwrite("on_divergence", &TrainOptions::on_divergence)
      .def_readwrite("keep_state", &TrainOptions::keep_state)
      .def_readwrite("time_limit", &TrainOptions::time_limit)
      .def_property(
          "checkpoint_folder", [](const TrainOptions& o) { return o.checkpoint.folder; },
          [](TrainOptions& o, const std::string& folder) { o.checkpoint.folder = folder; })
      .def_property(
          "checkpoint_every", [](const TrainOptions& o) { return o.checkpoint.every; },
          [](TrainOptions& o, const std::string& every) { o.checkpoint.every = every; })
      .def_property(
          "resume", [](const TrainOptions& o) { return o.checkpoint.resume; },
          [](TrainOptions& o, bool resume) { o.checkpoint.resume = resume; });

  py::class_<Preset>(m, "Preset", "Complete sets of options under one name.")
      .def_readonly("name", &Preset::name)
      .def_readonly("network", &Preset::network)
      .def_readonly("training", &Preset::training)
      .def_readonly("decisions", &Preset::decisions);
  m.def("by_hand", [] { return std::vector<std::string>(training::kByHand.begin(), training::kByHand.end()); });
  m.def("full_batch",
        [](const std::string& optimizer) { return optim::parse_optimizer(optimizer).optimizer->info.full_batch; });
  m.def("preset", [](const std::string& name, const DataSpec& spec, int64_t rows) { return preset(name, spec, rows); });
}

}  // namespace retrograd::python
