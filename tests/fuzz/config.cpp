// config.toml.
#include "fuzz/target.hpp"
#include "settings/options.hpp"
#include "settings/settings.hpp"

namespace retrograd::fuzz {

bool run_config(std::string_view bytes) {
  cli::Settings settings;
  if (!accepts([&] { settings = cli::Settings::from_toml_text(std::string(bytes), "input"); })) return false;
  const std::string text = settings.to_toml();
  cli::Settings again;
  expect(accepts([&] { again = cli::Settings::from_toml_text(text, "written"); }),
         "a configuration is refused as it was written:\n{}", text);
  expect(again.to_toml() == text, "a configuration changes when it is read and written");
  accepts([&] { cli::data_options(settings); });
  accepts([&] { cli::network_options(settings); });
  accepts([&] { cli::train_options(settings); });
  return true;
}

std::vector<std::string> seeds_config() {
  return {cli::Settings().to_toml(),
          "[data]\ntrain = \"t.csv\"\ntarget = [\"a\", 'b']\n[train]\nepochs = 7\nclass_weight = [\"yes=2.5\"]\n",
          "[[layer]]\ntype = \"linear\"\nname = \"z1\"\nunits = 12\ninitializer = \"normal\"\n"
          "initializer_argument = 0.5\n[[layer]]\ntype = \"leaky_relu\"\nalpha = 0.2\n[[layer]]\ntype = \"add\"\n"
          "inputs = [\"z1\", \"a1\"]\n[train]\nlr = 1e-3\nschedule = \"step:every=3\"\n"};
}

}  // namespace retrograd::fuzz
