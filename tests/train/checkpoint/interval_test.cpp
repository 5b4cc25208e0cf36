// "60s", "500steps", "2epochs", "1h30m".
#include "train/checkpoint/interval.hpp"

#include <gtest/gtest.h>

#include "support/message.hpp"

namespace retrograd::training {
namespace {

using support::message_of;
using Unit = Interval::Unit;

TEST(Interval, EveryForm) {
  EXPECT_EQ(parse_interval("none").unit, Unit::never);
  for (const auto& [text, unit, count] :
       {std::tuple("500steps", Unit::steps, 500), std::tuple("1step", Unit::steps, 1),
        std::tuple("2epochs", Unit::epochs, 2), std::tuple("1epoch", Unit::epochs, 1)}) {
    EXPECT_EQ(parse_interval(text).unit, unit) << text;
    EXPECT_EQ(parse_interval(text).count, count) << text;
  }
  EXPECT_EQ(parse_interval("60s").unit, Unit::seconds);
  EXPECT_EQ(parse_interval("5m").seconds, 300);
}

TEST(Interval, Durations) {
  EXPECT_EQ(parse_duration("90s"), 90);
  EXPECT_EQ(parse_duration("0.25s"), 0.25);
  EXPECT_EQ(parse_duration("1.5m"), 90);
  EXPECT_EQ(parse_duration("1h30m"), 5400);
  EXPECT_EQ(parse_duration("1d2h3m4s"), 93784);
}

TEST(Interval, WhatIsNotOneIsRefusedWithAnExample) {
  for (const char* text : {"", "60", "s", "-5s", "0s", "nans", "infs", "1e3s", "5 s", "1x", "1h30", "99999999999d",
                           "0steps", "-1steps", "steps", "1.5epochs", "99999999999999999999steps", "None"}) {
    const std::string message = message_of([&] { parse_interval(text); });
    EXPECT_NE(message.find(std::string("'") + text + "' is not an interval, expected "), std::string::npos) << message;
  }
  for (const char* text : {"", "60", "500steps", "none", "1h-3m"})
    EXPECT_NE(message_of([&] { parse_duration(text); }).find("is not a duration, expected e.g. 90s"), std::string::npos)
        << text;
}

}  // namespace
}  // namespace retrograd::training
