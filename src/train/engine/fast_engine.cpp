// The float32 engine: gather, both passes, update, in one job of the thread team a step.
#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "gemm/gemm.hpp"
#include "ops/linear/linear.hpp"
#include "optim/regularize.hpp"
#include "parallel/peers.hpp"
#include "plan/executor.hpp"
#include "retrograd/panel.hpp"
#include "train/engine/engine.hpp"
#include "train/engine/step_rows.hpp"

namespace retrograd::training {
namespace {

constexpr int64_t kEvaluationRows = 256;  // rows a block in evaluation: activations stay in the second-level cache
constexpr int64_t kGrain = 64;            // parameters that are shared out together
/// Weights from which a team updates them as their gradient is computed: the others have read them, and to fetch each
/// line back takes longer than to update it.
constexpr size_t kTaken = 1 << 14;

class FastEngine : public Engine {
 public:
  explicit FastEngine(EngineSetup setup)
      : setup_(std::move(setup)),
        program_(*setup_.program),
        options_(*setup_.options),
        team_(options_.threads),
        executor_(program_, setup_.reverse, setup_.batch, sharing(setup_)),
        parameters_(program_.total_size),
        gradients_(program_.trained_size) {
    for (int s = 0; s < setup_.optimizer.optimizer->info.slots; ++s) {
      slots_.emplace_back(program_.trained_size);
      slot_pointers_.push_back(slots_.back().data());
    }
    shards_.reserve(static_cast<size_t>(options_.shards));
    executor_.bind(parameters_.data(), gradients_.data());
    make_takers();
    share_parameters();
    chunk_sums_.resize(static_cast<size_t>(optim::chunks_of(static_cast<int64_t>(program_.trained_size))));
    for (const graph::Parameter& p : program_.parameters)
      if (p.trained && p.decays) weights_.push_back(&p);
    for (int rank = 0; rank < team_.size(); ++rank) {
      inference_.push_back(std::make_unique<plan::Executor>(program_, nullptr, kEvaluationRows));
      inference_.back()->bind(parameters_.data(), nullptr);
    }
    if (const Augmenter* augmenter = setup_.rows->augmenter; augmenter != nullptr)
      scratch_.assign(static_cast<size_t>(team_.size()), augmenter->scratch());
    gather_ = [this](Range panels, int rank) {
      Augmenter::Scratch* const scratch = scratch_.empty() ? nullptr : &scratch_[static_cast<size_t>(rank)];
      gather_rows(program_, *setup_.rows, rows_, plan_.images, panels, executor_, scratch);
    };
    complete_ = [this](std::span<const size_t> equations) { send(equations); };
    sum_ = [this](std::span<float> values) {
      setup_.peers->ready(values);
      setup_.peers->finish();
    };
    taker_ = [this](size_t equation, int rank) { return taker(equation, rank); };
    job_ = [this](int rank) { run_step(rank); };
  }

  StepResult step(const StepPlan& plan) override {
    take(plan);
    if (setup_.peers != nullptr) setup_.peers->begin_step(batch_rows_, options_.shards);
    scale_ = options_.reduction == Reduction::mean && result_.weight > 0 ? 1 / result_.weight : 1;
    args_.eta = plan_.eta;
    args_.step = plan_.step;
    args_.attributes = setup_.optimizer.attributes;
    args_.gradient_scale = scale_;
    team_.run(job_);
    return result_;
  }

  StepResult gradient(std::span<const int64_t> rows, std::span<double> sum) override {
    take({.rows = rows, .step = 0, .dropout = 0});
    team_.run([&](int rank) {
      run_passes(rank, false);
      const Range mine = share(static_cast<int64_t>(program_.trained_size), rank, team_.size());
      for (int64_t i = mine.begin; i < mine.end; ++i) sum[static_cast<size_t>(i)] += static_cast<double>(gradients_[i]);
    });
    return result_;
  }

