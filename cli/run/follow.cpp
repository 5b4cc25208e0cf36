#include "run/follow.hpp"

#include <nlohmann/json.hpp>

#include "ranks/rows.hpp"
#include "retrograd/folds.hpp"
#include "run/held_out.hpp"
#include "run/search.hpp"
#include "settings/options.hpp"

namespace retrograd::cli {

void tell_followers(Peers& peers, bool train) { text_of_first(peers, train ? "train" : ""); }

void tell_followers_to_search(Peers& peers, const SearchOptions& options) {
  const nlohmann::json json = {options.seconds, options.fixed, options.trials, options.concurrent, options.folder};
  const std::vector<uint8_t> bytes = nlohmann::json::to_cbor(json);  // the time may be infinite
  text_of_first(peers, {bytes.begin(), bytes.end()});
}

namespace {

SearchOptions search_of_first(Peers& peers) {
  const nlohmann::json json = nlohmann::json::from_cbor(text_of_first(peers, {}));
  return {
      .seconds = json.at(0), .fixed = json.at(1), .trials = json.at(2), .concurrent = json.at(3), .folder = json.at(4)};
}

}  // namespace

int follow(Peers& peers, Settings settings, const Resumption* resumption, const std::string& out) {
  if (text_of_first(peers, {}).empty()) return 0;
  TrainOptions training = train_options(settings);
  const auto folds = static_cast<int>(settings.integer("folds"));
  const Machine machine(peers);
  const DataSpec spec = spec_from_json(text_of_first(peers, {}));  // what the columns hold is found out once
  RowsOfRun rows;
  if (machine.reads()) {
    ReadOptions reading = read_options(settings);
    if (training.threads > 0) reading.threads = training.threads;
    rows.train = read_with(settings.text("train"), spec, Part::train, reading);
    if (const std::string file = settings.text("valid"); !file.empty()) {
      ReadOptions other = read_options(settings, ".valid");
      other.threads = reading.threads;
      rows.valid = read_with(file, spec, Part::test, other);
    } else if (folds == 0) {  // each of them holds out its own
      if (const HeldOut held = held_out(settings, spec, rows.train, training.seed); held.fraction > 0) {
        rows.valid = part(rows.train, held.rows.valid);
        rows.train = part(rows.train, held.rows.train);
      }
    }
  }
  rows = share(peers, machine, std::move(rows));
  std::vector<std::string> said_by_the_first;
  const int64_t trained_on = folds > 0 ? rows.train.rows - rows.train.rows / folds : rows.train.rows;
  settings = with_preset(std::move(settings), spec, trained_on, said_by_the_first);
  training = train_options(settings);
  const Prepared prepared = share(peers, Prepared());
  if (training.checkpoint.every != "none") training.checkpoint.folder = checkpoint_folder(out);
  training.checkpoint.resume = resumption != nullptr;
  training.peers = &peers;
  if (folds > 0)
    train_folds_apart([&](const Dataset& some) { return prepare(settings, spec, some); }, spec, rows.train, folds,
                      training);
  else if (searches(settings))
    join_search([&](const NetworkOptions& network) { return prepare(settings, network, spec, rows.train); }, spec,
                rows.train, *rows.valid, network_options(settings), training, search_of_first(peers));
  else
    train(prepared, spec, rows.train, rows.valid ? &*rows.valid : nullptr, training);
  memory_of_ranks(peers);
  return 0;
}

}  // namespace retrograd::cli
