// Operators that work element by element, with NumPy's broadcasting.
#include <algorithm>
#include <array>
#include <cmath>

#include "onnx/evaluate/evaluate_node.hpp"
#include "ops/many_inputs.hpp"

namespace retrograd::evaluation {
namespace {

std::vector<int64_t> broadcast_dims(const Node& n) {
  std::vector<int64_t> dims;
  for (int a = 0; a < n.inputs(); ++a) {
    const std::vector<int64_t>& d = n.in(a).dims;
    if (d.size() > dims.size()) dims.insert(dims.begin(), d.size() - dims.size(), 1);
    for (size_t k = 0; k < d.size(); ++k) {
      int64_t& to = dims[dims.size() - 1 - k];
      const int64_t from = d[d.size() - 1 - k];
      if (to != from && to != 1 && from != 1) n.refuse("shapes do not broadcast");
      if (to == 1) to = from;
    }
  }
  return dims;
}

/// For each element of the broadcast shape, the element of input `a` that it reads.
std::vector<size_t> places(const Tensor& t, const std::vector<int64_t>& dims, size_t size) {
  std::vector<size_t> at(size);
  for (size_t i = 0; i < size; ++i) {
    size_t rest = i, stride = 1;
    for (size_t k = 0; k < t.dims.size(); ++k) {
      const auto d = static_cast<size_t>(t.dims[t.dims.size() - 1 - k]);
      const auto o = static_cast<size_t>(dims[dims.size() - 1 - k]);
      at[i] += (d == 1 ? 0 : rest % o) * stride;
      rest /= o;
      stride *= d;
    }
  }
  return at;
}

/// out[i] = f(in0[…], in1[…], …), all of type In.
template <class In, class Out, class F>
Tensor each(const Node& n, F f) {
  Tensor out;
  out.dims = broadcast_dims(n);
  const size_t size = count(out.dims);
  std::vector<std::vector<size_t>> at;
  std::vector<const In*> from;
  for (int a = 0; a < n.inputs(); ++a) {
    from.push_back(n.values<In>(a).data());
    at.push_back(n.in(a).dims == out.dims ? std::vector<size_t>() : places(n.in(a), out.dims, size));
  }
  std::vector<Out> values(size);
  std::array<In, ops::kManyInputs> x;  // as many as a mean may have
  if (from.size() > x.size()) n.refuse("more than {} inputs", x.size());
  for (size_t i = 0; i < size; ++i) {
    for (size_t a = 0; a < from.size(); ++a) x[a] = from[a][at[a].empty() ? i : at[a][i]];
    values[i] = f(x.data());
  }
  out.values = std::move(values);
  return out;
}

template <class F>
Tensor real(const Node& n, F f) {
  return for_real(n, 0, [&](auto zero) {
    using T = decltype(zero);
    return each<T, T>(n, [&](const T* x) { return static_cast<T>(f(x)); });
  });
}

template <class F>
Tensor test(const Node& n, F f) {
  return for_real(n, 0, [&](auto zero) {
    using T = decltype(zero);
    return each<T, Truth>(n, [&](const T* x) { return f(x) ? Truth::yes : Truth::no; });
  });
}

Tensor logic(const Node& n, bool (*f)(bool, bool)) {
  return each<Truth, Truth>(
      n, [&](const Truth* x) { return f(x[0] == Truth::yes, x[1] == Truth::yes) ? Truth::yes : Truth::no; });
}

Tensor where(Node& n) {
  return for_real(n, 1, [&](auto zero) {
    using T = decltype(zero);
    Tensor condition = n.in(0);
    std::vector<T> as_number;
    for (const Truth t : n.values<Truth>(0)) as_number.push_back(t == Truth::yes ? T{1} : T{0});
    condition.values = std::move(as_number);
    static const onnx::NodeProto kWhere;
    const Node same(kWhere, {&condition, &n.in(1), &n.in(2)});
    return each<T, T>(same, [](const T* x) { return x[0] != 0 ? x[1] : x[2]; });
  });
}

Tensor cast(Node& n) {
  const int64_t to = n.integer("to", 0);
  Tensor out;
  out.dims = n.in(0).dims;
  const auto convert = [&](auto zero) {
    using To = decltype(zero);
    std::vector<To> values;
    std::visit(
        [&](const auto& from) {
          using From = typename std::decay_t<decltype(from)>::value_type;
          if constexpr (!std::is_same_v<From, std::string>)
            for (const From v : from) values.push_back(static_cast<To>(v));
          else
            n.refuse("a text becomes no number");
        },
        n.in(0).values);
    out.values = std::move(values);
  };
  if (to == onnx::TensorProto::FLOAT)
    convert(float{});
  else if (to == onnx::TensorProto::DOUBLE)
    convert(double{});
  else if (to == onnx::TensorProto::INT64)
    convert(int64_t{});
  else
    n.refuse("to element type {}", to);
  return out;
}

Tensor label_encoder(Node& n) {
  const onnx::AttributeProto *keys = n.find("keys_strings"), *values = n.find("values_floats");
  const auto otherwise = static_cast<float>(n.real("default_float", -0.0));
  if (keys == nullptr || values == nullptr || keys->strings_size() != values->floats_size())
    n.refuse("expected keys_strings and as many values_floats");
  std::map<std::string_view, float> table;
  for (int k = 0; k < keys->strings_size(); ++k) table.emplace(keys->strings(k), values->floats(k));
  std::vector<float> out;
  for (const std::string& text : n.values<std::string>(0)) {
    const auto found = table.find(text);
    out.push_back(found == table.end() ? otherwise : found->second);
  }
  return {n.in(0).dims, std::move(out)};
}

Tensor batch_normalization(Node& n) {
  const double epsilon = n.real("epsilon", 1e-5);
  n.real("momentum", 0.9);  // of training
  if (n.in(0).dims.size() != 2 || n.integer("training_mode", 0) != 0) n.refuse("expected [N, F] in inference form");
  return real(n, [=](const auto* x) {
    using T = std::decay_t<decltype(*x)>;
    return (x[0] - x[3]) / std::sqrt(x[4] + static_cast<T>(epsilon)) * x[1] + x[2];
  });
}

struct Entry {
  std::string_view name;
  Function function;
};

// Formulas of ONNX's operator reference.
constexpr Entry kOperators[] = {
    {"Identity", [](Node& n) { return n.in(0); }},
    {"Add", [](Node& n) { return real(n, [](const auto* x) { return x[0] + x[1]; }); }},
    {"Sub", [](Node& n) { return real(n, [](const auto* x) { return x[0] - x[1]; }); }},
    {"Mul", [](Node& n) { return real(n, [](const auto* x) { return x[0] * x[1]; }); }},
    {"Div", [](Node& n) { return real(n, [](const auto* x) { return x[0] / x[1]; }); }},
    {"Pow", [](Node& n) { return real(n, [](const auto* x) { return std::pow(x[0], x[1]); }); }},
    {"Neg", [](Node& n) { return real(n, [](const auto* x) { return -x[0]; }); }},
    {"Abs", [](Node& n) { return real(n, [](const auto* x) { return std::abs(x[0]); }); }},
    {"Exp", [](Node& n) { return real(n, [](const auto* x) { return std::exp(x[0]); }); }},
    {"Log", [](Node& n) { return real(n, [](const auto* x) { return std::log(x[0]); }); }},
    {"Sqrt", [](Node& n) { return real(n, [](const auto* x) { return std::sqrt(x[0]); }); }},
    {"Sin", [](Node& n) { return real(n, [](const auto* x) { return std::sin(x[0]); }); }},
    {"Cos", [](Node& n) { return real(n, [](const auto* x) { return std::cos(x[0]); }); }},
    {"Floor", [](Node& n) { return real(n, [](const auto* x) { return std::floor(x[0]); }); }},
    {"Round", [](Node& n) { return real(n, [](const auto* x) { return std::nearbyint(x[0]); }); }},
    {"Sign", [](Node& n) { return real(n, [](const auto* x) { return (x[0] > 0) - (x[0] < 0); }); }},
    {"Erf", [](Node& n) { return real(n, [](const auto* x) { return std::erf(x[0]); }); }},
    {"Tanh", [](Node& n) { return real(n, [](const auto* x) { return std::tanh(x[0]); }); }},
    {"Relu", [](Node& n) { return real(n, [](const auto* x) { return x[0] > 0 || std::isnan(x[0]) ? x[0] : 0; }); }},
    {"Sigmoid", [](Node& n) { return real(n, [](const auto* x) { return 1 / (1 + std::exp(-x[0])); }); }},
    {"Softsign", [](Node& n) { return real(n, [](const auto* x) { return x[0] / (1 + std::abs(x[0])); }); }},
    {"Softplus",
     [](Node& n) {
       return real(n, [](const auto* x) { return (x[0] > 0 ? x[0] : 0) + std::log1p(std::exp(-std::abs(x[0]))); });
     }},
    {"LeakyRelu",
     [](Node& n) {
       const double alpha = n.real("alpha", 0.01);
       return real(n, [=](const auto* x) { return x[0] < 0 ? std::decay_t<decltype(*x)>(alpha) * x[0] : x[0]; });
     }},
    {"PRelu", [](Node& n) { return real(n, [](const auto* x) { return x[0] < 0 ? x[1] * x[0] : x[0]; }); }},
    {"Elu",
     [](Node& n) {
       const double alpha = n.real("alpha", 1);
       return real(n, [=](const auto* x) { return x[0] < 0 ? alpha * std::expm1(x[0]) : x[0]; });
     }},
    {"Selu",
     [](Node& n) {
       const double alpha = n.real("alpha", 1.67326319217681884765625),
                    gamma = n.real("gamma", 1.05070102214813232421875);
       return real(n, [=](const auto* x) { return gamma * (x[0] < 0 ? alpha * std::expm1(x[0]) : x[0]); });
     }},
    {"HardSigmoid",
     [](Node& n) {
       const double alpha = n.real("alpha", 0.2), beta = n.real("beta", 0.5);
       return real(n, [=](const auto* x) { return std::clamp<double>(alpha * x[0] + beta, 0, 1); });
     }},
    {"HardSwish",
     [](Node& n) { return real(n, [](const auto* x) { return x[0] * std::clamp<double>(x[0] / 6.0 + 0.5, 0, 1); }); }},
    {"Max",
     [](Node& n) {
       const int inputs = n.inputs();
       return real(n, [=](const auto* x) { return *std::max_element(x, x + inputs); });
     }},
    {"Min",
     [](Node& n) {
       const int inputs = n.inputs();
       return real(n, [=](const auto* x) { return *std::min_element(x, x + inputs); });
     }},
    {"Clip",
     [](Node& n) {
       if (n.inputs() != 3) n.refuse("expected both bounds");
       return real(n, [](const auto* x) { return x[0] < x[1] ? x[1] : x[0] > x[2] ? x[2] : x[0]; });
     }},
    {"Sum",
     [](Node& n) {
       const int inputs = n.inputs();
       return real(n, [=](const auto* x) {
         auto sum = x[0];
         for (int k = 1; k < inputs; ++k) sum += x[k];
         return sum;
       });
     }},
    {"IsNaN", [](Node& n) { return test(n, [](const auto* x) { return std::isnan(x[0]); }); }},
    {"Less", [](Node& n) { return test(n, [](const auto* x) { return x[0] < x[1]; }); }},
    {"Greater", [](Node& n) { return test(n, [](const auto* x) { return x[0] > x[1]; }); }},
    {"LessOrEqual", [](Node& n) { return test(n, [](const auto* x) { return x[0] <= x[1]; }); }},
    {"GreaterOrEqual", [](Node& n) { return test(n, [](const auto* x) { return x[0] >= x[1]; }); }},
    {"Equal", [](Node& n) { return test(n, [](const auto* x) { return x[0] == x[1]; }); }},
    {"And", [](Node& n) { return logic(n, [](bool a, bool b) { return a && b; }); }},
    {"Or", [](Node& n) { return logic(n, [](bool a, bool b) { return a || b; }); }},
    {"Where", where},
    {"Cast", cast},
    {"BatchNormalization", batch_normalization},
};

}  // namespace

Function find_elementwise(std::string_view domain, std::string_view op) {
  if (domain == "ai.onnx.ml") return op == "LabelEncoder" ? label_encoder : nullptr;
  for (const Entry& e : kOperators)
    if (domain.empty() && e.name == op) return e.function;
  return nullptr;
}

}  // namespace retrograd::evaluation
