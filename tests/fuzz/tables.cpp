// CSV with the inference of its dataspec, and the dataspec as text.
#include <cstring>
#include <optional>

#include "fuzz/input_file.hpp"
#include "fuzz/target.hpp"
#include "retrograd/data.hpp"

namespace retrograd::fuzz {
namespace {

bool same(const Block& a, const Block& b) {
  if (a.name != b.name || a.cols != b.cols || a.values.index() != b.values.index()) return false;
  return std::visit(
      [&](const auto& one) {
        const auto& other = std::get<std::decay_t<decltype(one)>>(b.values);
        if (one.size() != other.size()) return false;
        return one.empty() || std::memcmp(one.data(), other.data(), one.size() * sizeof(one[0])) == 0;
      },
      a.values);
}

bool same(const Dataset& a, const Dataset& b) {
  if (a.rows != b.rows || a.inputs.size() != b.inputs.size()) return false;
  for (size_t i = 0; i < a.inputs.size(); ++i)
    if (!same(a.inputs[i], b.inputs[i])) return false;
  return same(a.target, b.target) && same(a.weight, b.weight);
}

/// A spec comes back from its text as it was.
DataSpec by_text(const DataSpec& spec) {
  const std::string text = to_json(spec);
  DataSpec back;
  expect(accepts([&] { back = spec_from_json(text); }), "a dataspec is refused as it was written");
  expect(to_json(back) == text, "a dataspec changes when it is read and written");
  describe(back);
  back.classes();
  return back;
}

/// Trains a spec on the table and reads the table again by it, as prediction does.
void load(const std::string& path, const DataOptions& options) {
  Loaded loaded;
  if (!accepts([&] { loaded = load_training(path, options); })) return;
  const DataSpec spec = by_text(loaded.spec);
  Dataset again;
  expect(accepts([&] { again = load_with(path, spec, Part::test, true); }), "training data are refused later");
  expect(same(again, loaded.data), "training data are read differently later");
}

}  // namespace

bool run_csv(std::string_view bytes) {
  const InputFile file(bytes);
  DataOptions options;
  options.threads = 1;
  DataSpec spec;
  if (!accepts([&] { spec = inspect(file.path(), options); })) return false;
  if (spec.columns.empty()) return true;
  options.targets = {spec.columns.back().name};
  load(file.path(), options);
  options.weight = spec.columns.front().name;
  options.max_categories = 2;
  load(file.path(), options);
  options.weight.clear();
  options.decimal = ',';
  load(file.path(), options);
  return true;
}

std::vector<std::string> seeds_csv() {
  return {"a,b\n1,x\n2.5e-3,y\n,x\n-0,\"q \"\"r\"\" s\"\n",
          "w;name;when;yes\r\n1;one;2020-01-01;true\r\n2;\"two;\n2\";NA;false\r\n\r\n0.5;;2020-01-03;true\r\n",
          "\xEF\xBB\xBFx\ty\n1\t0\n2\t1\nnan\t1\n-7e-3\t0\n",
          "p q r\n1 0x 3\n 2  4 \n",
          "id|v|c\n1|1|\xC3\xA4\n2|1|\xC3\xB6\n3|1|\xC3\xBC\n",
          "a;b;c\n1,5;\"2,50\";0,0\n1.5;2,5;1\n-,5;1e-2;1,0\n",
          "a,b\n\"1,5\",x\n\"2,25\",y\n"};
}

bool run_dataspec(std::string_view bytes) {
  DataSpec spec;
  if (!accepts([&] { spec = spec_from_json(bytes); })) return false;
  by_text(spec);
  for (const ColumnRole role : {ColumnRole::feature, ColumnRole::target, ColumnRole::weight}) spec.with_role(role);
  // Any table may meet any spec.
  const InputFile file("a,b,c\n1,x,0\n,y,1\n");
  accepts([&] { load_with(file.path(), spec, Part::test, true); });
  accepts([&] { load_with(file.path(), spec, Part::test, false); });
  return true;
}

std::vector<std::string> seeds_dataspec() {
  std::vector<std::string> all;
  const auto add = [&](const std::string& table, const std::vector<std::string>& targets) {
    const InputFile file(table);
    DataOptions options;
    options.threads = 1;
    options.targets = targets;
    all.push_back(to_json(load_training(file.path(), options).spec));
  };
  add("a,b,c\n1,x,0\n2,y,1\n,x,1\n3,y,0\n", {"b"});
  add("a,b,c\n1,x,0\n2,y,1\n,x,1\n3,,0\n", {"c"});
  add("a,b,c\n1,x,0.5\n2,y,1\n,x,1.25\n3,,0\n", {"c"});
  all.push_back(to_json(from_memory(std::vector<uint8_t>(24, 7), {2, 3}, {0, 1, 2, 1}).spec));
  return all;
}

}  // namespace retrograd::fuzz
