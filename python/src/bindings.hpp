// What the files of the binding share.
#pragma once

#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <utility>
#include <vector>

#include "retrograd/data.hpp"

namespace retrograd::python {

namespace py = pybind11;

/// A dataset with the Python objects whose memory it borrows.
struct Data {
  Dataset dataset;
  std::vector<py::object> owners = {};
};

struct LoadedData {
  DataSpec spec;
  Data data;
};

/// Numbers as a NumPy array of this shape that owns them: moved, not copied.
template <class T>
py::array to_numpy(std::vector<T> values, std::vector<py::ssize_t> shape) {
  auto* held = new std::vector<T>(std::move(values));
  const py::capsule owner(held, [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return py::array_t<T>(std::move(shape), held->data(), owner);
}

/// JSON text as Python objects.
inline py::object from_json(const std::string& text) { return py::module_::import("json").attr("loads")(text); }

void bind_data(py::module_& m);
void bind_network(py::module_& m);
void bind_options(py::module_& m);
void bind_model(py::module_& m);
void bind_export(py::module_& m);  // after the model
void bind_train(py::module_& m);
void bind_choose(py::module_& m);  // after training
void bind_explain(py::module_& m);

}  // namespace retrograd::python
