#include "retrograd/search.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include "parallel/peers.hpp"
#include "parallel/threads.hpp"
#include "retrograd/evaluate.hpp"
#include "train/problems.hpp"
#include "train/run_folder.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

NetworkOptions small_network() {
  NetworkOptions n;
  n.hidden = {8, 8};
  n.dropout = 0.1;
  return n;
}

/// A search that ends after so many trials, by a callback: nothing in it then depends on the clock.
struct Setting {
  Setting() {
    training.epochs = 15;
    training.patience = 0;
    training.metric = "rmse";
    training.learning_rate = 0.003;  // too low: something better is found
  }
  Searched run(int trials, std::vector<Trial>* told = nullptr) const {
    SearchCallbacks callbacks;
    std::shared_ptr<int> begun = std::make_shared<int>(0);
    callbacks.of = [=](const Trial&) {
      const bool enough = ++*begun > trials;
      Callbacks c;
      c.step = [=](int64_t, int64_t) { return enough; };
      return c;
    };
    callbacks.done = [=](const std::vector<Trial>& all, const Prepared&, const Trained* best) {
      EXPECT_EQ(all.back().improved, best != nullptr);
      if (best != nullptr) {
        EXPECT_EQ(best->model.fingerprint(), all.back().fingerprint);
      }
      if (told != nullptr) *told = all;
    };
    const auto make = [this](const NetworkOptions& n) { return make_network(problem.spec, problem.data, n); };
    return search(make, problem.spec, problem.data, valid.data, small_network(), training, {600, {}}, callbacks);
  }
  const Problem problem = make_problem(Task::regression, 120, 3, 1, false),
                valid = make_problem(Task::regression, 80, 3, 1, false, 9);
  TrainOptions training = plain_options(16, 15);
};

TEST(Search, KeepsTheBestOnValidationRowsAndRepeatsToTheBit) {
  const Setting s;
  std::vector<Trial> told;
  const Searched found = s.run(14, &told);
  ASSERT_GE(found.trials.size(), 14u);
  EXPECT_EQ(told.size(), found.trials.size());
  const Trial& first = found.trials[0];
  const Trial& best = found.trials[found.best];
  EXPECT_TRUE(first.changes.empty());
  EXPECT_EQ(first.epochs, 15);
  EXPECT_LT(*best.value, *first.value);
  EXPECT_FALSE(best.changes.empty());
  EXPECT_EQ(found.trained.model.fingerprint(), best.fingerprint);
  EXPECT_FLOAT_EQ(static_cast<float>(evaluate(found.trained.model, s.valid.data).metric("rmse")),
                  static_cast<float>(*best.value));
  double least = 1e9;
  int given_up = 0;
  for (const Trial& t : found.trials) {
    ASSERT_TRUE(t.value);
    EXPECT_EQ(t.improved, *t.value < least);
    least = std::min(least, *t.value);
    given_up += t.ended.starts_with("given up after epoch");
    if (t.ended.starts_with("given up")) {
      EXPECT_TRUE(t.epochs == 1 || t.epochs == 3 || t.epochs == 7) << t.epochs;
    }
  }
  EXPECT_EQ(least, *best.value);
  EXPECT_GT(given_up, 0);
  const Searched again = s.run(14);
  ASSERT_EQ(again.trials.size(), found.trials.size());
  for (size_t k = 0; k + 1 < found.trials.size(); ++k) {  // the last one was stopped
    EXPECT_EQ(again.trials[k].changes, found.trials[k].changes);
    EXPECT_EQ(again.trials[k].fingerprint, found.trials[k].fingerprint);
    EXPECT_EQ(again.trials[k].ended, found.trials[k].ended);
  }
  // The options of a trial give its model alone, if it was not given up.
  const Trained alone = train(make_network(s.problem.spec, s.problem.data, best.network), s.problem.spec,
                              s.problem.data, &s.valid.data, best.training);
  EXPECT_EQ(alone.model.fingerprint(), best.fingerprint);
}

