#include "follow.hpp"

#include "held_out.hpp"
#include "options.hpp"
#include "retrograd/start_from.hpp"
#include "retrograd/train.hpp"
#include "verb.hpp"

namespace retrograd::cli {

void tell_followers(Peers& peers, bool train) { text_of_first(peers, train ? "train" : ""); }

int follow(Peers& peers, Settings settings, const Resumption* resumption, const std::string& out) {
  if (text_of_first(peers, {}).empty()) return 0;
  TrainOptions training = train_options(settings);
  DataOptions reading = data_options(settings);
  if (training.threads > 0) reading.threads = training.threads;
  std::optional<Start> start;
  DataSpec spec;
  if (const std::string from = settings.text("from"); !from.empty()) {
    start = start_from(load_model(from), reading.task);
    spec = start->spec;
  } else {
    spec = spec_from_json(text_of_first(peers, {}));  // what the columns hold is found out once
  }
  const ReadOptions as_first{reading.threads, reading.on_bad_row};
  Dataset data = load_with(settings.text("train"), spec, Part::train, true, as_first);
  std::optional<Dataset> valid;
  if (const std::string file = settings.text("valid"); !file.empty()) {
    valid = load_with(file, spec, Part::test, true, as_first);
  } else if (const HeldOut held = held_out(settings, spec, data, training.seed); held.fraction > 0) {
    valid = part(data, held.rows.valid);
    data = part(data, held.rows.train);
  }
  std::vector<std::string> said_by_the_first;
  settings = with_preset(std::move(settings), spec, data.rows, said_by_the_first);
  training = train_options(settings);
  const Prepared prepared = start ? start->prepared : prepare(settings, spec, data);
  if (training.checkpoint.every != "none") training.checkpoint.folder = checkpoint_folder(out);
  training.checkpoint.resume = resumption != nullptr;
  training.peers = &peers;
  train(prepared, spec, data, valid ? &*valid : nullptr, training);
  return 0;
}

}  // namespace retrograd::cli
