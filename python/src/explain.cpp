// Explanations, and how they show themselves.
#include "retrograd/explain.hpp"

#include "base/fail.hpp"
#include "bindings.hpp"
#include "retrograd/explain_text.hpp"
#include "retrograd/receipt.hpp"

namespace retrograd::python {
namespace {

/// The explanation's own page, in a frame, so that its style and a notebook's do not meet.
std::string framed(const Explanation& explanation) {
  std::string out = "<iframe style=\"width: 100%; height: 40em; border: 1px solid #ccc\" srcdoc=\"";
  for (const char c : to_html(explanation)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out + "\"></iframe>";
}

std::string one_line(const Explanation& e) {
  std::string text = "<retrograd.Explanation of ";
  text += e.batch ? std::to_string(e.rows.size()) + " rows" : "row " + std::to_string(e.rows.at(0));
  for (const Derivation& d : e.derivations) text += ", " + d.symbol;
  return text + (e.ok() ? ": every number agrees>" : ": NUMBERS DISAGREE>");
}

Explanation explain_rows(const Model& model, const Data& data, const std::vector<int64_t>& rows, bool batch,
                         const ExplainTarget& target, const Trained* trained, uint64_t seed, uint64_t step) {
  for (const int64_t row : rows)
    if (row < 0 || row >= data.dataset.rows)  // the library's message counts from 1, as files do
      fail("there is no row {}; the data have {} rows, numbered from 0", row, data.dataset.rows);
  ExplainOptions options;
  options.rows = rows;
  options.batch = batch;
  options.seed = seed;
  options.step = step;
  options.source = "data in Python (rows counted from 1)";
  if (trained != nullptr) options.training = trained->options;
  const py::gil_scoped_release release;
  return explain(model, data.dataset, target, options);
}

}  // namespace

void bind_explain(py::module_& m) {
  py::class_<ExplainTarget>(m, "ExplainTarget")
      .def(py::init<>())
      .def_readwrite("weight", &ExplainTarget::weight)
      .def_readwrite("bias", &ExplainTarget::bias)
      .def_readwrite("top", &ExplainTarget::top);

  py::class_<Derivation>(m, "Derivation", "One parameter's gradient, opened.")
      .def_readonly("parameter", &Derivation::parameter)
      .def_readonly("symbol", &Derivation::symbol, "\"W2[3,5]\", counted from 1.")
      .def_readonly("value", &Derivation::theta, "Of the parameter.")
      .def_property_readonly("gradient", [](const Derivation& d) { return d.nodes.at(0).value.computed; })
      .def_readonly("central_difference", &Derivation::central_difference, "Of the loss, in double.");

  py::class_<Explanation>(m, "Explanation", "Everything that is said of one row, or of a training step on several.")
      .def_readonly("loss", &Explanation::loss)
      .def_readonly("rows", &Explanation::rows)
      .def_readonly("derivations", &Explanation::derivations)
      .def_readonly("audited", &Explanation::audited, "Numbers that were recomputed.")
      .def_readonly("disagreements", &Explanation::disagreements)
      .def_property_readonly("ok", &Explanation::ok, "Every number agrees within its bound.")
      .def(
          "to_text", [](const Explanation& e) { return to_text(e); }, "80 columns of plain text.")
      .def(
          "to_html", [](const Explanation& e) { return to_html(e); }, "One page that needs no network.")
      .def(
          "to_latex", [](const Explanation& e) { return to_latex(e); }, "A LaTeX document.")
      .def(
          "to_json", [](const Explanation& e) { return to_json(e); }, "The receipt.")
      .def("__str__", [](const Explanation& e) { return to_text(e); })
      .def("__repr__", &one_line)
      .def("_repr_html_", &framed);
  m.def("explain", &explain_rows);
  m.def("verify", [](const std::string& receipt) {
    const Verification v = verify_receipt(receipt);
    return py::make_tuple(v.ok(), v.checked, v.fault);
  });
}

}  // namespace retrograd::python
