// Proof 5: the kernel computes what its float reference computes, to the bit: for small integers (where layout faults
// show as whole numbers) and for real ones, for every way to cut up the work, every SIMD target, odd padding lanes, the
// first layer's missing dx, and prediction.
#include <fmt/format.h>

#include "math/simd.hpp"
#include "support/problem.hpp"
#include "support/proof.hpp"
#include "support/within.hpp"

namespace retrograd::support {
namespace {

/// Restores the widest target at the end of a scope.
struct AutoTarget {
  ~AutoTarget() { force_simd("auto"); }
};

class ExactProof {
 public:
  ExactProof(const Problem& p, const char* numbers, Report& report) : p_(p), numbers_(numbers), report_(report) {}

  void run() {
    const AutoTarget restore;
    const Outcome<float> reference = run_reference(p_, data_as<float>(p_), p_.c.training);
    const Outcome<float> prediction = run_reference(p_, data_as<float>(p_), false);
    for (const std::string& target : simd_targets()) {
      force_simd(target);
      const auto expect = [&](const KernelRun& how, const Outcome<float>& expected, const char* what) {
        compare(run_kernel(p_, how), expected, fmt::format("{}, {}", target, what));
      };
      expect({.training = false}, prediction, "predicting");
      if (!p_.c.training) continue;
      expect({}, reference, "in one piece");
      expect({.split = Split::each_backwards}, reference, "piece by piece, last first");
      expect({.split = Split::halves}, reference, "in two pieces");
      expect({.split = Split::threads}, reference, "on 3 threads");
      expect({.odd_padding = true}, reference, "with numbers in the padding lanes");
      Outcome<float> first_layer = reference;
      for (auto& dx : first_layer.dx) dx.clear();
      expect({.dx = false}, first_layer, "without dx");
    }
  }

  /// Float arithmetic is exact on these numbers: the double reference gives the same ones.
  void equals_double() {
    const Outcome<float> kernel = run_kernel(p_, {.training = p_.c.training});
    const Outcome<double> exact = run_reference(p_, data_as<double>(p_), p_.c.training);
    const auto same = [&](const std::string& name, const std::vector<float>& found,
                          const std::vector<double>& expected) {
      for (size_t i = 0; i < found.size(); ++i) {
        report_.expect(static_cast<double>(found[i]) == expected[i], [&] {
          return fmt::format("{}: on integers element {} of {} is {} by the kernel and exactly {}", p_.where(), i, name,
                             found[i], expected[i]);
        });
      }
    };
    same("y", kernel.y, exact.y);
    for (size_t k = 0; k < kernel.dx.size(); ++k) same(fmt::format("dx {}", k), kernel.dx[k], exact.dx[k]);
    for (size_t k = 0; k < kernel.dparameters.size(); ++k) {
      same(fmt::format("d{}", p_.shapes.parameters[k].name), kernel.dparameters[k], exact.dparameters[k]);
    }
  }

 private:
  void compare(const Outcome<float>& kernel, const Outcome<float>& expected, const std::string& how) {
    same(how, "y", kernel.y, expected.y);
    for (size_t k = 0; k < expected.dx.size(); ++k) same(how, fmt::format("dx {}", k), kernel.dx.at(k), expected.dx[k]);
    for (size_t k = 0; k < expected.parameters.size(); ++k) {
      const std::string& name = p_.shapes.parameters[k].name;
      if (!expected.dparameters.empty()) same(how, "d" + name, kernel.dparameters.at(k), expected.dparameters[k]);
      same(how, name + " afterwards", kernel.parameters[k], expected.parameters[k]);
    }
  }

  void same(const std::string& how, const std::string& name, const std::vector<float>& found,
            const std::vector<float>& expected) {
    report_.expect(found.size() == expected.size(),
                   [&] { return fmt::format("{}, {}: {} has the wrong size", p_.where(), how, name); });
    for (size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
      report_.expect(same_bits(found[i], expected[i]), [&] {
        return fmt::format("{}, {} numbers, {}: element {} of {} is {} by the kernel and {} by the reference",
                           p_.where(), numbers_, how, i, name, found[i], expected[i]);
      });
    }
  }

  const Problem& p_;
  const char* numbers_;
  Report& report_;
};

}  // namespace

void prove_exact(const ops::Operator& op, const Case& c, Report& report) {
  for (int64_t rows : c.rows) {
    const Problem integers = make_problem(op, c, rows, Numbers::integers);
    ExactProof(integers, "integer", report).run();
    if (c.exact_on_integers) ExactProof(integers, "integer", report).equals_double();
    ExactProof(make_problem(op, c, rows, Numbers::real), "real", report).run();
  }
  if (!c.extremes.empty()) ExactProof(make_problem(op, c, 0, Numbers::extremes), "extreme", report).run();
}

}  // namespace retrograd::support
