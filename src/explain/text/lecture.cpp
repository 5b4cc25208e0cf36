// The walk through a small network in the order of a lecture on backpropagation.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "explain/text/lesson.hpp"
#include "explain/text/sections.hpp"
#include "retrograd/explain_text.hpp"

namespace retrograd::text {
namespace {

class Walk {
 public:
  Walk(const Explanation& e, Page& page) : e_(e), lesson_(e, "a lecture"), page_(page) {}

  void write() {
    loss();
    descent();
    chain_rule();
    forward_pass();
    backward_pass();
    output_case();
    hidden_layers();
    reverse_network();
    gradients();
    step();
    write_gain_budget(e_, page_);
    write_audit(e_, page_);
  }

 private:
  size_t last() const { return lesson_.stages().size() - 1; }
  void title(std::string_view words) { page_.title(fmt::format("{}. {}", ++section_, words)); }
  template <class ValueAt>
  static std::string tuple(int count, const ValueAt& value_at) {
    std::string text = "(";
    for (int k = 0; k < count; ++k) text += (k > 0 ? ", " : "") + number(value_at(k));
    return text + ")";
  }
  std::string output_name(int k) const { return lesson_.softmax() ? "p" + subscript(k + 1) : lesson_.a(last(), k); }

  void loss() {
    title("The loss");
    const int inputs = lesson_.inputs(0), outputs = lesson_.units(last());
    page_.words(fmt::format("The network turns x = {} into {} = {}.",
                            tuple(inputs, [&](int i) { return lesson_.input_value(0, i); }),
                            lesson_.softmax() ? "the probabilities p" : "the outputs a",
                            tuple(outputs,
                                  [&](int k) {
                                    return lesson_.softmax() ? e_.long_way->p[static_cast<size_t>(k)]
                                                             : lesson_.a_value(last(), k);
                                  })),
                2);
    std::string from;
    for (size_t s = 0; s <= last(); ++s) from += fmt::format("-{}", lesson_.units(s));
    page_.words(
        fmt::format("It has {}{} units. Neurons are counted through all layers: {} outputs.", inputs, from,
                    hidden() == 0 ? span(1, outputs) + " are the"
                                  : fmt::format("{} {} hidden, {} the", span(1, hidden()), hidden() == 1 ? "is" : "are",
                                                span(hidden() + 1, hidden() + outputs))),
        2);
    if (lesson_.softmax()) {
      std::string symbols, numbers;
      for (int k = 0; k < outputs; ++k) {
        if (lesson_.target(k) == 0) continue;
        const std::string y = lesson_.target(k) == 1 ? "" : number(lesson_.target(k)) + "·";
        symbols += fmt::format(" − {}ln {}", y, output_name(k));
        numbers += fmt::format(" − {}ln {}", y, number(e_.long_way->p[static_cast<size_t>(k)]));
      }
      page_.words(fmt::format("The target is y = {}; cross-entropy asks for a high probability there:",
                              tuple(outputs, [&](int k) { return lesson_.target(k); })),
                  2);
      page_.equation("l", {"− Σ_k y_k ln p_k", trimmed(symbols), trimmed(numbers), number(e_.loss, 9)});
    } else if (lesson_.squared()) {
      page_.words(fmt::format("The target is y = {}; the loss is half the squared distance to it:",
                              tuple(outputs, [&](int k) { return lesson_.target(k); })),
                  2);
      std::string symbols, numbers;
      for (int k = 0; k < outputs; ++k) {
        symbols += fmt::format("{}½({} − y{})²", k > 0 ? " + " : "", output_name(k), subscript(k + 1));
        numbers += fmt::format("{}½({} − {})²", k > 0 ? " + " : "", number(lesson_.a_value(last(), k), 6),
                               factor(lesson_.target(k)));
      }
      page_.equation("l", {symbols, numbers, number(e_.loss, 9)});
    } else {
      page_.equation("l", {clean(e_.loss_formula.right.text), number(e_.loss, 9)});
    }
    page_.words("Over all rows the total loss is L(θ) = Σ_n l_n. Here there is one row, so L = l.", 2);
  }

