// A network description: inputs, layers in any directed acyclic arrangement, a loss. Nothing is computed here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace retrograd {

/// One layer: a use of an operator. `inputs` name other layers or network inputs; empty means the layer before.
struct Layer {
  std::string type;  ///< operator, e.g. "linear", "relu", "dropout"
  std::string name;  ///< unique; empty: z1, a1, z2, … for linear and activation, type and number otherwise
  std::vector<std::string> inputs;                ///< empty: the previous layer (or the only input)
  int units = 0;                                  ///< outputs of a linear layer
  std::map<std::string, double> attributes = {};  ///< e.g. {"alpha", 0.01}; defaults otherwise
  std::vector<int> sizes = {};                    ///< one_hot, embed: categories of each column
  std::string initializer = {};     ///< of W: "he_normal", "glorot_uniform", …; empty: by the activation that follows
  double initializer_argument = 0;  ///< of "constant", "normal", "uniform"; a gain for the others (0: 1)
  /// By the name of a parameter in the formula, e.g. {"b", 0.1}: what multiplies the learning rate η for it (1 where
  /// nothing is said), and the weight decay λ (1 for weights, 0 for the others).
  std::map<std::string, double> rates = {}, decays = {};
};

/// A named input of `features` numbers a row.
struct NetworkInput {
  std::string name;
  int features = 0;
};

/// Describes a network. The methods add a layer at the end and return *this, so that descriptions chain:
///
///     Network net;
///     net.input("x", 784).linear(128).activation("relu").linear(10).loss("softmax_xent");
///
/// Mistakes (unknown operator, sizes that do not fit, cycles, two layers of one name) are reported by compile().
class Network {
 public:
  Network& input(std::string name, int features);
  Network& linear(int units, std::string name = {});
  Network& activation(std::string type, std::map<std::string, double> attributes = {});
  Network& dropout(double rate);
  Network& layer(Layer layer);
  /// The loss of the last layer (or of `of`) against the target "y" (or the layer named `target`, made from "y", or
  /// from inputs, without trained parameters: no gradient flows through a target). The prediction that belongs to it is
  /// added: softmax for softmax_xent, sigmoid for sigmoid_bce, the value itself otherwise.
  Network& loss(std::string type, std::map<std::string, double> attributes = {}, std::string of = {},
                std::string target = "y");
  /// Features of the target "y": 1 for a class code or a number; K for soft targets, K labels or K numbers.
  Network& target(int features);
  /// The layer that is the prediction, when it is not the one that the loss implies.
  Network& prediction(std::string layer);

  std::vector<NetworkInput> inputs;
  std::vector<Layer> layers;
  std::string loss_type;
  std::map<std::string, double> loss_attributes;
  std::string loss_of, loss_target = "y";
  int target_features = 1;
  std::string prediction_layer;
  /// Ensemble: the layers that take the place of loss_of, one a member; the loss is the mean of theirs, and the
  /// prediction that the loss implies is the mean of theirs. Empty: loss_of alone.
  std::vector<std::string> members;

  friend bool operator==(const Network&, const Network&);
};

}  // namespace retrograd
