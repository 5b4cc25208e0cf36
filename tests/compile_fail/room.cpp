// A room with every obligation, each of which can be left out by a macro. The control compiles; a room without one must
// be refused by the concept, at compile time.
#include "retrograd/operator.hpp"

namespace retrograd::ops {

struct Copy {
  static constexpr std::string_view kInputs[] = {"x"};
#ifndef WITHOUT_info
  static constexpr OperatorInfo info{.name = "copy",
                                     .doc = "Copies.",
                                     .kind = Kind::activation,
                                     .input_names = kInputs,
                                     .output_name = "y",
                                     .source = "definition"};
#endif
#ifndef WITHOUT_shape
  static Shapes shape(const Signature& s);
#endif
#ifndef WITHOUT_formula
  static Formula formula(const Signature& s);
#endif
#ifndef WITHOUT_forward
  static void forward(const Call& c, Span panels);
#endif
#ifndef WITHOUT_backward
  static void backward(const Call& c, Span panels);
#endif
#ifndef WITHOUT_reference_forward
  template <class T>
  static void reference_forward(const Reference<T>& r);
#endif
#ifndef WITHOUT_reference_backward
  template <class T>
  static void reference_backward(const Reference<T>& r);
#endif
#ifndef WITHOUT_to_onnx
  static std::string to_onnx(OnnxWriter& writer, const OnnxUse& use);
#endif
};

constexpr Operator op = make_operator<Copy>();
static_assert(op.forward != nullptr);

}  // namespace retrograd::ops