  /// "z₁", "z₁ and z₂", "z₁ to z₄".
  static std::string span(int first, int last) {
    if (first == last) return "z" + subscript(first);
    return fmt::format("z{} {} z{}", subscript(first), last == first + 1 ? "and" : "to", subscript(last));
  }
  static std::string trimmed(std::string text) { return text.starts_with(" − ") ? "−" + text.substr(5) : text; }
  int hidden() const {
    int units = 0;
    for (size_t s = 0; s < last(); ++s) units += lesson_.units(s);
    return units;
  }
  int parameters() const {
    int all = 0;
    for (size_t s = 0; s <= last(); ++s)
      all += lesson_.units(s) * (lesson_.inputs(s) + (lesson_.stages()[s].b == nullptr ? 0 : 1));
    return all;
  }

  void descent() {
    title("Gradient descent");
    page_.words(fmt::format("θ holds the {} weights and biases. Training looks for θ* = argmin L(θ): it starts at θ_0, "
                            "and each step goes against the gradient ∇L, the {} numbers ∂L/∂w₁, ∂L/∂w₂, …:",
                            parameters(), parameters()),
                2);
    page_.equation("θ_1", {"θ_0 − η·∇L(θ_0)"});
    page_.equation("θ_2", {"θ_1 − η·∇L(θ_1), and so on"});
    page_.words(
        "Backpropagation is nothing but an efficient way to compute these numbers, of which networks have "
        "millions: all of them together cost about two forward passes.",
        2);
  }

  void chain_rule() {
    title("The chain rule on one neuron");
    page_.words(fmt::format("Take the first neuron. Before its activation it adds up"), 2);
    page_.equation(lesson_.z(0, 0), {lesson_.forward_symbols(0, 0)});
    page_.words("A change of a weight changes z, and that changes the loss:", 2);
    const std::string w = lesson_.weight(0, 0, 0), z = lesson_.z(0, 0);
    page_.equation(fmt::format("∂l/∂{}", w), {fmt::format("∂{0}/∂{1} · ∂l/∂{0}", z, w)});
    page_.words(page_.ink(Ink::forward, fmt::format("∂{}/∂{} = {} = {}", z, w, lesson_.input(0, 0),
                                                    number(lesson_.input_value(0, 0)))) +
                    "  is what the weight multiplies: the forward pass knows it.",
                4, 2);
    page_.words(page_.ink(Ink::backward, fmt::format("∂l/∂{}", z)) +
                    fmt::format("  depends on all that comes after: the backward pass finds it. Call it {}.",
                                lesson_.delta(0, 0)),
                4, 2);
  }

  void forward_pass() {
    title("The forward pass: ∂z/∂w");
    for (size_t s = 0; s <= last(); ++s) {
      for (int j = 0; j < lesson_.units(s); ++j) {
        page_.equation(lesson_.z(s, j), {lesson_.forward_symbols(s, j), lesson_.forward_numbers(s, j),
                                         number(lesson_.z_value(s, j), 6)});
        if (!lesson_.stages()[s].after.empty())
          page_.equation(lesson_.a(s, j), {fmt::format("{}({}) = {}", lesson_.activation(s), lesson_.z(s, j),
                                                       number(lesson_.a_value(s, j), 6))});
      }
      page_.blank();
    }
    if (lesson_.softmax()) {
      for (int k = 0; k < lesson_.units(last()); ++k)
        page_.equation(output_name(k), {fmt::format("exp({}) / Σ_m exp(z_m) = {}", lesson_.z(last(), k),
                                                    number(e_.long_way->p[static_cast<size_t>(k)], 6))});
      page_.blank();
    }
    page_.words("With that ∂z/∂w is known for every weight: it is the number at the wire's beginning.", 2);
    const std::optional<Picture> picture = picture_of(e_);
    if (!picture || !drawable(*picture, page_.columns())) return;
    page_.blank();
    draw_forward(*picture, page_);
  }

