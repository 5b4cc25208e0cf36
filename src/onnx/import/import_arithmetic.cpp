// Sums, products and the patterns that exporters write with them: bias, scaling, GELU by erf, SiLU, Mish, and layer
// normalisation taken apart.
#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "onnx/import/import_node.hpp"

namespace retrograd::model_file {
namespace {

constexpr double kSqrtHalf = 0.70710678118654752440;

bool near(double a, double b) { return std::abs(a - b) <= 1e-4 * std::abs(b); }

/// Whether x is base·factor for every feature.
bool multiplies(const Symbol& x, double factor) {
  return x.form == Form::affine && std::ranges::all_of(x.mean, [](double m) { return m == 0; }) &&
         std::ranges::all_of(x.scale, [&](double s) { return near(s, factor); });
}

}  // namespace

void NodeReader::read_add() {
  const int c = constant_of_two();
  if (c < 0) {
    if (is_constant(0)) refuse("both inputs are constants of different shapes");
    if (in(0).shape != in(1).shape)
      refuse(fmt::format("its inputs have {} and {} features; the sum of equal ones is supported", in(0).features(),
                         in(1).features()));
    Layer layer;
    layer.type = "add";
    layer.inputs = {graph_.layer_of(id(0)), graph_.layer_of(id(1))};
    layer.name = graph_.free_name(layer.type);
    graph_.network.layer(layer);
    Symbol s = made(Form::value, -1, in(0).shape);
    s.layer = layer.name;
    return result(std::move(s));
  }
  const int other = id(1 - c);
  const Symbol& x = graph_.symbol(other);
  const std::optional<double> one = constant(c).uniform();
  if (x.form == Form::error && one == 1.0) return result(made(Form::error_plus, x.base, x.shape));
  if (x.form == Form::variance && x.number == 0 && one) {
    Symbol s = x;
    s.number = *one;
    s.uses = 0;
    return result(std::move(s));
  }
  const std::vector<double> add = per_feature(c, x.features());
  if (x.form == Form::product && x.b.empty() && x.uses == 1) {
    Symbol s = x;
    s.uses = 0;
    s.b = add;
    return result(std::move(s));
  }
  if (x.form == Form::normalised && x.uses == 1) {
    Symbol s = x;
    s.uses = 0;
    for (size_t i = 0; i < add.size(); ++i) s.mean[i] += add[i];
    return result(std::move(s));
  }
  std::vector<double> mean;
  for (const double v : add) mean.push_back(-v);
  if (x.form == Form::affine && !x.scaled) {
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += x.mean[i];
    return affine(x.base, std::move(mean), {});
  }
  affine(other, std::move(mean), {});
}

void NodeReader::read_sub() {
  const int c = constant_of_two();
  if (c < 0) {
    const Symbol& m = in(1);
    if (m.form != Form::mean || m.base != id(0)) refuse("a difference of two values of the network is not supported");
    return result(made(Form::centred, m.base, in(0).shape));
  }
  const int other = id(1 - c);
  const Symbol& x = graph_.symbol(other);
  if (c == 0) {
    if (constant(0).uniform() == 1.0 && x.form == Form::activation && x.type == "sigmoid")
      return result(made(Form::complement, other, x.shape));
    return affine(other, per_feature(0, x.features()), std::vector<double>(static_cast<size_t>(x.features()), -1.0));
  }
  std::vector<double> mean = per_feature(1, x.features());
  if (x.form == Form::affine && !x.scaled) {
    for (size_t i = 0; i < mean.size(); ++i) mean[i] += x.mean[i];
    return affine(x.base, std::move(mean), {});
  }
  affine(other, std::move(mean), {});
}

/// The product of two values where it is a known pattern; `a` is the factor that the other is a function of.
bool NodeReader::multiply(int a, int b) {
  const Symbol &x = graph_.symbol(a), &f = graph_.symbol(b);
  const auto is = [&](const Symbol& s, const char* type) { return s.form == Form::activation && s.type == type; };
  if (is(f, "sigmoid") && f.base == a) return activate(a, "silu"), true;
  if (is(f, "tanh") && is(graph_.symbol(f.base), "softplus") && graph_.symbol(f.base).base == a)
    return activate(a, "mish"), true;
  if (f.form == Form::error_plus && f.base == a) return result(made(Form::twice_gelu, a, x.shape)), true;
  if (f.form == Form::distribution && f.base == a) return activate(a, "gelu"), true;
  if (f.form == Form::error_plus && multiplies(x, 0.5) && f.base == x.base) return activate(x.base, "gelu"), true;
  return false;
}

void NodeReader::read_mul() {
  const int c = constant_of_two();
  if (c < 0) {
    if (multiply(id(0), id(1)) || multiply(id(1), id(0))) return;
    if (id(0) == id(1) && in(0).form == Form::centred) return result(made(Form::squares, in(0).base, in(0).shape));
    refuse("a product of two values of the network is supported in SiLU, Mish, GELU and layer normalisation only");
  }
  const int other = id(1 - c);
  const Symbol& x = graph_.symbol(other);
  const std::optional<double> one = constant(c).uniform();
  if (x.form == Form::twice_gelu && one == 0.5) return activate(x.base, "gelu");
  if (x.form == Form::error_plus && one == 0.5) return result(made(Form::distribution, x.base, x.shape));
  std::vector<double> scale = per_feature(c, x.features());
  if (x.form == Form::normalised && x.uses == 1) {
    Symbol s = x;
    s.uses = 0;
    for (size_t i = 0; i < scale.size(); ++i) {
      s.scale[i] *= scale[i];
      s.mean[i] *= scale[i];
    }
    return result(std::move(s));
  }
  if (x.form == Form::affine && !x.scaled) return affine(x.base, x.mean, std::move(scale));
  affine(other, std::vector<double>(static_cast<size_t>(x.features()), 0.0), std::move(scale));
}

void NodeReader::read_div() {
  const int c = constant_of_two();
  if (c < 0) {
    const Symbol &x = in(0), &d = in(1);
    if (x.form != Form::centred || d.form != Form::deviation || x.base != d.base)
      refuse("a quotient of two values of the network is supported in layer normalisation only");
    Symbol s = made(Form::normalised, x.base, x.shape);
    s.number = d.number;
    s.scale.assign(static_cast<size_t>(s.features()), 1.0);
    s.mean.assign(static_cast<size_t>(s.features()), 0.0);
    return result(std::move(s));
  }
  if (c == 0) refuse("a constant divided by values of the network is not supported");
  const int other = id(0);
  const Symbol& x = graph_.symbol(other);
  std::vector<double> scale = per_feature(1, x.features());
  for (double& v : scale) {
    if (v == 0) refuse("it divides by 0");
    v = 1 / v;
  }
  if (x.form == Form::affine && !x.scaled) return affine(x.base, x.mean, std::move(scale));
  affine(other, std::vector<double>(static_cast<size_t>(x.features()), 0.0), std::move(scale));
}

void NodeReader::read_neg() {
  const auto count = static_cast<size_t>(in(0).features());
  affine(id(0), std::vector<double>(count, 0.0), std::vector<double>(count, -1.0));
}

void NodeReader::read_pow() {
  if (in(0).form != Form::centred || constant(1).uniform() != 2.0)
    refuse("powers are supported in layer normalisation only");
  result(made(Form::squares, in(0).base, in(0).shape));
}

void NodeReader::read_sqrt() {
  const Symbol& v = in(0);
  if (v.form != Form::variance || v.number == 0) refuse("roots are supported in layer normalisation only");
  Symbol s = made(Form::deviation, v.base, v.shape);
  s.number = v.number;
  result(std::move(s));
}

void NodeReader::read_erf() {
  const Symbol& x = in(0);
  if (!multiplies(x, kSqrtHalf)) refuse("erf is supported in GELU, x(1 + erf(x/sqrt 2))/2, only");
  result(made(Form::error, x.base, x.shape));
}

void NodeReader::read_reduce_mean() {
  std::vector<double> axes = numbers("axes");
  if (given(1)) axes = constant(1).values;
  if (whole("keepdims", 1) != 1 || axes.size() != 1 || (axes[0] != -1 && axes[0] != 1))
    refuse("means over the features that keep their dimension are supported, in layer normalisation only");
  rows(0);
  const bool of_squares = in(0).form == Form::squares;
  result(made(of_squares ? Form::variance : Form::mean, of_squares ? in(0).base : id(0), {1}));
}

}  // namespace retrograd::model_file
