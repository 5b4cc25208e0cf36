// One parameter, the whole way: every number of its derivation with what it was made from.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "explain/smoothed_target.hpp"
#include "explain/text/reading.hpp"
#include "explain/text/sections.hpp"

namespace retrograd::text {
namespace {

constexpr size_t kRows = 8;  // of a batch, listed

class Writer {
 public:
  Writer(const Explanation& e, const Derivation& d, Page& page) : e_(e), d_(d), page_(page), l_(e.batch ? "L" : "l") {}

  void start(bool whole) {
    const DerivationNode& root = d_.nodes.front();
    page_.title(clean(root.symbol) + (whole ? ", the whole way" : ", in short"));
    const ForwardEquation* equation = equation_of(root);
    std::string what = fmt::format("{} = {}", clean(d_.symbol), number(d_.theta, 6));
    if (equation != nullptr && !equation->inputs.empty()) {
      const std::string to = named(unit_of(equation->output, d_.to, e_.batch), d_.to_name);
      if (d_.from >= 0 && equation->kind != "linear")
        what += fmt::format(" is a parameter of {} ({})", clean(equation->output), equation->op);
      else if (d_.from >= 0)
        what += fmt::format(" is the weight on the wire from {} to {}",
                            named(unit_of(equation->inputs[0], d_.from, e_.batch), d_.from_name), to);
      else
        what += fmt::format(" belongs to {}", to);
    }
    page_.words(what + ".", 2, 2);
    if (equation == nullptr || equation->kind != "linear") return;
    page_.blank();
    page_.words("Chain rule: what the forward pass knows times what the backward pass knows,", 2);
    const std::string z = fmt::format("{}[{}]", clean(equation->output), d_.to + 1);
    page_.equation(fmt::format("∂{}/∂{}", l_, clean(d_.symbol)),
                   {fmt::format("{}∂{}/∂{} · ∂{}/∂{}{}", e_.batch ? "Σ_n " : "", z, clean(d_.symbol), l_, z,
                                e_.batch ? ", summed over the rows" : "")});
  }

  void forward_pass() {
    const ForwardEquation* equation = equation_of(d_.nodes.front());
    const bool weight = equation != nullptr && equation->kind == "linear" && d_.from >= 0;
    if (d_.forward.empty() && !weight) return;
    page_.blank();
    std::string intro = page_.ink(Ink::forward, "Forward pass:");
    if (weight && !equation->inputs.empty()) {
      const ValueNumbers* input = e_.value(equation->inputs[0]);
      const auto at = static_cast<size_t>(d_.from);
      intro +=
          fmt::format(" ∂z/∂w is what the weight multiplies, {}{}.", unit_of(equation->inputs[0], d_.from, e_.batch),
                      input != nullptr && at < input->computed.size()
                          ? fmt::format(" = {}{}", number(input->computed[at], 6), e_.batch ? " in the focus row" : "")
                          : "");
    }
    page_.words(intro, 2);
    for (const ForwardTrace& trace : d_.forward) write_trace(trace);
  }

  void backward_pass(bool whole) {
    page_.blank();
    page_.words(
        page_.ink(Ink::backward, "Backward pass:") + " from here to the output, each δ from those that it feeds.", 2);
    const size_t nodes = whole ? d_.nodes.size() : std::min<size_t>(d_.nodes.size(), 3);
    for (size_t k = 0; k < nodes; ++k) write_node(d_.nodes[k]);
    if (nodes < d_.nodes.size())
      page_.words(fmt::format("The other {} numbers of this derivation are opened by naming it alone.",
                              count(static_cast<long long>(d_.nodes.size() - nodes))),
                  4, 0);
    if (whole && d_.unopened > 0)
      page_.words(fmt::format("{} more numbers are used above and not opened.", count(d_.unopened)), 4);
  }

  void rows() {
    if (!e_.batch || d_.rows.empty()) return;
    page_.blank();
    page_.words("The rows that pushed hardest (a step goes against the gradient):", 2);
    std::vector<std::vector<std::string>> cells = {{"row", "l", "forward", "backward", "contribution", "pushes it"}};
    double rest = d_.folded_contribution;
    for (size_t k = 0; k < d_.rows.size(); ++k) {
      const RowShare& r = d_.rows[k];
      if (k >= kRows) {
        rest += r.contribution;
        continue;
      }
      const auto part = [](double v) { return std::isnan(v) ? std::string("·") : number(v); };
      cells.push_back({count(r.row + 1), number(r.loss), part(r.forward), part(r.backward),
                       signed_number(r.contribution),
                       r.contribution > 0   ? "down"
                       : r.contribution < 0 ? "up"
                                            : ""});
    }
    const int64_t more = std::max<int64_t>(0, std::ssize(d_.rows) - static_cast<int64_t>(kRows)) + d_.folded_rows;
    if (more > 0) cells.push_back({count(more) + " more", "", "", "", signed_number(rest), rest > 0 ? "down" : "up"});
    page_.table(cells, "rrrrrl", 4);
  }

