#include "optim/schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "retrograd/error.hpp"
#include "support/message.hpp"

namespace retrograd::optim {
namespace {

/// Factor in a run of 10 epochs of 100 steps.
double at(const std::string& text, int64_t step, const PlateauState& plateau = {}) {
  return schedule_factor(parse_schedule(text), {step, 100, 1000}, plateau);
}

TEST(Schedule, KnownPoints) {
  EXPECT_EQ(at("constant", 0), 1);
  EXPECT_EQ(at("constant", 999), 1);

  EXPECT_EQ(at("step:every=2,gamma=0.5", 0), 1);
  EXPECT_EQ(at("step:every=2,gamma=0.5", 199), 1);
  EXPECT_EQ(at("step:every=2,gamma=0.5", 200), 0.5);
  EXPECT_EQ(at("step:every=2,gamma=0.5", 999), 0.0625);

  EXPECT_NEAR(at("exponential:gamma=0.9", 100), 0.9, 1e-15);
  EXPECT_NEAR(at("exponential:gamma=0.9", 50), std::sqrt(0.9), 1e-15);
  EXPECT_NEAR(at("exponential:gamma=0.9", 1000), std::pow(0.9, 10), 1e-14);
  EXPECT_EQ(at("exponential:gamma=1", 500), 1);

  EXPECT_EQ(at("cosine", 0), 1);
  EXPECT_NEAR(at("cosine", 500), 0.5, 1e-15);
  EXPECT_NEAR(at("cosine", 250), 0.5 + std::sqrt(0.125), 1e-15);
  EXPECT_NEAR(at("cosine", 1000), 0, 1e-15);
  EXPECT_GT(at("cosine", 999), 0) << "the last step would move nothing";
  EXPECT_NEAR(at("cosine:floor=0.2", 500), 0.6, 1e-15);
  EXPECT_NEAR(at("cosine:floor=0.2", 5000), 0.2, 1e-15);

  // 1 + 15p is a power of two where a wave ends, and √2 times one where it is highest.
  for (const double p : {0.0, 1.0 / 15, 3.0 / 15, 7.0 / 15, 1.0})
    EXPECT_NEAR(schedule_factor(parse_schedule("coslog4"), {std::lround(p * 15e6), 100, 15000000}), 0, 1e-12) << p;
  EXPECT_NEAR(at("coslog4", 122), 0.5 * (1 - std::cos(2 * M_PI * std::log2(1 + 15 * 0.122))), 1e-14);
  EXPECT_NEAR(schedule_factor(parse_schedule("coslog4"), {27614237, 100, 1000000000}), 1, 1e-12);

  EXPECT_EQ(at("flat_cos", 0), 1);
  EXPECT_EQ(at("flat_cos", 500), 1);
  EXPECT_NEAR(at("flat_cos", 750), 0.5, 1e-15);
  EXPECT_NEAR(at("flat_cos", 1000), 0, 1e-15);

  EXPECT_NEAR(at("one_cycle", 0), 0.1, 1e-15);
  EXPECT_NEAR(at("one_cycle", 225), 0.55, 1e-15);
  EXPECT_NEAR(at("one_cycle", 450), 1, 1e-15);
  EXPECT_NEAR(at("one_cycle", 900), 0.1, 1e-15);
  EXPECT_NEAR(at("one_cycle", 950), 0.0505, 1e-15);
  EXPECT_NEAR(at("one_cycle", 1000), 0.001, 1e-15);
  EXPECT_NEAR(at("one_cycle:cycle=1", 1000), 0.1, 1e-15);

  EXPECT_EQ(at("plateau", 500, {.factor = 0.25}), 0.25);
}

TEST(Schedule, CosineAgreesWithLibm) {
  for (int64_t t = 0; t < 1000; t += 7) {
    EXPECT_NEAR(at("cosine:floor=0.1", t), 0.1 + 0.45 * (1 + std::cos(M_PI * double(t) / 1000)), 1e-14) << t;
  }
}

TEST(Schedule, WarmUpRisesAndThenTheScheduleStarts) {
  for (const char* text : {"cosine:warmup_steps=200", "cosine:warmup_epochs=2"}) {
    EXPECT_EQ(at(text, 0), 1.0 / 200) << text;
    EXPECT_EQ(at(text, 99), 0.5) << text;
    EXPECT_EQ(at(text, 199), 1) << text;
    EXPECT_EQ(at(text, 200), 1) << text;
    EXPECT_NEAR(at(text, 600), 0.5, 1e-15) << text;
    EXPECT_NEAR(at(text, 1000), 0, 1e-15) << text;
  }
  EXPECT_EQ(at("step:every=2,gamma=0.5,warmup_epochs=1", 299), 1);
  EXPECT_EQ(at("step:every=2,gamma=0.5,warmup_epochs=1", 300), 0.5);
  EXPECT_EQ(at("constant:warmup_epochs=0.5", 24), 0.5);
  EXPECT_EQ(at("plateau:warmup_steps=10", 4, {.factor = 0.5}), 0.25);
  EXPECT_EQ(at("cosine:warmup_steps=5000", 999), 0.2) << "a warm-up longer than the run";
  EXPECT_EQ(at("cosine:warmup_steps=5000", 5000), 1);
}

TEST(Schedule, AlwaysFiniteAndAtMostOne) {
  for (const ScheduleInfo& info : all_schedules()) {
    for (const int64_t total : {1, 2, 3, 1000}) {
      for (int64_t t = 0; t < total + 3; ++t) {
        const double f = schedule_factor(choose_schedule(info.name), {t, 1, total});
        EXPECT_TRUE(f >= 0 && f <= 1) << info.name << ' ' << t << " of " << total;
      }
    }
  }
}

TEST(Schedule, PlateauReducesAfterPatience) {
  const Schedule s = parse_schedule("plateau:gamma=0.5,patience=2,threshold=0.1,floor=0.2,cooldown=1");
  PlateauState state;
  EXPECT_FALSE(report_metric(s, state, 10));
  EXPECT_FALSE(report_metric(s, state, 9.5));  // less than 10 % better: bad 1
  EXPECT_FALSE(report_metric(s, state, 10));   // bad 2
  EXPECT_TRUE(report_metric(s, state, 10));    // bad 3 > patience
  EXPECT_EQ(state.factor, 0.5);
  EXPECT_FALSE(report_metric(s, state, 20));  // cool-down
  EXPECT_FALSE(report_metric(s, state, 8));   // better
  EXPECT_EQ(state.best, 8);
  for (int k = 0; k < 2; ++k) EXPECT_FALSE(report_metric(s, state, std::nan("")));
  PlateauState copy = PlateauState::from_array(state.to_array());  // a resumed run
  EXPECT_TRUE(report_metric(s, state, 8));
  EXPECT_TRUE(report_metric(s, copy, 8));
  EXPECT_EQ(copy.to_array(), state.to_array());
  EXPECT_EQ(state.factor, 0.25);
  for (int k = 0; k < 20; ++k) report_metric(s, state, 8);
  EXPECT_EQ(state.factor, 0.2);
  EXPECT_FALSE(report_metric(parse_schedule("cosine"), copy, 1));
}

TEST(Schedule, PlateauFollowsNegativeMetrics) {
  const Schedule s = parse_schedule("plateau:patience=0,threshold=0");
  PlateauState state;
  EXPECT_FALSE(report_metric(s, state, -0.5));  // an accuracy, negated
  EXPECT_FALSE(report_metric(s, state, -0.6));
  EXPECT_TRUE(report_metric(s, state, -0.6));
}

TEST(Schedule, ReadAndPrinted) {
  for (const char* text :
       {"constant", "step:every=3,gamma=0.25", "exponential:gamma=0.9", "cosine:floor=0.01,warmup_epochs=1.5",
        "constant:warmup_steps=30", "one_cycle:start=0.04,cycle=0.8,end=0.0001",
        "plateau:gamma=0.1,patience=3,threshold=0.001,floor=0.01,cooldown=2"}) {
    EXPECT_EQ(to_string(parse_schedule(text)), text);
  }
  EXPECT_EQ(to_string(parse_schedule("step")), "step:every=10,gamma=0.1");
}

std::string message_of(const std::string& text) {
  return support::message_of([&] { parse_schedule(text); });
}

TEST(Schedule, RefusalsSayWhatIsAllowed) {
  EXPECT_EQ(message_of("linear"),
            "there is no schedule 'linear'; choose one of: constant, step, exponential, cosine, coslog4, flat_cos, "
            "one_cycle, plateau");
  EXPECT_EQ(message_of("step:every=2.5"),
            "schedule step: every = 2.5 is not whole; give a whole number from 1 to 1000000000");
  EXPECT_EQ(message_of("cosine:floor=2"), "schedule cosine: floor = 2 is out of range; give a number from 0 to 1");
  EXPECT_EQ(message_of("cosine:gamma=1"), "schedule cosine: there is no attribute 'gamma'; it has: floor");
  EXPECT_EQ(message_of("cosine:warmup_steps=-1"),
            "schedule cosine: a warm-up of -1 steps is not possible; give a whole number from 0 to 1e9");
  EXPECT_EQ(message_of("cosine:warmup_steps=1,warmup_epochs=1"),
            "schedule cosine: the warm-up is given twice; give warmup_epochs or warmup_steps once");
  EXPECT_EQ(message_of("one_cycle:warmup_epochs=1"),
            "schedule one_cycle: it starts with its own rise; leave out the warm-up or choose another schedule");
}

}  // namespace
}  // namespace retrograd::optim
