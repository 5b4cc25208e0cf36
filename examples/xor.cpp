// XOR from scratch: two inputs, two hidden neurons, two classes, and plain gradient descent on all four rows at once.
// No line separates {00, 11} from {01, 10}, so the hidden layer must find a better picture of the data by itself.
#include <cstdio>
#include <retrograd/retrograd.hpp>

using namespace retrograd;

int main() try {
  // Two numbers a row, and the class of each row.
  const Loaded xor_table = from_memory(std::vector<float>{0, 0, 0, 1, 1, 0, 1, 1}, {2}, {0, 1, 1, 0});

  Prepared prepared;
  prepared.network.input("x", 2).linear(2).activation("tanh").linear(2).loss("softmax_xent");

  TrainOptions options;
  options.optimizer = "sgd";    // θ ← θ − η·∇L, nothing else
  options.learning_rate = 0.5;  // η
  options.schedule = "constant";
  options.batch = -1;                  // every step sees all the data
  options.reduction = Reduction::sum;  // the gradient of the total loss L = Σ l
  options.epochs = 1000;
  // From some initial weights two hidden neurons end in a local minimum: two rows undecided, loss ½·ln 2 = 0.3466.
  options.seed = 1;

  Callbacks callbacks;
  callbacks.epoch = [](const EpochReport& report) {
    if (report.epoch == 1 || report.epoch % 100 == 0)
      std::printf("step %4d  loss %.5f\n", report.epoch, report.train_loss);
    return Control{};
  };
  const Trained trained = train(prepared, xor_table.spec, xor_table.data, nullptr, options, callbacks);

  std::printf("\n x1 x2  P(class 1)\n");
  const std::vector<float> p = trained.model.predict(xor_table.data);
  int right = 0;
  for (int row = 0; row < 4; ++row) {
    const Block& x = xor_table.data.inputs[0];
    const float p1 = p[2 * static_cast<size_t>(row) + 1];
    std::printf("  %.0f  %.0f  %.4f\n", static_cast<double>(x.at(row, 0)), static_cast<double>(x.at(row, 1)),
                static_cast<double>(p1));
    right += (p1 > 0.5F) == (xor_table.data.target.at(row, 0) == 1);
  }
  const double first = trained.history.front().train_loss, last = trained.history.back().train_loss;
  std::printf("\n%d of 4 right, loss %.5f -> %.5f, fingerprint %s\n", right, first, last,
              trained.model.fingerprint().c_str());
  return right == 4 && last < 0.02 ? 0 : 1;
} catch (const Error& e) {
  std::fprintf(stderr, "error: %s\n", e.what());
  return 1;
}
