// The data that the tests write: small, and with every kind of column.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace retrograd::cli_test {

/// What a finished run leaves in its folder.
inline const std::vector<std::string> kRunFiles = {"checkpoint", "config.toml", "history.csv", "history.jsonl",
                                                   "model.onnx", "report.html", "report.json"};

/// 203 rows (not a multiple of any batch): numeric with missing values, categorical, boolean, a number, a class and two
/// labels. Columns: age, city, member, score, price, label, tall, rich, weight.
std::string table_csv(int rows = 203);
/// The table without the column of that name.
std::string without_column(const std::string& csv, const std::string& name);

std::string gzip(const std::string& bytes);
/// An IDX file of bytes with these sizes.
std::string idx(const std::vector<uint32_t>& sizes, const std::string& bytes);
/// A NumPy file, version 1.0, C order.
std::string npy(const std::string& dtype, const std::vector<int>& shape, const std::string& bytes);

/// `rows` images of 6 x 5 pixels as bytes, and the labels 0, 1, 2 that say where they are bright.
struct Images {
  std::string pixels, labels;
};
Images images(int rows, uint32_t first = 0);

/// The bytes of numbers as they lie in memory.
template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace retrograd::cli_test
