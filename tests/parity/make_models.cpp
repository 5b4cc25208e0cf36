// Writes the models of every network of the tests, in both precisions, for checkers of other projects.
// Usage: make_models FOLDER
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "onnx/networks.hpp"
#include "retrograd/train.hpp"

namespace {

using namespace retrograd;

/// A table with a gap, a category that is missing, words and integers; all that a front of columns has.
Model table_model(const std::string& folder) {
  const std::string file = folder + "/table.csv";
  std::ofstream out(file);
  out << "size,place,open,rooms,kind\n";
  for (int n = 0; n < 60; ++n)
    out << (n % 7 == 0 ? "" : std::to_string(n)) << ','
        << (n % 5 == 0 ? ""
            : n % 2    ? "here"
                       : "there")
        << ',' << (n % 3 ? "yes" : "no") << ',' << n % 4 << ',' << (n % 4 < 2 ? "small" : "large") << '\n';
  out.close();
  DataOptions options;
  options.targets = {"kind"};
  options.types["rooms"] = ColumnType::categorical;
  const Loaded loaded = load_training(file, options);
  TrainOptions train_options;
  train_options.epochs = 1;
  return train(make_network(loaded.spec, loaded.data, {}), loaded.spec, loaded.data, nullptr, train_options).model;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: make_models FOLDER\n");
    return 1;
  }
  const std::string folder = argv[1];
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const auto& [name, network] : networks::all())
    for (const Precision precision : {Precision::float32, Precision::float64}) {
      std::string file = fmt::format("{}/{}-{}.onnx", folder, name, to_string(precision));
      std::replace(file.begin() + static_cast<std::ptrdiff_t>(folder.size()), file.end(), ' ', '_');
      networks::random_model(network, precision).save(file);
    }
  table_model(folder).save(folder + "/table.onnx");
}
