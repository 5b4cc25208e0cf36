// The explanation as a LaTeX document. It needs pdfLaTeX with amsmath and color only (Debian's texlive-latex-base).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "explain/latex/picture.hpp"
#include "explain/latex/words.hpp"
#include "explain/smoothed_target.hpp"
#include "retrograd/explain.hpp"

namespace retrograd {
namespace {

using namespace latex;  // NOLINT(google-build-using-namespace): words of this page only

constexpr std::string_view kHead = R"(\documentclass[11pt,a4paper]{article}
\usepackage{amsmath}
\usepackage{color}
\definecolor{forward}{rgb}{0.145,0.341,0.655}
\definecolor{backward}{rgb}{0.659,0.282,0.043}
\definecolor{wrong}{rgb}{0.702,0.078,0.118}
\setlength{\parindent}{0pt}\setlength{\parskip}{6pt plus 2pt}
\addtolength{\textwidth}{3cm}\addtolength{\oddsidemargin}{-1.5cm}\addtolength{\textheight}{3cm}\addtolength{\topmargin}{-1.5cm}
\renewcommand{\labelitemi}{--}
\sloppy\allowdisplaybreaks
)";

class Document {
 public:
  explicit Document(const Explanation& e) : e_(e), loss_(e.batch ? "L" : "l") {}

