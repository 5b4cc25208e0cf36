// An operator from outside: squareplus, a smooth rectifier without any exponential,
//     a = (z + √(z² + b)) / 2,    ∂a/∂z = (1 + z/√(z² + b)) / 2
// (Barron, "Squareplus: a softplus-like algebraic rectifier", arXiv:2112.11687). One room holds all that is known of
// it; registered, it trains, is checked, explained, saved and loaded like the project's own.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <retrograd/operator.hpp>
#include <retrograd/retrograd.hpp>

using namespace retrograd;

namespace {

constexpr int64_t kLanes = 32;  // samples in a panel (see Call)

struct Squareplus {
  static constexpr std::string_view kInputs[] = {"z"};
  static constexpr ops::AttributeSpec kAttributes[] = {{"b", 4, 0.01, 100, "how round the bend at 0 is"}};
  static constexpr ops::OperatorInfo info{
      .name = "squareplus",
      .doc = "Smooth rectifier without an exponential.",
      .kind = ops::Kind::activation,
      .input_names = kInputs,
      .output_name = "a",
      .attributes = kAttributes,
      .forward_ulp = 4,
      .backward_ulp = 8,
      .source = "Barron, \"Squareplus: a softplus-like algebraic rectifier\", arXiv:2112.11687"};

  /// z [N, F] -> a [N, F]; no parameters, nothing kept for backward.
  static ops::Shapes shape(const ops::Signature& s) {
    ops::Shapes shapes;
    shapes.output = s.features.at(0);
    shapes.flops_forward = 5.0 * shapes.output;
    shapes.flops_backward = 7.0 * shapes.output;
    return shapes;
  }

  static ops::Formula formula(const ops::Signature& s) {
    using formula::Expr;
    const Expr z = formula::symbol("z"), b = s.attributes.at(0);
    return {ops::Formula::Scope::element, (z + formula::sqrt(formula::power(z, 2) + b)) / 2.0};
  }

  // The square root is rounded correctly on every machine, so these give the same bits everywhere; with std::exp or
  // std::sin they would not. Below 0 the sum z + r cancels: there it is b/(r − z), the same number with its digits.
  template <class T>
  static T value(T z, T b) {
    const T r = std::sqrt(z * z + b);
    return (z < 0 ? b / (r - z) : z + r) * T(0.5);
  }
  template <class T>
  static T gain(T z, T b) {
    const T r = std::sqrt(z * z + b);
    return (z < 0 ? b / (r - z) : z + r) / r * T(0.5);
  }

  template <class T>
  static void reference_forward(const ops::Reference<T>& r) {
    for (int64_t i = 0; i < r.rows * r.features(0); ++i) r.y[i] = value(r.x[0][i], r.attribute(0));
  }
  template <class T>
  static void reference_backward(const ops::Reference<T>& r) {
    if (r.dx[0] == nullptr) return;
    for (int64_t i = 0; i < r.rows * r.features(0); ++i) r.dx[0][i] = r.dy[i] * gain(r.x[0][i], r.attribute(0));
  }

  // Element-wise, so the panel layout does not matter: a span of panels is a run of floats. The compiler vectorises.
  static void forward(const ops::Call& c, ops::Span panels) {
    const auto b = static_cast<float>(c.attribute(0));
    const int64_t width = c.features(0) * kLanes;
    for (int64_t i = panels.begin * width; i < panels.end * width; ++i) c.y[i] = value(c.x[0][i], b);
  }
  static void backward(const ops::Call& c, ops::Span panels) {
    if (c.dx[0] == nullptr) return;
    const auto b = static_cast<float>(c.attribute(0));
    const int64_t width = c.features(0) * kLanes;
    for (int64_t i = panels.begin * width; i < panels.end * width; ++i) c.dx[0][i] = c.dy[i] * gain(c.x[0][i], b);
  }

  static std::string to_onnx(ops::OnnxWriter& writer, const ops::OnnxUse& use) {
    const std::string& z = use.inputs[0];
    const std::string square = writer.node("Mul", {z, z});
    const std::string inside = writer.node("Add", {square, writer.constant({use.signature->attributes[0]})});
    const std::string sum = writer.node("Add", {z, writer.node("Sqrt", {inside})});
    return writer.node("Mul", {sum, writer.constant({0.5})});
  }
};

/// The formula against the code, at some points: the room's two accounts of itself must agree.
bool formula_agrees() {
  const ops::Signature signature{.features = {1}, .attributes = {4.0}, .units = 0, .sizes = {}};
  const formula::Expr f = Squareplus::formula(signature).forward, df = formula::differentiate(f, "z", {});
  std::printf("a     = %s\n∂a/∂z = %s\n", formula::print(f).c_str(), formula::print(df).c_str());
  bool ok = true;
  for (const double z : {-3.0, -0.5, 0.0, 0.25, 7.0}) {
    formula::Environment at;
    at.value = [z](std::string_view, std::span<const int>) { return z; };
    ok = ok && std::fabs(formula::evaluate(f, at) - Squareplus::value(z, 4.0)) < 1e-12;
    ok = ok && std::fabs(formula::evaluate(df, at) - Squareplus::gain(z, 4.0)) < 1e-12;
  }
  return ok;
}

}  // namespace

int main() try {
  ops::register_operator(ops::make_operator<Squareplus>());
  bool ok = formula_agrees();

  // A curve to learn: y = sin x on [−3, 3].
  std::vector<float> x;
  std::vector<double> y;
  for (int i = 0; i < 512; ++i) {
    x.push_back(static_cast<float>(i) / 256.0F * 3.0F - 3.0F);
    y.push_back(std::sin(static_cast<double>(x.back())));
  }
  const Loaded curve = from_memory(x, {1}, y);
  NetworkOptions network;
  network.hidden = {32, 32};
  network.activation = "squareplus";
  network.initializer = "he_normal";  // which fits rectifiers
  network.dropout = 0;
  TrainOptions options;
  options.epochs = 200;
  const Trained trained =
      train(make_network(curve.spec, curve.data, network), curve.spec, curve.data, nullptr, options);
  const Results results = evaluate(trained.model, curve.data);
  std::printf("%s\n", results.one_line().c_str());
  ok = ok && results.metric("r2") > 0.99;

  const GradientCheck check = gradcheck(trained.model, curve.data);
  std::printf("gradients: analytic and numeric differ by %.2g at most, fast float and double by %.2g\n",
              check.largest_numeric_error(), check.largest_float_error());
  ok = ok && check.ok();

  const std::string file = std::filesystem::temp_directory_path() / "retrograd_squareplus.onnx";
  trained.model.save(file);
  const Model model = Model::load(file);
  std::filesystem::remove(file);
  std::printf("fingerprint %s, of the loaded model %s\n", trained.model.fingerprint().c_str(),
              model.fingerprint().c_str());
  ok = ok && model.fingerprint() == trained.model.fingerprint();
  ok = ok && model.predict(curve.data) == trained.model.predict(curve.data);
  return ok ? 0 : 1;
} catch (const Error& e) {
  std::fprintf(stderr, "error: %s\n", e.what());
  return 1;
}