  void backward_pass() {
    title("The backward pass: ∂l/∂z");
    page_.words("A neuron's z acts through its own a, and a through all that it feeds:", 2);
    page_.equation("δ_j", {"∂l/∂z_j", "∂a_j/∂z_j · ∂l/∂a_j", "σ'(z_j) · Σ_k w_jk · δ_k"});
    page_.words(
        "σ'(z_j) is a constant: the forward pass has fixed z_j. So this is a neuron of another network, which "
        "does not squash but amplifies by a constant:",
        2);
    page_.blank();
    for (const char* line : {"                                ┌── w_jk ──── δ_k", "    δ_j ◀── ◁ ×σ'(z_j) ◀── Σ ◀──┤",
                             "                                └── w_jm ──── δ_m"})
      page_.line(page_.ink(Ink::backward, line));
    page_.blank();
    page_.words("Every δ asks for those after it, until the output is reached. There it is known.", 2);
  }

  void output_case() {
    title("Case 1: the neuron is an output");
    if (lesson_.softmax()) {
      page_.words("The loss reads all outputs through the softmax, so each z acts through every p:", 2);
      const LongWay& way = *e_.long_way;
      for (const LongWay::Column& column : way.columns) {
        std::string symbols, numbers;
        for (size_t k = 0; k < way.p.size() && k < column.dp_dz.size() && k < way.dl_dp_numbers.size(); ++k) {
          const std::string p = "p" + subscript(static_cast<long long>(k + 1)), z = lesson_.z(last(), column.unit);
          symbols += fmt::format("{}∂l/∂{} · ∂{}/∂{}", k > 0 ? " + " : "", p, p, z);
          numbers +=
              fmt::format("{}{} · {}", k > 0 ? " + " : "", factor(way.dl_dp_numbers[k]), factor(column.dp_dz[k]));
        }
        const auto m = static_cast<size_t>(column.unit);
        page_.equation(lesson_.delta(last(), column.unit), {symbols, numbers, number(column.sum, 6)});
        page_.words(
            fmt::format("and in short {} − y{} = {} − {} = {}", output_name(column.unit), subscript(column.unit + 1),
                        number(way.p[m]), number(lesson_.target(column.unit)), number(column.collapsed, 6)),
            6, 2);
      }
      page_.blank();
      page_.words("with ∂l/∂p_k = −y_k/p_k, and ∂p_k/∂z_m = p_k(1 − p_k) for k = m, −p_k·p_m otherwise.", 2);
      return;
    }
    for (int k = 0; k < lesson_.units(last()); ++k) {
      const bool gain = !lesson_.stages()[last()].after.empty();
      std::vector<std::string> rights;
      const std::string residual = fmt::format("({} − y{})", output_name(k), subscript(k + 1));
      const std::string dl = fmt::format("∂l/∂{}", output_name(k));
      if (gain) rights.push_back(fmt::format("{} · {}", lesson_.gain_name(last(), k), dl));
      if (lesson_.squared()) {
        rights.push_back((gain ? lesson_.gain_name(last(), k) + " · " : "") + residual);
        rights.push_back(fmt::format("{}({} − {})", gain ? number(lesson_.stages()[last()].gain(k), 6) + " · " : "",
                                     number(lesson_.a_value(last(), k), 6), factor(lesson_.target(k))));
      } else if (gain) {
        rights.push_back(
            fmt::format("{} · {}", number(lesson_.stages()[last()].gain(k), 6), factor(lesson_.upstream(last(), k))));
      }
      rights.push_back(number(lesson_.delta_value(last(), k), 6));
      page_.equation(lesson_.delta(last(), k), rights);
    }
    if (lesson_.activation(last()) == "σ") page_.words("where σ'(z) = σ(z)·σ(−z) = a(1 − a).", 2);
  }

  void hidden_layers() {
    static constexpr std::string_view kHow[] = {"one more layer", "two more layers", "three more layers"};
    for (size_t s = last(); s-- > 0;) {
      const size_t distance = last() - s;
      title(fmt::format("Case 2: a hidden neuron, {}",
                        distance <= 3 ? std::string(kHow[distance - 1]) : fmt::format("{} more layers", distance)));
      if (distance == 1)
        page_.words("What these neurons feed are the outputs, whose δ case 1 has found:", 2);
      else
        page_.words(
            "What these neurons feed are hidden neurons, whose δ the last section has found. So it goes on, "
            "however deep the network is:",
            2);
      for (int j = 0; j < lesson_.units(s); ++j) {
        const bool gain = !lesson_.stages()[s].after.empty();
        const std::string g = gain ? lesson_.gain_name(s, j) + " · " : "";
        const std::string n = gain ? number(lesson_.stages()[s].gain(j)) + " · " : "";
        page_.blank();
        page_.equation(lesson_.delta(s, j),
                       {fmt::format("{}({})", g, lesson_.backward_symbols(s, j)),
                        fmt::format("{}({})", n, lesson_.backward_numbers(s, j)),
                        fmt::format("{}{}", n, factor(lesson_.upstream(s, j))), number(lesson_.delta_value(s, j), 6)});
      }
    }
  }