TEST(Search, TellsOfImprovementsWhileATrialRuns) {
  const Setting s;
  SearchCallbacks callbacks;
  std::vector<std::string> told;
  bool stop = false, ended = false;
  double last = 0;
  callbacks.of = [&](const Trial&) {
    Callbacks c;
    c.step = [&](int64_t, int64_t) { return stop; };
    return c;
  };
  callbacks.improved = [&](const Trial& trial, const Prepared& network, const std::function<Trained()>& so_far) {
    if (told.empty()) {  // at once; those a 20th of the time apart may be of a later trial on a fast machine
      EXPECT_FALSE(ended);
      EXPECT_EQ(trial.number, 0);
    }
    const Trained t = so_far();
    EXPECT_EQ(network.network.layers.size(), t.model.network().layers.size());
    EXPECT_EQ(t.best_epoch, std::ssize(t.history));
    EXPECT_FLOAT_EQ(static_cast<float>(evaluate(t.model, s.valid.data).metric("rmse")),
                    static_cast<float>(*t.history.back().valid_metric));
    told.push_back(t.model.fingerprint());
    last = *t.history.back().valid_metric;
    stop = told.size() == 2;
  };
  callbacks.done = [&](const std::vector<Trial>&, const Prepared&, const Trained*) { ended = true; };
  TrainOptions endless = s.training;
  endless.epochs = 1'000'000;
  const auto make = [&](const NetworkOptions& n) { return make_network(s.problem.spec, s.problem.data, n); };
  const Searched found =
      search(make, s.problem.spec, s.problem.data, s.valid.data, small_network(), endless, {2, {}}, callbacks);
  ASSERT_GE(told.size(), 1u);
  EXPECT_EQ(std::set<std::string>(told.begin(), told.end()).size(), told.size());
  EXPECT_LE(*found.trials[found.best].value, last);
}

TEST(Search, EndsWithTheTimeAndAlwaysHasAModel) {
  const Setting s;
  const auto make = [&](const NetworkOptions& n) { return make_network(s.problem.spec, s.problem.data, n); };
  TrainOptions endless = s.training;
  endless.epochs = 1'000'000;
  const Searched found =
      search(make, s.problem.spec, s.problem.data, s.valid.data, small_network(), endless, {0.3, {}});
  ASSERT_GE(found.trials.size(), 1u);
  EXPECT_TRUE(found.trials[0].value);
  ASSERT_FALSE(found.trials[0].changes.empty());
  EXPECT_EQ(found.trials[0].changes[0].first, "epochs");  // as many as there was time for
  EXPECT_LT(found.trials[0].training.epochs, 1'000'000);
  const Searched hardly =
      search(make, s.problem.spec, s.problem.data, s.valid.data, small_network(), endless, {1e-9, {}});
  EXPECT_EQ(hardly.trials.size(), 1u);
  EXPECT_EQ(hardly.trained.model.fingerprint(), hardly.trials[0].fingerprint);
}

TEST(Search, ACandidateThatFailsIsATrialWithoutAValue) {
  const Setting s;
  int made = 0;
  const auto make = [&](const NetworkOptions& n) {
    if (++made == 3) throw Error("there is no room");
    return make_network(s.problem.spec, s.problem.data, n);
  };
  SearchCallbacks callbacks;
  callbacks.of = [&](const Trial&) {
    Callbacks c;
    c.step = [&](int64_t, int64_t) { return made > 3; };
    return c;
  };
  const Searched found =
      search(make, s.problem.spec, s.problem.data, s.valid.data, small_network(), s.training, {600, {}}, callbacks);
  ASSERT_EQ(found.trials.size(), 4u);
  EXPECT_FALSE(found.trials[2].value);
  EXPECT_EQ(found.trials[2].ended, "there is no room");
  EXPECT_FALSE(found.trained.finished);
  made = 2;  // of the given settings it is an error
  expect_mentions(message_of([&] {
                    search(make, s.problem.spec, s.problem.data, s.valid.data, small_network(), s.training, {600, {}});
                  }),
                  {"there is no room"});
  expect_mentions(message_of([&] {
                    search(make, s.problem.spec, s.problem.data, s.valid.data, small_network(), s.training, {-1, {}});
                  }),
                  {"-1 seconds", "positive"});
}

/// Some trials with no clock, so many at a time.
struct Counted : Setting {
  explicit Counted(int concurrent) {
    options.seconds = INFINITY;
    options.trials = 14;
    options.concurrent = concurrent;
  }
  Prepared make(const NetworkOptions& n) const { return make_network(problem.spec, problem.data, n); }
  Searched alone() const {
    return search([this](const NetworkOptions& n) { return make(n); }, problem.spec, problem.data, valid.data,
                  small_network(), training, options);
  }
  Searched apart(int ranks, const std::string& folder, const SearchCallbacks& callbacks = {}) const {
    std::optional<Searched> found;
    run_as_threads(ranks, [&](Transport& transport) {
      Peers peers(transport);
      const auto make_one = [this](const NetworkOptions& n) { return make(n); };
      SearchOptions with = options;
      with.folder = folder;
      TrainOptions shared = training;
      shared.peers = &peers;
      if (peers.rank() == 0)
        found = search(make_one, problem.spec, problem.data, valid.data, small_network(), shared, with, callbacks);
      else
        join_search(make_one, problem.spec, problem.data, valid.data, small_network(), shared, with);
    });
    return *std::move(found);
  }
  SearchOptions options;
};

