// Running a problem: by the references, and by the kernels in the order that operator.hpp tells.
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>

#include "base/fail.hpp"
#include "base/thread_team.hpp"
#include "retrograd/panel.hpp"
#include "support/allocation.hpp"
#include "support/guarded.hpp"
#include "support/problem.hpp"

namespace retrograd::support {
namespace {

template <class T>
std::vector<T> copy_of(const Guarded<T>& g) {
  return {g.data(), g.data() + g.size()};
}

size_t parameter_size(const ops::ParameterSpec& spec) {
  return static_cast<size_t>(spec.rows) * static_cast<size_t>(spec.cols);
}

template <class T>
std::vector<T*> pointers(std::vector<Guarded<T>>& buffers) {
  std::vector<T*> result;
  for (auto& b : buffers) result.push_back(b.size() == 0 ? nullptr : b.data());
  return result;
}

void reference_calls(const ops::Operator& op, const ops::Reference<float>& r, bool back) {
  const FloatState state;
  (back ? op.reference_backward_f32 : op.reference_forward_f32)(r);
}
void reference_calls(const ops::Operator& op, const ops::Reference<double>& r, bool back) {
  (back ? op.reference_backward_f64 : op.reference_forward_f64)(r);
}

template <class T>
Outcome<T> run(const Problem& p, const Data<T>& data, bool training, bool back) {
  Guarded<T> y(static_cast<size_t>(p.rows) * static_cast<size_t>(p.outputs()));
  std::vector<Guarded<T>> dx, dparameters, parameters;
  for (int k = 0; k < p.inputs(); ++k) dx.emplace_back(p.wants_dx(k) ? data.x[static_cast<size_t>(k)].size() : 0);
  for (size_t k = 0; k < data.parameters.size(); ++k) {
    dparameters.emplace_back(p.shapes.parameters[k].trained ? data.parameters[k].size() : 0);
    parameters.emplace_back(data.parameters[k].size());
    std::copy(data.parameters[k].begin(), data.parameters[k].end(), parameters.back().data());
  }
  std::vector<const T*> x;
  for (const auto& values : data.x) x.push_back(values.data());
  const auto dx_at = pointers(dx), dparameters_at = pointers(dparameters), parameters_at = pointers(parameters);
  ops::Reference<T> r;
  r.signature = &p.c.signature;
  r.shapes = &p.shapes;
  r.rows = p.rows;
  r.training = training;
  r.key = kKey;
  r.x = x.data();
  r.parameters = parameters_at.data();
  r.y = y.data();
  reference_calls(*p.op, r, false);
  Outcome<T> o;
  o.y = copy_of(y);
  if (!y.intact())
    fail("{}: the reference writes outside y; the shape rule answers {} features", p.where(), p.outputs());
  for (const auto& g : parameters) o.parameters.push_back(copy_of(g));
  if (!back) return o;
  y.poison();
  r.dy = data.dy.data();
  r.dx = dx_at.data();
  r.dparameters = dparameters_at.data();
  reference_calls(*p.op, r, true);
  for (const auto& g : dx) {
    if (!g.intact()) fail("{}: the reference writes outside dx", p.where());
    o.dx.push_back(copy_of(g));
  }
  for (const auto& g : dparameters) {
    if (!g.intact()) fail("{}: the reference writes outside dparameters", p.where());
    o.dparameters.push_back(copy_of(g));
  }
  return o;
}

/// Everything that a kernel sees, in panels.
class Bench {
 public:
  Bench(const Problem& p, const KernelRun& how, std::vector<std::string>* faults)
      : p_(p),
        how_(how),
        faults_(faults),
        y_(panel_size(p.rows, p.outputs())),
        saved_(panel_size(p.rows, p.shapes.saved)),
        rows_(panel_size(p.rows, p.shapes.workspace_row)),
        batch_(static_cast<size_t>(p.shapes.workspace_batch)),
        dy_(panel_size(p.rows, p.outputs())) {
    if (how.split == Split::threads) team_.emplace(3);
    for (int k = 0; k < p.inputs(); ++k) {
      x_.emplace_back(panel_size(p.rows, p.features(k)));
      // Targets and raw data come with zeros in the padding lanes; what another operator wrote may hold any number.
      const bool odd = how.odd_padding && p.op->info->kind != ops::Kind::preprocess && p.wants_dx(k);
      to_panels(p.data.x[static_cast<size_t>(k)], p.features(k), odd ? -1.75f : 0.0f, x_.back());
      dx_.emplace_back(how.dx && p.wants_dx(k) ? x_.back().size() : 0);
    }
    to_panels(p.data.dy, p.outputs(), how.odd_padding && p.op->info->kind != ops::Kind::loss ? 2.25f : 0.0f, dy_);
    for (size_t k = 0; k < p.shapes.parameters.size(); ++k) {
      const ops::ParameterSpec& spec = p.shapes.parameters[k];
      parameters_.emplace_back(parameter_size(spec));
      std::copy(p.data.parameters[k].begin(), p.data.parameters[k].end(), parameters_.back().data());
      dparameters_.emplace_back(spec.trained ? parameter_size(spec) : 0);
    }
  }

