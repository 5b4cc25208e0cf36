// How many threads train: the estimate where the work of a step decides, a measured number in between, the same model.
#include "train/engine/choose_threads.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;

struct Answer {
  int threads = 0;
  std::string why;
};

Answer choose(int width, int64_t batch, int estimate) {
  const Problem problem = make_problem(Task::classification, batch, 10, 3, false);
  NetworkOptions network;
  network.hidden = {width, width};
  const Prepared prepared = make_network(problem.spec, problem.data, network);
  TrainOptions options = plain_options(batch, 1);
  options.threads = estimate;
  Bench bench(prepared, problem, options);
  std::vector<std::string> decisions;
  const int threads = training::choose_threads(bench.setup(), bench.initial(), decisions);
  EXPECT_EQ(decisions.size(), 1u);
  return {threads, decisions.at(0)};
}

TEST(ChooseThreads, KeepsTheEstimateWhereTheWorkDecides) {
  EXPECT_EQ(choose(4, 32, 1).threads, 1);
  EXPECT_EQ(choose(4, 32, 3).threads, 3);
  EXPECT_NE(choose(4, 32, 3).why.find("3 threads: "), std::string::npos);
  EXPECT_NE(choose(4, 32, 1).why.find("1 thread: "), std::string::npos);
  EXPECT_EQ(choose(1100, 64, 2).threads, 2);
}

TEST(ChooseThreads, MeasuresInBetween) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const Answer answer = choose(64, 128, 1);
  EXPECT_GE(answer.threads, 1);
  EXPECT_LE(answer.threads, cores);
  EXPECT_EQ(answer.why.find("measured") != std::string::npos, cores > 1) << answer.why;
}

TEST(ChooseThreads, TheModelDoesNotDependOnIt) {
  const Problem problem = make_problem(Task::classification, 300, 10, 3, true);
  NetworkOptions network;
  network.hidden = {64, 64};
  network.dropout = 0.2;
  const Prepared prepared = make_network(problem.spec, problem.data, network);
  TrainOptions options = plain_options(128, 2);
  const std::string one = train(prepared, problem.spec, problem.data, nullptr, options).model.fingerprint();
  options.threads = 0;
  EXPECT_EQ(train(prepared, problem.spec, problem.data, nullptr, options).model.fingerprint(), one);
}

}  // namespace
}  // namespace retrograd
