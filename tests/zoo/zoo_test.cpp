// The zoo is diagnosed: what is broken must be found, what is healthy left alone. The half that the findings were not
// developed with is the judge.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "retrograd/diagnose.hpp"
#include "retrograd/error.hpp"
#include "zoo/animals.hpp"

namespace retrograd::zoo {
namespace {

struct Outcome {
  bool found = false;    ///< one of what was expected; healthy: nothing
  std::string findings;  ///< identifiers
};

Diagnosis diagnosis_of(const Setup& s) {
  DiagnoseOptions options;
  options.training = s.options;
  const Dataset& rows = s.diagnosed ? *s.diagnosed : s.train;
  try {
    const Trained trained = train(s.prepared, s.spec, s.train, s.valid ? &*s.valid : nullptr, s.options);
    options.history = trained.history;
    options.training = trained.options;
    return diagnose(trained.model, rows, options);
  } catch (const Error&) {  // it diverged, or the targets were refused
    return diagnose(untrained(s.prepared, s.spec, s.options), rows, options);
  }
}

Outcome look_at(const Animal& animal, Half half) {
  const Diagnosis d = diagnosis_of(animal.make(half));
  Outcome o;
  o.found = animal.expected.empty() ? d.healthy() : false;
  for (const Finding& f : d.findings) o.findings += (o.findings.empty() ? "" : ", ") + f.id;
  for (const std::string& id : animal.expected) o.found |= d.has(id);
  if (const char* verbose = std::getenv("ZOO_TEXT");
      verbose != nullptr && animal.name.find(verbose) != std::string::npos)
    std::printf("%s\n", d.to_text().c_str());
  return o;
}

/// Share of the animals that were seen for what they are; prints a table.
double share_right(const std::vector<Animal>& animals, Half half, const char* title) {
  int right = 0;
  std::printf("%s\n", title);
  for (const Animal& animal : animals) {
    const Outcome o = look_at(animal, half);
    right += o.found;
    std::printf("  %-6s %-38s %s\n", o.found ? "right" : "WRONG", animal.name.c_str(), o.findings.c_str());
  }
  std::printf("  %d of %zu right\n", right, animals.size());
  return static_cast<double>(right) / static_cast<double>(animals.size());
}

TEST(Zoo, BrokenSetUpsAreDetectedOnTheJudgingHalf) {
  const auto animals = broken();
  ASSERT_GE(animals.size(), 24u);
  EXPECT_GE(share_right(animals, Half::judge, "broken, judging half"), 0.90);
}

TEST(Zoo, HealthySetUpsRaiseNoAlarmOnTheJudgingHalf) {
  const auto animals = healthy();
  ASSERT_GE(animals.size(), 24u);
  EXPECT_GE(share_right(animals, Half::judge, "healthy, judging half"), 0.95);
}

TEST(Zoo, BrokenSetUpsAreDetectedOnTheDevelopingHalf) {
  EXPECT_GE(share_right(broken(), Half::develop, "broken, developing half"), 0.90);
}

TEST(Zoo, HealthySetUpsRaiseNoAlarmOnTheDevelopingHalf) {
  EXPECT_GE(share_right(healthy(), Half::develop, "healthy, developing half"), 0.95);
}

}  // namespace
}  // namespace retrograd::zoo
