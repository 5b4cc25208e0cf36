// How formulas read: simplified derivatives, precedence, and the same formulas in text, LaTeX and MathML.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "retrograd/formula.hpp"

namespace retrograd::formula {
namespace {

const Expr a = symbol("a"), b = symbol("b"), c = symbol("c"), x = symbol("x");

Expr sum_of(const std::string& name, const std::string& i) { return sum(i, "I", symbol(name, {i})); }
std::string latex(const Expr& e) { return print(e, Notation::latex); }
std::string mathml(const Expr& e) { return print(e, Notation::mathml); }
std::string derivative(const Expr& e, const std::string& name, const std::vector<std::string>& indices = {}) {
  return print(differentiate(e, name, indices));
}

TEST(FormulaPrint, Precedence) {
  EXPECT_EQ(print(a + b * c), "a + b·c");
  EXPECT_EQ(print((a + b) * c), "(a + b)·c");
  EXPECT_EQ(print(a - (b - c)), "a − (b − c)");
  EXPECT_EQ(print(a - b - c), "a − b − c");
  EXPECT_EQ(print(a - (b + c)), "a − (b + c)");
  EXPECT_EQ(print(a + (b + c)), "a + b + c");
  EXPECT_EQ(print(a - b * c), "a − b·c");
  EXPECT_EQ(print(a * (b * c)), "a·b·c");
  EXPECT_EQ(print(a / b / c), "a/b/c");
  EXPECT_EQ(print(a / (b / c)), "a/(b/c)");
  EXPECT_EQ(print(a / (b * c)), "a/(b·c)");
  EXPECT_EQ(print(a * b / c), "a·b/c");
  EXPECT_EQ(print((a + b) / (a - b)), "(a + b)/(a − b)");
  EXPECT_EQ(print(-(a + b)), "−(a + b)");
  EXPECT_EQ(print(-a * b), "(−a)·b");
  EXPECT_EQ(print(-(a * b)), "−a·b");
  EXPECT_EQ(print(-(-a)), "−(−a)");
  EXPECT_EQ(print(a - -b), "a − (−b)");
  EXPECT_EQ(print(-a + b), "−a + b");
  EXPECT_EQ(print(a + -2.0), "a − 2");
  EXPECT_EQ(print(a * -2.0), "a·(−2)");
  EXPECT_EQ(print(power(a + b, 2)), "(a + b)²");
  EXPECT_EQ(print(power(-a, 2)), "(−a)²");
  EXPECT_EQ(print(power(power(a, 2), 3)), "(a²)³");
  EXPECT_EQ(print(power(a, -12)), "a⁻¹²");
  EXPECT_EQ(print(power(exp(a), 2) / power(b, 2)), "exp(a)²/b²");
  EXPECT_EQ(print(sqrt(a)), "√a");
  EXPECT_EQ(print(sqrt(a + b)), "√(a + b)");
  EXPECT_EQ(print(power(sqrt(a), 3)), "(√a)³");
  EXPECT_EQ(print(abs(a - b) * c), "|a − b|·c");
}

TEST(FormulaPrint, SumsSwallowWhatFollows) {
  const Expr s = sum_of("x", "i");
  EXPECT_EQ(print(s), "Σ_i x_i");
  EXPECT_EQ(print(2.0 * s), "2·Σ_i x_i");
  EXPECT_EQ(print(s * 2.0), "(Σ_i x_i)·2");
  EXPECT_EQ(print(s / 3.0), "(Σ_i x_i)/3");
  EXPECT_EQ(print(2.0 * s / 3.0), "(2·Σ_i x_i)/3");
  EXPECT_EQ(print(1.0 / s), "1/(Σ_i x_i)") << "Σ binds like a product";
  EXPECT_EQ(print(s + a), "Σ_i x_i + a");
  EXPECT_EQ(print(-s), "−Σ_i x_i");
  EXPECT_EQ(print(sum("i", "I", symbol("x", {"i"}) + a)), "Σ_i (x_i + a)");
  EXPECT_EQ(print(sum("i", "I", sum("j", "O", symbol("W", {"i", "j"})))), "Σ_i Σ_j W_{i,j}");
  EXPECT_EQ(print(sum("row", "I", symbol("x", {"row"}))), "Σ_{row} x_{row}");
  EXPECT_EQ(print(largest("i", "I", symbol("z", {"i"}))), "max_i z_i");
}

TEST(FormulaPrint, NamesAndNumbers) {
  EXPECT_EQ(print(symbol("gamma", {"j"}) * a + symbol("beta", {"j"})), "γ_j·a + β_j");
  EXPECT_EQ(print(symbol("delta") - symbol("eta") * symbol("mu")), "δ − η·μ");
  EXPECT_EQ(print(sqrt(symbol("sigma2") + 1e-5)), "√(σ² + 1e-5)");
  EXPECT_EQ(print(power(symbol("sigma2", {"j"}), 2)), "(σ²_j)²");
  EXPECT_EQ(latex(symbol("sigma2", {"j"}) + symbol("eps")), "\\sigma^{2}_{j} + \\epsilon");
  EXPECT_EQ(mathml(symbol("sigma2", {"j"})), "<mrow><msubsup><mi>σ</mi><mi>j</mi><mn>2</mn></msubsup></mrow>");
  EXPECT_EQ(print(Expr(0.1) + 1e300 + -0.5), "0.1 + 1e300 − 0.5");
  EXPECT_EQ(latex(a * 1e-5 + 2.5e-7), "a \\cdot 10^{-5} + 2.5 \\cdot 10^{-7}");
  EXPECT_EQ(latex(symbol("slope_1%", {"col", "j"})), "\\mathit{slope}_{\\mathit{1\\%},\\mathit{col},j}");
  EXPECT_EQ(latex(symbol("a_drop")), "a_{\\mathit{drop}}");
  EXPECT_EQ(latex(symbol("_x#_")), "\\mathit{\\_x\\#\\_}");
  EXPECT_EQ(mathml(symbol("a_drop")), "<mrow><msub><mi>a</mi><mi>drop</mi></msub></mrow>");
  EXPECT_EQ(mathml(symbol("running_mean", {"j"})),
            "<mrow><msub><mi>running</mi><mrow><mi>mean</mi><mo>,</mo><mi>j</mi></mrow></msub></mrow>");
  EXPECT_EQ(mathml(symbol("a<b&c")), "<mrow><mi>a&lt;b&amp;c</mi></mrow>");
  EXPECT_EQ(print(where_positive(x, x, a * x)), "{x if x > 0, else a·x}");
  EXPECT_EQ(print(kronecker("i", "j") * index_value("i")), "[i = j]·i");
}

TEST(FormulaPrint, ConditionsAsPeopleSayThem) {
  const auto when = [](const Expr& test) { return print(where_positive(test, 1.0, 0.0)); };
  EXPECT_EQ(when(0.5 - abs(a - index_value("k"))), "{1 if a = k, else 0}");
  EXPECT_EQ(when(0.5 - abs(index_value("i") - 2.0)), "{1 if i = 2, else 0}");
  EXPECT_EQ(when(0.5 - abs(a)), "{1 if a = 0, else 0}");
  EXPECT_EQ(when(c - abs(a - b)), "{1 if |a − b| < c, else 0}");
  EXPECT_EQ(when(1.0 + power(a, 2)), "{1 if a is a number, else 0}");
  EXPECT_EQ(when(a - b), "{1 if a > b, else 0}");
  EXPECT_EQ(when(a + b - c), "{1 if a + b > c, else 0}");
  EXPECT_EQ(when(-(a - b)), "{1 if a − b < 0, else 0}");
  EXPECT_EQ(mathml(where_positive(-a, 1.0, 0.0)).find("<mo>-"), std::string::npos);
  EXPECT_NE(mathml(where_positive(-a, 1.0, 0.0)).find("<mi>a</mi><mo>&lt;</mo><mn>0</mn>"), std::string::npos);
  EXPECT_NE(latex(where_positive(0.5 - abs(a - b), 1.0, 0.0)).find("\\text{if } a = b "), std::string::npos);
}

TEST(FormulaPrint, Latex) {
  EXPECT_EQ(latex(sum_of("x", "i") / 3.0), "\\frac{\\sum_{i} x_{i}}{3}");
  EXPECT_EQ(latex(power((a + b) / c, 2)), "\\left(\\frac{a + b}{c}\\right)^{2}");
  EXPECT_EQ(latex(sigmoid(a) * sigmoid(-a)), "\\sigma\\left(a\\right) \\cdot \\sigma\\left(-a\\right)");
  EXPECT_EQ(latex(log1p(exp(a))), "\\operatorname{log1p}\\left(\\exp\\left(a\\right)\\right)");
  EXPECT_EQ(latex(sqrt(a + b) * abs(c)), "\\sqrt{a + b} \\cdot \\left|c\\right|");
  EXPECT_EQ(latex(where_positive(x, x, 0.0)),
            "\\begin{cases} x & \\text{if } x > 0 \\\\ 0 & \\text{otherwise} \\end{cases}");
  EXPECT_EQ(latex(largest("i", "I", symbol("W", {"i", "j"}))), "\\max_{i} W_{i,j}");
}

TEST(FormulaPrint, Mathml) {
  EXPECT_EQ(mathml(a - b * c), "<mrow><mi>a</mi><mo>−</mo><mi>b</mi><mo>⋅</mo><mi>c</mi></mrow>");
  EXPECT_EQ(mathml(sum_of("x", "i") / 3.0),
            "<mrow><mfrac><mrow><munder><mo>∑</mo><mi>i</mi></munder><msub><mi>x</mi><mi>i</mi></msub></mrow>"
            "<mrow><mn>3</mn></mrow></mfrac></mrow>");
  EXPECT_EQ(mathml(power(a + b, -2)),
            "<mrow><msup><mrow><mrow><mo>(</mo><mi>a</mi><mo>+</mo><mi>b</mi><mo>)</mo></mrow></mrow>"
            "<mrow><mo>−</mo><mn>2</mn></mrow></msup></mrow>");
  EXPECT_EQ(mathml(symbol("W", {"i", "j"})),
            "<mrow><msub><mi>W</mi><mrow><mi>i</mi><mo>,</mo><mi>j</mi></mrow></msub></mrow>");
}

/// Whether every tag is closed in order, and every script, fraction and root has as many children as it must.
testing::AssertionResult well_formed(const std::string& xml) {
  std::vector<std::pair<std::string, int>> open = {{"", 0}};
  for (size_t k = 0; k < xml.size(); ++k) {
    if (xml[k] == '>') return testing::AssertionFailure() << "bare > in " << xml;
    if (xml[k] == '&' && xml.find(';', k) > k + 5) return testing::AssertionFailure() << "bare & in " << xml;
    if (xml[k] != '<') continue;
    const size_t end = xml.find('>', k);
    if (end == std::string::npos) return testing::AssertionFailure() << "open tag in " << xml;
    const std::string tag = xml.substr(k + 1, end - k - 1);
    k = end;
    if (tag[0] != '/') {
      ++open.back().second;
      open.emplace_back(tag, 0);
      continue;
    }
    const auto [name, children] = open.back();
    if (tag.substr(1) != name) return testing::AssertionFailure() << "<" << name << "> closed by <" << tag << ">";
    const bool two = name == "mfrac" || name == "msup" || name == "msub" || name == "munder";
    if ((two && children != 2) || (name == "msubsup" && children != 3)) {
      return testing::AssertionFailure() << name << " with " << children << " children in " << xml;
    }
    open.pop_back();
  }
  if (open.size() != 1 || open[0].second != 1) return testing::AssertionFailure() << "not one element: " << xml;
  return testing::AssertionSuccess();
}

TEST(FormulaPrint, MathmlIsWellFormed) {
  const Expr mu = define("mu", {}, sum_of("x", "i") / 5.0);
  const Expr sigma2 = define("sigma2", {}, sum("i", "I", power(symbol("x", {"i"}) - mu, 2)) / 5.0);
  const Expr y = (symbol("x", {"j"}) - mu) / sqrt(sigma2 + 1.5e-5);
  const Expr everything = where_positive(a - b, exp(log(log1p(tanh(sigmoid(erf(sqrt(abs(a)))))))), power(y, -3)) *
                          largest("i", "I", symbol("W", {"i", "j"}) * index_value("i") * kronecker("i", "row"));
  for (const Expr& e : {everything, differentiate(everything, "x", {"m"}), differentiate(everything, "W", {"p", "q"}),
                        differentiate(everything, "a", {})}) {
    EXPECT_TRUE(well_formed(mathml(e)));
    for (const auto& [left, right] : definitions(e, Notation::mathml)) {
      EXPECT_TRUE(well_formed(left));
      EXPECT_TRUE(well_formed(right));
    }
  }
  EXPECT_FALSE(well_formed("<mrow><mi>a</mrow></mi>"));
  EXPECT_FALSE(well_formed("<mrow><mfrac><mi>a</mi></mfrac></mrow>"));
}

TEST(FormulaSimplify, LinearLayer) {
  const Expr z = symbol("b", {"j"}) + sum("i", "I", symbol("x", {"i"}) * symbol("W", {"i", "j"}));
  EXPECT_EQ(print(z), "b_j + Σ_i x_i·W_{i,j}");
  EXPECT_EQ(derivative(z, "x", {"m"}), "W_{m,j}");
  EXPECT_EQ(derivative(z, "x", {"i"}), "W_{i,j}") << "a bound index of the fresh one's name is another variable";
  EXPECT_EQ(derivative(z, "W", {"a", "b"}), "x_a·[b = j]");
  EXPECT_EQ(derivative(z, "W", {"a", "j"}), "x_a");
  EXPECT_EQ(derivative(z, "b", {"m"}), "[m = j]");
  EXPECT_EQ(derivative(z, "gamma", {"m"}), "0");
}

TEST(FormulaSimplify, NumbersAndSigns) {
  EXPECT_EQ(derivative(0.5 * power(x - a, 2), "x"), "x − a");
  EXPECT_EQ(derivative(0.5 * power(x - a, 2), "a"), "−(x − a)");
  EXPECT_EQ(derivative(3.0 * x + 2.0 * x, "x"), "5");
  EXPECT_EQ(derivative(x / 3.0, "x"), "1/3") << "not 0.333…";
  EXPECT_EQ(derivative(x / 4.0, "x"), "0.25");
  EXPECT_EQ(derivative(a - -x, "x"), "1");
  EXPECT_EQ(derivative(a / x, "x"), "−a/x²");
  EXPECT_EQ(derivative(sigmoid(x), "x"), "σ(x)·σ(−x)");
  EXPECT_EQ(derivative(tanh(x), "x"), "4·σ(2·x)·σ(−2·x)");
  EXPECT_EQ(derivative(erf(x), "x"), "2/√π·exp(−x²)");
  EXPECT_EQ(derivative(abs(x), "x"), "{1 if x > 0, else {−1 if x < 0, else 0}}");
  EXPECT_EQ(derivative(where_positive(x, 2.0 * x, x + x), "x"), "2") << "both branches alike";
  EXPECT_EQ(derivative(where_positive(x, a, b), "x"), "0");
  EXPECT_EQ(derivative(a * largest("i", "I", symbol("x", {"i"})), "x", {"m"}), "0");
}

TEST(FormulaSimplify, SumsWithDeltas) {
  const Expr mean = sum_of("x", "i") / 5.0;
  EXPECT_EQ(derivative(mean, "x", {"m"}), "1/5");
  const Expr xi = symbol("x", {"i"});
  // Σ_i 2(x_i − μ)([i = m] − 1/5)
  EXPECT_EQ(derivative(sum("i", "I", power(xi - mean, 2)), "x", {"m"}),
            "2·(x_m − (Σ_i x_i)/5) − Σ_i 2·(x_i − (Σ_i x_i)/5)/5");
  EXPECT_EQ(derivative(sum("i", "I", where_positive(xi, xi, 0.0)), "x", {"m"}), "{1 if x_m > 0, else 0}");
  // A double sum: each index meets its own delta.
  EXPECT_EQ(
      derivative(sum("i", "I", sum("j", "O", symbol("W", {"i", "j"}) * symbol("v", {"i", "j"}))), "W", {"a", "b"}),
      "v_{a,b}");
  // The trace of W·W: a product of two symbols that both depend on W.
  EXPECT_EQ(
      derivative(sum("i", "I", sum("j", "I", symbol("W", {"i", "j"}) * symbol("W", {"j", "i"}))), "W", {"a", "b"}),
      "W_{b,a} + W_{b,a}");
  // [k = m] with m put under a sum that binds m: the inner one must be renamed.
  const Expr captured = sum("k", "K", symbol("z", {"k"}) * sum("m", "K", symbol("v", {"k", "m"})));
  EXPECT_EQ(derivative(captured, "z", {"m"}), "Σ_{m'} v_{m,m'}");
}

TEST(FormulaDefinitions, UsersFirstEachOnce) {
  const Expr mu = define("mu", {}, sum_of("x", "i") / 5.0);
  const Expr mu_again = define("mu", {}, sum_of("x", "k") / 5.0);
  const Expr sigma2 = define("sigma2", {}, sum("i", "I", power(symbol("x", {"i"}) - mu_again, 2)) / 5.0);
  // mu comes first in the formula, yet sigma2 uses it: the innermost stands last.
  const Expr y = (symbol("x", {"j"}) - mu) / sqrt(sigma2 + symbol("eps"));
  EXPECT_EQ(print(y), "(x_j − μ)/√(σ² + ε)");
  using Lines = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(definitions(y), (Lines{{"σ²", "(Σ_i (x_i − μ)²)/5"}, {"μ", "(Σ_i x_i)/5"}}));
  EXPECT_EQ(definitions(symbol("x")), Lines{});
}

TEST(FormulaDefinitions, TheSameAtAnotherIndexIsListedOnce) {
  const auto p = [](const std::string& k) {
    return define("p", {k}, exp(symbol("z", {k})) / sum("i", "K", exp(symbol("z", {"i"}))));
  };
  using Lines = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(definitions(p("k") * p("m")), (Lines{{"p_k", "exp(z_k)/(Σ_i exp(z_i))"}}));
  EXPECT_EQ(definitions(p("i") * p("m"), Notation::latex).size(), 1U);
  // The same name for something else is another definition.
  EXPECT_EQ(definitions(p("k") * define("p", {"k"}, symbol("z", {"k"}))).size(), 2U);
}

TEST(FormulaPrint, LongChains) {
  Expr e = x;
  for (int k = 0; k < 10'000; ++k) e = e + x;
  EXPECT_EQ(print(e).size(), 1 + 4 * 10'000U);
  EXPECT_TRUE(definitions(e).empty());
}

}  // namespace
}  // namespace retrograd::formula
