// Presets, ensembles, and factors of learning rate, weight decay and dropout.
#include "retrograd/preset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "retrograd/evaluate.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

/// A preset made small: the same ingredients, few units and epochs.
Preset small(const std::string& name, const Problem& problem) {
  Preset p = preset(name, problem.spec, problem.data.rows);
  p.network.hidden = {16, 16};
  p.training.epochs = 6;
  p.training.batch = 40;
  p.training.threads = 1;
  return p;
}

Trained fit(const Preset& p, const Problem& problem, const Dataset* valid = nullptr) {
  return train(make_network(problem.spec, problem.data, p.network), problem.spec, problem.data, valid, p.training);
}

TEST(Preset, NamesAreKnownAndAutoChooses) {
  const Problem table = make_problem(Task::regression, 100, 4, 1, false);
  for (const std::string& name : preset_names()) {
    if (name == "image") continue;
    const Preset p = preset(name, table.spec, 100);
    EXPECT_EQ(p.name, name == "auto" ? "table" : name == "ensemble" ? "tabm" : name);
    EXPECT_EQ(p.decisions.empty(), name != "auto" && name != "ensemble");
  }
  // As many epochs as the rows leave time for.
  EXPECT_EQ(preset("table", table.spec, 9'000).training.epochs, 256);
  EXPECT_EQ(preset("table", table.spec, 25'000).training.epochs, 100);
  EXPECT_EQ(preset("table", table.spec, 100'000'000).training.epochs, 16);
  EXPECT_EQ(preset("tabm", table.spec, 13'000).training.epochs, 57);
  // Numbers are predicted from bins of all numbers, classes from those of columns that are mostly one value.
  const Problem classes = make_problem(Task::classification, 100, 4, 3, false);
  for (const char* name : {"table", "tabm", "fast"}) {
    EXPECT_EQ(preset(name, table.spec, 100).network.bins_of, "all");
    EXPECT_EQ(preset(name, classes.spec, 100).network.bins_of, "tied");
  }
  DataSpec images = array_spec(Task::classification, 784, 10);
  images.row_shape = {28, 28};
  EXPECT_EQ(preset("auto", images, 100).name, "fast");
  EXPECT_EQ(preset("auto", images, 60'000).training.augment, "shift");
  EXPECT_EQ(preset("image", images, 60'000).training.augment, "shift,rotate,scale,elastic");
  EXPECT_EQ(preset("image", images, 60'000).training.epochs, 200);
  images.row_shape = {7, 7};  // a pixel would be too much
  EXPECT_EQ(preset("fast", images, 100).training.augment, "none");
  EXPECT_EQ(preset("image", images, 100).training.augment, "none");
  images.row_shape = {7, 7, 7};
  EXPECT_EQ(preset("auto", images, 100).name, "plain");
  expect_mentions(message_of([&] { preset("image", images, 100); }), {"preset image is for images", "idx:"});
  expect_mentions(message_of([&] { preset("image", table.spec, 100); }), {"preset image is for images", "table"});
  expect_mentions(message_of([&] { preset("best", table.spec, 100); }), {"'best'", "plain", "realmlp"});
}

TEST(Preset, TrainsEveryTaskWithTheSameBitsOnAnyNumberOfThreads) {
  for (const Task task : {Task::classification, Task::multilabel, Task::regression}) {
    const Problem problem = make_problem(task, 300, 5, 2, true), valid = make_problem(task, 100, 5, 2, true, 9);
    Preset p = small("table", problem);
    p.network.members = 2;
    const Trained one = fit(p, problem, &valid.data);
    EXPECT_LT(one.history.back().train_loss, one.history.front().train_loss);
    p.training.threads = 3;
    EXPECT_EQ(fit(p, problem, &valid.data).model.fingerprint(), one.model.fingerprint());
  }
}

TEST(Preset, TooFewStepsForItsWavesAreToldOf) {
  const Problem problem = make_problem(Task::regression, 100, 4, 1, false);
  Preset p = small("table", problem);
  const auto told = [&] {
    const Trained trained = fit(p, problem);
    return std::any_of(trained.decisions.begin(), trained.decisions.end(), [](const std::string& line) {
      return line.starts_with("schedule coslog4") && line.find("14 steps") != std::string::npos;
    });
  };
  p.training.batch = 50;
  p.training.epochs = 7;
  EXPECT_TRUE(told());
  p.training.epochs = 8;
  EXPECT_FALSE(told());
}

TEST(Preset, OfVeryFewRowsIsPlain) {
  const DataSpec spec = make_problem(Task::classification, 40, 4, 2, false).spec;
  EXPECT_EQ(preset("auto", spec, 31).name, "plain");
  EXPECT_EQ(preset("auto", spec, 32).name, "table");
  EXPECT_EQ(preset("table", spec, 3).name, "table") << "as asked for";
}

TEST(Preset, TheEngineOfPlainReferencesGivesTheSameBits) {
  const Problem problem = make_problem(Task::regression, 90, 4, 2, false);
  Preset p = small("table", problem);
  p.training.batch = 70;
  const Prepared prepared = make_network(problem.spec, problem.data, p.network);
  Bench bench(prepared, problem, p.training);
  const auto fast = bench.fast(), reference = bench.reference();
  std::vector<int64_t> rows(70);
  for (int64_t n = 0; n < 70; ++n) rows[static_cast<size_t>(n)] = (n * 7) % 90;
  for (const auto& engine : {fast.get(), reference.get()}) {
    engine->set_parameters(bench.initial());
    for (int64_t step = 1; step <= 3; ++step) engine->step({rows, 0.05, step, 0.5, 0.25});
  }
  EXPECT_EQ(fast->parameters(), reference->parameters());
}

TEST(Ensemble, PredictsTheMeanOfItsMembers) {
  for (const Task task : {Task::classification, Task::multilabel, Task::regression}) {
    const Problem problem = make_problem(task, 200, 4, 3, false);
    Preset p = small("table", problem);
    p.network.members = 3;
    p.network.clip_outputs = false;
    const Trained trained = fit(p, problem);
    const std::vector<float> together = trained.model.predict(problem.data);
    std::vector<double> mean(together.size());
    for (const std::string suffix : {"", "_2", "_3"}) {
      // The network of this member alone, with its parameters.
      Network alone = trained.model.network();
      alone.members.clear();
      alone.loss_of = "z3" + suffix;
      for (Layer& layer : alone.layers)
        if (layer.name == "prediction") layer.inputs = {"z3" + suffix};
      std::map<std::string, std::vector<double>> parameters;
      const graph::ForwardProgram program = graph::compile(alone);
      for (const graph::Parameter& q : program.parameters) parameters[q.name] = trained.model.parameter(q.name);
      const std::vector<float> own = Model(alone, Precision::float32, parameters, problem.spec).predict(problem.data);
      for (size_t i = 0; i < own.size(); ++i) mean[i] += static_cast<double>(own[i]) / 3;
    }
    for (size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(together[i], mean[i], 2e-5) << to_string(task);
  }
}

TEST(SharedMembers, BeginApartAndPredictTheirMean) {
  for (const Task task : {Task::classification, Task::multilabel, Task::regression}) {
    const Problem problem = make_problem(task, 200, 4, 3, false);
    Preset p = small("tabm", problem);
    p.network.members = 3;
    p.network.clip_outputs = false;
    const Trained trained = fit(p, problem);
    EXPECT_LT(trained.history.back().train_loss, trained.history.front().train_loss);
    const graph::ForwardProgram& program = trained.model.program();
    EXPECT_EQ(program.parameter("w2.W")->size(), 16u * 16u) << "one matrix for all members";
    EXPECT_EQ(program.parameter("z2.b")->size(), 3u * 16u);
    const std::vector<float> together = trained.model.predict(problem.data);
    std::vector<double> mean(together.size());
    std::vector<std::vector<float>> of_members;
    for (const std::string output : {"z3", "z3_2", "z3_3"}) {
      Network alone = trained.model.network();
      alone.members.clear();
      alone.loss_of = output;
      for (Layer& layer : alone.layers)
        if (layer.name == "prediction") layer.inputs = {output};
      std::map<std::string, std::vector<double>> parameters;
      for (const graph::Parameter& q : graph::compile(alone).parameters)
        parameters[q.name] = trained.model.parameter(q.name);
      of_members.push_back(Model(alone, Precision::float32, parameters, problem.spec).predict(problem.data));
      for (size_t i = 0; i < mean.size(); ++i) mean[i] += static_cast<double>(of_members.back()[i]) / 3;
    }
    EXPECT_NE(of_members[0], of_members[1]);
    EXPECT_NE(of_members[1], of_members[2]);
    for (size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(together[i], mean[i], 2e-5) << to_string(task);
  }
}

TEST(SharedMembers, HaveTheSameBitsOnAnyNumberOfThreadsAndByPlainReferences) {
  const Problem problem = make_problem(Task::regression, 170, 4, 2, false);
  Preset p = small("tabm", problem);
  p.training.batch = 70;  // the last panel of a batch is not full
  const Trained one = fit(p, problem);
  p.training.threads = 3;
  EXPECT_EQ(fit(p, problem).model.fingerprint(), one.model.fingerprint());
  const Prepared prepared = make_network(problem.spec, problem.data, p.network);
  Bench bench(prepared, problem, p.training);
  const auto fast = bench.fast(), reference = bench.reference();
  std::vector<int64_t> rows(70);
  for (int64_t n = 0; n < 70; ++n) rows[static_cast<size_t>(n)] = (n * 7) % 170;
  for (const auto& engine : {fast.get(), reference.get()}) {
    engine->set_parameters(bench.initial());
    for (int64_t step = 1; step <= 3; ++step) engine->step({rows, 0.05, step, 0.5, 0.25});
  }
  EXPECT_EQ(fast->parameters(), reference->parameters());
}

TEST(SharedMembers, NeedOthersToShareWithAndNormsOfTheirOwn) {
  const Problem problem = make_problem(Task::regression, 20, 4, 1, false);
  NetworkOptions options;
  options.share_weights = true;
  expect_mentions(message_of([&] { make_network(problem.spec, problem.data, options); }), {"1 member", "at least 2"});
  options.members = 2;
  options.normalise = "layer_norm";
  expect_mentions(message_of([&] { make_network(problem.spec, problem.data, options); }), {"layer_norm", "batch_norm"});
  options.normalise = "batch_norm";
  EXPECT_EQ(make_network(problem.spec, problem.data, options).network.members.size(), 2u);
}

TEST(Ensemble, RefusesLayersOfTheCallersAndSillySizes) {
  const Problem problem = make_problem(Task::regression, 20, 4, 1, false);
  NetworkOptions options;
  options.members = 2;
  Layer layer;
  layer.type = "relu";
  expect_mentions(message_of([&] { make_network(problem.spec, problem.data, std::vector<Layer>{layer}, options); }),
                  {"ensemble of 2"});
  options.members = 65;
  expect_mentions(message_of([&] { make_network(problem.spec, problem.data, options); }), {"65", "1 to 64"});
  options.members = 1;
  options.rates["weights"] = 2;
  expect_mentions(message_of([&] { make_network(problem.spec, problem.data, options); }), {"'weights'", "bias"});
  options.rates.clear();
  options.scaling = "rubost";
  expect_mentions(message_of([&] { make_network(problem.spec, problem.data, options); }), {"'rubost'", "robust"});
}

/// One step of gradient descent on a network x -> scale -> linear.
TEST(Factors, MultiplyLearningRateAndWeightDecayOfTheirGroup) {
  const Problem problem = make_problem(Task::regression, 30, 3, 1, false);
  const auto stepped = [&](std::map<std::string, double> rates, std::map<std::string, double> decays, bool ntk,
                           const std::string& decay_schedule) {
    NetworkOptions network;
    network.hidden = {4};
    network.dropout = 0;
    network.scaling_layer = true;
    network.ntk = ntk;
    network.rates = std::move(rates);
    network.decays = std::move(decays);
    TrainOptions options = plain_options(-1, 1);
    options.optimizer = "adamw";  // its decay is apart from the gradient
    options.weight_decay = 0.5;
    options.decay_schedule = decay_schedule;
    return train(make_network(problem.spec, problem.data, network), problem.spec, problem.data, nullptr, options).model;
  };
  const Model plain = stepped({}, {}, false, "constant");
  const auto move = [&](const Model& m, const char* name, size_t i, double start) {
    return m.parameter(name)[i] - start;
  };
  const Model faster = stepped({{"scale", 2}}, {}, false, "constant");
  for (size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(move(faster, "x_weighted.s", i, 1), 2 * move(plain, "x_weighted.s", i, 1), 1e-6);
  EXPECT_EQ(faster.parameter("W1"), plain.parameter("W1"));
  const Model slower = stepped({{"bias", 0.1}}, {}, false, "constant");
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(slower.parameter("b1")[i], 0.1 * plain.parameter("b1")[i], 1e-7);
  // Adam's first step is η whatever the gradient: that of the output alone is halved, on top of its bias' factor.
  const Model settled = stepped({{"output", 0.5}, {"bias", 0.1}}, {}, false, "constant");
  EXPECT_EQ(settled.parameter("W1"), plain.parameter("W1"));
  EXPECT_NEAR(settled.parameter("b2")[0], 0.05 * plain.parameter("b2")[0], 1e-7);
  std::vector<float> drawn(plain.program().total_size);
  graph::initialize(plain.program(), 1, drawn.data());
  const graph::Parameter& V = *plain.program().parameter("W2");
  for (size_t i = 0; i < V.size(); ++i) {
    const double start = static_cast<double>(drawn[V.offset + i]), kept = start * (1 - 0.1 * 0.5);
    EXPECT_NEAR(settled.parameter("W2")[i] - start, 0.5 * (plain.parameter("W2")[i] - start), 1e-6);
    EXPECT_NEAR(stepped({}, {{"output", 0}}, false, "constant").parameter("W2")[i] - start,
                plain.parameter("W2")[i] - kept, 1e-6);
  }
  // λ·η·θ of scales that start at 1.
  const Model decayed = stepped({}, {{"scale", 3}}, false, "constant");
  for (size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(move(decayed, "x_weighted.s", i, 1), move(plain, "x_weighted.s", i, 1) - 0.1 * 0.5 * 3, 1e-6);
  // flat_cos begins at 1, coslog4 at 0: then nothing decays.
  EXPECT_EQ(stepped({}, {{"scale", 3}}, false, "flat_cos").fingerprint(), decayed.fingerprint());
  EXPECT_EQ(stepped({}, {{"scale", 3}}, false, "coslog4").parameter("x_weighted.s"), plain.parameter("x_weighted.s"));
  // W moves by η/√I, and decays as before.
  const Model ntk = stepped({}, {}, true, "constant");
  const graph::ForwardProgram& program = plain.program();
  std::vector<float> initial(program.total_size);
  graph::initialize(program, 1, initial.data());
  const graph::Parameter& W = *program.parameter("W1");
  for (size_t i = 0; i < W.size(); ++i) {
    const double start = static_cast<double>(initial[W.offset + i]), kept = start * (1 - 0.1 * 0.5);
    EXPECT_NEAR(ntk.parameter("W1")[i] - kept, (plain.parameter("W1")[i] - kept) / std::sqrt(3.0), 1e-6);
  }
}

TEST(Factors, AScheduleOfDropoutChangesItsRate) {
  const Problem problem = make_problem(Task::regression, 30, 3, 1, false);
  const auto trained = [&](double rate, const std::string& schedule) {
    NetworkOptions network;
    network.hidden = {8};
    network.dropout = rate;
    TrainOptions options = plain_options(-1, 1);
    options.dropout_schedule = schedule;
    return train(make_network(problem.spec, problem.data, network), problem.spec, problem.data, nullptr, options)
        .model.parameter("W1");
  };
  EXPECT_EQ(trained(0.5, "constant"), trained(0.5, "flat_cos"));
  EXPECT_EQ(trained(0.5, "coslog4"), trained(0, "constant"));  // 0 in the first step
  EXPECT_NE(trained(0.5, "constant"), trained(0, "constant"));
}

TEST(Factors, PlateauIsForTheLearningRateAlone) {
  const Problem problem = make_problem(Task::regression, 30, 3, 1, false);
  TrainOptions options = plain_options(-1, 1);
  options.dropout_schedule = "plateau";
  expect_mentions(message_of([&] {
                    train(make_network(problem.spec, problem.data, NetworkOptions{}), problem.spec, problem.data,
                          nullptr, options);
                  }),
                  {"plateau", "dropout"});
}

}  // namespace
}  // namespace retrograd
