// What will not fit into the memory that there is, is said at once, with the numbers and what to do.
#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kShadowMemory = true;  // counts as private memory
#else
constexpr bool kShadowMemory = false;
#endif

class MemoryCli : public Cli {
 protected:
  void SetUp() override {
    if (kShadowMemory) GTEST_SKIP() << "the sanitizer takes more than any limit";
  }
  static ChildOptions limit(long long megabytes) {
    ChildOptions options;
    options.data_limit = megabytes << 20;
    return options;
  }
  /// 12 MB of text, nearly 90 MB of numbers.
  static std::string digits() {
    std::string row, text = "a,b,c,d,e,f,g,h,i,y\n";
    constexpr int kRows = 600'000;
    for (int r = 0; r < kRows; ++r)
      for (int c = 0; c < 10; ++c) {
        text += static_cast<char>('0' + (r * 7 + c * c + r / 3) % (c == 9 ? 2 : 10));
        text += c == 9 ? '\n' : ',';
      }
    return text;
  }
};

TEST_F(MemoryCli, ATableThatDoesNotFit) {
  write("small.csv", "a,b,c,d,e,f,g,h,i,y\n1,2,3,4,5,6,7,8,9,0\n2,3,4,5,6,7,8,9,1,1\n3,1,5,2,6,4,8,9,1,1\n");
  must({"train", "small.csv", "--target", "y", "--type", "y=categorical", "--epochs", "1", "--hidden", "2", "--out",
        "run", "--quiet"});
  write("t.csv", digits());
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"train", "t.csv", "--target", "y", "--out", "new"},
        {"evaluate", "run", "t.csv"},
        {"predict", "run", "t.csv"}}) {
    const Finished f = run(words, limit(80));
    EXPECT_EQ(f.code, 1) << words[0];
    for (const char* part : {"reading t.csv (about 6e+05 rows of 10 columns) takes about ", " MB of memory, but ",
                             " MB are left (ulimit -d); let it stay on disk: --cache FILE"})
      EXPECT_NE(f.err.find(part), std::string::npos) << f.err;
  }
  must({"predict", "run", "t.csv", "--out", "p.csv"}, limit(400));
}

TEST_F(MemoryCli, ANetworkThatDoesNotFit) {
  write("t.csv", table_csv());
  const std::vector<std::string> words = {"train",       "t.csv", "--target", "label",  "--hidden",
                                          "20000,20000", "--out", "run",      "--quiet"};
  const Finished f = run(words, limit(1000));
  EXPECT_EQ(f.code, 1);
  EXPECT_NE(f.err.find(" GB of memory, but "), std::string::npos) << f.err;
  EXPECT_NE(f.err.find("(ulimit -d); give a smaller network"), std::string::npos) << f.err;
}

TEST_F(MemoryCli, WhatWasExpectedAndTakenIsInLogAndReport) {
  write("t.csv", table_csv());
  const Finished f = must({"train", "t.csv", "--target", "label", "--epochs", "1", "--hidden", "4", "--out", "run"});
  for (const char* part : {"memory: training takes about ", "memory: at most "}) {
    EXPECT_NE(f.out.find(part), std::string::npos) << f.out;
    EXPECT_NE(read("run/report.html").find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace retrograd::cli_test
