// Explanations for a terminal, the worked examples, and exercises.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "retrograd/explain.hpp"

namespace retrograd {

struct TextOptions {
  bool colour = false;  ///< ANSI colours
  int columns = 80;     ///< no line is wider (characters of two columns counted as such); at least 60
};

/// An explanation as text: the statement, each derivation, softmax both ways, both networks, gain budget and audit.
/// The first derivation is written out whole, others to their first δ.
std::string to_text(const Explanation& explanation, const TextOptions& options);

/// A small network and one row: what `--example NAME` shows. Nothing but inputs is given; every number of its
/// explanation comes from the same engine as for any other model.
struct WorkedExample {
  std::string name, title;
  std::vector<std::string> remarks;  ///< what to know before comparing with other texts, a sentence each
  Model model;
  Dataset data;  ///< one row
  ExplainOptions options;
};

/// "lecture" and "mazur".
std::vector<std::string> worked_examples();
/// The example of that name. Throws Error naming those that there are.
WorkedExample worked_example(const std::string& name);
/// The explanation of an example with every weight and bias opened, in the order of the layers.
Explanation explain(const WorkedExample& example);

/// A walk in the order of a lecture: loss, gradient descent, chain rule on one neuron, forward pass, backward pass with
/// the output case and the hidden case, layer after layer, the reverse network, the update, the audit. For networks
/// that are a plain chain of linear layers and activations, of one row, with at most `kLectureUnits` units a layer.
/// Throws Error for others.
inline constexpr int kLectureUnits = 6;
std::string lecture_text(const Explanation& explanation, std::string_view title,
                         const std::vector<std::string>& remarks = {}, const TextOptions& options = {});

/// One question of an exercise.
struct Question {
  std::string symbol;    ///< what is asked for: "z1[1]", "∂l/∂W2[1,2]"
  std::string prompt;    ///< with the words around it
  std::string hint;      ///< the formula, and where its factors stand
  double answer = 0;     ///< as computed
  double tolerance = 0;  ///< |given − answer| that is still right
};

/// Questions on an explanation of one row of a plain chain: forward values, δ, gradients of weights and the update, in
/// the order in which they can be answered. Throws Error as lecture_text does.
std::vector<Question> exercise(const Explanation& explanation);
/// Whether `text` is an answer to the question: a number with a point or a comma, − or -, as a fraction (1/3) or
/// in powers of ten. Throws Error if it is no number.
bool is_right(const Question& question, std::string_view text);
/// The network with its weights and inputs and without any number that is asked for.
std::string exercise_sheet(const Explanation& explanation, const TextOptions& options = {});

}  // namespace retrograd
