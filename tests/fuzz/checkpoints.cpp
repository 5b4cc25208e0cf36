// Checkpoints: manifest and tensors, and the tensors' own format.
#include <algorithm>
#include <optional>

#include "base/parse_json.hpp"
#include "fuzz/target.hpp"
#include "graph/program.hpp"
#include "optim/optimizer.hpp"
#include "retrograd/network.hpp"
#include "train/checkpoint/checkpoint.hpp"
#include "train/checkpoint/checkpoint_folder.hpp"
#include "train/checkpoint/identity.hpp"
#include "train/checkpoint/safetensors.hpp"

namespace retrograd::fuzz {
namespace {

using Json = nlohmann::json;

/// The run that a checkpoint is read for: 3-4-2, adam.
struct Run {
  Network network;
  graph::ForwardProgram program;
  TrainOptions options;
  training::CheckpointLayout layout;
  std::vector<double> initial;
  Json identity;

  Run() {
    network.input("x", 3).linear(4).activation("relu").linear(2).loss("softmax_xent");
    program = graph::compile(network);
    options.epochs = 9;
    options.metric = "loss";
    layout = {&program, optim::slot_names(optim::parse_optimizer("adam")), Precision::float32, &options, true};
    initial.assign(program.total_size, 0.25);
    const Loaded data = from_memory(std::vector<float>(6, 1), {3}, {0, 1});
    identity = training::identity_of(network, options, data.spec, data.data, nullptr);
  }

  training::Snapshot snapshot() const {
    training::Snapshot s;
    s.position.epoch = 2;
    s.parameters = initial;
    s.slots.assign(2, std::vector<double>(program.trained_size, 0.5));
    return s;
  }
};

const Run& the_run() {
  static const Run run;
  return run;
}

/// A manifest's body, a line end, the tensors.
std::string text_of(const training::Checkpoint& c) {
  return training::manifest_of(c).dump() + "\n" + training::tensors_of(c, the_run().layout);
}

}  // namespace

bool run_checkpoint(std::string_view bytes) {
  const size_t end = std::min(bytes.find('\n'), bytes.size());
  // Checksums keep out damage, not malice: the body is read as if they were right.
  const std::string_view body_text = bytes.substr(0, end);
  accepts([&] { training::manifest_body(body_text, "input"); });
  Json body;
  if (!accepts([&] { body = parse_json(body_text, "input"); })) return false;
  accepts([&] { training::info_of(body, "input"); });
  if (const auto identity = body.find("identity"); body.is_object() && identity != body.end())
    training::differences(*identity, the_run().identity);
  std::string tensors(bytes.substr(std::min(end + 1, bytes.size())));
  training::Checkpoint c;
  if (!accepts([&] {
        c = training::read_checkpoint(body, std::move(tensors), the_run().layout, the_run().initial, "input");
      }))
    return false;
  const std::string text = text_of(c);
  const size_t cut = text.find('\n');
  training::Checkpoint again;
  expect(accepts([&] {
           again = training::read_checkpoint(Json::parse(text.substr(0, cut)), text.substr(cut + 1), the_run().layout,
                                             the_run().initial, "written");
         }),
         "a checkpoint is refused as it was written");
  expect(text_of(again) == text, "a checkpoint changes when it is written and read");
  return true;
}

std::vector<std::string> seeds_checkpoint() {
  training::Checkpoint c;
  c.now = the_run().snapshot();
  c.identity = the_run().identity;
  c.history.resize(1);
  c.notes = {{"config", "[train]\nepochs = 9\n"}};
  std::vector<std::string> all = {text_of(c)};
  c.finished = true;
  c.stopped = "all 9 epochs are done";
  c.best = the_run().initial;
  c.now.position.best_epoch = 1;
  c.good = the_run().snapshot();
  c.history[0].layers.resize(2);
  c.history[0].layers[0].layer = "z1";
  c.history[0].layers[1].layer = "z2";
  all.push_back(text_of(c));
  return all;
}

bool run_safetensors(std::string_view bytes) {
  std::optional<training::Safetensors> file;
  if (!accepts([&] { file.emplace(std::string(bytes), "input"); })) return false;
  for (const std::string& name : file->names())
    for (const auto type : {training::TensorType::f32, training::TensorType::f64})
      accepts([&] { file->values(name, type, file->shape(name)); });
  return true;
}

std::vector<std::string> seeds_safetensors() {
  training::SafetensorsWriter writer;
  std::vector<std::string> all = {writer.bytes({})};
  writer.add("a", training::TensorType::f32, {2, 3}, [](size_t i) { return static_cast<double>(i); });
  writer.add("b", training::TensorType::f64, {}, [](size_t) { return 0.5; });
  writer.add("none", training::TensorType::f64, {0, 4}, [](size_t) { return 0; });
  all.push_back(writer.bytes({{"key", "value"}}));
  return all;
}

}  // namespace retrograd::fuzz
