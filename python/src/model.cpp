// Models: predicting, measuring, saving, loading, pickling.
#include "retrograd/model.hpp"

#include "bindings.hpp"
#include "graph/program.hpp"
#include "onnx/model_file.hpp"
#include "retrograd/diagnose.hpp"
#include "retrograd/evaluate.hpp"
#include "retrograd/gradcheck.hpp"

namespace retrograd::python {
namespace {

py::array predict(const Model& model, const Data& data, int threads) {
  std::vector<float> predictions;
  {
    const py::gil_scoped_release release;
    predictions = model.predict(data.dataset, threads);
  }
  return to_numpy(std::move(predictions), {data.dataset.rows, model.outputs()});
}

py::dict parameters(const Model& model) {
  py::dict out;
  for (const graph::Parameter& p : model.program().parameters) {
    std::vector<py::ssize_t> shape = {p.rows, p.cols};
    if (p.rows == 1) shape = {p.cols};
    out[py::str(p.name)] = to_numpy(model.parameter(p.name), shape);
  }
  return out;
}

std::string summary(const Model& model) {
  return graph::summary(model.program()) + "task " + std::string(to_string(model.spec().task)) + ", fingerprint " +
         model.fingerprint() + "\n";
}

void bind_checks(py::module_& m) {
  py::class_<TensorCheck>(m, "TensorCheck", "What was found for one parameter.")
      .def_readonly("name", &TensorCheck::name)
      .def_readonly("size", &TensorCheck::size)
      .def_readonly("checked", &TensorCheck::checked)
      .def_readonly("kinks", &TensorCheck::kinks)
      .def_readonly("numeric_error", &TensorCheck::numeric_error)
      .def_readonly("float_error", &TensorCheck::float_error);
  py::class_<GradientCheck>(m, "GradientCheck", "Gradients three ways: analytic in double, by differences, in float.")
      .def_readonly("rows", &GradientCheck::rows)
      .def_readonly("loss", &GradientCheck::loss)
      .def_readonly("tensors", &GradientCheck::tensors)
      .def_property_readonly("largest_numeric_error", &GradientCheck::largest_numeric_error)
      .def_property_readonly("largest_float_error", &GradientCheck::largest_float_error)
      .def_property_readonly("ok", &GradientCheck::ok)
      .def("__bool__", &GradientCheck::ok)
      .def("__str__", &GradientCheck::to_text);
  m.def("gradcheck", [](const Model& model, const Data& data, int64_t rows, int64_t per_tensor, uint64_t seed) {
    GradientCheckOptions options;
    options.rows = rows;
    options.per_tensor = per_tensor;
    options.seed = seed;
    const py::gil_scoped_release release;
    return gradcheck(model, data.dataset, options);
  });

  py::class_<Diagnosis>(m, "Diagnosis", "What is wrong with a training set-up, with measured remedies.")
      .def_property_readonly("healthy", &Diagnosis::healthy)
      .def("has", &Diagnosis::has, py::arg("id"), "Whether this finding is among them.")
      .def("to_dict", [](const Diagnosis& d) { return from_json(d.to_json()); })
      .def("__str__", &Diagnosis::to_text);
  m.def("diagnose", [](const Model& model, const Data& data, const Trained* trained, int64_t rows) {
    DiagnoseOptions options;
    if (trained != nullptr) {
      options.training = trained->options;
      options.history = trained->history;
    }
    options.rows = rows;
    const py::gil_scoped_release release;
    return diagnose(model, data.dataset, options);
  });
}

}  // namespace

void bind_model(py::module_& m) {
  py::class_<Model>(m, "Model",
                    "A network with its parameters and preprocessing. It never changes; threads may share it.")
      .def_property_readonly("network", &Model::network, py::return_value_policy::copy)
      .def_property_readonly("spec", &Model::spec, py::return_value_policy::copy)
      .def_property_readonly("notes", &Model::notes, py::return_value_policy::copy)
      .def_property_readonly("fingerprint", &Model::fingerprint,
                             "32 hexadecimal digits: a hash of description, precision and every parameter's bits.")
      .def_property_readonly("parameter_count", &Model::parameter_count, "Trained numbers.")
      .def_property_readonly("outputs", &Model::outputs, "Numbers a row of predict().")
      .def_property_readonly("parameters", &parameters, "Parameters and constants by name; weights are [in, out].")
      .def("with_notes", &Model::with_notes, py::arg("notes"), "The same model with other free text kept with it.")
      .def("_predict", &predict)
      .def(
          "save",
          [](const Model& model, const std::string& path) {
            const py::gil_scoped_release release;
            model.save(path);
          },
          py::arg("path"))
      .def_static(
          "load",
          [](const std::string& path) {
            const py::gil_scoped_release release;
            return Model::load(path);
          },
          py::arg("path"))
      .def(
          "to_bytes", [](const Model& model) { return py::bytes(model_file::to_bytes(model)); },
          "The bytes of the ONNX file that save() writes.")
      .def_static(
          "from_bytes", [](const py::bytes& bytes) { return model_file::from_bytes(std::string_view(bytes), "bytes"); },
          py::arg("bytes"), "The model of such bytes.")
      .def(
          "program",
          [](const Model& model) {
            const graph::ForwardProgram& forward = model.program();
            std::string text = graph::print(forward);
            if (forward.loss >= 0) text += "\n" + graph::print(forward, graph::reverse(forward));
            return text;
          },
          "The forward and the reverse program, as text.")
      .def("__str__", &summary)
      .def("__repr__",
           [](const Model& model) {
             return "<retrograd.Model " + std::string(to_string(model.spec().task)) + ", " +
                    std::to_string(model.parameter_count()) + " parameters, fingerprint " + model.fingerprint() + ">";
           })
      .def(
          "__eq__", [](const Model& a, const Model& b) { return a.fingerprint() == b.fingerprint(); },
          py::is_operator())
      .def("__hash__", [](const Model& model) { return py::hash(py::str(model.fingerprint())); })
      .def(py::pickle(
          [](const Model& model) { return py::bytes(model_file::to_bytes(model)); },
          [](const py::bytes& bytes) { return model_file::from_bytes(std::string_view(bytes), "pickled model"); }));

  py::class_<Results>(m, "Results", "How good a model is on data with targets.")
      .def("metric", &Results::metric, py::arg("name"),
           "One of loss, accuracy, auc (nan where all rows are of one class), macro_f1, log_loss, rmse, mae, r2; Error "
           "if "
           "the task has no such metric.")
      .def(
          "to_dict", [](const Results& r) { return from_json(r.to_json()); },
          "Every number; None for an AUC that there is none of.")
      .def("__getitem__", &Results::metric)
      .def("__str__", &Results::to_text)
      .def("__repr__", [](const Results& r) { return "<retrograd.Results " + r.one_line() + ">"; });
  m.def("evaluate", [](const Model& model, const Data& data, int threads) {
    const py::gil_scoped_release release;
    return evaluate(model, data.dataset, threads);
  });
  bind_checks(m);
}

}  // namespace retrograd::python
