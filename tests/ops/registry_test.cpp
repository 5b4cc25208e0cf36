// Operators by name: lookups, refusals, registration from outside.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "retrograd/error.hpp"
#include "retrograd/operator.hpp"
#include "support/faulty/faulty.hpp"
#include "support/message.hpp"

namespace retrograd::ops {
namespace {

using support::message_of;

bool mentions(const std::string& text, std::string_view word) { return text.find(word) != std::string::npos; }

TEST(Registry, FindsEveryOperatorByItsName) {
  std::set<std::string_view> names;
  for (const Operator* op : all_operators()) {
    EXPECT_EQ(&find_operator(op->info->name), op);
    EXPECT_TRUE(names.insert(op->info->name).second) << op->info->name << " is listed twice";
    EXPECT_FALSE(op->info->doc.empty()) << op->info->name;
    EXPECT_FALSE(op->info->source.empty()) << op->info->name;
    EXPECT_FALSE(op->info->input_names.empty()) << op->info->name;
    for (const AttributeSpec& a : op->info->attributes) {
      EXPECT_TRUE(a.min <= a.initial && a.initial <= a.max) << op->info->name << "." << a.name;
    }
  }
  EXPECT_GE(names.size(), 12u);
}

TEST(Registry, RefusesAnUnknownNameAndSuggestsCloseOnes) {
  const std::string message = message_of([] { find_operator("sigmod"); });
  EXPECT_TRUE(mentions(message, "'sigmod'")) << message;
  EXPECT_TRUE(mentions(message, "did you mean sigmoid")) << message;
  EXPECT_TRUE(mentions(message, "the operators are: ") && mentions(message, "linear, ")) << message;
  const std::string nothing_close = message_of([] { find_operator("convolution_3d"); });
  EXPECT_FALSE(mentions(nothing_close, "did you mean")) << nothing_close;
}

TEST(Registry, TakesOperatorsFromOutsideOnce) {
  static OperatorInfo info = *support::root_mean().info;
  info.name = "root_mean_from_outside";
  Operator op = support::root_mean();
  op.info = &info;
  register_operator(op);
  EXPECT_EQ(find_operator("root_mean_from_outside").info, &info);
  EXPECT_TRUE(mentions(message_of([&] { register_operator(op); }), "is taken"));
  EXPECT_TRUE(mentions(message_of([] { register_operator(find_operator("relu")); }), "'relu' is taken"));
}

TEST(Registry, RefusesAnIncompleteOperator) {
  static OperatorInfo info = *support::root_mean().info;
  Operator op = support::root_mean();
  op.info = &info;
  for (std::string_view wrong : {"", "Upper", "1st", "with space"}) {
    info.name = wrong;
    EXPECT_TRUE(mentions(message_of([&] { register_operator(op); }), "expected a letter")) << wrong;
  }
  info.name = "incomplete";
  Operator lacking = op;
  lacking.reference_backward_f64 = nullptr;
  EXPECT_TRUE(mentions(message_of([&] { register_operator(lacking); }), "'incomplete' has no reference"));
  lacking = op;
  lacking.to_onnx = nullptr;
  EXPECT_TRUE(mentions(message_of([&] { register_operator(lacking); }), "has no ONNX export"));
  EXPECT_TRUE(mentions(message_of([] { register_operator(Operator{}); }), "expected a letter"));
}

TEST(Registry, MayBeReadWhileItGrows) {
  static std::vector<OperatorInfo> infos(64, *support::root_mean().info);
  static std::vector<std::string> names;
  for (size_t i = 0; i < infos.size(); ++i) names.push_back("grown_" + std::to_string(i));
  const Operator* relu = &find_operator("relu");
  std::thread writer([] {
    for (size_t i = 0; i < infos.size(); ++i) {
      infos[i].name = names[i];
      Operator op = support::root_mean();
      op.info = &infos[i];
      register_operator(op);
    }
  });
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(&find_operator("relu"), relu);
  writer.join();
  EXPECT_EQ(find_operator("grown_63").info, &infos[63]);
}

TEST(Registry, OnnxAttributesKeepTheirType) {
  EXPECT_EQ(onnx_attribute("axis", int64_t{-1}).integer, -1);
  EXPECT_EQ(onnx_attribute("axis", int64_t{-1}).type, OnnxAttribute::Type::integer);
  EXPECT_EQ(onnx_attribute("alpha", 0.5).real, 0.5);
  EXPECT_EQ(onnx_attribute("alpha", 0.5).type, OnnxAttribute::Type::real);
  EXPECT_EQ(onnx_attribute("axes", std::vector<int64_t>{1, 2}).integers, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(onnx_attribute("axes", std::vector<int64_t>{1, 2}).type, OnnxAttribute::Type::integers);
  EXPECT_EQ(onnx_attribute("mode", std::string("max")).string, "max");
  EXPECT_EQ(onnx_attribute("mode", std::string("max")).type, OnnxAttribute::Type::string);
}

}  // namespace
}  // namespace retrograd::ops
