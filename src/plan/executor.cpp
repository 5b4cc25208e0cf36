#include "plan/executor.hpp"

#include "base/fail.hpp"
#include "ops/linear/linear.hpp"
#include "plan/layout.hpp"
#include "retrograd/panel.hpp"

namespace retrograd::plan {
namespace {

/// Parameters of an equation from which a barrier more costs less than reading them, and what they multiply, again.
constexpr size_t kEndsEarly = 1 << 20;

/// Numbers that an equation trains.
size_t trained_by(const graph::ForwardProgram& program, const graph::Equation& equation) {
  size_t count = 0;
  for (const int id : equation.parameters)
    if (const graph::Parameter& p = program.parameters[static_cast<size_t>(id)]; p.trained) count += p.size();
  return count;
}

ops::Span span(Range r) { return {r.begin, r.end}; }

}  // namespace

Executor::Executor(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse, int64_t max_rows,
                   Sharing sharing)
    : program_(program),
      reverse_(reverse),
      max_rows_(sharing.parts == 1 ? max_rows : (panels_of(max_rows) + sharing.parts - 1) / sharing.parts * kPanel),
      sharing_(sharing) {
  if (max_rows < 1) fail("a plan needs room for at least 1 row, found {}", max_rows);
  check_shards(sharing.shards);
  shards_.reserve(static_cast<size_t>(sharing.shards));
  complete_.reserve(program.equations.size());
  lay_out();
  if (reverse_ != nullptr) schedule();
}

double Executor::bytes(const graph::ForwardProgram& program, const graph::ReverseProgram* reverse, int64_t max_rows) {
  return bytes_of(program, reverse, max_rows);
}

void Executor::lay_out() {
  const Layout layout = layout_of(program_, reverse_, max_rows_);
  arena_ = Aligned<float>(layout.floats);
  const auto at = [&](Buffer buffer, size_t index) {
    const auto place = layout.places.find({buffer, index});
    return place == layout.places.end() ? nullptr : arena_.data() + place->second;
  };
  for (size_t i = 0; i < program_.values.size(); ++i) values_.push_back(at(Buffer::value, i));
  for (size_t i = 0; reverse_ != nullptr && i < reverse_->gradients.size(); ++i)
    gradients_.push_back(at(Buffer::gradient, i));
  weights_ = at(Buffer::weights, 0);

  uses_.resize(program_.equations.size());
  for (size_t i = 0; i < uses_.size(); ++i) {
    const graph::Equation& eq = program_.equations[i];
    Use& use = uses_[i];
    for (int in : eq.inputs) use.x.push_back(value(in));
    use.parameters.resize(eq.parameters.size());
    use.dparameters.resize(eq.parameters.size());
    use.dx.resize(eq.inputs.size());
    use.call.signature = &eq.signature;
    use.call.shapes = &eq.shapes;
    use.call.x = use.x.data();
    use.call.parameters = use.parameters.data();
    use.call.dparameters = use.dparameters.data();
    use.call.dx = use.dx.data();
    use.call.y = value(eq.output);
    use.call.saved = at(Buffer::saved, i);  // null: nothing to keep for a backward pass
    use.call.workspace_rows = at(Buffer::workspace_rows, i);
    use.call.workspace_batch = at(Buffer::workspace_batch, i);
    use.call.key.equation = static_cast<uint32_t>(i);
  }
  if (reverse_ == nullptr) return;
  for (const graph::ReverseEquation& r : reverse_->equations) {
    if (r.kind != graph::ReverseEquation::Kind::vjp) continue;
    Use& use = uses_[static_cast<size_t>(r.forward)];
    use.call.dy = gradients_[static_cast<size_t>(r.dy)];
    for (size_t k = 0; k < r.dx.size(); ++k)
      use.dx[k] = r.dx[k] < 0 ? nullptr : gradients_[static_cast<size_t>(r.dx[k])];
  }
}

/// Alone between two barriers; with several parts, every stage, and the sums over the parts between two.
void Executor::over_samples(Work::Kind batch, Work::Kind sum, size_t equation, size_t sums) {
  if (sharing_.parts == 1 || sums == 0) {
    phases_.push_back({{batch, equation}});
  } else {
    for (int stage = 0; stage <= static_cast<int>(sums); ++stage) {
      if (stage > 0) phases_.push_back({{sum, equation, stage - 1}});
      phases_.push_back({{batch, equation, stage}});
    }
  }
  phases_.emplace_back();
}

void Executor::schedule() {
  phases_.emplace_back();
  const auto row_wise = [&](Work w) { phases_.back().push_back(w); };
  using Kind = Work::Kind;
  for (size_t i = 0; i < program_.equations.size(); ++i) {
    if (!program_.equations[i].for_loss) continue;
    const ops::Shapes& shapes = program_.equations[i].shapes;
    if (shapes.forward_items > 0) over_samples(Kind::forward_batch, Kind::forward_sum, i, shapes.forward_sums.size());
    row_wise({Kind::forward, i});
  }
  Phase tail;
  size_t waiting = 0;  // floats of gradients in it
  ends_early_.resize(program_.equations.size());
  for (size_t r = 0; r < reverse_->equations.size(); ++r) {
    const graph::ReverseEquation& eq = reverse_->equations[r];
    if (eq.kind == graph::ReverseEquation::Kind::seed) {
      row_wise({Kind::seed, r});
    } else if (eq.kind == graph::ReverseEquation::Kind::add) {
      row_wise({Kind::add, r});
    } else {
      const auto i = static_cast<size_t>(eq.forward);
      const graph::Equation& forward = program_.equations[i];
      const bool sums = forward.shapes.backward_items > 0, first = forward.op->info->batch_first;
      if (sums && first) over_samples(Kind::backward_batch, Kind::backward_sum, i, forward.shapes.backward_sums.size());
      row_wise({Kind::backward, i});
      if (!sums || first) continue;
      // What ends early is followed by rows in the same phase: nothing waits for the sums.
      if (sharing_.parts > 1) {
        tail.push_back({Kind::backward_batch, i});
        waiting += trained_by(program_, forward);
        if (waiting < sharing_.bucket) continue;
        phases_.push_back(std::exchange(tail, {}));
        waiting = 0;
        continue;
      }
      ends_early_[i] = trained_by(program_, forward) >= kEndsEarly;
      if (ends_early_[i])
        phases_.push_back({{Kind::backward_batch, i}});
      else
        tail.push_back({Kind::backward_batch, i});
    }
  }
  if (!tail.empty()) phases_.push_back(std::move(tail));
}

void Executor::bind(float* parameters, float* gradients) {
  for (size_t i = 0; i < uses_.size(); ++i) {
    const graph::Equation& eq = program_.equations[i];
    for (size_t k = 0; k < eq.parameters.size(); ++k) {
      const graph::Parameter& p = program_.parameters[static_cast<size_t>(eq.parameters[k])];
      uses_[i].parameters[k] = parameters + p.offset;
      uses_[i].dparameters[k] = p.trained && gradients != nullptr ? gradients + p.offset : nullptr;
    }
  }
}

void Executor::run(const Work& work, const Step& step, Range panels, int rank, int size) {
  using Kind = Work::Kind;
  if (work.kind == Kind::seed) {
    float* out = gradients_[static_cast<size_t>(reverse_->equations[work.index].output)];
    const auto scale = static_cast<float>(step.scale);
    for (int64_t n = panels.begin * kPanel; n < panels.end * kPanel; ++n) out[n] = weights_[n] * scale;
    return;
  }
  if (work.kind == Kind::add) {
    const graph::ReverseEquation& eq = reverse_->equations[work.index];
    const auto out = static_cast<size_t>(eq.output);
    const int features = program_.values[static_cast<size_t>(reverse_->gradients[out].value)].features;
    const int64_t begin = panels.begin * features * kPanel, end = panels.end * features * kPanel;
    const float* first = gradients_[static_cast<size_t>(eq.terms[0])];
    const float* second = gradients_[static_cast<size_t>(eq.terms[1])];
    float* y = gradients_[out];
    for (int64_t n = begin; n < end; ++n) y[n] = first[n] + second[n];
    for (size_t t = 2; t < eq.terms.size(); ++t) {
      const float* term = gradients_[static_cast<size_t>(eq.terms[t])];
      for (int64_t n = begin; n < end; ++n) y[n] += term[n];
    }
    return;
  }
  const graph::Equation& eq = program_.equations[work.index];
  ops::Call call = uses_[work.index].call;
  call.stage = work.stage;
  const auto add_parts = [&](const std::vector<ops::Span>& sums) {
    const ops::Span at = sums[static_cast<size_t>(work.stage)];
    if (rank == 0) (*step.sum)({call.workspace_batch + at.begin, static_cast<size_t>(at.end - at.begin)});
  };
  const auto items = [&](int64_t count) { return span(share(count, rank, size)); };
  switch (work.kind) {
    case Kind::forward_batch:
      eq.op->forward_batch(call, items(eq.shapes.forward_items));
      break;
    case Kind::forward:
      eq.op->forward(call, span(panels));
      break;
    case Kind::backward_batch:
      if (step.taker != nullptr && eq.op->info == &ops::Linear::info)
        ops::Linear::backward_batch(call, items(eq.shapes.backward_items), (*step.taker)(work.index, rank));
      else
        eq.op->backward_batch(call, items(eq.shapes.backward_items));
      break;
    case Kind::backward:
      eq.op->backward(call, span(panels));
      break;
    case Kind::forward_sum:
      add_parts(eq.shapes.forward_sums);
      break;
    case Kind::backward_sum:
      add_parts(eq.shapes.backward_sums);
      break;
    case Kind::seed:
    case Kind::add:
      break;
  }
}

/// What the phase has left complete; gradients of the whole batch are not to be added over the parts.
void Executor::announce(const Phase& phase, const Step& step) {
  complete_.clear();
  for (const Work& work : phase)
    if (work.kind == Work::Kind::backward_batch && program_.equations[work.index].shapes.backward_sums.empty())
      complete_.push_back(work.index);
  if (!complete_.empty()) (*step.complete)(complete_);
}

void Executor::step(ThreadTeam& team, int rank, const Step& step) {
  const int64_t rows = own_rows(step.rows).size();
  if (rank == 0) {
    cut_into_shards(step.rows, sharing_.shards, sharing_.part, sharing_.parts, shards_);
    for (Use& use : uses_) {
      use.call.rows = rows;
      use.call.batch_rows = sharing_.parts > 1 ? step.rows : 0;
      use.call.key.first_row = own_rows(step.rows).begin;
      use.call.shards = shards_;
      use.call.training = true;
      use.call.key.seed = step.seed;
      use.call.key.step = step.step;
      use.call.key.strength = step.dropout;
    }
  }
  const Range panels = share(panels_of(rows), rank, team.size());
  if (step.gather != nullptr && *step.gather) (*step.gather)(panels, rank);
  team.barrier();  // the calls above are set
  for (size_t p = 0; p < phases_.size(); ++p) {
    if (p > 0) team.barrier();
    if (p > 0 && rank == 0 && step.complete != nullptr) announce(phases_[p - 1], step);
    for (const Work& work : phases_[p]) run(work, step, panels, rank, team.size());
  }
  if (step.complete == nullptr) return;
  team.barrier();
  if (rank == 0) announce(phases_.back(), step);
}

void Executor::infer(int64_t rows, Need need, const std::function<bool(size_t equation)>& again) {
  const Range panels{0, panels_of(rows)};
  for (size_t i = 0; i < uses_.size(); ++i) {
    const graph::Equation& eq = program_.equations[i];
    const bool wanted = (eq.for_prediction && need != Need::loss) || (eq.for_loss && need != Need::prediction);
    if (!wanted) continue;
    uses_[i].call.rows = rows;
    uses_[i].call.training = false;
    eq.op->forward(uses_[i].call, span(panels));
    if (again && again(i)) eq.op->forward(uses_[i].call, span(panels));
  }
}

double Executor::total_loss(int64_t rows) const {
  const float* l = value(program_.loss);
  return sum_over_shards<double>(rows, shards_, [&](int64_t begin, int64_t end) {
    double total = 0;
    for (int64_t n = begin; n < end; ++n) total += static_cast<double>(weights_[n]) * static_cast<double>(l[n]);
    return total;
  });
}

}  // namespace retrograd::plan