  Outcome<float> run() {
    const auto x_at = pointers(x_);
    const auto dx_at = pointers(dx_), dparameters_at = pointers(dparameters_), parameters_at = pointers(parameters_);
    c_.signature = &p_.c.signature;
    c_.shapes = &p_.shapes;
    c_.rows = p_.rows;
    c_.training = how_.training;
    c_.key = kKey;
    c_.x = x_at.data();
    c_.parameters = parameters_at.data();
    c_.y = y_.data();
    c_.saved = how_.training ? saved_.data() : nullptr;  // of size 0 for most: the guards watch it
    c_.workspace_rows = rows_.data();
    c_.workspace_batch = batch_.data();
    const auto inputs_before = bytes_of(x_);
    phase("forward_batch", p_.op->forward_batch, p_.shapes.forward_items);
    phase("forward", p_.op->forward, panels_of(p_.rows));
    Outcome<float> o;
    o.y = from_panels(y_, p_.outputs(), "y");
    if (how_.training) {
      y_.poison();
      c_.dy = dy_.data();
      c_.dx = dx_at.data();
      c_.dparameters = dparameters_at.data();
      const std::vector<float> dy_before = copy_of(dy_);
      const auto batch = [&] { phase("backward_batch", p_.op->backward_batch, p_.shapes.backward_items); };
      if (p_.op->info->batch_first) batch();
      phase("backward", p_.op->backward, panels_of(p_.rows));
      if (!p_.op->info->batch_first) batch();
      if (std::memcmp(dy_before.data(), dy_.data(), dy_before.size() * sizeof(float)) != 0) fault("writes on dy");
      for (int k = 0; k < p_.inputs(); ++k) {
        const auto& dx = dx_[static_cast<size_t>(k)];
        o.dx.push_back(dx.size() == 0 ? std::vector<float>() : from_panels(dx, p_.features(k), "dx"));
      }
      for (const auto& g : dparameters_) o.dparameters.push_back(copy_of(g));
    }
    if (bytes_of(x_) != inputs_before) fault("writes on its inputs");
    for (size_t k = 0; k < parameters_.size(); ++k) {
      o.parameters.push_back(copy_of(parameters_[k]));
      const bool may_move = !p_.shapes.parameters[k].trained && how_.training;
      if (!may_move && std::memcmp(o.parameters[k].data(), p_.data.parameters[k].data(),
                                   o.parameters[k].size() * sizeof(float)) != 0) {
        fault(fmt::format("writes on parameter {}", p_.shapes.parameters[k].name));
      }
    }
    guards();
    return o;
  }

 private:
  using Kernel = void (*)(const ops::Call&, ops::Span);

  void fault(const std::string& what) {
    if (faults_ != nullptr) faults_->push_back(fmt::format("{}: {}", p_.where(), what));
  }