  Evaluation evaluate(const Rows& rows) override {
    const int64_t count = rows.data->rows;
    const int outputs = program_.values[static_cast<size_t>(program_.prediction)].features;
    Evaluation result;
    result.predictions.resize(static_cast<size_t>(count) * static_cast<size_t>(outputs));
    const int64_t blocks = (count + kEvaluationRows - 1) / kEvaluationRows;
    std::vector<double> losses(static_cast<size_t>(blocks));
    const auto of_peer = [&](int peer) {
      return share(blocks, peer, setup_.peers != nullptr ? setup_.peers->size() : 1);
    };
    const Range own = of_peer(setup_.peers != nullptr ? setup_.peers->rank() : 0);
    team_.run([&](int rank) {
      plan::Executor& executor = *inference_[static_cast<size_t>(rank)];
      const Range mine = share(own, rank, team_.size());
      std::vector<int64_t> index;
      for (int64_t block = mine.begin; block < mine.end; ++block) {
        const int64_t begin = block * kEvaluationRows, end = std::min(count, begin + kEvaluationRows);
        index.resize(static_cast<size_t>(end - begin));
        for (int64_t n = begin; n < end; ++n) index[static_cast<size_t>(n - begin)] = n;
        gather_rows(program_, rows, index, {}, {0, panels_of(end - begin)}, executor, nullptr);
        executor.infer(end - begin, plan::Need::both);
        losses[static_cast<size_t>(block)] = executor.total_loss(end - begin);
        const float* p = executor.value(program_.prediction);
        for (int64_t n = 0; n < end - begin; ++n)
          for (int o = 0; o < outputs; ++o)
            result.predictions[static_cast<size_t>((begin + n) * outputs + o)] = p[panel_at(n, o, outputs)];
      }
    });
    if (setup_.peers != nullptr) {
      std::vector<size_t> bounds(1), cells(1);
      for (int peer = 0; peer < setup_.peers->size(); ++peer) {
        bounds.push_back(static_cast<size_t>(of_peer(peer).end));
        cells.push_back(static_cast<size_t>(std::min(count, of_peer(peer).end * kEvaluationRows) * outputs));
      }
      setup_.peers->gather(std::span(losses), bounds);
      setup_.peers->gather(std::span(result.predictions), cells);
    }
    for (double loss : losses) result.loss += loss;
    for (int64_t n = 0; n < count; ++n) result.weight += static_cast<double>(rows.weight(n));
    return result;
  }

  std::vector<double> parameters() const override { return {parameters_.begin(), parameters_.end()}; }

  void set_parameters(const std::vector<double>& values) override {
    for (size_t i = 0; i < parameters_.size(); ++i) parameters_[i] = static_cast<float>(values.at(i));
  }

  std::vector<std::vector<double>> slots() const override {
    std::vector<std::vector<double>> values;
    for (const float* slot : slot_pointers_) values.emplace_back(slot, slot + program_.trained_size);
    return values;
  }

  void set_slots(const std::vector<std::vector<double>>& values) override {
    for (size_t s = 0; s < slot_pointers_.size(); ++s)
      for (size_t i = 0; i < program_.trained_size; ++i) slot_pointers_[s][i] = static_cast<float>(values.at(s).at(i));
  }

  Numbers numbers() const override {
    NumbersOf<float> now{{parameters_.data(), parameters_.size()}, {}};
    for (const float* slot : slot_pointers_) now.slots.emplace_back(slot, program_.trained_size);
    return now;
  }

  void set_numbers(const Numbers& numbers) override {
    const auto& to = std::get<NumbersOf<float>>(numbers);
    std::copy(to.parameters.begin(), to.parameters.end(), parameters_.data());
    for (size_t s = 0; s < slot_pointers_.size(); ++s)
      to.slots.empty() ? std::fill_n(slot_pointers_[s], program_.trained_size, 0.0f)
                       : std::copy(to.slots.at(s).begin(), to.slots.at(s).end(), slot_pointers_[s]);
  }

 private:
  struct Owned {
    Range part;
    const graph::Parameter* of;
  };

  void take(const StepPlan& plan) {
    plan_ = plan;
    result_ = {};
    batch_rows_ = std::ssize(plan.rows);
    cut_into_shards(batch_rows_, options_.shards, 0, 1, shards_);
    result_.weight = setup_.rows->weight(plan.rows, shards_);
    const Range own = executor_.own_rows(batch_rows_);
    rows_ = plan.rows.subspan(static_cast<size_t>(own.begin), static_cast<size_t>(own.size()));
  }

  /// Both passes; after them the gradients are complete, and the loss. With `update`, the weights that have takers are
  /// updated on the way.
  void run_passes(int rank, bool update) {
    plan::Executor::Step step;
    step.rows = batch_rows_;
    step.seed = options_.seed;
    step.step = static_cast<uint64_t>(plan_.step);
    step.dropout = plan_.dropout;
    step.gather = &gather_;
    step.taker = update && !takers_.empty() ? &taker_ : nullptr;
    if (setup_.peers != nullptr) {
      step.complete = &complete_;
      step.sum = &sum_;
    }
    executor_.step(team_, rank, step);
    team_.barrier();
    if (rank == 0) result_.loss = executor_.total_loss(std::ssize(rows_));
  }

