// The figures of docs/backpropagation.md, drawn from the worked examples, and a check of the numbers that the page
// quotes.
//   generate_figures FOLDER               writes the figures
//   generate_figures --check FOLDER PAGE  exit code 1 if a figure differs, or a line in a ```text output block of the
//                                         page is not in the text of an example, digit for digit
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "explain/figure/svg.hpp"
#include "explain/text/reading.hpp"
#include "retrograd/explain_text.hpp"

namespace {

using namespace retrograd;
using figure::Direction;

std::map<std::string, std::string> figures() {
  std::map<std::string, std::string> all;
  all["neuron-forward.svg"] = figure::neuron_svg(Direction::forward);
  all["neuron-reverse.svg"] = figure::neuron_svg(Direction::reverse);
  for (const std::string& name : worked_examples()) {
    const auto picture = text::picture_of(explain(worked_example(name)));
    if (!picture) throw std::runtime_error(name + " is not a plain chain");
    all[name + "-forward.svg"] = figure::network_svg(*picture, Direction::forward);
    all[name + "-reverse.svg"] = figure::network_svg(*picture, Direction::reverse);
  }
  return all;
}

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return in ? bytes.str() : std::string();
}

std::string trimmed(const std::string& line) {
  const size_t begin = line.find_first_not_of(' ');
  return begin == std::string::npos ? "" : line.substr(begin, line.find_last_not_of(' ') - begin + 1);
}

int check_quotes(const std::string& page) {
  std::set<std::string> said;
  for (const std::string& name : worked_examples()) {
    const WorkedExample example = worked_example(name);
    std::istringstream text(lecture_text(explain(example), example.title, example.remarks));
    for (std::string line; std::getline(text, line);) said.insert(trimmed(line));
  }
  std::istringstream text(read(page));
  int quoted = 0, wrong = 0;
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```")) {
      inside = line == "```text output";
    } else if (inside && trimmed(line) != "…") {
      ++quoted;
      if (said.contains(trimmed(line))) continue;
      fmt::print(stderr, "{}: no example says\n  {}\n", page, line);
      ++wrong;
    }
  }
  if (quoted == 0) fmt::print(stderr, "{}: quotes nothing\n", page);
  return wrong > 0 || quoted == 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const bool check = argc == 4 && std::string(argv[1]) == "--check";
    if (!check && argc != 2) {
      std::fputs("usage: generate_figures FOLDER | --check FOLDER PAGE\n", stderr);
      return 1;
    }
    const std::string folder = check ? argv[2] : argv[1];
    int wrong = 0;
    for (const auto& [name, svg] : figures()) {
      const std::string path = folder + "/" + name;
      if (!check) {
        std::ofstream out(path, std::ios::binary);
        if (!(out << svg).flush()) throw std::runtime_error(path + ": cannot be written");
      } else if (read(path) != svg) {
        fmt::print(stderr, "{} is out of date; to update: build target docs_figures\n", path);
        wrong = 1;
      }
    }
    return check ? wrong | check_quotes(argv[3]) : 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "error: {}\n", e.what());
    return 1;
  }
}