 private:
  const ForwardEquation* equation_of(const DerivationNode& node) const {
    return node.paths.empty() ? nullptr : e_.equation(node.paths.front().equation);
  }
  static std::string named(const std::string& unit, const std::string& name) {
    return name.empty() ? unit : fmt::format("{} ({})", unit, clean(name));
  }
  std::string row_of(int row) const {
    if (!e_.batch || row < 0 || static_cast<size_t>(row) >= e_.rows.size()) return {};
    return fmt::format(" of row {}", e_.rows[static_cast<size_t>(row)] + 1);
  }

  void write_trace(const ForwardTrace& trace) {
    const std::string left = unit_of(trace.value, trace.unit, e_.batch);
    std::vector<std::string> rights;
    if (!trace.formula.right.text.empty()) rights.push_back(clean(trace.formula.right.text));
    rights.push_back(number(trace.result.computed, 6));
    page_.equation(left, rights, 4);
    for (const MathFormula::Where& where : trace.formula.where)
      page_.words("where " + clean(where.left.text) + " = " + clean(where.right.text), 6, 2);
    if (trace.operands.empty()) return;
    std::string with = "with ";
    for (const Operand& o : trace.operands)
      with += fmt::format("{}{}\u00A0=\u00A0{}", with.size() > 5 ? ",  " : "", clean(o.name), number(o.value));
    if (trace.folded > 0) with += fmt::format(",  and {} more", count(trace.folded));
    page_.words(page_.ink(Ink::soft, with), 6, 2);
  }

  void write_node(const DerivationNode& node) {
    if (node.leaf) return;
    page_.blank();
    std::string head = clean(node.symbol);
    if (!node.parameter) {
      const ValueNumbers* value = e_.value(node.quantity);
      const std::string name = unit_name(value, node.unit);
      head = unit_of(node.name, node.unit, e_.batch) + (name.empty() ? "" : " (" + name + ")") + row_of(node.row);
    }
    page_.words(fmt::format("{} = {}", page_.ink(Ink::mark, head), number(node.value.computed, 6)), 2);
    if (node.paths.size() > 1)
      page_.words(fmt::format("is used {} times; what flows back along each is added:", node.paths.size()), 4);
    for (const DerivationPath& path : node.paths) write_path(node, path);
  }

  /// What the local derivative is called: the weight, the activation, the gain.
  std::string local_name(const DerivationNode& node, const DerivationPath& path, const Term& term) const {
    const ForwardEquation* equation = e_.equation(path.equation);
    if (equation != nullptr && path.kind == "linear" && !equation->parameters.empty()) {
      if (!node.parameter)
        return fmt::format("{}[{},{}]", clean(equation->parameters[0]), node.unit + 1, term.unit + 1);
      if (node.from >= 0 && node.quantity == equation->parameters[0])
        return unit_of(equation->inputs[0], node.from, e_.batch);
      return "1";
    }
    if (equation != nullptr && path.kind == "activation" && !equation->inputs.empty())
      return fmt::format("{}'({})", function_name(path.op), unit_of(equation->inputs[0], term.unit, e_.batch));
    if (!node.parameter && !e_.batch)
      return fmt::format("∂{}[{}]/∂{}[{}]", clean(path.equation), term.unit + 1, clean(node.quantity), node.unit + 1);
    return fmt::format("∂{}[{}]", clean(path.equation), term.unit + 1);
  }

  void write_path(const DerivationNode& node, const DerivationPath& path) {
    if (path.kind == "loss") {
      write_loss(path, node.unit);
      return;
    }
    if (path.terms.size() == 1 && path.folded == 0) {
      const Term& term = path.terms.front();
      const std::string upstream =
          unit_of(path.upstream, term.unit, e_.batch) + (node.parameter ? row_of(term.row) : "");
      std::vector<std::string> rights = {fmt::format("{} · {}", local_name(node, path, term), upstream),
                                         fmt::format("{} · {}", factor(term.local), factor(term.upstream)),
                                         number(path.sum.recomputed, 6)};
      page_.words("= " + rights[0] + (path.kind == "activation" ? page_.ink(Ink::soft, "   (an amplifier)") : ""), 4,
                  2);
      page_.words("= " + rights[1], 4, 2);
      page_.words("= " + rights[2], 4, 2);
      return;
    }
    if (path.terms.empty()) {
      page_.words(fmt::format("= 0: {} terms, and each has a factor 0", count(path.zeros)), 4, 2);
      return;
    }
    write_sum(node, path);
  }