  void run_step(int rank) {
    run_passes(rank, true);
    if (setup_.peers != nullptr) {
      if (rank == 0) finish_sums();
      team_.barrier();
    }
    update_parameters(rank);
    if (options_.max_norm > 0) {
      team_.barrier();
      for (const graph::Parameter* w : weights_) {
        const Range columns = share(w->cols, rank, team_.size());
        optim::max_norm(parameters_.data() + w->offset, w->rows, w->cols, options_.max_norm, columns.begin,
                        columns.end);
      }
    }
  }

  /// The weights of one equation of linear, updated by a rank block by block as their gradient is computed.
  struct WeightsTaker {
    FastEngine* engine;
    const graph::Parameter* of;
    optim::Prepared scalars{};
    gemm::Taker taker{};
  };

  /// Nothing may come between a gradient and its update: no sum over processes, no penalty, no norm.
  void make_takers() {
    if (setup_.peers != nullptr || options_.clip_norm > 0 || options_.clip_value > 0 || options_.l1 > 0 ||
        options_.l2 > 0)
      return;
    bool any = false;
    takers_.assign(static_cast<size_t>(team_.size()), std::vector<WeightsTaker>(program_.equations.size()));
    for (auto& of_rank : takers_)
      for (size_t e = 0; e < program_.equations.size(); ++e) {
        if (program_.equations[e].op->info != &ops::Linear::info) continue;
        const graph::Parameter& p = program_.parameters[static_cast<size_t>(program_.equations[e].parameters.front())];
        const bool returns = team_.size() > 1 && p.size() >= kTaken && !ops::Linear::by_outputs(p.rows, p.cols);
        if (!p.trained || !(executor_.ends_early(e) || returns)) continue;
        any = true;
        WeightsTaker& t = of_rank[e];
        t = {this, &p};
        t.taker.take = [](const void* self, int64_t first, int rows, int cols, const float* sums, int64_t stride) {
          const auto& [engine, of, scalars, taker] = *static_cast<const WeightsTaker*>(self);
          engine->setup_.optimizer.optimizer->step_block(
              engine->parameters_.data(), sums, engine->slot_pointers_.data(), scalars,
              {static_cast<int64_t>(of->offset) + first, rows, cols, of->cols, stride});
        };
        t.taker.self = &t;
        t.taker.reads[0] = parameters_.data() + p.offset;
        for (size_t s = 0; s < slot_pointers_.size(); ++s) t.taker.reads[1 + s] = slot_pointers_[s] + p.offset;
      }
    if (!any) takers_.clear();
  }

  const gemm::Taker* taker(size_t equation, int rank) {
    WeightsTaker& t = takers_[static_cast<size_t>(rank)][equation];
    if (t.of == nullptr) return nullptr;
    t.scalars = setup_.optimizer.optimizer->prepare(args_of(*t.of));
    return &t.taker;
  }

  bool taken(const graph::Parameter& p) const {
    return !takers_.empty() && takers_[0][static_cast<size_t>(p.equation)].of == &p;
  }

  static plan::Sharing sharing(const EngineSetup& setup) {
    const int shards = setup.options->shards;
    if (setup.peers == nullptr) return {.shards = shards};
    return {shards, setup.peers->rank(), setup.peers->size(), setup.peers->bucket_bytes() / sizeof(float)};
  }

  /// First verb: the gradients of these equations, neighbours in one range.
  void send(std::span<const size_t> equations) {
    Range all;
    const auto send_range = [&] {
      if (!all.empty()) setup_.peers->ready({gradients_.data() + all.begin, static_cast<size_t>(all.size())});
    };
    for (const graph::Parameter& p : program_.parameters) {  // in the order of their places
      if (!p.trained) continue;
      const bool complete =
          std::find(equations.begin(), equations.end(), static_cast<size_t>(p.equation)) != equations.end();
      const auto begin = static_cast<int64_t>(p.offset), end = begin + static_cast<int64_t>(p.size());
      if (complete && !all.empty()) {
        all.end = end;
        continue;
      }
      send_range();
      all = complete ? Range{begin, end} : Range{};
    }
    send_range();
  }

  /// Second verb, and the loss.
  void finish_sums() {
    double numbers[] = {result_.loss, plan_.ask != nullptr ? (*plan_.ask)() : 0};
    setup_.peers->sum(numbers);
    result_.loss = numbers[0];
    result_.asked = numbers[1];
  }

