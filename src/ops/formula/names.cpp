// Names: functions, Greek letters.
#include <algorithm>
#include <array>

#include "ops/formula/style.hpp"

namespace retrograd::formula {
namespace {

struct Greek {
  std::string_view name, letter;
};
// "eps" is written as often as "epsilon". Capitals that look Latin have no LaTeX command and stay as they are.
constexpr std::array kGreek = {
    Greek{"alpha", "α"}, Greek{"beta", "β"},   Greek{"gamma", "γ"},  Greek{"delta", "δ"}, Greek{"epsilon", "ε"},
    Greek{"eps", "ε"},   Greek{"zeta", "ζ"},   Greek{"eta", "η"},    Greek{"theta", "θ"}, Greek{"iota", "ι"},
    Greek{"kappa", "κ"}, Greek{"lambda", "λ"}, Greek{"mu", "μ"},     Greek{"nu", "ν"},    Greek{"xi", "ξ"},
    Greek{"pi", "π"},    Greek{"rho", "ρ"},    Greek{"sigma", "σ"},  Greek{"tau", "τ"},   Greek{"upsilon", "υ"},
    Greek{"phi", "φ"},   Greek{"chi", "χ"},    Greek{"psi", "ψ"},    Greek{"omega", "ω"}, Greek{"Gamma", "Γ"},
    Greek{"Delta", "Δ"}, Greek{"Theta", "Θ"},  Greek{"Lambda", "Λ"}, Greek{"Xi", "Ξ"},    Greek{"Pi", "Π"},
    Greek{"Sigma", "Σ"}, Greek{"Phi", "Φ"},    Greek{"Psi", "Ψ"},    Greek{"Omega", "Ω"},
};

}  // namespace

std::string_view function_name(Function function) {
  switch (function) {
    case Function::exp:
      return "exp";
    case Function::log:
      return "log";
    case Function::log1p:
      return "log1p";
    case Function::tanh:
      return "tanh";
    case Function::sigmoid:
      return "σ";
    case Function::erf:
      return "erf";
    case Function::sqrt:
      return "√";
    case Function::abs:
      return "abs";
    case Function::sin:
      return "sin";
    case Function::cos:
      return "cos";
  }
  return "";
}

std::string_view greek_letter(std::string_view name) {
  const auto found = std::find_if(kGreek.begin(), kGreek.end(), [&](const Greek& g) { return g.name == name; });
  return found == kGreek.end() ? std::string_view() : found->letter;
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace retrograd::formula