  void write_sum(const DerivationNode& node, const DerivationPath& path) {
    if (path.kind == "linear" && !node.parameter)
      page_.words("= Σ_k W·δ, over what it feeds in " + clean(path.equation), 4);
    else
      page_.words(
          fmt::format("= Σ of ∂{} (local derivative) times {}", clean(path.equation), pretty(path.upstream, e_.batch)),
          4);
    const bool over_rows = node.parameter && e_.batch;
    std::vector<std::vector<std::string>> cells = {
        {over_rows ? "row" : "k", "local derivative", "", "flowing back", "", "product"}};
    double again = 0;
    for (const Term& term : path.terms) {
      again += term.product;
      cells.push_back({over_rows && static_cast<size_t>(term.row) < e_.rows.size()
                           ? count(e_.rows[static_cast<size_t>(term.row)] + 1)
                           : count(term.unit + 1),
                       cut(local_name(node, path, term), 18), number(term.local),
                       cut(unit_of(path.upstream, term.unit, e_.batch), 14), number(term.upstream),
                       signed_number(term.product, 5)});
    }
    if (path.folded > 0) {
      double magnitude = path.folded_magnitude;
      for (const Term& term : path.terms) magnitude += std::abs(term.product);
      again += path.folded_sum;
      cells.push_back({count(path.folded) + " more", "", "",
                       fmt::format("{:.2g} % of Σ|·|", magnitude > 0 ? 100 * path.folded_magnitude / magnitude : 0.0),
                       "", signed_number(path.folded_sum, 5)});
    }
    cells.push_back({"sum", "added again", "", "", "", signed_number(again, 6)});
    page_.table(cells, "rlrlrr", 6);
    std::string note = fmt::format("the network's own code: {}, {} ulp away", number(path.sum.computed, 6),
                                   number(std::abs(path.sum.ulp), 2));
    if (path.zeros > 0) note += fmt::format("; {} terms are 0", count(path.zeros));
    page_.words(path.sum.ok ? page_.ink(Ink::soft, note) : page_.ink(Ink::bad, note), 6, 2);
  }

  void write_loss(const DerivationPath& path, int unit) {
    const auto at = static_cast<size_t>(std::max(unit, 0));
    const explaining::SmoothedTarget target = explaining::smoothed_target(e_);
    const bool known = !e_.batch && e_.long_way && at < e_.long_way->p.size() && at < target.y.size();
    if (known) {
      page_.words(fmt::format("= p − {}, as the section on {} shows", target.name, clean(e_.long_way->activation)), 4,
                  2);
      page_.words(fmt::format("= {} − {}", number(e_.long_way->p[at], 6), number(target.y[at], 6)), 4, 2);
    } else if (!path.local.right.text.empty()) {
      page_.words(fmt::format("= {}", clean(path.local.right.text)), 4, 2);
      for (const MathFormula::Where& where : path.local.where)
        if (!defined_) page_.words("where " + clean(where.left.text) + " = " + clean(where.right.text), 6, 2);
      defined_ = true;
    }
    for (const Term& term : path.terms)
      page_.words(fmt::format("= {}{}", number(term.local, 6),
                              term.upstream == 1 ? ""
                                                 : fmt::format(" · {}, the row's weight = {}", number(term.upstream),
                                                               number(term.product, 6))),
                  4, 2);
  }

