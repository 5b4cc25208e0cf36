// A first program: a network on data in memory, trained, saved, loaded and asked.
#include <cstdio>
#include <cstring>
#include <retrograd/retrograd.hpp>

int main(int argc, char** argv) {
  using namespace retrograd;
  const std::vector<float> x = {0, 0, 0, 1, 1, 0, 1, 1};
  DataOptions reading;
  reading.task = Task::classification;
  const Loaded table = from_memory(x, {2}, {0, 1, 1, 0}, reading);
  NetworkOptions layers;
  layers.hidden = {8};
  layers.activation = "tanh";
  layers.dropout = 0;
  TrainOptions options;
  options.epochs = 300;
  options.optimizer = "adam";
  options.learning_rate = 0.05;
  const Prepared network = make_network(table.spec, table.data, layers);
  const Trained trained = train(network, table.spec, table.data, nullptr, options);
  const char* file = argc > 1 ? argv[1] : "first.onnx";
  trained.model.save(file);
  const Results results = evaluate(Model::load(file), table.data);
  std::printf("%s\n", results.one_line().c_str());
  try {
    Model::load("no such file");
  } catch (const Error& e) {  // an exception of the library is caught by its own type, across libraries
    if (std::strstr(e.what(), "no such file") != nullptr && results.metric("accuracy") == 1) return 0;
  }
  return 1;
}
