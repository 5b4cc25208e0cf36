#include "export/c_operators.hpp"

#include <fmt/ranges.h>

#include <array>

#include "base/fail.hpp"
#include "export/c_text.hpp"
#include "ops/selu/selu.hpp"

namespace retrograd::c_source {
namespace {

/// A constant as the kernels have it: rounded to the model's type.
std::string constant(const Use& use, double value) {
  return use.single ? number(static_cast<float>(value)) : number(value);
}

std::string attribute(const Use& use, size_t k) { return constant(use, use.equation->signature.attributes[k]); }

/// A function whose arguments are parameters, inputs, output, features and then `more`.
Statement call(const Use& use, const std::string& function, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = use.parameters;
  arguments.insert(arguments.end(), use.inputs.begin(), use.inputs.end());
  arguments.push_back(use.output);
  arguments.push_back(std::to_string(use.equation->signature.features[0]));
  arguments.insert(arguments.end(), more.begin(), more.end());
  return {fmt::format("{}({});", function, fmt::join(arguments, ", ")), {function}};
}

Statement linear(const Use& use) {
  const graph::Equation& eq = *use.equation;
  const std::string bias = use.parameters.size() > 1 ? use.parameters[1] : "NULL";
  return {fmt::format("op_linear({}, {}, {}, {}, {}, {});", use.parameters[0], bias, use.inputs[0], use.output,
                      eq.signature.features[0], eq.shapes.output),
          {"op_linear"}};
}

Statement one_hot(const Use& use) {
  return {fmt::format("op_one_hot({}, {}, {}, {});", use.sizes, use.inputs[0], use.output,
                      use.equation->signature.features[0]),
          {"op_one_hot"}};
}

Statement concat(const Use& use) {
  Statement s{{}, {"op_identity"}};
  int first = 0;
  for (size_t k = 0; k < use.inputs.size(); ++k) {
    const int features = use.equation->signature.features[k];
    s.code +=
        fmt::format("{}op_identity({}, {} + {}, {});", k == 0 ? "" : "\n", use.inputs[k], use.output, first, features);
    first += features;
  }
  return s;
}

Statement add(const Use& use) {
  const int n = use.equation->signature.features[0];
  Statement s{fmt::format("op_add({}, {}, {}, {});", use.inputs[0], use.inputs[1], use.output, n), {"op_add"}};
  for (size_t k = 2; k < use.inputs.size(); ++k)
    s.code += fmt::format("\nop_accumulate({}, {}, {});", use.inputs[k], use.output, n);
  if (use.inputs.size() > 2) s.functions.emplace_back("op_accumulate");
  return s;
}

Statement mean(const Use& use) {
  const int n = use.equation->signature.features[0];
  Statement s{fmt::format("op_identity({}, {}, {});", use.inputs[0], use.output, n), {"op_identity", "op_mean"}};
  for (size_t k = 1; k < use.inputs.size(); ++k)
    s.code += fmt::format("\nop_accumulate({}, {}, {});", use.inputs[k], use.output, n);
  if (use.inputs.size() > 1) s.functions.emplace_back("op_accumulate");
  s.code += fmt::format("\nop_mean({}, {}, {});", use.output, n, use.inputs.size());
  return s;
}

Statement embed(const Use& use) {
  const ops::Signature& s = use.equation->signature;
  return {fmt::format("op_embed({}, {}, {}, {}, {}, {});", use.parameters[0], use.inputs[0], use.output, s.units,
                      static_cast<int>(s.attributes[0]), s.sizes[0]),
          {"op_embed"}};
}

Statement periodic(const Use& use) {
  const ops::Signature& s = use.equation->signature;
  return call(use, "op_periodic",
              {std::to_string(static_cast<int>(s.attributes[0])), std::to_string(static_cast<int>(s.attributes[1]))});
}

Statement piecewise(const Use& use) {
  return {fmt::format("op_piecewise({}, {}, {}, {}, {}, {});", use.parameters[0], use.parameters[1], use.sizes,
                      use.inputs[0], use.output, use.equation->signature.features[0]),
          {"op_piecewise"}};
}

/// A call of linear for each member.
Statement shared_linear(const Use& use) {
  const graph::Equation& eq = *use.equation;
  const int members = static_cast<int>(eq.signature.attributes[0]), units = eq.signature.units;
  const int inputs = eq.signature.features[0] / members;
  return {fmt::format("for (int m = 0; m < {}; ++m)\n  op_linear({}, NULL, {} + m * {}, {} + m * {}, {}, {});", members,
                      use.parameters[0], use.inputs[0], inputs, use.output, units, inputs, units),
          {"op_linear"}};
}

Statement spread(const Use& use) {
  return call(use, "op_spread", {std::to_string(static_cast<int>(use.equation->signature.attributes[0]))});
}

Statement interpolate(const Use& use) {
  return call(use, "op_interpolate", {std::to_string(static_cast<int>(use.equation->signature.attributes[0]))});
}

Statement heads(const Use& use) {
  const ops::Signature& s = use.equation->signature;
  return call(use, "op_heads", {std::to_string(static_cast<int>(s.attributes[0])), std::to_string(s.units)});
}

Statement slice(const Use& use) {
  const graph::Equation& eq = *use.equation;
  return {fmt::format("op_identity({} + {}, {}, {});", use.inputs[0], static_cast<int>(eq.signature.attributes[0]),
                      use.output, eq.shapes.output),
          {"op_identity"}};
}

Statement selu(const Use& use) {
  return call(use, "op_selu", {constant(use, ops::SeluScalar::kLambda), constant(use, ops::SeluScalar::kLambdaAlpha)});
}

struct Form {
  std::string_view name;
  Statement (*write)(const Use&);
};

/// The function of the operator's own name.
Statement same_name(const Use& use) { return call(use, "op_" + std::string(use.equation->op->info->name)); }
/// … which takes the first attribute too.
Statement with_attribute(const Use& use) {
  return call(use, "op_" + std::string(use.equation->op->info->name), {attribute(use, 0)});
}
Statement pass_on(const Use& use) { return call(use, "op_identity"); }

constexpr std::array kForms = {Form{"linear", linear},
                               Form{"identity", same_name},
                               Form{"relu", same_name},
                               Form{"leaky_relu", with_attribute},
                               Form{"elu", with_attribute},
                               Form{"selu", selu},
                               Form{"gelu", same_name},
                               Form{"silu", same_name},
                               Form{"mish", same_name},
                               Form{"softplus", same_name},
                               Form{"tanh", same_name},
                               Form{"sigmoid", same_name},
                               Form{"softmax", same_name},
                               Form{"standardise", same_name},
                               Form{"impute", same_name},
                               Form{"is_missing", same_name},
                               Form{"one_hot", one_hot},
                               Form{"add", add},
                               Form{"concat", concat},
                               Form{"mean", mean},
                               Form{"blend", same_name},
                               Form{"scale", same_name},
                               Form{"clip", same_name},
                               Form{"smooth_clip", with_attribute},
                               Form{"embed", embed},
                               Form{"periodic", periodic},
                               Form{"piecewise", piecewise},
                               Form{"affine", same_name},
                               Form{"spread", spread},
                               Form{"shared_linear", shared_linear},
                               Form{"heads", heads},
                               Form{"interpolate", interpolate},
                               Form{"slice", slice},
                               Form{"dropout", pass_on},
                               Form{"layer_norm", with_attribute},
                               Form{"batch_norm", with_attribute}};

}  // namespace

Statement statement(const Use& use, const std::string& layer) {
  for (const Form& form : kForms)
    if (form.name == use.equation->op->info->name) return form.write(use);
  fail("layer '{}': operator '{}' has no C form; C source is written of retrograd's own operators", layer,
       use.equation->op->info->name);
}

}  // namespace retrograd::c_source