  const Explanation& e_;
  const Derivation& d_;
  Page& page_;
  const char* l_;
  bool defined_ = false;  ///< the symbols of the loss's derivative have been explained
};

}  // namespace

void write_derivation(const Explanation& e, const Derivation& d, bool whole, Page& page) {
  if (d.nodes.empty()) return;
  Writer writer(e, d, page);
  writer.start(whole);
  if (whole) writer.forward_pass();
  writer.backward_pass(whole);
  writer.rows();
  write_update(d, page);
}

namespace {

constexpr size_t kColumns = 2;  // of the Jacobian, written out

void write_column(const LongWay& w, const explaining::SmoothedTarget& target, const LongWay::Column& column,
                  Page& page) {
  page.blank();
  page.words(page.ink(Ink::mark, fmt::format("∂l/∂{}[{}]", clean(w.value), column.unit + 1)), 2);
  std::vector<std::vector<std::string>> cells = {{"k", "p_k", "∂l/∂p_k", "∂p_k/∂z", "product"}};
  const size_t classes = std::min({w.p.size(), w.dl_dp_numbers.size(), column.dp_dz.size(), column.products.size()});
  size_t zeros = 0;
  for (size_t k = 0; k < classes; ++k) {
    if (column.products[k] == 0 && classes > 4) {
      ++zeros;
      continue;
    }
    cells.push_back({count(static_cast<long long>(k + 1)), number(w.p[k]), number(w.dl_dp_numbers[k]),
                     number(column.dp_dz[k]), signed_number(column.products[k], 6)});
  }
  if (zeros > 0) cells.push_back({count(static_cast<long long>(zeros)) + " more", "", "0", "", "0"});
  cells.push_back({"sum", "", "", "", signed_number(column.sum, 6)});
  page.table(cells, "rrrrr", 4);
  std::string collapsed = number(column.collapsed, 6);
  const auto m = static_cast<size_t>(column.unit);
  if (m < w.p.size() && m < target.y.size())
    collapsed = fmt::format("p − {} = {} − {} = {}", target.name, number(w.p[m], 6), number(target.y[m], 6), collapsed);
  page.words("It collapses: " + collapsed, 4, 2);
}

}  // namespace

void write_long_way(const Explanation& e, Page& page) {
  if (!e.long_way) return;
  const LongWay& w = *e.long_way;
  const explaining::SmoothedTarget target = explaining::smoothed_target(e);
  page.title(fmt::format("{} with its loss, both ways", clean(w.activation)));
  page.words(fmt::format("The long way: ∂l/∂{0}_m = Σ_k ∂l/∂p_k · ∂p_k/∂{0}_m, by", clean(w.value)), 2);
  for (const MathFormula* f : {&w.dl_dp, &w.dp_dz})
    if (!f->right.text.empty()) page.equation(clean(f->left.text), {clean(f->right.text)}, 4);
  for (const MathFormula::Where& where : w.dp_dz.where)
    page.words("where " + clean(where.left.text) + " = " + clean(where.right.text), 6, 2);
  for (size_t c = 0; c < std::min(w.columns.size(), kColumns); ++c) write_column(w, target, w.columns[c], page);
  if (w.columns.size() <= kColumns) return;
  page.blank();
  page.words("The others on the way collapse likewise:", 2);
  std::vector<std::vector<std::string>> cells = {
      {"", "long way", "p", target.name, fmt::format("p − {}", target.name)}};
  for (size_t c = kColumns; c < w.columns.size(); ++c) {
    const LongWay::Column& column = w.columns[c];
    const auto m = static_cast<size_t>(column.unit);
    cells.push_back({fmt::format("∂l/∂{}[{}]", clean(w.value), column.unit + 1), number(column.sum, 6),
                     m < w.p.size() ? number(w.p[m], 6) : "", m < target.y.size() ? number(target.y[m], 6) : "",
                     number(column.collapsed, 6)});
  }
  page.table(cells, "lrrrr", 4);
}

void write_update(const Derivation& d, Page& page) {
  const Update& u = d.update;
  if (d.nodes.empty()) return;
  page.blank();
  page.words(fmt::format("The update of {}:", clean(d.symbol)), 2);
  if (!u.known) {
    page.words("θ ← θ − η·g, with the learning rate η of whoever trains; the model does not say how it was trained.", 4,
               2);
    return;
  }
  page.words(
      page.ink(Ink::soft, fmt::format("{}; step {}, from {}", clean(u.optimizer), count(u.step), clean(u.state))), 4,
      2);
  std::string symbols;
  for (const auto& [name, value] : u.symbols)
    symbols += fmt::format("{}{}\u00A0=\u00A0{}", symbols.empty() ? "with " : ",  ", clean(name), number(value, 6));
  if (u.clip != 1) symbols += fmt::format(",  clipped by {}", number(u.clip, 6));
  page.words(page.ink(Ink::soft, symbols), 4, 2);
  for (const UpdateLine& line : u.lines)
    page.words(fmt::format("{}  = {}", clean(line.formula), number(line.value, 9)), 4, 4);
  if (u.max_norm_factor != 1) page.words(fmt::format("and by max-norm × {}", number(u.max_norm_factor, 6)), 4);
  page.words(page.ink(Ink::mark, fmt::format("{}: {} → {}", clean(d.symbol), number(u.before, 9), number(u.after, 9))),
             4);
}

}  // namespace retrograd::text
