// Digits: ten drawings of 8 × 8 pixels, shifted and covered with noise by this program, and a network that reads them.
// Shows data in memory, a stratified split, callbacks that log, change the rate and stop, and an evaluation.
#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <retrograd/retrograd.hpp>

using namespace retrograd;

namespace {

constexpr int kSide = 8;

// '#' is ink. The drawings leave a free margin, so that a shift by one pixel stays inside.
constexpr std::array<std::array<const char*, 6>, 10> kDrawings = {{
    {" ##  ", "#  # ", "#  # ", "#  # ", "#  # ", " ##  "},
    {"  #  ", " ##  ", "  #  ", "  #  ", "  #  ", " ### "},
    {" ##  ", "#  # ", "   # ", "  #  ", " #   ", "#### "},
    {"###  ", "   # ", " ##  ", "   # ", "   # ", "###  "},
    {"#  # ", "#  # ", "#### ", "   # ", "   # ", "   # "},
    {"#### ", "#    ", "###  ", "   # ", "   # ", "###  "},
    {" ##  ", "#    ", "###  ", "#  # ", "#  # ", " ##  "},
    {"#### ", "   # ", "  #  ", "  #  ", " #   ", " #   "},
    {" ##  ", "#  # ", " ##  ", "#  # ", "#  # ", " ##  "},
    {" ##  ", "#  # ", "#  # ", " ### ", "   # ", " ##  "},
}};

/// One image: the drawing moved by up to one pixel each way, its ink of uneven darkness, noise everywhere.
void draw(int digit, std::mt19937& random, std::vector<uint8_t>& pixels) {
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  const int down = below(3), right = below(3);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const int row = y - down, col = x - right;
      const bool inside = row >= 0 && row < 6 && col >= 0 && col < 5;
      const bool ink = inside && kDrawings[static_cast<size_t>(digit)][static_cast<size_t>(row)][col] == '#';
      const int noise = below(70) + below(70) - 70;
      pixels.push_back(static_cast<uint8_t>(std::clamp((ink ? 180 : 40) + noise, 0, 255)));
    }
  }
}

}  // namespace

int main() try {
  constexpr int kImages = 4000;
  std::mt19937 random(1);
  std::vector<uint8_t> pixels;  // bytes stay bytes until a batch is gathered
  std::vector<double> digits;
  for (int i = 0; i < kImages; ++i) {
    digits.push_back(i % 10);
    draw(i % 10, random, pixels);
  }
  const Loaded all = from_memory(std::move(pixels), {kSide, kSide}, digits);
  const Split parts = split(all.data, 0.25, /*seed=*/1, /*stratified=*/true);

  NetworkOptions network;
  network.hidden = {128, 64};
  TrainOptions options;
  options.epochs = 40;
  options.learning_rate = 0.003;
  options.metric = "accuracy";

  Callbacks callbacks;
  callbacks.log = [](const std::string& line) { std::printf("  %s\n", line.c_str()); };
  callbacks.epoch = [](const EpochReport& report) {
    std::printf("epoch %2d  loss %.4f  valid loss %.4f  accuracy %.4f%s\n", report.epoch, report.train_loss,
                report.valid_loss.value(), report.valid_metric.value(), report.best ? " *" : "");
    Control control;
    if (report.epoch == 20) control.learning_rate_factor = 0.5;
    control.stop = report.valid_metric.value() >= 0.999;
    return control;
  };
  const Trained trained =
      train(make_network(all.spec, parts.train, network), all.spec, parts.train, &parts.valid, options, callbacks);

  const Results results = evaluate(trained.model, parts.valid);
  std::printf("\n%s (best epoch %d)\n\n%s", trained.stopped.c_str(), trained.best_epoch, results.to_text().c_str());
  return results.metric("accuracy") >= 0.97 ? 0 : 1;
} catch (const Error& e) {
  std::fprintf(stderr, "error: %s\n", e.what());
  return 1;
}
