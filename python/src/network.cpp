// Networks and what make_network builds around data.
#include <fmt/format.h>

#include "bindings.hpp"
#include "graph/program.hpp"
#include "retrograd/network.hpp"
#include "retrograd/train.hpp"

namespace retrograd::python {
namespace {

std::string programs(const Network& network) {
  const graph::ForwardProgram forward = graph::compile(network);
  std::string text = graph::print(forward);
  if (forward.loss >= 0) text += "\n" + graph::print(forward, graph::reverse(forward));
  return text;
}

using Names = std::vector<std::string>;
using Attributes = std::map<std::string, double>;

Network& add_layer(Network& network, const std::string& type, const std::string& name, const Names& inputs, int units,
                   const Attributes& attributes, const std::vector<int>& sizes, const std::string& initializer,
                   double initializer_argument) {
  Layer layer;
  layer.type = type;
  layer.name = name;
  layer.inputs = inputs;
  layer.units = units;
  layer.attributes = attributes;
  layer.sizes = sizes;
  layer.initializer = initializer;
  layer.initializer_argument = initializer_argument;
  return network.layer(layer);
}

}  // namespace

void bind_network(py::module_& m) {
  constexpr auto self = py::return_value_policy::reference_internal;
  py::class_<Layer>(m, "Layer", "One layer of a network: a use of an operator.")
      .def_readonly("type", &Layer::type)
      .def_readonly("name", &Layer::name)
      .def_readonly("inputs", &Layer::inputs)
      .def_readonly("units", &Layer::units)
      .def_readonly("attributes", &Layer::attributes)
      .def("__repr__", [](const Layer& l) {
        return "<retrograd.Layer " + l.type + (l.name.empty() ? "" : " '" + l.name + "'") +
               (l.units > 0 ? " of " + std::to_string(l.units) + " units>" : ">");
      });

  py::class_<Network>(m, "Network", R"(A network, described layer by layer. Each method adds to it and returns it:

    net = Network().input("x", 64).linear(32).activation("relu").linear(10).loss("softmax_xent")

Mistakes (unknown operators, sizes that do not fit) raise Error when the network is compiled: by program(), by train().)")
      .def(py::init<>())
      .def("input", &Network::input, py::arg("name"), py::arg("features"), self,
           "A named input of this many numbers a row.")
      .def("linear", &Network::linear, py::arg("units"), py::arg("name") = "", self, "z = a·W + b.")
      .def("activation", &Network::activation, py::arg("type"), py::arg("attributes") = Attributes{}, self,
           "An operator without a size of its own: relu, tanh, gelu, softmax, layer_norm, …")
      .def("dropout", &Network::dropout, py::arg("rate"), self, "Drops this share of the units while training.")
      .def("layer", &add_layer, py::arg("type"), py::arg("name") = "", py::arg("inputs") = Names{},
           py::arg("units") = 0, py::arg("attributes") = Attributes{}, py::arg("sizes") = std::vector<int>{},
           py::arg("initializer") = "", py::arg("initializer_argument") = 0.0, self,
           "Any layer; inputs name other layers, none means the layer before.")
      .def("loss", &Network::loss, py::arg("type"), py::arg("attributes") = Attributes{}, py::arg("of") = "",
           py::arg("target") = "y", self, "softmax_xent, sigmoid_bce, squared, absolute or huber.")
      .def("target", &Network::target, py::arg("features"), self,
           "Numbers a row of the target: 1 for a class code or a number.")
      .def("prediction", &Network::prediction, py::arg("layer"), self,
           "The layer that predicts, where it is not the one that the loss implies.")
      .def("program", &programs, "The forward and the reverse program, as text.")
      .def("__str__", [](const Network& n) { return graph::summary(graph::compile(n)); })
      .def("__repr__",
           [](const Network& n) { return "<retrograd.Network of " + std::to_string(n.layers.size()) + " layers>"; })
      .def(
          "__eq__", [](const Network& a, const Network& b) { return a == b; }, py::is_operator())
      .def(
          "to_json", [](const Network& n) { return graph::to_json(n); }, "The description as JSON.");

  py::class_<TrainState>(m, "TrainState", "What a run leaves besides parameters, for another to go on from it.")
      .def_readonly("step", &TrainState::step)
      .def_readonly("epoch", &TrainState::epoch)
      .def(py::pickle(
          [](const TrainState& s) { return py::make_tuple(s.step, s.epoch, s.slots); },
          [](const py::tuple& t) {
            return TrainState{t[0].cast<int64_t>(), t[1].cast<int>(), t[2].cast<std::vector<std::vector<double>>>()};
          }));

  py::class_<Prepared>(m, "Prepared", "A network with the numbers that its parameters start from.")
      .def(py::init([](const Network& network, const std::map<std::string, std::vector<double>>& constants) {
             Prepared prepared;
             prepared.network = network;
             prepared.constants = constants;
             return prepared;
           }),
           py::arg("network"), py::arg("constants") = std::map<std::string, std::vector<double>>{})
      .def_readonly("network", &Prepared::network)
      .def_readonly("constants", &Prepared::constants)
      .def_readonly("decisions", &Prepared::decisions, "What was inferred and why, a line each.")
      .def("__str__", [](const Prepared& p) { return graph::summary(graph::compile(p.network)); });

  m.def("make_network", [](const DataSpec& spec, const Data& data, const NetworkOptions& options) {
    const py::gil_scoped_release release;
    return make_network(spec, data.dataset, options);
  });
  m.def("go_on", &go_on, py::arg("model"), py::arg("state") = TrainState{},
        "What to train to go on from a model: its network with its parameters as they are.");
}

}  // namespace retrograd::python
