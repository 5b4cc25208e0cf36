// Proof 7: a kernel writes all of its outputs and nothing else, allocates nothing, and leaves its padding lanes finite.
#include <fmt/format.h>

#include <cmath>

#include "support/problem.hpp"
#include "support/proof.hpp"

namespace retrograd::support {
namespace {

void written(const Problem& p, const std::string& name, const std::vector<float>& found,
             const std::vector<float>& reference, Report& report) {
  for (size_t i = 0; i < found.size(); ++i) {
    report.expect(std::isnan(reference[i]) || !std::isnan(found[i]), [&] {
      return fmt::format("{}: element {} of {} is NaN, as before the call; the reference writes {}", p.where(), i, name,
                         reference[i]);
    });
  }
}

}  // namespace

void prove_hygiene(const ops::Operator& op, const Case& c, Report& report) {
  for (int64_t rows : c.rows) {
    for (Numbers numbers : {Numbers::integers, Numbers::real}) {
      const Problem p = make_problem(op, c, rows, numbers, 0, 9);
      const Outcome<float> reference = run_reference(p, data_as<float>(p), c.training);
      for (Split split : {Split::whole, Split::each_backwards, Split::halves, Split::threads}) {
        for (bool odd : {false, true}) {
          std::vector<std::string> faults;
          const Outcome<float> o = run_kernel(p, {.split = split, .training = c.training, .odd_padding = odd}, &faults);
          report.expect(faults.empty(), [&] { return faults.front(); });
          written(p, "y", o.y, reference.y, report);
          for (size_t k = 0; k < o.dx.size(); ++k) written(p, "dx", o.dx[k], reference.dx[k], report);
          for (size_t k = 0; k < o.dparameters.size(); ++k) {
            written(p, "d" + p.shapes.parameters[k].name, o.dparameters[k], reference.dparameters[k], report);
          }
        }
      }
    }
  }
}

}  // namespace retrograd::support
