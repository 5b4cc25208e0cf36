// Models in forms for other programs, and whether their graphs compute the same.
#include "retrograd/export.hpp"

#include "bindings.hpp"
#include "retrograd/parity.hpp"

namespace retrograd::python {

void bind_export(py::module_& m) {
  auto model = py::reinterpret_borrow<py::class_<Model>>(m.attr("Model"));
  model
      .def(
          "to_c",
          [](const Model& self, const std::string& name, int test_rows) {
            const py::gil_scoped_release release;
            return to_c(self, {name, test_rows});
          },
          py::arg("name") = "model", py::arg("test_rows") = 16,
          "The model as the text of one C99 file without dependencies that predicts a row with the same bits, as\n"
          "`retrograd export --c` writes it. `name` is the prefix of its functions; compiled with -DNAME_TEST it\n"
          "compares `test_rows` made-up rows (0 to 10000) with the engine. Raises Error if `name` is no C identifier.")
      .def(
          "to_safetensors", [](const Model& self) { return py::bytes(to_safetensors(self)); },
          "The bytes of a safetensors file with every parameter and constant by name; weights are [in, out].")
      .def(
          "to_npz", [](const Model& self) { return py::bytes(to_npz(self)); },
          "The same as the bytes of a NumPy archive.")
      .def(
          "check_parity",
          [](const Model& self, const py::object& data, const std::string& onnxruntime, int threads) {
            const auto source = py::module_::import("os").attr("fspath")(data).cast<std::string>();
            const py::gil_scoped_release release;
            return check_parity(self, source, {onnxruntime, threads});
          },
          py::arg("data"), py::kw_only(), py::arg("onnxruntime") = "", py::arg("threads") = 0,
          "Gives the rows of a data source, raw columns as another program would read them, to the ONNX graph that\n"
          "save() writes, and compares with predict(). `data` is a file as in `retrograd.load_training` (no target\n"
          "needed); `onnxruntime` a folder whose node_modules have onnxruntime-node, which may be missing without it.\n"
          "Returns a Parity. Raises Error for data that cannot be read, and if ONNX Runtime refuses the graph.");

  py::class_<OutputDifference>(m, "OutputDifference", "Largest differences of one output from the engine's.")
      .def_readonly("output", &OutputDifference::output)
      .def_readonly("absolute", &OutputDifference::absolute)
      .def_readonly("relative", &OutputDifference::relative)
      .def_readonly("ulp", &OutputDifference::ulp)
      .def_readonly("row", &OutputDifference::row);
  py::class_<GraphReading>(m, "GraphReading", "One reading of the graph: our own evaluation, or ONNX Runtime.")
      .def_readonly("by", &GraphReading::by)
      .def_readonly("missing", &GraphReading::missing, "Why it was not done; empty: it was.")
      .def_readonly("outputs", &GraphReading::outputs)
      .def_readonly("labels", &GraphReading::labels)
      .def_readonly("labels_differ", &GraphReading::labels_differ)
      .def_readonly("ties", &GraphReading::ties)
      .def_property_readonly("ok", &GraphReading::ok);
  py::class_<Parity>(m, "Parity", "Whether a model's ONNX graph computes what the model computes.")
      .def_readonly("rows", &Parity::rows)
      .def_readonly("readings", &Parity::readings)
      .def_property_readonly("ok", &Parity::ok)
      .def("__bool__", &Parity::ok)
      .def(
          "to_dict", [](const Parity& p) { return from_json(p.to_json()); }, "Every number.")
      .def("__str__", &Parity::to_text);
}

}  // namespace retrograd::python
