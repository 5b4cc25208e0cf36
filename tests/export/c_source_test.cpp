// The C source of every operator and of whole networks: compiled by the C compiler with all warnings as errors, run,
// and compared with the engine bit for bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "onnx/networks.hpp"
#include "onnx/temporary_folder.hpp"
#include "retrograd/error.hpp"
#include "retrograd/export.hpp"
#include "retrograd/operator.hpp"
#include "retrograd/train.hpp"

namespace retrograd {
namespace {

using testing::HasSubstr;

/// Runs a command; its output and exit code.
struct Ran {
  int code;
  std::string output;
};

Ran run(const std::string& command, const std::filesystem::path& log) {
  const int status = std::system((command + " >'" + log.string() + "' 2>&1").c_str());
  std::ifstream in(log);
  return {status, {std::istreambuf_iterator<char>(in), {}}};
}

constexpr const char* kCompile =
    RETROGRAD_CC " -std=c99 -Wall -Wextra -Wpedantic -Wno-overlength-strings -Werror -O2 -mfma ";

/// Compiles the source's own test and runs it.
void expect_same_bits(const std::string& source, const std::string& name) {
  const TemporaryFolder folder;
  const auto path = std::filesystem::path(folder.path());
  std::ofstream(path / "model.c") << source;
  const std::string program = (path / "test").string();
  const Ran compiled = run(
      kCompile + ("-D" + name + "_TEST -o '" + program + "' '" + (path / "model.c").string() + "' -lm"), path / "log");
  ASSERT_EQ(compiled.code, 0) << compiled.output;
  const Ran ran = run("'" + program + "'", path / "log");
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("give the expected bits"));
}

class EveryNetwork : public testing::TestWithParam<Precision> {};

/// All networks of one precision in one program, which the compiler reads once.
TEST_P(EveryNetwork, gives_the_same_bits_in_C) {
  const TemporaryFolder folder;
  const auto path = std::filesystem::path(folder.path());
  std::string files, calls, declarations;
  int k = 0;
  for (const networks::Named& n : networks::all()) {
    const std::string name = "net" + std::to_string(k++);
    std::string source = to_c(networks::random_model(n.network, GetParam()), {name, 40});
    const size_t main = source.find("int main(void)");
    ASSERT_NE(main, std::string::npos);
    source.replace(main, 14, "int " + name + "_main(void);\nint " + name + "_main(void)");
    std::ofstream(path / (name + ".c")) << "/* " << n.name << " */\n#define " << name << "_TEST\n" << source;
    files += " '" + (path / (name + ".c")).string() + "'";
    declarations += "int " + name + "_main(void);\n";
    calls += "  printf(\"" + n.name + ": \");\n  failed |= " + name + "_main();\n";
  }
  std::ofstream(path / "main.c") << "#include <stdio.h>\n"
                                 << declarations << "int main(void) {\n  int failed = 0;\n"
                                 << calls << "  return failed;\n}\n";
  const Ran compiled =
      run(kCompile + ("-o '" + (path / "all").string() + "' '" + (path / "main.c").string() + "'" + files + " -lm"),
          path / "log");
  ASSERT_EQ(compiled.code, 0) << compiled.output;
  const Ran ran = run("'" + (path / "all").string() + "'", path / "log");
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_EQ(std::count(ran.output.begin(), ran.output.end(), '\n'), k) << ran.output;
}

INSTANTIATE_TEST_SUITE_P(CSource, EveryNetwork, testing::Values(Precision::float32, Precision::float64),
                         [](const auto& p) { return std::string(to_string(p.param)); });

Network small() {
  Network net;
  net.input("x", 3).linear(4).activation("tanh").linear(2).loss("softmax_xent");
  return net;
}

TEST(CSource, the_test_of_a_changed_file_fails) {
  std::string source = to_c(networks::random_model(small(), Precision::float32), {"model", 4});
  const size_t at = source.find("static const real p_b1[] = {");
  ASSERT_NE(at, std::string::npos);
  source.replace(source.find('{', at) + 1, 0, "1.0f + ");
  const TemporaryFolder folder;
  const auto path = std::filesystem::path(folder.path());
  std::ofstream(path / "model.c") << source;
  const std::string program = (path / "test").string();
  const Ran compiled =
      run(kCompile + ("-Dmodel_TEST -o '" + program + "' '" + (path / "model.c").string() + "' -lm"), path / "log");
  ASSERT_EQ(compiled.code, 0) << compiled.output;
  const Ran ran = run("'" + program + "'", path / "log");
  EXPECT_NE(ran.code, 0);
  EXPECT_THAT(ran.output, HasSubstr("0 of 4 test rows"));
}

/// A table with hostile names, numbers as categories, booleans and missing values.
Loaded table(const std::filesystem::path& folder) {
  std::ofstream file(folder / "table.csv");
  file << "size,\"colour \"\"*/ ?\?)\",code,member,kind\n";
  const char* const colours[] = {"red", "b\"l\\ue", "gr\xC3\xBCn ?\?/", "?"};
  for (int i = 0; i < 240; ++i)
    file << (i % 11 == 0 ? "" : std::to_string(i % 17)) << ",\"" << (i % 4 == 1 ? "b\"\"l\\ue" : colours[i % 4])
         << "\","
         << (i % 3 == 0   ? "1.5"
             : i % 3 == 1 ? "20"
                          : "300")
         << "," << (i % 2 ? "yes" : "no") << ","
         << (i % 5 < 2    ? "a"
             : i % 5 == 2 ? "b"
                          : "c")
         << "\n";
  file.close();
  DataOptions options;
  options.targets = {"kind"};
  add_type_override(options, "code=categorical");
  return load_training((folder / "table.csv").string(), options);
}

TEST(CSource, a_table_goes_in_as_raw_columns) {
  const TemporaryFolder folder;
  const Loaded loaded = table(folder.path());
  TrainOptions options;
  options.epochs = 3;
  NetworkOptions layers;
  layers.hidden = {8};
  const Prepared prepared = make_network(loaded.spec, loaded.data, layers);
  const Model model = train(prepared, loaded.spec, loaded.data, nullptr, options).model;
  const std::string source = to_c(model, {"kind", 200});
  EXPECT_THAT(source,
              HasSubstr("void kind_predict(const float numbers[2], const char *const texts[2], float outputs[3]);"));
  EXPECT_THAT(source, HasSubstr("0 for no, 1 for yes"));
  expect_same_bits(source, "kind");
  // Numbers are compared by value, and what means missing in the table means it here.
  const std::string more = R"(
#define kind_DECLARATIONS_ONLY
#include "model.c"
#undef kind_DECLARATIONS_ONLY
#include <string.h>
static int same(const char *a, const char *b, int column) {
  const float numbers[kind_numbers] = {3.0f, 1.0f};
  const char *texts[kind_texts] = {"red", "20"};
  float p[kind_outputs], q[kind_outputs];
  texts[column] = a;
  kind_predict(numbers, texts, p);
  texts[column] = b;
  kind_predict(numbers, texts, q);
  return memcmp(p, q, sizeof p) == 0;
}
int main(void) {
  const float largest[kind_outputs] = {0.2f, 0.5f, 0.3f};
  if (!same("1.5", "+15e-1", 1) || !same("20", "20.0", 1) || !same("300", "0003.00E2", 1)) return 1;
  if (same("1.5", "20", 1) || same("1.5", "1.5x", 1) || same("1.5", "1.5000001", 1)) return 2;
  if (!same("?", NULL, 0) || !same("", NULL, 0) || same("red", NULL, 0)) return 3;
  if (!same("mauve", "teal", 0) || same("mauve", "red", 0)) return 4;
  if (kind_class(largest) != 1 || strcmp(kind_names[1], "b") != 0) return 5;
  return 0;
}
)";
  const auto path = std::filesystem::path(folder.path());
  std::ofstream(path / "model.c") << source;
  std::ofstream(path / "main.c") << "#include <stddef.h>\n" << more;
  const Ran compiled = run(kCompile + ("-o '" + (path / "use").string() + "' '" + (path / "main.c").string() + "' '" +
                                       (path / "model.c").string() + "' -lm"),
                           path / "log");
  ASSERT_EQ(compiled.code, 0) << compiled.output;
  EXPECT_EQ(run("'" + (path / "use").string() + "'", path / "log").code / 256, 0);
}