  std::string write() {
    out_ += kHead;
    out_ += "\\begin{document}\n";
    title();
    statement();
    for (const Derivation& d : e_.derivations) derivation(d);
    network();
    budget();
    audit();
    out_ += "\\end{document}\n";
    return std::move(out_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }
  void display(const std::string& formula) { add("\\begin{{equation*}}\n{}\n\\end{{equation*}}\n", formula); }

  void formula(const MathFormula& f) {
    if (f.left.latex.empty() && f.right.latex.empty()) return;
    const std::string line = math(f.left.latex) + " = " + math(f.right.latex);
    display(line);
    if (!said_.insert(line).second) return;  // its definitions are written above
    if (f.where.empty()) return;
    std::string lines;
    for (const auto& w : f.where)
      lines += (lines.empty() ? "\\text{where } " : ",\\quad ") + math(w.left.latex) + " = " + math(w.right.latex);
    display(lines);
  }

  void title() {
    add("\\section*{{Row {} explained}}\n", e_.rows.empty() ? 0 : e_.rows[static_cast<size_t>(e_.focus)] + 1);
    add("\\begin{{tabular}}{{@{{}}ll@{{}}}}\n");
    const auto line = [&](std::string_view name, const std::string& value) {
      if (!value.empty()) add("{} & \\parbox[t]{{12cm}}{{\\raggedright {}}} \\\\\n", name, text(value));
    };
    line("data", e_.source);
    line("target", e_.target_text);
    line("prediction", e_.prediction_text);
    line("loss", e_.loss_name);
    line("model", e_.fingerprint);
    line("precision", e_.precision);
    if (e_.batch) line("batch", fmt::format("{} rows", e_.rows.size()));
    add("\\end{{tabular}}\n\n{}\n\n", text(e_.mode_note));
  }

  void statement() {
    add("\\section{{The statement}}\n");
    formula(e_.loss_formula);
    if (!e_.losses.empty()) display("l = " + number(e_.losses[static_cast<size_t>(e_.focus)], 6));
    if (e_.batch) display(fmt::format("L = \\sum_n w_n l_n = {}", number(e_.loss, 6)));
    display(
        "\\theta^* = \\arg\\min_\\theta L(\\theta), \\qquad L = \\sum_n l_n, \\qquad \\theta \\leftarrow \\theta - "
        "\\eta\\," +
        partial("L", "\\theta"));
  }

  void derivation(const Derivation& d) {
    if (d.nodes.empty()) return;
    const std::string w = symbol(d.parameter, d.from, d.to);
    add("\\section{{The gradient of \\boldmath ${}$, the whole way}}\n${} = {}$", w, w, number(d.theta, 6));
    const auto end = [&](const std::string& name) { return name.empty() ? std::string("a unit") : text(name); };
    if (!d.from_name.empty() || !d.to_name.empty()) add(", from {} to {}", end(d.from_name), end(d.to_name));
    add(".\n");
    if (d.from >= 0 && d.layer_equation >= 0 && static_cast<size_t>(d.layer_equation) < e_.forward.size() &&
        e_.forward[static_cast<size_t>(d.layer_equation)].kind == "linear") {
      const std::string z = symbol(e_.forward[static_cast<size_t>(d.layer_equation)].output, d.to);
      display(
          fmt::format("{} = \\underbrace{{\\color{{forward}}{}}}_{{\\text{{forward pass}}}} \\cdot "
                      "\\underbrace{{\\color{{backward}}{}}}_{{\\text{{backward pass}}}}",
                      partial(loss_, w), partial(z, w), partial(loss_, z)));
    }
    if (!d.forward.empty()) {
      add("\\subsection*{{Forward pass}}\n");
      for (const ForwardTrace& t : d.forward) trace(t);
    }
    add("\\subsection*{{Backward pass}}\n");
    for (const DerivationNode& n : d.nodes) node(n);
    if (e_.long_way) long_way(*e_.long_way);
    if (d.rows.size() > 1) rows(d);
    update(d, w);
  }

  void trace(const ForwardTrace& t) {
    add("${} = {}$", symbol(t.value, t.unit), number(t.result.computed, 6));
    if (t.equation_op.empty()) {
      add(", given.\n\n");
      return;
    }
    add(", by {}:\n", text(t.equation_op));
    formula(t.formula);
    for (size_t k = 0; k < t.operands.size(); ++k) {
      add("{}{} ${}$", k == 0 ? "with " : ", ", text(t.operands[k].name), "= " + number(t.operands[k].value));
    }
    if (t.folded > 0) add(", and {} more", count(t.folded));
    if (!t.operands.empty()) add(".\n\n");
  }

  std::string gradient_of(const DerivationNode& n) const { return partial(loss_, symbol(n.quantity, n.from, n.unit)); }

  /// ∂l/∂z2 of a unit, from the name of the gradient in the reverse program.
  std::string upstream_of(const DerivationPath& p, int unit) const {
    const ValueNumbers* g = e_.gradient(p.upstream);
    return partial(loss_, symbol(g != nullptr && !g->about.empty() ? g->about : p.upstream, unit));
  }

  void node(const DerivationNode& n) {
    if (n.leaf) {
      add("The backward pass starts with ${} = {}$, the weight of the row.\n\n", partial("L", "l"),
          number(n.value.computed, 6));
      return;
    }
    add("\\paragraph{{${} = {}$}}", gradient_of(n), number(n.value.computed, 6));
    if (e_.rows.size() > 1 && !n.parameter) add(" (row {})", e_.rows[static_cast<size_t>(n.row)] + 1);
    add("\n");
    for (const DerivationPath& p : n.paths) {
      add("Through {}:\n", text(p.op));
      formula(p.local);
      terms(p);
    }
  }

  void terms(const DerivationPath& p) {
    if (p.terms.empty()) return;
    double size = p.folded_magnitude;
    for (const Term& t : p.terms) size += std::abs(t.product);
    add("\\begin{{tabular}}{{@{{}}lr@{{${{}}\\times{{}}$}}r@{{${{}}={{}}$}}r@{{}}}}\n"
        "from & local & upstream & product \\\\ \\hline\n");
    for (const Term& t : p.terms) {
      add("$\\displaystyle {}$", upstream_of(p, t.unit));
      if (e_.rows.size() > 1) add(", row {}", e_.rows[static_cast<size_t>(t.row)] + 1);
      add(" & ${}$ & ${}$ & ${}$ \\\\\n", number(t.local), factor(t.upstream), number(t.product));
    }
    if (p.folded > 0) {
      add("\\multicolumn{{3}}{{@{{}}l}}{{{} more, {} of the sum by size}} & ${}$ \\\\\n", count(p.folded),
          percent(size > 0 ? p.folded_magnitude / size : 0), number(p.folded_sum));
    }
    if (p.zeros > 0) add("\\multicolumn{{3}}{{@{{}}l}}{{{} that are 0}} & $0$ \\\\\n", count(p.zeros));
    add("\\hline\n\\multicolumn{{3}}{{@{{}}l}}{{sum{}}} & ${}$ \\\\\n\\end{{tabular}}\n\n",
        p.sum.ok ? "" : "\\textcolor{wrong}{, in double: $" + number(p.sum.recomputed, 8) + "$}",
        number(p.sum.computed, 6));
  }

  void long_way(const LongWay& way) {
    add("\\subsection*{{At the output, both ways}}\n");
    formula(way.loss_of_p);
    formula(way.dl_dp);
    formula(way.dp_dz);
    for (const LongWay::Column& c : way.columns) {
      const std::string z = symbol(way.value, c.unit);
      std::string sum;
      size_t listed = 0;
      double rest = 0;
      for (size_t k = 0; k < c.products.size(); ++k) {
        if (c.products[k] == 0 || listed >= 4) {
          rest += c.products[k];
          continue;
        }
        sum += fmt::format("{}{}\\cdot{}", listed ? " + " : "", factor(way.dl_dp_numbers[k]), factor(c.dp_dz[k]));
        ++listed;
      }
      if (rest != 0) sum += " + " + factor(rest);
      display(fmt::format("{} = \\sum_k {}\\,{} = {} = {}", partial("l", z), partial("l", "p_k"), partial("p_k", z),
                          sum.empty() ? "0" : sum, number(c.sum, 6)));
    }
    const std::vector<double> target = explaining::smoothed_target(e_).y;
    add("It collapses to\n");
    formula(way.collapsed);
    for (const LongWay::Column& c : way.columns) {
      const auto u = static_cast<size_t>(c.unit);
      display(fmt::format("{} = {} = {}", partial("l", symbol(way.value, c.unit)), difference(way.p[u], target[u]),
                          number(c.collapsed, 6)));
    }
  }

  static std::string difference(double p, double y) { return number(p) + " - " + factor(y); }

  void rows(const Derivation& d) {
    add("\\subsection*{{Which rows pushed it hardest}}\n\\begin{{tabular}}{{@{{}}rrrr@{{}}}}\n"
        "row & enters (forward) & $\\delta$ (backward) & contribution \\\\ \\hline\n");
    const size_t shown = std::min<size_t>(d.rows.size(), 10);
    const int64_t more = static_cast<int64_t>(d.rows.size() - shown) + d.folded_rows;
    for (size_t k = 0; k < shown; ++k) {
      const RowShare& r = d.rows[k];
      add("{} & ${}$ & ${}$ & ${}$ \\\\\n", r.row + 1, number(r.forward), number(r.backward), number(r.contribution));
    }
    if (more > 0) {
      double rest = d.folded_contribution;
      for (size_t k = shown; k < d.rows.size(); ++k) rest += d.rows[k].contribution;
      add("\\multicolumn{{3}}{{@{{}}l}}{{{} more}} & ${}$ \\\\\n", count(more), number(rest));
    }
    add("\\end{{tabular}}\n\n");
  }

  void update(const Derivation& d, const std::string& w) {
    const Update& u = d.update;
    add("\\subsection*{{The update}}\n");
    if (u.known)
      add("{}, $\\eta = {}$ ({}), step {} from {}; source: {}.\n\n", text(u.optimizer), number(u.eta), text(u.eta_from),
          count(u.step), text(u.state), text(u.source));
    if (!u.known) {
      add("How the model was trained is not known: $\\theta \\leftarrow \\theta - \\eta\\,{}$ with $\\theta = {}$ and "
          "the gradient "
          "above.\n\n",
          partial("L", "\\theta"), number(u.before, 8));
      return;
    }
    for (const auto& [name, value] : u.symbols)
      add("{}{} $= {}$", &name == &u.symbols.front().first ? "With " : ", ", text(name), number(value, 6));
    add(".\n\n");
    if (!u.lines.empty()) {
      add("\\begin{{tabular}}{{@{{}}lr@{{}}}}\n");
      for (const UpdateLine& line : u.lines) add("{} & ${}$ \\\\\n", text(line.formula), number(line.value, 6));
      add("\\end{{tabular}}\n\n");
    }
    display(fmt::format("{}:\\quad {} \\;\\rightarrow\\; {}", w, number(u.before, 8), number(u.after, 8)));
  }

  void network() {
    const std::string drawing = picture(e_);
    if (drawing.empty()) return;
    add("\\section{{The reverse network}}\nAbove, the forward network; below, the same wires read right to left, and "
        "every "
        "neuron an amplifier of fixed gain.\n\n{}\n",
        drawing);
  }

  void budget() {
    if (e_.gain_layers.empty()) return;
    add("\\section{{The gain budget}}\n\\begin{{tabular}}{{@{{}}lrrrrrr@{{}}}}\nlayer & $\\|\\delta\\|$ & ratio to "
        "above & wires & "
        "amplifiers & $|z|>3$ & gain 0 \\\\ \\hline\n");
    for (const GainLayer& g : e_.gain_layers) {
      add("${}${} & ${}$ & $\\times{}$ & $\\times{}$ & $\\times{}$ & {} & {} \\\\\n", symbol(g.layer),
          g.activation.empty() ? "" : ", " + text(g.activation), number(g.norm), number(g.ratio), number(g.wires),
          number(g.gains), percent(g.saturated), percent(g.dead));
    }
    add("\\end{{tabular}}\n\n");
  }

  void audit() {
    add("\\section{{The audit}}\n");
    if (e_.ok()) {
      add("{} numbers, recomputed in double, agree within the bounds that their operators declare.", count(e_.audited));
    } else {
      add("\\textcolor{{wrong}}{{\\textbf{{{} of {} numbers do not agree.}}}}", count(e_.disagreements),
          count(e_.audited));
      if (!e_.complaints.empty()) {
        add("\n\\begin{{itemize}}\n");
        for (const std::string& c : e_.complaints) add("\\item \\textcolor{{wrong}}{{{}}}\n", text(c));
        add("\\end{{itemize}}\n");
      }
    }
    add(" {}\n\n", text(e_.audit_note));
    if (e_.derivations.empty()) return;
    add("\\begin{{tabular}}{{@{{}}lrrrrr@{{}}}}\ngradient & computed & in double & ulp & bound & central difference "
        "\\\\ \\hline\n");
    for (const Derivation& d : e_.derivations) {
      if (d.nodes.empty()) continue;
      const Audited& v = d.nodes[0].value;
      const bool good = v.ok && d.central_ok && d.executor_ok;
      add("{}$\\partial {}/\\partial {}$ & ${}$ & ${}$ & ${}$ & ${}$ & {} \\\\\n",
          good ? "" : "\\textcolor{wrong}{disagrees:} ", loss_, symbol(d.parameter, d.from, d.to),
          number(v.computed, 7), number(v.recomputed, 7), number(v.ulp, 3), number(v.bound, 3),
          d.central_step > 0 ? "$" + number(d.central_difference, 7) + "$" : "a kink");
    }
    add("\\end{{tabular}}\n");
  }

  const Explanation& e_;
  std::string loss_;
  std::string out_;
  std::set<std::string> said_;  ///< formulas whose definitions are written
};

}  // namespace

std::string to_latex(const Explanation& explanation) { return Document(explanation).write(); }

}  // namespace retrograd
