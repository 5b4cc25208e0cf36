// The warnings before training: true of what is broken from the start, never of what is healthy, and cheap.
#include <gtest/gtest.h>

#include <algorithm>

#include "retrograd/diagnose.hpp"
#include "zoo/setups.hpp"

namespace retrograd::zoo {
namespace {

std::vector<std::string> warnings_of(const Setup& s) {
  return check_before_training(s.prepared, s.spec, s.train, s.options);
}

std::vector<std::string> warnings_of_broken(const std::string& name, Half half) {
  for (const Animal& animal : broken())
    if (animal.name == name) return warnings_of(animal.make(half));
  ADD_FAILURE() << "no animal '" << name << "'";
  return {};
}

void expect_warning(const std::vector<std::string>& warnings, const std::string& text) {
  EXPECT_TRUE(std::any_of(warnings.begin(), warnings.end(),
                          [&](const std::string& w) { return w.find(text) != std::string::npos; }))
      << "'" << text << "' is in none of " << warnings.size()
      << " warnings: " << (warnings.empty() ? "" : warnings.front());
}

TEST(BeforeTraining, HealthySetUpsGetNoWarning) {
  for (const Half half : {Half::develop, Half::judge})
    for (const Animal& animal : healthy())
      for (const std::string& warning : warnings_of(animal.make(half))) ADD_FAILURE() << animal.name << ": " << warning;
}

TEST(BeforeTraining, WhatIsBrokenFromTheStartIsSaid) {
  for (const Half half : {Half::develop, Half::judge}) {
    expect_warning(warnings_of_broken("weights of size 3, relu", half), "initial loss");
    expect_warning(warnings_of_broken("weights of size 1, 8 relu layers", half), "initial loss");
    expect_warning(warnings_of_broken("inputs in thousands, sgd", half), "initial loss");
    expect_warning(warnings_of_broken("class codes from 1", half), "expected a class code 0 to 2");
    expect_warning(warnings_of_broken("labels -1 and 1", half), "from 0 to 1");
    expect_warning(warnings_of_broken("first biases at -20, relu", half), "32 rows cannot be fitted");
  }
}

TEST(BeforeTraining, ConstantColumnsAndClassesWithoutRows) {
  NetworkOptions network;
  network.hidden = {8};
  zoo::Setup s = setup(Half::develop, Task::classification, {}, network, plan_of("adam", 0.003, 1));
  auto& x = std::get<std::vector<float>>(s.train.inputs[0].values);
  for (size_t i = 2; i < x.size(); i += static_cast<size_t>(s.train.inputs[0].cols)) x[i] = 7;
  for (float& y : std::get<std::vector<float>>(s.train.target.values)) y = y == 1 ? 0 : y;
  const std::vector<std::string> warnings = warnings_of(s);
  expect_warning(warnings, "1 of 6 columns of 'x' never change, the first is column 3");
  expect_warning(warnings, "1 of 3 classes have no training row, the first is class 1");
  EXPECT_EQ(warnings.size(), 2u);
}

TEST(BeforeTraining, AnEnsembleIsLookedAtToo) {
  std::vector<float> x;
  std::vector<double> y;
  for (int n = 0; n < 200; ++n) {
    x.push_back(static_cast<float>(n % 7));
    y.push_back(n % 7 > 3);
  }
  const Loaded loaded = from_memory(std::move(x), {1}, y);
  NetworkOptions network;
  network.hidden = {4};
  network.members = 3;
  EXPECT_EQ(check_before_training(make_network(loaded.spec, loaded.data, network), loaded.spec, loaded.data, {}),
            std::vector<std::string>());
}

TEST(BeforeTraining, ALargeNetworkOfImagesIsSound) {
  NetworkOptions network;
  network.hidden = {512, 256};
  std::vector<float> x;
  std::vector<double> y;
  for (int n = 0; n < 2000; ++n) {
    for (int j = 0; j < 784; ++j) x.push_back(static_cast<float>((n * 31 + j * 17) % 255));
    y.push_back(n % 10);
  }
  const Loaded loaded = from_memory(std::move(x), {28, 28}, y);
  const Prepared prepared = make_network(loaded.spec, loaded.data, network);
  EXPECT_EQ(check_before_training(prepared, loaded.spec, loaded.data, {}), std::vector<std::string>());
}

}  // namespace
}  // namespace retrograd::zoo
