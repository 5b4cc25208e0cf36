// A diagnosis as text and as JSON.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "retrograd/diagnose.hpp"

namespace retrograd {
namespace {

constexpr size_t kWidth = 80;

/// Characters, not bytes.
size_t width(std::string_view text) {
  size_t n = 0;
  for (const char c : text) n += (c & 0xC0) != 0x80;
  return n;
}

/// `label` and `text`, wrapped at spaces, the following lines indented below the text.
std::string paragraph(const std::string& label, const std::string& text) {
  const std::string indent(13, ' ');
  std::string out = fmt::format("  {:<11}", label), line;
  size_t used = indent.size();
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (used + width(word) > kWidth && used > indent.size()) {
      out += "\n" + indent;
      used = indent.size();
    } else if (used > indent.size()) {
      out += ' ';
    }
    out += word;
    used += width(word) + 1;
    at = end + 1;
  }
  return out + "\n";
}

nlohmann::json number(double v) { return std::isfinite(v) ? nlohmann::json(v) : nlohmann::json(nullptr); }

std::string layer_table(const std::vector<LayerStatistics>& layers) {
  std::string text = fmt::format("{:<12} {:>9} {:>9} {:>9} {:>9} {:>9} {:>6} {:>8}\n", "layer", "‖δ‖", "‖∂L/∂W‖",
                                 "wires", "ampl.", "median σ'", "dead", "saturated");
  for (const LayerStatistics& s : layers)
    text +=
        fmt::format("{:<12} {:>9.3g} {:>9.3g} {:>9.3g} {:>9.3g} {:>9.3g} {:>5.0f}% {:>8.0f}%\n", s.layer.substr(0, 12),
                    s.delta, s.dW, s.wires, s.amplifiers, s.gain_median, 100 * s.share_dead, 100 * s.share_saturated);
  return text;
}

}  // namespace

std::string Diagnosis::to_text() const {
  std::string text;
  if (!layers.empty())
    text = fmt::format("{} rows: mean loss {:.5g}, a constant output has {:.5g}\n\n{}\n", rows, loss, constant_loss,
                       layer_table(layers));
  if (healthy()) return text + "healthy: nothing was found\n";
  text += fmt::format("{} finding{}\n", findings.size(), findings.size() == 1 ? "" : "s, causes first");
  for (size_t k = 0; k < findings.size(); ++k) {
    const Finding& f = findings[k];
    text += fmt::format("\n{}. {}{}  [{}]\n", k + 1, f.title, f.layer.empty() ? "" : " (" + f.layer + ")", f.id);
    text += paragraph("found", f.what) + paragraph("cause", f.cause) + paragraph("remedy", f.remedy);
    for (const Counterfactual& c : f.measured)
      text += paragraph("measured",
                        fmt::format("{}: {:.4g} as it is, {:.4g} with {}", c.quantity, c.as_is, c.changed, c.change));
    // Commands are not wrapped: they are copied.
    if (!f.command.empty()) text += "  try        " + f.command + "\n";
    text += "  see        " + f.explain + "\n";
  }
  return text;
}

std::string Diagnosis::to_json() const {
  nlohmann::json json = {{"healthy", healthy()},
                         {"rows", rows},
                         {"loss", number(loss)},
                         {"constant_loss", number(constant_loss)},
                         {"held_out", number(held_out)},
                         {"layers", nlohmann::json::array()},
                         {"findings", nlohmann::json::array()}};
  for (const LayerStatistics& s : layers)
    json["layers"].push_back({{"layer", s.layer},
                              {"delta", number(s.delta)},
                              {"dW", number(s.dW)},
                              {"W", number(s.W)},
                              {"z", number(s.z)},
                              {"wires", number(s.wires)},
                              {"amplifiers", number(s.amplifiers)},
                              {"gain_low", number(s.gain_low)},
                              {"gain_median", number(s.gain_median)},
                              {"gain_high", number(s.gain_high)},
                              {"share_dead", number(s.share_dead)},
                              {"share_saturated", number(s.share_saturated)}});
  for (const Finding& f : findings) {
    nlohmann::json entry = {{"id", f.id},
                            {"title", f.title},
                            {"layer", f.layer},
                            {"what", f.what},
                            {"cause", f.cause},
                            {"remedy", f.remedy},
                            {"command", f.command},
                            {"explain", f.explain},
                            {"evidence", nlohmann::json::object()},
                            {"measured", nlohmann::json::array()}};
    for (const auto& [name, value] : f.evidence) entry["evidence"][name] = number(value);
    for (const Counterfactual& c : f.measured)
      entry["measured"].push_back(
          {{"change", c.change}, {"quantity", c.quantity}, {"as_is", number(c.as_is)}, {"changed", number(c.changed)}});
    json["findings"].push_back(std::move(entry));
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace retrograd
