// fingerprint SOURCE [TARGET]: trains as the command line does by default, 4 epochs, and prints the model's
// fingerprint.
#include <cstdio>
#include <retrograd/retrograd.hpp>

using namespace retrograd;

int main(int argc, char** argv) try {
  if (argc < 2) return 1;
  DataOptions reading;
  if (argc > 2 && *argv[2] != '\0') reading.targets = {argv[2]};
  const Loaded loaded = load_training(argv[1], reading);
  const Split parts = split(loaded.data, 0.2, /*seed=*/1, /*stratified=*/loaded.spec.task == Task::classification);
  TrainOptions options;
  options.epochs = 4;
  const Trained trained =
      train(make_network(loaded.spec, parts.train, {}), loaded.spec, parts.train, &parts.valid, options);
  std::printf("%s\n", trained.model.fingerprint().c_str());
  return 0;
} catch (const Error& e) {
  std::fprintf(stderr, "error: %s\n", e.what());
  return 1;
}
