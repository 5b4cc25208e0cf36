#include "onnx/import/import_node.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"

namespace retrograd::model_file {
NodeReader::Handler NodeReader::handler(const std::string& domain, const std::string& op_type) {
  using R = NodeReader;
  static const std::map<std::string, Handler> standard = {
      {"Constant", &R::read_constant_node},
      {"Shape", &R::read_shape},
      {"Identity", &R::read_alias},
      {"Cast", &R::read_alias},
      {"Reshape", &R::read_reshape},
      {"Flatten", &R::read_reshape},
      {"Squeeze", &R::read_reshape},
      {"Gemm", &R::read_gemm},
      {"MatMul", &R::read_matmul},
      {"Relu", &R::read_activation},
      {"LeakyRelu", &R::read_activation},
      {"Elu", &R::read_activation},
      {"Celu", &R::read_activation},
      {"Selu", &R::read_activation},
      {"Sigmoid", &R::read_activation},
      {"Tanh", &R::read_activation},
      {"Softplus", &R::read_activation},
      {"Mish", &R::read_activation},
      {"Gelu", &R::read_activation},
      {"Softmax", &R::read_softmax},
      {"LogSoftmax", &R::read_softmax},
      {"PRelu", &R::read_prelu},
      {"Clip", &R::read_clip},
      {"Dropout", &R::read_dropout},
      {"BatchNormalization", &R::read_batch_norm},
      {"LayerNormalization", &R::read_layer_norm},
      {"Add", &R::read_add},
      {"Sub", &R::read_sub},
      {"Mul", &R::read_mul},
      {"Div", &R::read_div},
      {"Neg", &R::read_neg},
      {"Pow", &R::read_pow},
      {"Sqrt", &R::read_sqrt},
      {"Erf", &R::read_erf},
      {"ReduceMean", &R::read_reduce_mean},
      {"Concat", &R::read_concat},
      {"ArgMax", &R::read_argmax},
      {"Gather", &R::read_class_of_label},
  };
  static const std::map<std::string, Handler> ml = {
      {"ArrayFeatureExtractor", &R::read_class_of_label},
      {"Scaler", &R::read_scaler},
      {"Imputer", &R::read_imputer},
      {"ZipMap", &R::read_zipmap},
      {"Binarizer", &R::read_binarizer},
  };
  const auto& list = domain == "ai.onnx.ml" ? ml : standard;
  const bool known = domain.empty() || domain == "ai.onnx" || domain == "ai.onnx.ml";
  const auto found = list.find(op_type);
  return known && found != list.end() ? found->second : nullptr;
}

std::string NodeReader::named() const {
  const std::string& name = !node_.name().empty() || node_.output_size() == 0 ? node_.name() : node_.output(0);
  return fmt::format("node '{}' ({})", name, node_.op_type());
}

void NodeReader::refuse(const std::string& why) const { fail("{}: {}: {}", graph_.source_, named(), why); }

void NodeReader::read() {
  if (node_.output_size() < 1) refuse("it has no output");
  std::vector<const Constant*> constants;
  for (int k = 0; k < node_.input_size(); ++k)
    if (given(k) && in(k).form == Form::constant) constants.push_back(&in(k).constant);
  if (node_.op_type() != "Constant" && static_cast<int>(constants.size()) == node_.input_size())
    if (std::optional<Constant> folded = fold(node_, constants)) {
      Symbol s;
      s.form = Form::constant;
      s.constant = std::move(*folded);
      return result(std::move(s));
    }
  const Handler reader = handler(node_.domain(), node_.op_type());
  if (reader == nullptr)
    refuse(fmt::format("the operator {}{} is not supported", node_.op_type(),
                       node_.domain().empty() ? "" : " of " + node_.domain()));
  (this->*reader)();
  check_attributes();
}

// ---- Inputs.
// ---------------------------------------------------------------------------------------------------------

int NodeReader::id(int input) const {
  if (!given(input)) refuse(fmt::format("input {} is missing", input));
  const int id = graph_.find(node_.input(input));
  if (id < 0) refuse(fmt::format("its input '{}' is no tensor of the graph so far", node_.input(input)));
  return id;
}

const Constant& NodeReader::constant(int input) const {
  if (!is_constant(input)) refuse(fmt::format("input {} ('{}') is not a constant", input, node_.input(input)));
  return in(input).constant;
}

std::vector<double> NodeReader::per_feature(int input, int64_t features) const {
  const Constant& c = constant(input);
  if (!c.texts.empty()) refuse(fmt::format("input {} holds texts", input));
  const auto count = static_cast<int64_t>(c.values.size());
  const bool last_axis = c.dims.empty() || count == 1 || c.dims.back() == count;
  if (count == features && last_axis) return c.values;
  if (count == 1) return std::vector<double>(static_cast<size_t>(features), c.values[0]);
  refuse(fmt::format("input {} has the shape [{}], which does not fit {} features", input, fmt::join(c.dims, ", "),
                     features));
}

const Symbol& NodeReader::rows(int input) const {
  const Symbol& s = in(input);
  if (s.form == Form::constant) refuse(fmt::format("input {} is a constant; expected values of the network", input));
  if (s.shape.size() != 1)
    refuse(
        fmt::format("its input has the shape [N, {}]; expected [N, F] (flatten it first)", fmt::join(s.shape, ", ")));
  return s;
}

int NodeReader::constant_of_two() const {
  if (node_.input_size() != 2) refuse(fmt::format("{} inputs, expected 2", node_.input_size()));
  return is_constant(0) == is_constant(1) ? -1 : is_constant(0) ? 0 : 1;
}

// ---- Attributes.
// -----------------------------------------------------------------------------------------------------

const onnx::AttributeProto* NodeReader::attribute(const char* name) {
  asked_.insert(name);
  for (const onnx::AttributeProto& a : node_.attribute())
    if (a.name() == name) return &a;
  return nullptr;
}
double NodeReader::number(const char* name, double otherwise) {
  const onnx::AttributeProto* a = attribute(name);
  return a == nullptr ? otherwise : static_cast<double>(a->f());
}
int64_t NodeReader::whole(const char* name, int64_t otherwise) {
  const onnx::AttributeProto* a = attribute(name);
  return a == nullptr ? otherwise : a->i();
}
std::vector<double> NodeReader::numbers(const char* name) {
  const onnx::AttributeProto* a = attribute(name);
  std::vector<double> out;
  if (a == nullptr) return out;
  for (const float f : a->floats()) out.push_back(static_cast<double>(f));
  for (const int64_t i : a->ints()) out.push_back(static_cast<double>(i));
  return out;
}
std::vector<std::string> NodeReader::texts(const char* name) {
  const onnx::AttributeProto* a = attribute(name);
  return a == nullptr ? std::vector<std::string>() : std::vector<std::string>(a->strings().begin(), a->strings().end());
}

void NodeReader::check_attributes() const {
  for (const onnx::AttributeProto& a : node_.attribute())
    if (!asked_.contains(a.name())) refuse(fmt::format("the attribute '{}' is not supported", a.name()));
}

// ---- Outputs.
// --------------------------------------------------------------------------------------------------------

void NodeReader::result(Symbol symbol) {
  symbol.node = named();
  graph_.define(node_.output(0), graph_.add(std::move(symbol)));
}

void NodeReader::same_as(int input) {
  --graph_.symbols_[static_cast<size_t>(id(input))].uses;  // this node does not count
  graph_.define(node_.output(0), id(input));
}

Symbol NodeReader::made(Form form, int base, std::vector<int64_t> shape) const {
  Symbol s;
  s.form = form;
  s.base = base;
  s.shape = std::move(shape);
  return s;
}

void NodeReader::affine(int base, std::vector<double> mean, std::vector<double> scale) {
  Symbol s = made(Form::affine, base, graph_.symbol(base).shape);
  s.mean = std::move(mean);
  s.scaled = !scale.empty();
  s.scale = s.scaled ? std::move(scale) : std::vector<double>(s.mean.size(), 1.0);
  result(std::move(s));
}

void NodeReader::activate(int base, const std::string& type, std::map<std::string, double> attributes) {
  Symbol s = made(Form::activation, base, graph_.symbol(base).shape);
  s.type = type;
  s.attributes = std::move(attributes);
  result(std::move(s));
}

// ---- Constants and shapes.
// -------------------------------------------------------------------------------------------

void NodeReader::read_constant_node() {
  Symbol s;
  s.form = Form::constant;
  s.constant.dims = {};
  if (const auto* a = attribute("value"); a != nullptr) {
    s.constant = read_constant(a->t(), fmt::format("{}: {}", graph_.source_, named()));
  } else if (const auto* f = attribute("value_float"); f != nullptr) {
    s.constant.values = {static_cast<double>(f->f())};
  } else if (const auto* i = attribute("value_int"); i != nullptr) {
    s.constant.values = {static_cast<double>(i->i())};
  } else if (attribute("value_floats") != nullptr || attribute("value_ints") != nullptr) {
    s.constant.values = attribute("value_floats") != nullptr ? numbers("value_floats") : numbers("value_ints");
    s.constant.dims = {static_cast<int64_t>(s.constant.values.size())};
  } else {
    check_attributes();
    refuse("it has no value");
  }
  result(std::move(s));
}

/// The batch's size is free; 0 means "as it is" to Reshape, the only reader of shapes that is supported.
void NodeReader::read_shape() {
  Symbol s;
  s.form = Form::constant;
  s.constant.integers = true;
  s.constant.values = {0.0};
  for (const int64_t d : in(0).shape) s.constant.values.push_back(static_cast<double>(d));
  s.constant.dims = {static_cast<int64_t>(s.constant.values.size())};
  result(std::move(s));
}

void NodeReader::read_alias() {
  using Tensor = onnx::TensorProto;
  const int64_t to = whole("to", Tensor::FLOAT);
  const bool keeps = to == Tensor::FLOAT || to == Tensor::DOUBLE || to == Tensor::FLOAT16 || to == Tensor::BFLOAT16;
  if (!keeps && in(0).form != Form::label)
    refuse(fmt::format("attribute to is {}: it would make whole numbers, or no numbers, of the network's values", to));
  attribute("saturate");
  same_as(0);
}

void NodeReader::read_reshape() {
  const Symbol& s = in(0);
  if (s.form == Form::label) return same_as(0);
  if (s.form == Form::constant)
    refuse(fmt::format("its input is a constant of {} values, which do not fill that shape", s.constant.size()));
  std::vector<int64_t> shape;
  if (node_.op_type() == "Flatten") {
    if (whole("axis", 1) != 1) refuse(fmt::format("attribute axis is {}; 1 is supported", whole("axis", 1)));
    shape = {s.features()};
  } else if (node_.op_type() == "Reshape") {
    if (whole("allowzero", 0) != 0) refuse("attribute allowzero is not 0");
    const Constant& to = constant(1);
    int64_t known = 1;
    for (size_t k = 1; k < to.values.size(); ++k) {
      // What is no possible size is 0, which fits nothing.
      const bool possible = to.values[k] >= -1 && to.values[k] <= static_cast<double>(s.features());
      int64_t d = possible ? static_cast<int64_t>(to.values[k]) : 0;
      if (possible && d == 0 && k - 1 < s.shape.size()) d = s.shape[k - 1];
      shape.push_back(d);
      if (d > 0) known = std::min(known, s.features()) * d;
    }
    for (int64_t& d : shape)
      if (d == -1) d = s.features() / known;
    int64_t all = 1;
    for (const int64_t d : shape) all = std::min(all, s.features() + 1) * d;
    const double batch = to.values.empty() ? 1 : to.values[0];
    const bool free = batch == 0 || batch == -1 || (graph_.batch_ > 0 && batch == static_cast<double>(graph_.batch_));
    if (all != s.features() || !free || shape.empty())
      refuse(fmt::format("to [{}] from [N, {}]; supported is what keeps the rows: [N, …], [0, …] or [-1, …]",
                         fmt::join(to.values, ", "), fmt::join(s.shape, ", ")));
  } else {
    numbers("axes");
    for (const int64_t d : s.shape)
      if (d != 1) shape.push_back(d);
    if (shape.empty()) shape = {1};
  }
  if (s.shape == shape) return same_as(0);
  // Rows are row-major everywhere, so that another shape is the same numbers.
  const int from = id(0);
  Symbol out = graph_.symbol(from);
  if (out.form != Form::value) {
    out = made(Form::value, -1, {});
    out.layer = graph_.layer_of(from);
  }
  out.shape = shape;
  out.uses = 0;
  result(std::move(out));
}

}  // namespace retrograd::model_file
