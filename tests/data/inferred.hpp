// What infer() makes of a CSV given as text.
#pragma once

#include "data/spec/infer.hpp"
#include "data/table/csv.hpp"
#include "scratch.hpp"

namespace retrograd {

class Inferred : public Scratch {
 protected:
  DataSpec spec(std::string_view text, const DataOptions& options = {}) const {
    return infer(read_csv(write("a.csv", text), csv_options(options)), options);
  }
  DataSpec with_target(std::string_view text, const std::string& target = "y") const {
    DataOptions options;
    options.targets = {target};
    return spec(text, options);
  }
  std::string refuse(std::string_view text, const DataOptions& options) const {
    return message([&] { spec(text, options); });
  }
  static DataOptions target(std::vector<std::string> names) {
    DataOptions options;
    options.targets = std::move(names);
    return options;
  }
};

/// A CSV with the column x = 0, 1, 2, … and y from a function.
template <class F>
std::string table(int rows, F&& y, std::string_view header = "x,y") {
  std::string out = std::string(header) + "\n";
  for (int i = 0; i < rows; ++i) out += std::to_string(i * 7 % 101) + "," + y(i) + "\n";
  return out;
}

}  // namespace retrograd
