// The command line: one verb a file. Errors become exit codes here, without a stack trace.
#include <cstdio>
#include <exception>
#include <new>

#include "retrograd/error.hpp"
#include "retrograd/version.hpp"
#include "verb.hpp"

namespace {

int run(int argc, char** argv) {
  using namespace retrograd;
  CLI::App app{"retrograd trains multi-layer neural networks by gradient descent and backpropagation.", "retrograd"};
  app.set_version_flag("--version", std::string("retrograd ") + kVersion);
  app.require_subcommand(1);
  app.get_formatter()->column_width(32);
  app.footer("Example: retrograd train table.csv --target price --out run\n"
             "         retrograd evaluate run test.csv\n"
             "Exit codes: 0 done, 1 bad input or usage, 2 a check failed, 130 interrupted.");
  cli::Action action;
  cli::add_train(app, action);
  cli::add_evaluate(app, action);
  cli::add_predict(app, action);
  cli::add_show(app, action);
  cli::add_gradcheck(app, action);
  cli::add_completion(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : cli::kBadInput;
  }
  return action ? action() : cli::kBadInput;
}

}  // namespace

int main(int argc, char** argv) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    std::fputs("error: this machine lacks AVX2 or FMA instructions, which retrograd needs\n", stderr);
    return retrograd::cli::kBadInput;
  }
  try {
    return run(argc, argv);
  } catch (const retrograd::Error& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
  } catch (const std::bad_alloc&) {
    std::fputs("error: out of memory; use fewer rows, a smaller batch or a smaller network\n", stderr);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
  }
  return retrograd::cli::kBadInput;
}