void expect_same(const Searched& found, const Searched& expected) {
  ASSERT_EQ(found.trials.size(), expected.trials.size());
  EXPECT_EQ(found.best, expected.best);
  for (size_t k = 0; k < found.trials.size(); ++k) {
    SCOPED_TRACE(k);
    const Trial &a = found.trials[k], &b = expected.trials[k];
    EXPECT_EQ(a.number, b.number);
    EXPECT_EQ(a.changes, b.changes);
    EXPECT_EQ(a.value, b.value);
    EXPECT_EQ(a.fingerprint, b.fingerprint);
    EXPECT_EQ(a.ended, b.ended);
    EXPECT_EQ(a.epochs, b.epochs);
    EXPECT_EQ(a.best_epoch, b.best_epoch);
    EXPECT_EQ(a.improved, b.improved);
  }
  EXPECT_EQ(found.trained.model.fingerprint(), expected.trained.model.fingerprint());
  EXPECT_EQ(found.trained.model.fingerprint(), found.trials[found.best].fingerprint);
  ASSERT_EQ(found.trained.history.size(), expected.trained.history.size());
  for (size_t e = 0; e < found.trained.history.size(); ++e) {
    const EpochReport &a = found.trained.history[e], &b = expected.trained.history[e];
    EXPECT_EQ(a.steps, b.steps);
    EXPECT_EQ(a.train_loss, b.train_loss);
    EXPECT_EQ(a.valid_loss, b.valid_loss);
    EXPECT_EQ(a.valid_metric, b.valid_metric);
    EXPECT_EQ(a.metric, b.metric);
    EXPECT_EQ(a.best, b.best);
    EXPECT_EQ(a.layers.size(), b.layers.size());
  }
  EXPECT_EQ(found.trained.best_epoch, expected.trained.best_epoch);
  EXPECT_EQ(found.trained.stopped, expected.trained.stopped);
  EXPECT_EQ(found.trained.options.batch, expected.trained.options.batch);
  EXPECT_EQ(found.trained.options.learning_rate, expected.trained.options.learning_rate);
  EXPECT_EQ(found.prepared.constants, expected.prepared.constants);
}

TEST(Search, RanksThatTakeTrialsWholeFindWhatOneProcessFinds) {
  for (const int concurrent : {1, 3, 8}) {
    const Counted s(concurrent);
    const Searched expected = s.alone();
    EXPECT_EQ(expected.trials.size(), 14u);
    EXPECT_GT(expected.best, 0u);
    for (const int ranks : {1, 2, 4, 8}) {
      SCOPED_TRACE(std::to_string(ranks) + " ranks, " + std::to_string(concurrent) + " at a time");
      const TemporaryFolder folder;
      expect_same(s.apart(ranks, folder / "search"), expected);
      EXPECT_FALSE(std::filesystem::exists(folder / "search"));
    }
  }
}

TEST(Search, WhatATrialKnowsIsUpToHowManyAreUnderWayAtATime) {
  const Searched one = Counted(1).alone(), eight = Counted(8).alone();
  std::vector<std::string> ended, of_eight;
  for (const Trial& t : one.trials) ended.push_back(t.ended);
  for (const Trial& t : eight.trials) of_eight.push_back(t.ended);
  EXPECT_NE(ended, of_eight);
}

TEST(Search, AStopOfTheFirstRankStopsAll) {
  Counted s(8);
  s.options.trials = 0;
  s.training.epochs = 15;
  const TemporaryFolder folder;
  SearchCallbacks callbacks;
  int begun = 0;
  callbacks.of = [&](const Trial&) {
    Callbacks c;
    c.step = [last = ++begun == 4](int64_t, int64_t) { return last; };
    return c;
  };
  s.options.seconds = 600;
  const Searched found = s.apart(4, folder / "search", callbacks);
  EXPECT_FALSE(found.trained.finished);
  EXPECT_GE(found.trials.size(), 4u);
  EXPECT_EQ(found.trained.model.fingerprint(), found.trials[found.best].fingerprint);
}

TEST(Search, OfSeveralRanksNeedsAFolder) {
  const Counted s(2);
  expect_mentions(message_of([&] { s.apart(2, ""); }), {"a folder that all can write"});
}

}  // namespace
}  // namespace retrograd
