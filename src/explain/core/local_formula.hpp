// The formula of one equation with the numbers of a pass: its value and local derivatives at any element, by the same
// expression that is printed. Nothing here knows an operator by name.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "explain/core/pass.hpp"
#include "retrograd/explain.hpp"
#include "retrograd/formula.hpp"

namespace retrograd::explaining {

/// A symbol that an evaluation read.
struct Reading {
  int input = -1, parameter = -1;  ///< which input or parameter of the equation; both -1: an extra symbol
  int row = 0;                     ///< inputs: row of the pass
  int from = -1, unit = 0;         ///< parameters: element [from, unit] (from -1: vectors); inputs: unit
  double value = 0;
  friend bool operator==(const Reading&, const Reading&) = default;
};

/// The formula of one use of an operator, its derivatives, and how they are printed.
class RoomFormula {
 public:
  /// Operator and signature must outlive it. `training`: batch statistics where the operator has them.
  RoomFormula(const ops::Operator& op, const ops::Signature& signature, const ops::Shapes& shapes, bool training);

  ops::Formula::Scope scope() const { return scope_; }
  /// Blocks of features that the formula is of each of (ops::Formula::blocks).
  int blocks() const { return blocks_; }
  const formula::Expr& expression() const { return forward_; }
  const formula::Expr& input_derivative(int k) const;
  const formula::Expr& parameter_derivative(int k) const;
  std::string_view input_name(int k) const;
  /// Index variables by which a derivative is asked for; those of a matrix are two.
  std::vector<std::string> input_indices() const;
  std::vector<std::string> parameter_indices(int k) const;
  /// The one symbol that is neither an input nor a parameter (dropout's mask), or empty.
  std::string_view extra_symbol() const { return extra_symbol_; }

  /// The formula itself, ∂y/∂(input k) and ∂y/∂(parameter k) as people read them.
  MathFormula printed() const;
  MathFormula printed_by_input(int k) const;
  MathFormula printed_by_parameter(int k) const;

 private:
  std::vector<std::string> output_indices() const;
  MathFormula derivative_printed(std::string_view name, const std::vector<std::string>& indices,
                                 const formula::Expr& derivative) const;

  const ops::Operator& op_;
  const ops::Shapes& shapes_;
  ops::Formula::Scope scope_;
  int blocks_;
  formula::Expr forward_;
  mutable std::vector<std::pair<int, formula::Expr>> by_input_, by_parameter_;
  std::string extra_symbol_;
};

/// The blocks of a formula within one use of its operator: from places in a block to places in the whole and back.
struct BlockView {
  BlockView(const ops::Shapes& of, int number) : shapes(of), blocks(number), outputs(of.output / number) {}
  /// The block that output `unit` lies in.
  int of_output(int unit) const { return unit / outputs; }
  /// Whether columns of the parameter belong to blocks.
  bool by_block(const ops::ParameterSpec& spec) const { return blocks > 1 && spec.cols == shapes.output; }
  /// Where in the block of output `unit` a column of `columns` in the whole lies; nothing if it lies in another.
  std::optional<int> within(int column, int columns, int unit) const {
    const int each = columns / blocks;
    return column / each == of_output(unit) ? std::optional(column % each) : std::nullopt;
  }
  /// The same of a column of a parameter, which only belongs to a block if there is one for every output.
  std::optional<int> within(const ops::ParameterSpec& spec, int column, int unit) const {
    return by_block(spec) ? within(column, spec.cols, unit) : column;
  }
  /// A column of the parameter, in the whole, that the formula calls `column` in the block.
  int column(const ops::ParameterSpec& spec, int block, int column) const {
    return by_block(spec) ? block * outputs + column : column;
  }

  const ops::Shapes& shapes;
  int blocks;
  int outputs;  ///< of a block
};

/// The same with the numbers of a pass.
class LocalFormula : public RoomFormula {
 public:
  /// The pass must outlive it.
  LocalFormula(const Pass& pass, size_t equation);
  LocalFormula(const LocalFormula&) = delete;
  LocalFormula& operator=(const LocalFormula&) = delete;

  const graph::Equation& equation() const { return eq_; }

  /// The output at (row, unit).
  double forward(int row, int unit) const { return at(expression(), row, unit, {}); }
  /// ∂y[row, unit] / ∂(input k)[in_row, in_unit]; element-wise and row-wise operators need equal rows, element-wise
  /// ones equal units.
  double by_input(int k, int in_row, int in_unit, int row, int unit) const;
  /// ∂y[row, unit] / ∂(parameter k)[from, col].
  double by_parameter(int k, int from, int col, int row, int unit) const;
  /// Any expression in this equation's symbols, at (row, unit) with more index variables set.
  double at(const formula::Expr& e, int row, int unit, const std::vector<std::pair<std::string, int>>& indices) const;
  /// While set, every symbol that is read is appended.
  void record(std::vector<Reading>* readings) const { readings_ = readings; }
  const Matrix& extra() const { return extra_; }

 private:
  double symbol(std::string_view name, std::span<const int> at) const;

  const Pass& pass_;
  const graph::Equation& eq_;
  const BlockView view_;
  mutable formula::Environment environment_;
  mutable int row_ = 0, unit_ = 0;
  mutable std::vector<Reading>* readings_ = nullptr;
  Matrix extra_;
};

/// A formula in the three notations with its definitions.
MathText math(const formula::Expr& e);
MathFormula math(MathText left, const formula::Expr& right);
/// ∂a/∂b.
MathText partial(const MathText& a, const MathText& b);

}  // namespace retrograd::explaining