TEST(CSource, every_operator_that_predicts_has_a_C_form) {
  for (const ops::Operator* op : ops::all_operators()) {
    if (op->info->kind == ops::Kind::loss) continue;
    for (const networks::Named& n : networks::each_operator())
      if (n.name == op->info->name) {
        EXPECT_NO_THROW(to_c(networks::random_model(n.network, Precision::float32))) << n.name;
      }
  }
}

TEST(CSource, refuses_what_cannot_be_written) {
  const Model model = networks::random_model(small(), Precision::float32);
  const auto message = [](const Model& m, const CSourceOptions& options) {
    try {
      to_c(m, options);
      return std::string("nothing was thrown");
    } catch (const Error& e) {
      return std::string(e.what());
    }
  };
  EXPECT_THAT(message(model, {"2nd", 1}), HasSubstr("'2nd' cannot be a name in C"));
  EXPECT_THAT(message(model, {"int", 1}), HasSubstr("'int' cannot be a name in C"));
  EXPECT_THAT(message(model, {"model", 10001}), HasSubstr("10001 test rows"));
  std::map<std::string, std::vector<double>> values;
  for (const char* p : {"W1", "b1", "W2", "b2"}) values[p] = model.parameter(p);
  values["b1"][1] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(message(Model(small(), Precision::float32, values, {}), {}), HasSubstr("'b1': element 1 is inf"));
}

}  // namespace
}  // namespace retrograd