  void reverse_network() {
    title("The complete reverse network");
    const std::optional<Picture> picture = picture_of(e_);
    if (picture && drawable(*picture, page_.columns())) {
      page_.words(
          "Read from right to left. Wires carry δ, the weights are those of the forward network, and each "
          "triangle is an amplifier of gain σ'(z):",
          2);
      page_.blank();
      draw_reverse(*picture, page_);
      page_.blank();
    }
    std::vector<std::vector<std::string>> cells = {{"neuron", "Σ w·δ", "gain", "∂l/∂z"}};
    for (size_t s = 0; s <= last(); ++s)
      for (int j = 0; j < lesson_.units(s); ++j) {
        const bool gain = !lesson_.stages()[s].after.empty();
        cells.push_back({lesson_.z(s, j), gain ? number(lesson_.upstream(s, j), 6) : "",
                         gain ? "×" + number(lesson_.stages()[s].gain(j), 6) : "",
                         fmt::format("{} = {}", lesson_.delta(s, j), number(lesson_.delta_value(s, j), 6))});
      }
    page_.table(cells, "lrrr");
  }

  void gradients() {
    title("Every gradient: forward times backward");
    std::vector<std::vector<std::string>> cells = {{"weight", "", "forward", "backward", "∂l/∂w"}};
    for (size_t s = 0; s <= last(); ++s) {
      for (int i = 0; i < lesson_.inputs(s); ++i)
        for (int j = 0; j < lesson_.units(s); ++j)
          cells.push_back({lesson_.weight(s, i, j), fmt::format("{}·{}", lesson_.input(s, i), lesson_.delta(s, j)),
                           number(lesson_.input_value(s, i), 6), number(lesson_.delta_value(s, j), 6),
                           number(lesson_.weight_gradient(s, i, j), 8)});
      for (int j = 0; lesson_.stages()[s].b != nullptr && j < lesson_.units(s); ++j)
        cells.push_back({lesson_.bias(s, j), "1·" + lesson_.delta(s, j), "1", number(lesson_.delta_value(s, j), 6),
                         number(lesson_.bias_gradient(s, j), 8)});
    }
    page_.table(cells, "llrrr");
  }

  void step() {
    const bool known =
        std::any_of(e_.derivations.begin(), e_.derivations.end(), [](const Derivation& d) { return d.update.known; });
    if (!known) return;
    title("One step");
    const Update& u = e_.derivations.front().update;
    page_.words(fmt::format("{}, η = {}:", clean(u.optimizer), number(u.eta)), 2);
    std::vector<std::vector<std::string>> cells = {{"weight", "before", "gradient", "after"}};
    for (const Derivation& d : e_.derivations)
      if (d.update.known && !d.nodes.empty())
        cells.push_back({clean(d.symbol), number(d.update.before, 9), number(d.nodes.front().value.computed, 6),
                         number(d.update.after, 9)});
    page_.table(cells, "lrrr");
  }

  const Explanation& e_;
  const Lesson lesson_;
  Page& page_;
  int section_ = 0;
};

}  // namespace
}  // namespace retrograd::text

namespace retrograd {

std::string lecture_text(const Explanation& explanation, std::string_view title,
                         const std::vector<std::string>& remarks, const TextOptions& options) {
  text::Page page(options.colour, std::max(options.columns, 60));
  if (!title.empty()) page.words(page.ink(text::Ink::title, text::clean(title)));
  for (const std::string& remark : remarks) page.words(text::clean(remark));
  text::Walk(explanation, page).write();
  return page.str();
}

}  // namespace retrograd
