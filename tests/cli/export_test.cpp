// export, and train --from, as they are used.
#include "inputs.hpp"
#include "program.hpp"

namespace retrograd::cli_test {
namespace {

class Export : public Cli {
 protected:
  Export() {
    write("t.csv", table_csv());
    first_ = fingerprint({"t.csv", "--target", "label", "--epochs", "5", "--hidden", "8"}, "run");
  }
  std::string first_;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(Export, WritesWhatIsAskedForAndSaysSo) {
  const Finished f = must({"export", "run", "--c", "net 2.c", "--npz", "p.npz", "--safetensors", "p.safetensors"});
  EXPECT_TRUE(contains(f.out, "net 2.c: ")) << f.out;
  EXPECT_TRUE(contains(f.out, "net_2_predict and its test (-Dnet_2_TEST)")) << f.out;
  EXPECT_TRUE(contains(f.out, "p.npz: ")) << f.out;
  EXPECT_TRUE(contains(read("net 2.c"), first_));
  EXPECT_EQ(read("p.npz").substr(0, 2), "PK");
  EXPECT_TRUE(contains(read("p.safetensors"), first_));
  must({"export", "run", "--c", "a.c", "--name", "other", "--test-rows", "0"});
  EXPECT_TRUE(contains(read("a.c"), "void other_predict("));
  EXPECT_FALSE(contains(read("a.c"), "other_TEST"));
}

TEST_F(Export, Refusals) {
  refuses({"export", "run"}, {"nothing to write", "--c FILE.c"});
  refuses({"export", "run", "--npz", "p.npz", "--name", "x"}, {"--name"});
  refuses({"export", "run", "--c", "a.c", "--name", "2x"}, {"'2x' cannot be a name in C"});
  refuses({"export", "nowhere.onnx", "--c", "a.c"}, {"nowhere.onnx"});
}

TEST_F(Export, FineTuningGoesOnFromAModel) {
  const std::string tuned =
      fingerprint({"t.csv", "--from", "run", "--epochs", "3", "--lr", "1e-4", "--no-report"}, "tuned");
  EXPECT_NE(tuned, first_);
  const std::string network = must({"show", "run"}).out, same = must({"show", "tuned"}).out;
  EXPECT_EQ(network.substr(0, network.find("task")), same.substr(0, same.find("task")));
  EXPECT_TRUE(contains(read("tuned/config.toml"), "from = \"run\""));
  // The configuration repeats the run.
  EXPECT_EQ(fingerprint({"--config", "tuned/config.toml"}, "again"), tuned);
  refuses({"train", "t.csv", "--from", "run", "--hidden", "4"}, {"--hidden and --from"});
  refuses({"train", "t.csv", "--from", "run", "--target", "price"}, {"--target and --from"});
  refuses({"train", "t.csv", "--from", "run", "--task", "regression"}, {"cannot become regression"});
}

}  // namespace
}  // namespace retrograd::cli_test