  void phase(const char* name, Kernel kernel, int64_t count) {
    if (count == 0) return;
    if (kernel == nullptr)
      fail("{}: the shape rule asks for {} items of {}, which there is not", p_.where(), count, name);
    if (team_) {
      team_->run([&](int rank) {
        const Range r = share(count, rank, team_->size());
        if (!r.empty()) kernel(c_, {r.begin, r.end});
      });
      return;
    }
    const FloatState state;
    const int64_t before = allocations();
    if (how_.split == Split::whole) {
      kernel(c_, {0, count});
    } else if (how_.split == Split::halves) {
      if (count > 1) kernel(c_, {count / 2, count});
      kernel(c_, {0, count > 1 ? count / 2 : count});
    } else {
      for (int64_t i = count - 1; i >= 0; --i) kernel(c_, {i, i + 1});
    }
    if (allocations() != before) fault(fmt::format("{} allocates memory", name));
  }

  static std::vector<unsigned char> bytes_of(const std::vector<Guarded<float>>& buffers) {
    std::vector<unsigned char> bytes;
    for (const auto& b : buffers) {
      const auto* begin = reinterpret_cast<const unsigned char*>(b.data());
      bytes.insert(bytes.end(), begin, begin + b.size() * sizeof(float));
    }
    return bytes;
  }

  void to_panels(const std::vector<float>& rows, int features, float padding, Guarded<float>& panels) const {
    std::fill_n(panels.data(), panels.size(), padding);
    for (int64_t n = 0; n < p_.rows; ++n) {
      for (int f = 0; f < features; ++f)
        panels.data()[panel_at(n, f, features)] = rows[static_cast<size_t>(n * features + f)];
    }
  }

  std::vector<float> from_panels(const Guarded<float>& panels, int features, const char* name) {
    std::vector<float> rows(static_cast<size_t>(p_.rows) * static_cast<size_t>(features));
    const int64_t padded = panels_of(p_.rows) * kPanel;
    bool padding_finite = true;
    for (int64_t n = 0; n < padded; ++n) {
      for (int f = 0; f < features; ++f) {
        const float v = panels.data()[panel_at(n, f, features)];
        if (n < p_.rows)
          rows[static_cast<size_t>(n * features + f)] = v;
        else
          padding_finite = padding_finite && std::isfinite(v);
      }
    }
    if (!padding_finite) fault(fmt::format("leaves numbers that are not finite in the padding lanes of {}", name));
    return rows;
  }

  void guards() {
    const auto check = [&](const Guarded<float>& g, const std::string& name) {
      if (!g.intact()) fault("writes outside " + name);
    };
    check(y_, "y");
    check(saved_, "saved");
    check(rows_, "workspace_rows");
    check(batch_, "workspace_batch");
    check(dy_, "dy");
    for (const auto& g : x_) check(g, "x");
    for (const auto& g : dx_) check(g, "dx");
    for (const auto& g : parameters_) check(g, "parameters");
    for (const auto& g : dparameters_) check(g, "dparameters");
  }

  const Problem& p_;
  KernelRun how_;
  std::vector<std::string>* faults_;
  ops::Call c_;
  Guarded<float> y_, saved_, rows_, batch_, dy_;
  std::vector<Guarded<float>> x_, dx_, parameters_, dparameters_;
  std::optional<ThreadTeam> team_;
};

}  // namespace

template <class T>
Outcome<T> run_reference(const Problem& p, const Data<T>& data, bool training) {
  return run(p, data, training, training);
}
template Outcome<float> run_reference(const Problem&, const Data<float>&, bool);
template Outcome<double> run_reference(const Problem&, const Data<double>&, bool);

std::vector<double> reference_forward(const Problem& p, const Data<double>& data) {
  return run(p, data, p.c.training, false).y;
}

Outcome<float> run_kernel(const Problem& p, const KernelRun& how, std::vector<std::string>* faults) {
  return Bench(p, how, faults).run();
}

}  // namespace retrograd::support
