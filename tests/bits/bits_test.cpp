// The bits contract end to end: a whole training gives the same model for any number of threads, every SIMD target and
// every repetition, compiler and build type, and it is the model of the operators' and optimisers' plain references.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <numeric>
#include <set>

#include "bits/cases.hpp"
#include "graph/program.hpp"
#include "math/simd.hpp"
#include "optim/optimizer.hpp"
#include "optim/schedule.hpp"
#include "train/problems.hpp"

namespace retrograd {
namespace {

using namespace testing_train;
using testing_bits::Case;
using testing_bits::cases;

/// tests/bits/expected.txt: a case and its fingerprint a line. With RETROGRAD_WRITE_BITS set to a file's name, what is
/// found is written there instead of compared (the build target expected_bits does it).
class Expected : public testing::Environment {
 public:
  static void check(const std::string& name, const std::string& found) {
    written()[name] = found;
    if (std::getenv("RETROGRAD_WRITE_BITS")) return;
    std::ifstream file(RETROGRAD_EXPECTED_BITS);
    std::string line;
    while (std::getline(file, line))
      if (line.starts_with(name + ' ')) {
        EXPECT_EQ(found, line.substr(name.size() + 1))
            << name << " is trained to other bits than " RETROGRAD_EXPECTED_BITS << " says. If the change is meant, "
            << "build expected_bits and mark it **bits** in CHANGELOG.md; if not, find the compiler, build type or "
            << "machine that rounds differently.";
        return;
      }
    ADD_FAILURE() << "no line '" << name << " " << found << "' in " RETROGRAD_EXPECTED_BITS "; build expected_bits";
  }

  void TearDown() override {
    const char* path = std::getenv("RETROGRAD_WRITE_BITS");
    if (!path) return;
    ASSERT_EQ(written().size(), cases().size()) << "some cases failed or were left out; " << path << " stays as it is";
    std::ofstream file(path);
    for (const Case& c : cases()) file << c.name << ' ' << written().at(c.name) << '\n';
    EXPECT_TRUE(file.flush().good()) << path << " could not be written";
  }

 private:
  static std::map<std::string, std::string>& written() {
    static std::map<std::string, std::string> all;
    return all;
  }
};

const testing::Environment* const kExpected = testing::AddGlobalTestEnvironment(new Expected);

/// Every parameter has the bits of the plain run's; T is the model's precision.
template <typename T>
void expect_plain(const Model& model, const std::vector<T>& found, const std::vector<double>& plain) {
  for (const graph::Parameter& p : model.program().parameters)
    for (size_t i = p.offset; i < p.offset + p.size(); ++i) {
      const T expected = static_cast<T>(plain[i]);
      ASSERT_EQ(std::memcmp(&found[i], &expected, sizeof(T)), 0)
          << p.name << "[" << i - p.offset << "] is " << found[i] << ", by the references " << expected;
    }
}

class TrainingBits : public testing::TestWithParam<Case> {};

TEST_P(TrainingBits, SameModelForEveryThreadCountTargetRepetitionAndBuild) {
  const Case& c = GetParam();
  Problem problem = c.problem();
  Dataset valid;
  if (c.validation_rows > 0) {
    std::vector<int64_t> rows(static_cast<size_t>(problem.data.rows));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    const auto cut = rows.end() - c.validation_rows;
    valid = take(problem.data, {cut, rows.end()});
    problem.data = take(problem.data, {rows.begin(), cut});
  }
  const Prepared prepared = c.network(problem);
  TrainOptions options = c.options;

  // The restated loop knows no validation.
  std::vector<double> plain;
  if (valid.rows == 0) plain = plain_training(prepared, problem, options);
  std::string print;
  for (const std::string& target : simd_targets()) {
    force_simd(target);
    for (const int threads : {1, 2, 3, 7}) {
      for (int again = 0; again < 2; ++again) {
        options.threads = threads;
        const Trained trained = train(prepared, problem.spec, problem.data, valid.rows > 0 ? &valid : nullptr, options);
        if (valid.rows > 0) {
          EXPECT_LT(trained.best_epoch, static_cast<int>(trained.history.size())) << "a case of the last epoch";
          EXPECT_LT(trained.history.size(), static_cast<size_t>(options.epochs)) << "the patience ended nothing";
        }
        if (print.empty()) print = trained.model.fingerprint();
        ASSERT_EQ(trained.model.fingerprint(), print) << target << ", " << threads << " threads";
        if (plain.empty()) continue;
        if (options.precision == Precision::float32)
          expect_plain(trained.model, trained.model.parameters_f32(), plain);
        else
          expect_plain(trained.model, trained.model.parameters_f64(), plain);
        ASSERT_FALSE(HasFailure()) << target << ", " << threads << " threads";
      }
    }
  }
  force_simd("auto");
  Expected::check(c.name, print);
}

INSTANTIATE_TEST_SUITE_P(All, TrainingBits, testing::ValuesIn(cases()),
                         [](const auto& each) { return each.param.name; });

TEST(TrainingBits, CasesTrainEveryOperatorOptimizerAndSchedule) {
  std::set<std::string_view> trained;
  for (const Case& c : cases()) {
    for (const graph::Equation& equation : graph::compile(c.network(c.problem()).network).equations)
      trained.insert(equation.op->info->name);
    trained.insert(optim::parse_optimizer(c.options.optimizer).optimizer->info.name);
    if (c.options.schedule != "auto") trained.insert(optim::parse_schedule(c.options.schedule).info->name);
  }
  for (const ops::Operator* op : ops::all_operators()) EXPECT_TRUE(trained.contains(op->info->name)) << op->info->name;
  for (const optim::Optimizer& o : optim::all_optimizers()) EXPECT_TRUE(trained.contains(o.info.name)) << o.info.name;
  for (const optim::ScheduleInfo& s : optim::all_schedules()) EXPECT_TRUE(trained.contains(s.name)) << s.name;
}

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
  NetworkOptions network;
  network.hidden = {19, 9};
  network.normalise = "layer_norm";
  network.dropout = 0.1;
  const auto print = [&](const std::function<void(TrainOptions&)>& change) {
    const Prepared prepared = make_network(problem.spec, problem.data, network);
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
