// A table with numbers, categories, a yes/no column and gaps: from a CSV file to a model that is saved, loaded and
// asked about a city that it has never seen.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <retrograd/retrograd.hpp>
#include <string>

using namespace retrograd;

namespace {

/// Rents by a rule and some noise; every tenth area is missing. `cities` of kCities occur.
void write_rents(const std::string& path, int rows, int cities, unsigned seed) {
  constexpr const char* kCities[] = {"Bern", "Oslo", "Porto", "Graz"};
  constexpr double kPerSquareMetre[] = {24, 21, 12, 14};
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
  std::ofstream file(path);
  file << "city,area,rooms,furnished,rent\n";
  for (int i = 0; i < rows; ++i) {
    const auto city = random() % static_cast<unsigned>(cities);
    const int rooms = 1 + static_cast<int>(random() % 5);
    const double area = 18.0 * rooms + 20 * uniform();
    const bool furnished = random() % 3 == 0;
    const double rent = kPerSquareMetre[city] * area + (furnished ? 150 : 0) + 60 * (uniform() - 0.5);
    file << kCities[city] << ',' << (i % 10 == 9 ? std::string() : std::to_string(area)) << ',' << rooms << ','
         << (furnished ? "yes" : "no") << ',' << rent << '\n';
  }
}

}  // namespace

int main() try {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "retrograd_categories";
  std::filesystem::create_directories(folder);
  const std::string table = folder / "rents.csv", later = folder / "later.csv", file = folder / "rents.onnx";
  write_rents(table, 3000, 3, 1);  // no rents from Graz

  DataOptions data_options;
  data_options.targets = {"rent"};
  const Loaded loaded = load_training(table, data_options);
  std::printf("%s\n", describe(loaded.spec).c_str());

  const Split parts = split(loaded.data, 0.2, /*seed=*/1, /*stratified=*/false);
  TrainOptions options;
  options.epochs = 60;
  NetworkOptions network;
  network.hidden = {64, 32};
  network.dropout = 0;
  const Trained trained =
      train(make_network(loaded.spec, parts.train, network), loaded.spec, parts.train, &parts.valid, options);
  const Results results = evaluate(trained.model, parts.valid);
  std::printf("validation: %s\n", results.one_line().c_str());

  trained.model.save(file);
  const Model model = Model::load(file);
  std::printf("fingerprint %s, of the loaded model %s\n", trained.model.fingerprint().c_str(),
              model.fingerprint().c_str());

  // Rows as they come later: without the target, with a city that training did not have, with a gap.
  std::ofstream(later) << "city,area,rooms,furnished\nBern,60,3,no\nGraz,60,3,no\nOslo,,3,yes\n";
  const Dataset rows = load_with(later, model.spec(), Part::test, /*need_target=*/false);
  const std::vector<float> rent = model.predict(rows);
  std::printf("Bern %.0f, Graz (never seen) %.0f, Oslo without an area %.0f\n", static_cast<double>(rent[0]),
              static_cast<double>(rent[1]), static_cast<double>(rent[2]));

  bool ok = results.metric("r2") > 0.9 && model.fingerprint() == trained.model.fingerprint();
  ok = ok && rent == trained.model.predict(rows);                                    // to the bit
  ok = ok && rows.inputs[1].name == "categorical" && rows.inputs[1].at(1, 0) == -1;  // unseen: one-hot all zeros
  for (const float r : rent) ok = ok && r > 500 && r < 2500;
  std::filesystem::remove_all(folder);
  return ok ? 0 : 1;
} catch (const Error& e) {
  std::fprintf(stderr, "error: %s\n", e.what());
  return 1;
}
