// retrograd export: a model in forms for other programs.
#include "retrograd/export.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/atomic_file.hpp"
#include "base/fail.hpp"
#include "files/files.hpp"
#include "graph/program.hpp"
#include "settings/flags.hpp"
#include "verbs/verbs.hpp"

namespace retrograd::cli {
namespace {

struct Options {
  std::string model, c, name, safetensors, npz;
  int64_t test_rows = 16;
};

/// The file's name without its ending, as an identifier.
std::string name_of(const std::string& file) {
  std::string name = std::filesystem::path(file).stem().string();
  for (char& c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) c = '_';
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) name = "model_" + name;
  return name;
}

void write(const std::string& file, const std::string& bytes, std::string_view what) {
  write_file_atomically(file, bytes);
  write_output("", fmt::format("{}: {} bytes, {}\n", file, bytes.size(), what));
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("export", "Write a model as C source, or its parameters as plain arrays");
  verb->add_option("MODEL", options->model, "model file or the folder that train wrote; it is ONNX itself")->required();
  const auto file = [&](const std::string& flag, std::string& to, const std::string& type, const std::string& help) {
    verb->add_option(flag, to, help)->type_name(type)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  };
  file("--c", options->c, "FILE.c", "one C99 file without dependencies that predicts a row, with the same bits");
  file("--name", options->name, "NAME", "prefix of the names in the C file [by its file name]");
  add_whole_number(*verb, "--test-rows", options->test_rows, 0, 10000,
                   "rows that the C file's own test compares, compiled with -DNAME_TEST");
  file("--safetensors", options->safetensors, "FILE.safetensors", "parameters as a safetensors file");
  file("--npz", options->npz, "FILE.npz", "parameters as a NumPy archive");
  verb->footer(
      "Examples:\n"
      "  retrograd export run --c adult.c\n"
      "  cc -std=c99 -O3 -march=native -Dadult_TEST adult.c -lm && ./a.out\n"
      "  retrograd export run --npz parameters.npz");
  verb->callback([options, &action] {
    action = [options] {
      if (options->c.empty() && options->safetensors.empty() && options->npz.empty())
        fail("nothing to write: give --c FILE.c, --safetensors FILE or --npz FILE (model.onnx is there already)");
      if (options->c.empty() && !options->name.empty()) fail("--name names what --c writes; give --c FILE.c too");
      const Model model = load_model(options->model);
      if (!options->c.empty()) {
        const std::string name = options->name.empty() ? name_of(options->c) : options->name;
        write(options->c, to_c(model, {name, static_cast<int>(options->test_rows)}),
              fmt::format("{}_predict and its test (-D{}_TEST)", name, name));
      }
      const auto tensors = fmt::format("{} arrays", model.program().parameters.size());
      if (!options->safetensors.empty()) write(options->safetensors, to_safetensors(model), tensors);
      if (!options->npz.empty()) write(options->npz, to_npz(model), tensors);
      return 0;
    };
  });
}

}  // namespace retrograd::cli
