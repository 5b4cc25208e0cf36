// retrograd._core: the C++ library as Python sees it. The package's Python files add keyword arguments, conversions of
// arrays and frames, and the estimators.
#include "bindings.hpp"
#include "retrograd/error.hpp"
#include "retrograd/version.hpp"

PYBIND11_MODULE(_core, m) {
  using namespace retrograd::python;
  m.doc() = "The C++ library behind the package retrograd.";
  m.attr("__version__") = retrograd::kVersion;
  py::register_exception<retrograd::Error>(m, "Error", PyExc_ValueError);
  bind_data(m);
  bind_network(m);
  bind_options(m);
  bind_model(m);
  bind_export(m);
  bind_train(m);
  bind_choose(m);
  bind_explain(m);
}
