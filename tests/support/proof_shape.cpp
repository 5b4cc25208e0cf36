// Proof 1: the shape rule.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>

#include "retrograd/error.hpp"
#include "support/problem.hpp"
#include "support/proof.hpp"

namespace retrograd::support {
namespace {

/// The message with which the shape rule refuses a signature.
std::optional<std::string> refusal(const ops::Operator& op, const ops::Signature& s) {
  try {
    op.shape(s);
  } catch (const Error& e) {
    return e.what();
  }
  return std::nullopt;
}

void expect_refused(const ops::Operator& op, const Case& c, const std::string& what, const ops::Signature& s,
                    const std::vector<std::string>& mentions, Report& report) {
  const auto message = refusal(op, s);
  report.expect(message.has_value(),
                [&] { return fmt::format("{}, case {}: {} is not refused", op.info->name, c.name, what); });
  if (!message) return;
  const auto mentioned = [&](std::string_view word) {
    report.expect(message->find(word) != std::string::npos, [&] {
      return fmt::format("{}, case {}: the refusal of {} does not mention \"{}\": {}", op.info->name, c.name, what,
                         word, *message);
    });
  };
  mentioned(op.info->name);
  for (const std::string& word : mentions) mentioned(word);
}

}  // namespace

void prove_shape(const ops::Operator& op, const Case& c, Report& report) {
  const ops::Signature& good = c.signature;
  ops::Signature wrong = good;
  wrong.features[0] = 0;
  expect_refused(op, c, "an input without features", wrong, {"[N, 0]"}, report);
  wrong = good;
  wrong.features.resize(static_cast<size_t>(op.info->min_inputs) - 1);
  expect_refused(op, c, "a missing input", wrong, {std::to_string(op.info->min_inputs)}, report);
  wrong = good;
  wrong.features.assign(static_cast<size_t>(op.info->max_inputs) + 1, good.features[0]);
  expect_refused(op, c, "an input too many", wrong, {std::to_string(op.info->max_inputs)}, report);
  wrong = good;
  wrong.attributes.push_back(1);
  expect_refused(op, c, "an unknown attribute", wrong, {}, report);
  for (size_t k = 0; k < op.info->attributes.size(); ++k) {
    const ops::AttributeSpec& spec = op.info->attributes[k];
    const double beyond[] = {std::numeric_limits<double>::quiet_NaN(),
                             std::nextafter(spec.min, -std::numeric_limits<double>::infinity()),
                             std::nextafter(spec.max, std::numeric_limits<double>::infinity())};
    for (double value : beyond) {
      wrong = good;
      wrong.attributes[k] = value;
      expect_refused(op, c, fmt::format("{} = {}", spec.name, value), wrong, {std::string(spec.name)}, report);
    }
  }
  for (const Refusal& r : c.refused) expect_refused(op, c, "a wrong signature", r.signature, r.mentions, report);

  // What the rule answers is what the reference writes: no element is left, and run_reference watches the guards.
  const Problem p = make_problem(op, c, c.rows[0], Numbers::integers);
  const auto written = [&](const std::vector<double>& values, const char* name) {
    for (double v : values) {
      report.expect(!std::isnan(v),
                    [&] { return fmt::format("{}: the reference leaves elements of {} unwritten", p.where(), name); });
    }
  };
  const Outcome<double> o = run_reference(p, data_as<double>(p), c.training);
  written(o.y, "y");
  for (const auto& v : o.dx) written(v, "dx");
  for (const auto& v : o.dparameters) written(v, "the gradients of parameters");
}

}  // namespace retrograd::support
