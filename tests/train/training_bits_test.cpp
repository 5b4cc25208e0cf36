// The bits contract end to end: a whole training gives the same model for any number of threads, every SIMD target and
// every repetition, and it is the model of the operators' and optimisers' plain references.
#include <gtest/gtest.h>

#include <cstring>

#include "math/simd.hpp"
#include "optim/schedule.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

struct Case {
  std::string name;
  Task task = Task::classification;
  int outputs = 3;
  bool weighted = true;
  NetworkOptions network = {};
  std::function<void(TrainOptions&)> change = [](TrainOptions&) {};
  int64_t rows = 77;  // three batches of 32, the last one ragged
};

NetworkOptions network(const std::string& activation, const std::string& normalise, double dropout,
                       const std::string& loss = "auto", double smoothing = 0) {
  NetworkOptions options;
  options.hidden = {19, 9};
  options.activation = activation;
  options.normalise = normalise;
  options.dropout = dropout;
  options.loss = loss;
  options.smoothing = smoothing;
  return options;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  const NetworkOptions full = network("gelu", "batch_norm", 0.2);
  for (const char* optimizer : {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"})
    all.push_back({std::string("optimizer_") + optimizer, Task::classification, 3, true, full, [=](TrainOptions& o) {
                     o.optimizer = optimizer;
                     o.learning_rate = 0.01;
                     o.weight_decay = 0.02;
                   }});
  for (const optim::ScheduleInfo& schedule : optim::all_schedules())
    all.push_back({"schedule_" + std::string(schedule.name), Task::regression, 2, true, network("tanh", "none", 0.1),
                   [name = std::string(schedule.name)](TrainOptions& o) {
                     o.schedule = name == "plateau" ? "plateau:patience=0,threshold=0.5,warmup_steps=2"
                                  : name == "step"  ? "step:every=1,gamma=0.5"
                                                    : name;
                   }});
  for (const char* loss : {"squared", "absolute", "huber"})
    all.push_back({std::string("loss_") + loss, Task::regression, 2, true, network("silu", "layer_norm", 0, loss)});
  all.push_back({"smoothing", Task::classification, 4, false, network("mish", "none", 0.5, "auto", 0.1)});
  all.push_back({"multilabel", Task::multilabel, 5, true, network("selu", "batch_norm", 0.3, "auto", 0.05)});
  const NetworkOptions deep = network("leaky_relu", "layer_norm", 0.1);
  const auto with = [&](const char* name, std::function<void(TrainOptions&)> change) {
    all.push_back({name, Task::classification, 3, true, deep, std::move(change)});
  };
  with("clip_norm", [](TrainOptions& o) { o.clip_norm = 0.05; });
  with("clip_value", [](TrainOptions& o) { o.clip_value = 0.004; });
  with("l1", [](TrainOptions& o) { o.l1 = 0.01; });
  with("l2", [](TrainOptions& o) { o.l2 = 0.1; });
  with("max_norm", [](TrainOptions& o) { o.max_norm = 0.7; });
  with("sum", [](TrainOptions& o) { o.reduction = Reduction::sum; });
  with("everything", [](TrainOptions& o) {
    o.clip_norm = 0.3;
    o.clip_value = 0.02;
    o.l1 = 0.001;
    o.l2 = 0.01;
    o.max_norm = 0.9;
    o.optimizer = "momentum";
    o.weight_decay = 0.01;
  });
  all.push_back(
      {"full_batch", Task::regression, 1, true, network("softplus", "none", 0), [](TrainOptions& o) { o.batch = -1; }});
  all.push_back({"one_row_left", Task::classification, 3, true, full, [](TrainOptions&) {}, 65});
  return all;
}

class TrainingBits : public testing::TestWithParam<Case> {};

TEST_P(TrainingBits, SameModelForEveryThreadCountTargetAndRepetition) {
  const Case& c = GetParam();
  const Problem problem = make_problem(c.task, c.rows, 6, c.outputs, c.weighted);
  const Prepared prepared = make_network(problem.spec, problem.data, c.network);
  TrainOptions options;
  options.epochs = 3;
  options.batch = 32;
  options.seed = 5;
  options.learning_rate = 0.02;
  c.change(options);

  const std::vector<double> plain = plain_training(prepared, problem, options);
  std::string print;
  for (const std::string& target : simd_targets()) {
    force_simd(target);
    for (const int threads : {1, 2, 3, 7}) {
      for (int again = 0; again < 2; ++again) {
        options.threads = threads;
        const Trained trained = train(prepared, problem.spec, problem.data, nullptr, options);
        const std::vector<float>& found = trained.model.parameters_f32();
        if (print.empty()) print = trained.model.fingerprint();
        ASSERT_EQ(trained.model.fingerprint(), print) << target << ", " << threads << " threads";
        for (const graph::Parameter& p : trained.model.program().parameters)
          for (size_t i = p.offset; i < p.offset + p.size(); ++i) {
            const auto expected = static_cast<float>(plain[i]);
            ASSERT_EQ(std::memcmp(&found[i], &expected, sizeof(float)), 0)
                << p.name << "[" << i - p.offset << "] is " << found[i] << ", by the references " << expected << "; "
                << target << ", " << threads << " threads";
          }
      }
    }
  }
  force_simd("auto");
}

INSTANTIATE_TEST_SUITE_P(All, TrainingBits, testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

/// Numbers below the smallest normal one are zeros in every thread of either engine, whatever state the caller has.
TEST(TrainingBits, DenormalsAreZeros) {
  Problem problem = make_problem(Task::regression, 40, 3, 2, false);
  for (float& x : std::get<std::vector<float>>(problem.data.inputs[0].values)) x *= 1e-20f;
  Prepared prepared;
  const auto linear = [](int units, const char* initializer, double argument) {
    Layer layer;
    layer.type = "linear";
    layer.units = units;
    layer.initializer = initializer;
    layer.initializer_argument = argument;
    return layer;
  };
  // a = x·W1 lies near 1e-40, and W2 would become a·δ from there.
  prepared.network.input("x", 3)
      .layer(linear(4, "constant", 1e-20))
      .layer(linear(2, "zeros", 0))
      .loss("squared")
      .target(2);
  TrainOptions options = plain_options(-1, 1);
  options.learning_rate = 1000;
  const std::vector<double> plain = plain_training(prepared, problem, options);
  for (const int threads : {1, 3}) {
    options.threads = threads;
    const Model model = train(prepared, problem.spec, problem.data, nullptr, options).model;
    for (const double w : model.parameter("W2")) EXPECT_EQ(w, 0);
    for (size_t i = 0; i < plain.size(); ++i) EXPECT_EQ(static_cast<double>(model.parameters_f32()[i]), plain[i]) << i;
  }
}

/// The options under test do something: without them, another model.
TEST(TrainingBits, EveryOptionChangesTheModel) {
  const Problem problem = make_problem(Task::classification, 77, 6, 3, true);
  const auto print = [&](const std::function<void(TrainOptions&)>& change) {
    const Prepared prepared = make_network(problem.spec, problem.data, network("leaky_relu", "layer_norm", 0.1));
    TrainOptions options = plain_options(32, 3);
    options.optimizer = "adamw";
    options.learning_rate = 0.02;
    change(options);
    return train(prepared, problem.spec, problem.data, nullptr, options).model.fingerprint();
  };
  const std::vector<std::function<void(TrainOptions&)>> changes = {
      [](TrainOptions&) {},
      [](TrainOptions& o) { o.seed = 2; },
      [](TrainOptions& o) { o.clip_norm = 0.05; },
      [](TrainOptions& o) { o.clip_value = 0.004; },
      [](TrainOptions& o) { o.l1 = 0.01; },
      [](TrainOptions& o) { o.l2 = 0.1; },
      [](TrainOptions& o) { o.max_norm = 0.7; },
      [](TrainOptions& o) { o.reduction = Reduction::sum; },
      [](TrainOptions& o) { o.weight_decay = 0.01; },
      [](TrainOptions& o) { o.balanced_classes = true; },
      [](TrainOptions& o) { o.batch = 31; },
      [](TrainOptions& o) { o.schedule = "cosine"; },
      [](TrainOptions& o) { o.optimizer = "adam"; },
      [](TrainOptions& o) { o.optimizer = "adamw:beta1=0.8"; },
      [](TrainOptions& o) { o.optimizer = "rmsprop"; },
  };
  // adam without weight decay is adamw without weight decay: the one pair that must agree.
  std::map<std::string, size_t> seen;
  for (size_t k = 0; k < changes.size(); ++k) {
    const auto [place, fresh] = seen.emplace(print(changes[k]), k);
    EXPECT_EQ(fresh, k != 12) << "change " << k << " gives the model of change " << place->second;
  }
}

}  // namespace
}  // namespace retrograd
