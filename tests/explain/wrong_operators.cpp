#include "explain/wrong_operators.hpp"

#include <cmath>
#include <limits>

#include "math/scalar.hpp"
#include "ops/elementwise.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::explain_test {
namespace {

using ops::Call;
using ops::Reference;

/// ∂l/∂z of tanh from z and ∂l/∂a, feature by feature: the right rule and the wrong ones.
struct Right {
  static constexpr std::string_view name = "test_right";
  template <class T>
  static T of(T z, T dy, int) {
    const T a = math::tanh(z);
    return dy * (T{1} - a * a);
  }
};

struct Factor {  // the chain rule without its inner derivative
  static constexpr std::string_view name = "test_factor";
  template <class T>
  static T of(T, T dy, int) {
    return dy;
  }
};

struct Sign {
  static constexpr std::string_view name = "test_sign";
  template <class T>
  static T of(T z, T dy, int j) {
    return -Right::of(z, dy, j);
  }
};

struct Upstream {  // the gain of the wrong number
  static constexpr std::string_view name = "test_upstream";
  template <class T>
  static T of(T, T dy, int j) {
    return Right::of(dy, dy, j);
  }
};

struct OneFeature {
  static constexpr std::string_view name = "test_one_feature";
  template <class T>
  static T of(T z, T dy, int j) {
    return j == 2 ? T{0} : Right::of(z, dy, j);
  }
};

struct TenthOfAPercent {  // far below what a training would show
  static constexpr std::string_view name = "test_tenth_of_a_percent";
  template <class T>
  static T of(T z, T dy, int j) {
    return static_cast<T>(1.002) * Right::of(z, dy, j);
  }
};

struct NotANumber {
  static constexpr std::string_view name = "test_nan";
  template <class T>
  static T of(T z, T dy, int j) {
    return j == 0 ? std::numeric_limits<T>::quiet_NaN() : Right::of(z, dy, j);
  }
};

/// A room of tanh whose backward is Rule; KernelRule that of the kernel, where it differs.
template <class Rule, class KernelRule = Rule>
struct Room {
  static constexpr ops::OperatorInfo info{.name = KernelRule::name,
                                          .doc = "Planted for the tests of the gradient check.",
                                          .kind = ops::Kind::activation,
                                          .input_names = ops::kActivationInputs,
                                          .output_name = ops::kActivationOutput,
                                          .source = "definition"};
  static ops::Shapes shape(const ops::Signature& s) { return ops::elementwise_shape(info, s, false, 1); }
  static ops::Formula formula(const ops::Signature& s) { return ops::find_operator("tanh").formula(s); }
  static void forward(const Call& c, ops::Span panels) {
    const ops::Elements e(c, panels);
    for (size_t i = e.begin; i < e.begin + e.count; ++i) c.y[i] = math::tanh(c.x[0][i]);
  }
  static void backward(const Call& c, ops::Span panels) {
    if (c.dx[0] == nullptr) return;
    const ops::Elements e(c, panels);
    for (size_t i = e.begin; i < e.begin + e.count; ++i) {
      const auto feature = static_cast<int>(i / kPanel % static_cast<size_t>(c.features(0)));
      c.dx[0][i] = KernelRule::of(c.x[0][i], c.dy[i], feature);
    }
  }
  template <class T>
  static void reference_forward(const Reference<T>& r) {
    for (int64_t i = 0; i < r.rows * r.features(0); ++i) r.y[i] = math::tanh(r.x[0][i]);
  }
  template <class T>
  static void reference_backward(const Reference<T>& r) {
    if (r.dx[0] == nullptr) return;
    for (int64_t i = 0; i < r.rows * r.features(0); ++i)
      r.dx[0][i] = Rule::of(r.x[0][i], r.dy[i], static_cast<int>(i % r.features(0)));
  }
  static std::string to_onnx(ops::OnnxWriter& writer, const ops::OnnxUse& use) {
    return writer.node("Tanh", use.inputs);
  }
};

struct KernelTail {  // the last feature of the kernel is left at zero
  static constexpr std::string_view name = "test_kernel_tail";
  template <class T>
  static T of(T z, T dy, int j) {
    return j == 6 ? T{0} : Right::of(z, dy, j);
  }
};

}  // namespace

void register_wrong_operators() {
  static const bool once = [] {
    for (const ops::Operator& op :
         {ops::make_operator<Room<Right>>(), ops::make_operator<Room<Factor>>(), ops::make_operator<Room<Sign>>(),
          ops::make_operator<Room<Upstream>>(), ops::make_operator<Room<OneFeature>>(),
          ops::make_operator<Room<TenthOfAPercent>>(), ops::make_operator<Room<NotANumber>>(),
          ops::make_operator<Room<Right, KernelTail>>()})
      ops::register_operator(op);
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace retrograd::explain_test
