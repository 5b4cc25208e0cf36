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
