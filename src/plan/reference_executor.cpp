#include "plan/reference_executor.hpp"

#include <type_traits>

namespace retrograd::plan {

template <class T>
ReferenceExecutor<T>::ReferenceExecutor(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse,
                                        int shards)
    : program_(program), reverse_(reverse), shard_count_(shards), values_(program.values.size()) {
  check_shards(shards);
  if (reverse != nullptr) gradients_.resize(reverse->gradients.size());
}

template <class T>
void ReferenceExecutor<T>::resize(int64_t rows) {
  rows_ = rows;
  cut_into_shards(rows, shard_count_, 0, 1, shards_);
  const auto n = static_cast<size_t>(rows);
  for (size_t i = 0; i < values_.size(); ++i) values_[i].resize(n * static_cast<size_t>(program_.values[i].features));
  for (size_t i = 0; i < gradients_.size(); ++i) {
    const auto value = static_cast<size_t>(reverse_->gradients[i].value);
    gradients_[i].resize(n * static_cast<size_t>(program_.values[value].features));
  }
  weights_.resize(n, T(1));
}

template <class T>
ops::Reference<T> ReferenceExecutor<T>::call(size_t equation, T* parameters) {
  const graph::Equation& eq = program_.equations[equation];
  x_.clear();
  parameters_.clear();
  for (int in : eq.inputs) x_.push_back(values_[static_cast<size_t>(in)].data());
  for (int p : eq.parameters) parameters_.push_back(parameters + program_.parameters[static_cast<size_t>(p)].offset);
  ops::Reference<T> r;
  r.signature = &eq.signature;
  r.shapes = &eq.shapes;
  r.rows = rows_;
  r.shards = shards_;
  r.training = training_;
  r.key = {seed_, step_, static_cast<uint32_t>(equation), dropout_};
  r.x = x_.data();
  r.parameters = parameters_.data();
  r.y = values_[static_cast<size_t>(eq.output)].data();
  return r;
}

template <class T>
void ReferenceExecutor<T>::forward(T* parameters, bool training, uint64_t seed, uint64_t step, double dropout) {
  training_ = training;
  dropout_ = dropout;
  seed_ = seed;
  step_ = step;
  for (size_t i = 0; i < program_.equations.size(); ++i) {
    const graph::Equation& eq = program_.equations[i];
    if (training ? !eq.for_loss : !(eq.for_loss || eq.for_prediction)) continue;
    if constexpr (std::is_same_v<T, float>)
      eq.op->reference_forward_f32(call(i, parameters));
    else
      eq.op->reference_forward_f64(call(i, parameters));
  }
}

template <class T>
void ReferenceExecutor<T>::backward(T* parameters, T* gradients, T scale) {
  using Kind = graph::ReverseEquation::Kind;
  for (const graph::ReverseEquation& eq : reverse_->equations) {
    if (eq.kind == Kind::seed) {
      auto& out = gradients_[static_cast<size_t>(eq.output)];
      for (size_t n = 0; n < out.size(); ++n) out[n] = weights_[n] * scale;
    } else if (eq.kind == Kind::add) {
      auto& out = gradients_[static_cast<size_t>(eq.output)];
      out = gradients_[static_cast<size_t>(eq.terms[0])];
      for (size_t t = 1; t < eq.terms.size(); ++t)
        for (size_t n = 0; n < out.size(); ++n) out[n] += gradients_[static_cast<size_t>(eq.terms[t])][n];
    } else {
      const auto i = static_cast<size_t>(eq.forward);
      ops::Reference<T> r = call(i, parameters);
      dx_.clear();
      dparameters_.clear();
      for (int g : eq.dx) dx_.push_back(g < 0 ? nullptr : gradients_[static_cast<size_t>(g)].data());
      for (int p : program_.equations[i].parameters) {
        const graph::Parameter& parameter = program_.parameters[static_cast<size_t>(p)];
        dparameters_.push_back(parameter.trained ? gradients + parameter.offset : nullptr);
      }
      r.dy = gradients_[static_cast<size_t>(eq.dy)].data();
      r.dx = dx_.data();
      r.dparameters = dparameters_.data();
      if constexpr (std::is_same_v<T, float>)
        program_.equations[i].op->reference_backward_f32(r);
      else
        program_.equations[i].op->reference_backward_f64(r);
    }
  }
}

template <class T>
double ReferenceExecutor<T>::total_loss() const {
  const auto& l = values_[static_cast<size_t>(program_.loss)];
  return sum_over_shards<double>(rows_, shards_, [&](int64_t begin, int64_t end) {
    double total = 0;
    for (auto n = static_cast<size_t>(begin); n < static_cast<size_t>(end); ++n)
      total += static_cast<double>(weights_[n]) * static_cast<double>(l[n]);
    return total;
  });
}

template class ReferenceExecutor<float>;
template class ReferenceExecutor<double>;

}  // namespace retrograd::plan
