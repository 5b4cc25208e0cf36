#include "support/cases.hpp"

#include <map>
#include <utility>

namespace retrograd::support {
namespace {

using Registry = std::map<std::string, std::vector<std::function<std::vector<Case>()>>, std::less<>>;

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace

Case make_case(std::string name, std::vector<int> features, std::vector<double> attributes, int units) {
  Case c;
  c.name = std::move(name);
  c.signature.features = std::move(features);
  c.signature.attributes = std::move(attributes);
  c.signature.units = units;
  return c;
}

std::vector<Case> activation_cases(const std::function<double(double z)>& gain_term) {
  Case ordinary = make_case("ordinary", {7});
  ordinary.x = {{-6, 6}};
  Case tails = make_case("tails", {3});
  tails.x = {{-30, 30}};
  tails.extremes = {-1e38f, -104.0f, -88.0f, -87.4f, -20.0f, -1e-3f, -1e-37f, -0.0f,
                    0.0f,   1e-37f,  1e-3f,  17.0f,  20.0f,  88.0f,  89.0f,   1e38f};
  Case wide = make_case("wide", {301});
  wide.large = true;
  std::vector<Case> cases = {ordinary, tails, wide};
  for (Case& c : cases) c.gain_term = gain_term;
  return cases;
}

std::vector<Case> residual_loss_cases(const std::vector<double>& attributes) {
  Case several = make_case("several", {3, 3}, attributes);
  several.refused = {{make_case("", {3, 4}).signature, {"[N, 3]", "[N, 4]"}}};
  const Case one = make_case("one number", {1, 1}, attributes);
  Case wide = make_case("wide", {130, 130}, attributes);
  wide.large = true;
  std::vector<Case> cases = {several, one, wide};
  for (Case& c : cases) c.exact_on_integers = true;
  return cases;
}

CasesOf::CasesOf(std::string_view operator_name, std::function<std::vector<Case>()> cases) {
  registry()[std::string(operator_name)].push_back(std::move(cases));
}

std::vector<Case> cases_of(const ops::Operator& op) {
  std::vector<Case> result;
  const auto found = registry().find(op.info->name);
  if (found == registry().end()) return result;
  const auto defaults = [&](ops::Signature& s) {
    if (!s.attributes.empty()) return;
    for (const ops::AttributeSpec& spec : op.info->attributes) s.attributes.push_back(spec.initial);
  };
  for (const auto& make : found->second) {
    for (Case& c : make()) {
      defaults(c.signature);
      for (Refusal& refusal : c.refused) defaults(refusal.signature);
      result.push_back(std::move(c));
    }
  }
  return result;
}

}  // namespace retrograd::support