  /// Which elements a rank updates at the end of a step: of a matrix the rows whose gradient it computed (linear shares
  /// inputs in the same way), which are in its cache; of all else an equal share.
  void share_parameters() {
    const auto ranks = static_cast<size_t>(team_.size());
    owned_.resize(ranks);
    for (size_t rank = 0; rank < ranks; ++rank)
      for (const graph::Parameter& p : program_.parameters) {
        if (!p.trained || taken(p)) continue;
        const auto at = static_cast<int64_t>(p.offset);
        const auto size = static_cast<int64_t>(p.size());
        const int64_t grain = p.rows > 1 ? int64_t{ops::Linear::kItem} * p.cols : kGrain;
        const Range items = share((size + grain - 1) / grain, static_cast<int>(rank), team_.size());
        const Range mine{items.begin * grain, std::min(size, items.end * grain)};
        if (!mine.empty()) owned_[rank].push_back({{at + mine.begin, at + mine.end}, &p});
      }
  }

  /// Penalties are per unit of the scaled gradient, so they enter the sum divided by the scale.
  void penalise(const std::vector<Owned>& mine) {
    float* const g = gradients_.data();
    for (const auto& [part, p] : mine) {
      if (p->decays && options_.l1 > 0)
        optim::add_l1(g, parameters_.data(), options_.l1 / scale_, part.begin, part.end);
      if (p->decays && options_.l2 > 0)
        optim::add_l2(g, parameters_.data(), options_.l2 / scale_, part.begin, part.end);
      if (options_.clip_value > 0) optim::clip_by_value(g, options_.clip_value / scale_, part.begin, part.end);
    }
  }

  void update(const std::vector<Owned>& mine) {
    for (const auto& [part, p] : mine)
      setup_.optimizer.optimizer->step_f32(parameters_.data(), gradients_.data(), slot_pointers_.data(), args_of(*p),
                                           part.begin, part.end);
  }

  optim::StepArgs args_of(const graph::Parameter& p) const {
    optim::StepArgs args = args_;
    args.eta = plan_.eta * p.rate;
    args.weight_decay = options_.weight_decay * plan_.decay * p.decay;
    return args;
  }

  void update_parameters(int rank) {
    const std::vector<Owned>& mine = owned_[static_cast<size_t>(rank)];
    penalise(mine);
    if (options_.clip_norm > 0) {
      team_.barrier();
      const auto chunks = static_cast<int64_t>(chunk_sums_.size());
      const Range chunk = share(chunks, rank, team_.size());
      optim::chunk_square_sums(gradients_.data(), static_cast<int64_t>(program_.trained_size), chunk_sums_.data(),
                               chunk.begin, chunk.end);
      team_.barrier();
      if (rank == 0) {
        const double norm = std::sqrt(optim::combine(chunk_sums_)) * scale_;
        // Nothing may throw between barriers; a norm that is not finite shows in the next loss, which the loop refuses.
        args_.gradient_scale = scale_ * (std::isfinite(norm) ? optim::clip_factor(norm, options_.clip_norm) : norm);
      }
      team_.barrier();
    }
    update(mine);
  }

  EngineSetup setup_;
  const graph::ForwardProgram& program_;
  const TrainOptions& options_;
  ThreadTeam team_;
  plan::Executor executor_;
  Aligned<float> parameters_, gradients_;
  std::vector<Aligned<float>> slots_;
  std::vector<float*> slot_pointers_;
  std::vector<std::vector<Owned>> owned_;          ///< of each rank, updated at the end of a step
  std::vector<std::vector<WeightsTaker>> takers_;  ///< of each rank and equation; empty: nothing is taken
  optim::StepArgs args_;                           ///< of this step, for parameters that do not decay
  std::vector<const graph::Parameter*> weights_;
  std::vector<double> chunk_sums_;
  std::vector<std::unique_ptr<plan::Executor>> inference_;
  std::vector<Augmenter::Scratch> scratch_;  ///< of each rank
  std::function<void(Range, int)> gather_;
  std::function<const gemm::Taker*(size_t, int)> taker_;
  std::function<void(int)> job_;
  std::function<void(std::span<const size_t>)> complete_;
  std::function<void(std::span<float>)> sum_;
  std::span<const int64_t> rows_;  ///< of the batch, or of this peer's part
  int64_t batch_rows_ = 0;
  std::vector<Shard> shards_;  ///< of the batch
  StepPlan plan_;
  StepResult result_;
  double scale_ = 1;
};

}  // namespace

std::unique_ptr<Engine> make_fast_engine(EngineSetup setup) { return std::make_unique<FastEngine>(std::move(setup)); }

}  // namespace retrograd::training
