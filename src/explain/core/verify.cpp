#include "explain/core/verify.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "explain/core/state.hpp"
#include "retrograd/receipt.hpp"

namespace retrograd {
namespace explaining {
namespace {

template <class T>
const T& named(const std::vector<T>& all, const std::string& name, std::string T::*key, std::string_view kind,
               const std::string& where) {
  for (const T& one : all)
    if (one.*key == name) return one;
  throw Fault{fmt::format("{} names the {} '{}', which the receipt does not have", where, kind, name)};
}

/// The first place where two JSON values differ.
std::string difference(const nlohmann::json& found, const nlohmann::json& derived, const std::string& place) {
  if (found == derived) return {};
  if (found.is_object() && derived.is_object()) {
    for (const auto& [key, value] : derived.items()) {
      if (!found.contains(key)) return place + "." + key + " is missing";
      const std::string inner = difference(found[key], value, place + "." + key);
      if (!inner.empty()) return inner;
    }
    return place + " has a field too many";
  }
  if (found.is_array() && derived.is_array()) {
    if (found.size() != derived.size())
      return fmt::format("{} has {} entries, but {} follow", place, found.size(), derived.size());
    for (size_t k = 0; k < found.size(); ++k) {
      const std::string inner = difference(found[k], derived[k], fmt::format("{}[{}]", place, k));
      if (!inner.empty()) return inner;
    }
  }
  const auto text = [](const nlohmann::json& j) {
    return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).substr(0, 60);
  };
  return fmt::format("{} is {}, but {} follows", place, text(found), text(derived));
}

/// Explains the same rows and parameters again and compares.
void compare_with_model(Evidence& v, std::string_view text, const Model& model, const Dataset& data,
                        const ExplainOptions& known) {
  const Explanation& e = v.e;
  v.expect(e.fingerprint == model.fingerprint(), "the fingerprint is {}, but the model's is {}", e.fingerprint,
           model.fingerprint());
  // The state that the updates started from, if it is at hand.
  const auto from_state = [&](const Derivation& d) {
    return d.update.fresh || (known.slots_step > 0 && d.update.step == known.slots_step + 1);
  };
  const bool fresh =
      std::all_of(e.derivations.begin(), e.derivations.end(), [](const Derivation& d) { return d.update.fresh; });
  ExplainOptions options;
  if (!fresh) options = known;
  options.training = known.training;
  options.rows = e.rows;
  options.batch = e.batch;
  options.focus = e.rows.at(static_cast<size_t>(e.focus));
  options.terms = e.terms;
  options.open = e.open;
  options.max_nodes = e.max_nodes;
  options.seed = e.seed;
  options.step = e.step;
  options.source = e.source;
  const State state(model, data, options);
  std::vector<Place> places;
  for (const Derivation& d : e.derivations) {
    const graph::Parameter* p = model.program().parameter(d.parameter);
    v.expect(p != nullptr && p->trained && d.from < p->rows && d.to < p->cols, "{}: the model has no such parameter",
             d.symbol);
    places.push_back({static_cast<int>(p - model.program().parameters.data()), d.from, d.to});
  }
  Explanation again = explain_places(state, places);
  again.neuron = e.neuron;  // what to look at, not a number
  const bool whole =
      std::any_of(e.parameters.begin(), e.parameters.end(), [](const auto& p) { return !p.values.empty(); });
  nlohmann::json found = nlohmann::json::parse(text);
  nlohmann::json derived = nlohmann::json::parse(to_json(again, whole ? std::numeric_limits<int64_t>::max() : 0));
  for (size_t k = 0; k < e.derivations.size(); ++k) {
    nlohmann::json &update = derived["derivations"][k]["update"], &given = found["derivations"][k]["update"];
    if (!from_state(e.derivations[k]) || (e.derivations[k].update.known && !known.training)) {
      update = given;
      v.leave_open(e.derivations[k].symbol + ": the update's state and options are not in the model");
    }
    update["state"] = given["state"];  // words on where the state lay
  }
  const std::string different = difference(found, derived, "receipt");
  v.expect(different.empty(), "{}", different);
}

}  // namespace

const ValueNumbers& Evidence::value(const std::string& name, const std::string& where) {
  return named(e.values, name, &ValueNumbers::name, "value", where);
}
const ValueNumbers& Evidence::gradient(const std::string& name, const std::string& where) {
  return named(e.gradients, name, &ValueNumbers::name, "gradient", where);
}
const ParameterNumbers& Evidence::parameter(const std::string& name, const std::string& where) {
  return named(e.parameters, name, &ParameterNumbers::name, "parameter", where);
}
const ForwardEquation& Evidence::equation(const std::string& name, const std::string& where) {
  return named(e.forward, name, &ForwardEquation::output, "equation", where);
}

void Evidence::leave_open(const std::string& what) {
  if (std::find(open.begin(), open.end(), what) == open.end()) open.push_back(what);
}

void Evidence::expect_formula(const MathFormula& found, const MathFormula& derived, const std::string& what) {
  const auto same = [&](const MathText& a, const MathText& b) {
    expect(a.text == b.text && a.latex == b.latex && a.mathml == b.mathml,
           "{} says '{}', but the operator's own formula is '{}'", what, a.text, b.text);
  };
  same(found.left, derived.left);
  same(found.right, derived.right);
  expect(found.where.size() == derived.where.size(), "{} has {} definitions, expected {}", what, found.where.size(),
         derived.where.size());
  for (size_t k = 0; k < found.where.size(); ++k) {
    same(found.where[k].left, derived.where[k].left);
    same(found.where[k].right, derived.where[k].right);
  }
}

double largest_of(const std::vector<double>& v) {
  double most = 0;
  for (double x : v) most = std::max(most, std::fabs(x));
  return most;
}

}  // namespace explaining

Verification verify_receipt(std::string_view json, const Model* model, const Dataset* data,
                            const ExplainOptions& known) {
  if ((model == nullptr) != (data == nullptr)) fail("verifying needs the model and the data, or neither");
  const Explanation e = explanation_from_json(json);
  explaining::Evidence v(e);
  Verification result;
  try {
    const explaining::Rebuilt built = explaining::verify_programs(v);
    explaining::verify_numbers(v, built);
    explaining::verify_statement(v, built);
    explaining::verify_derivations(v, built);
    if (!built.whole && model == nullptr)
      v.leave_open("values and gradients that read parameters too large for the receipt");
    if (model != nullptr) explaining::compare_with_model(v, json, *model, *data, known);
  } catch (const explaining::Fault& fault) {
    result.fault = fault.text;
  } catch (const Error& error) {
    result.fault = error.what();
  }
  result.checked = v.checked;
  result.open = std::move(v.open);
  return result;
}

}  // namespace retrograd
