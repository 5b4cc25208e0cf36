// A step of training on several ranks, by its parts. Started by mpirun; the first rank prints a JSON line for each
// network: seconds of a step, of one whose exchanges cost nothing, and of the exchanges alone; what was sent; and what
// messages of some sizes cost. Rounds of all kinds alternate; the fastest of each, which other programs disturb least.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "../shards/steps.hpp"
#include "parallel/peers.hpp"
#include "ranks/ranks.hpp"

namespace retrograd::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kShards = 8, kRounds = 25;
constexpr double kRoundSeconds = 0.05;

/// Counts what goes by; or, `silent`, lets nothing pass: exchanges are over at once, and the sums are nonsense.
class Watched : public Transport {
 public:
  Watched(Transport& inner, bool silent) : inner_(inner), silent_(silent) {}
  int rank() const override { return inner_.rank(); }
  int size() const override { return inner_.size(); }
  void exchange(int partner, std::span<const std::byte> sent, std::span<std::byte> received) override {
    bytes += sent.size();
    ++messages;
    if (!silent_) return inner_.exchange(partner, sent, received);
    std::memset(received.data(), 0, received.size());
  }
  void idle() override {
    if (!silent_) inner_.idle();
  }
  void abandon(const std::string& reason) override { inner_.abandon(reason); }

  size_t bytes = 0, messages = 0;

 private:
  Transport& inner_;
  const bool silent_;
};

double fastest(const std::vector<double>& times) { return *std::min_element(times.begin(), times.end()); }

template <class F>
double seconds(const F& f) {
  const auto start = Clock::now();
  f();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Seconds of an exchange with the furthest rank, by bytes.
nlohmann::json messages(Transport& transport) {
  nlohmann::json out = nlohmann::json::array();
  for (const size_t bytes : {8, 1024, 16384, 131072, 1048576, 4194304}) {
    std::vector<std::byte> sent(bytes), received(bytes);
    std::vector<double> times;
    const int partner = transport.rank() ^ (transport.size() / 2);
    for (int k = 0; k < 15; ++k) times.push_back(seconds([&] { transport.exchange(partner, sent, received); }));
    out.push_back({bytes, fastest(times)});
  }
  return out;
}

nlohmann::json measure(const Shape& shape, Transport& transport) {
  const Job job(shape);
  Watched real(transport, false), none(transport, true);
  nlohmann::json out = {{"network", shape.name},
                        {"batch", shape.batch},
                        {"ranks", transport.size()},
                        {"flops", job.program().flops_step() * static_cast<double>(shape.batch)},
                        {"gradient_bytes", 4 * job.program().trained_size},
                        {"layers", shape.hidden.size() + 1}};
  std::vector<double> whole, alone, sending;
  Peers peers(real);
  Peers silent(none, peers.bucket_bytes());
  Steps without(job, kShards, 1, transport.size() > 1 ? &silent : nullptr);
  without.take(2);
  if (transport.size() == 1) {
    const int steps = std::max(1, static_cast<int>(kRoundSeconds / seconds([&] { without.take(1); })));
    for (int round = 0; round < kRounds; ++round) alone.push_back(seconds([&] { without.take(steps); }) / steps);
    out["step"] = out["compute"] = fastest(alone);
    out["exchange"] = out["bytes"] = out["messages"] = 0;
    return out;
  }
  Steps with(job, kShards, 1, &peers);
  std::vector<float> gradient(job.program().trained_size);
  double steps = 0;
  const double once = seconds([&] { with.take(1); });
  if (transport.rank() == 0) steps = std::max(1.0, std::floor(kRoundSeconds / once));
  peers.sum({&steps, 1});
  const int count = static_cast<int>(steps);
  size_t bytes = 0, sent = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto wait = [&] {
      double one = 1;
      peers.sum({&one, 1});
    };
    wait();
    const size_t before = real.bytes, messages_before = real.messages;
    whole.push_back(seconds([&] { with.take(count); }) / count);
    bytes = (real.bytes - before) / static_cast<size_t>(count);
    sent = (real.messages - messages_before) / static_cast<size_t>(count);
    wait();
    alone.push_back(seconds([&] { without.take(count); }) / count);
    wait();
    sending.push_back(seconds([&] {
                        for (int k = 0; k < count; ++k) {
                          peers.begin_step(shape.batch, kShards);
                          peers.ready(gradient);
                          peers.finish();
                        }
                      }) /
                      count);
  }
  out["step"] = fastest(whole);
  out["compute"] = fastest(alone);
  out["exchange"] = fastest(sending);
  out["bytes"] = bytes;
  out["messages"] = sent;
  return out;
}

int run() {
  const int ranks = cli::started_ranks();
  const std::vector<Shape> shapes = {{"64-256-256-256-2", 64, {256, 256, 256}, 2, 1024, "adam"},
                                     {"784-512-512-10", 784, {512, 512}, 10, 1024, "adam"},
                                     {"1024-1024-1024-10", 1024, {1024, 1024}, 10, 2048, "adam"},
                                     {"784-512-512-10, batch norm", 784, {512, 512}, 10, 1024, "adam", true}};
  const std::unique_ptr<Transport> transport = cli::load_transport(ranks);
  const bool first = transport->rank() == 0;
  if (ranks > 1) {
    const nlohmann::json costs = messages(*transport);
    if (first) fmt::print("{}\n", nlohmann::json{{"messages", costs}, {"ranks", ranks}}.dump());
  }
  for (const Shape& shape : shapes) {
    const nlohmann::json line = measure(shape, *transport);
    if (first) fmt::print("{}\n", line.dump());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace retrograd::bench

int main() {
  try {
    return retrograd::bench::run();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
