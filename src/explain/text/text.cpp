// to_text: the sections of an explanation in their order.
#include <fmt/format.h>

#include <algorithm>

#include "explain/text/reading.hpp"
#include "explain/text/sections.hpp"
#include "retrograd/explain_text.hpp"

namespace retrograd {
namespace {

/// More derivations than this are only listed, but for the first.
constexpr size_t kInShort = 8;

/// The opened parameters side by side, where there are several.
void write_list(const Explanation& e, text::Page& page) {
  if (e.derivations.size() < 2) return;
  page.title("The opened gradients");
  std::vector<std::vector<std::string>> cells = {{"parameter", "θ", e.batch ? "∂L/∂θ" : "∂l/∂θ", "after the step"}};
  for (const Derivation& d : e.derivations) {
    if (d.nodes.empty()) continue;
    cells.push_back({text::cut(text::clean(d.symbol), 24), text::number(d.theta, 6),
                     text::number(d.nodes.front().value.computed, 6),
                     d.update.known ? text::number(d.update.after, 6) : ""});
  }
  page.table(cells, "lrrr");
}

}  // namespace

std::string to_text(const Explanation& e, const TextOptions& options) {
  text::Page page(options.colour, std::max(options.columns, 60));
  text::write_statement(e, page);
  write_list(e, page);
  for (const Derivation& d : e.derivations) {
    const bool first = &d == &e.derivations.front();
    if (first || e.derivations.size() <= kInShort) text::write_derivation(e, d, first, page);
  }
  text::write_neuron(e, page);
  text::write_long_way(e, page);
  text::write_networks(e, page);
  text::write_gain_budget(e, page);
  text::write_audit(e, page);
  return page.str();
}

std::string to_text(const Explanation& e) { return to_text(e, TextOptions{}); }

}  // namespace retrograd
