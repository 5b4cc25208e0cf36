// The names of columns stay with them as long as every unit is of one column.
#include "explain/core/unit_names.hpp"

#include <gtest/gtest.h>

#include "explain/small_networks.hpp"

namespace retrograd {
namespace {

using explain_test::layer;
using Names = std::vector<std::string>;

DataSpec table() {
  DataSpec spec;
  const auto add = [&](const char* name, ColumnType type, ColumnRole role, Names categories = {}) {
    ColumnSpec column;
    column.name = name;
    column.type = type;
    column.role = role;
    column.categories = std::move(categories);
    spec.columns.push_back(column);
  };
  add("age", ColumnType::numeric, ColumnRole::feature);
  add("city", ColumnType::categorical, ColumnRole::feature, {"Bern", "Rome"});
  add("income", ColumnType::numeric, ColumnRole::feature);
  add("price", ColumnType::numeric, ColumnRole::target);
  spec.task = Task::regression;
  return spec;
}

Names of(const Network& network, const std::string& value) {
  const graph::ForwardProgram program = graph::compile(network);
  return explaining::unit_names(program, table()).at(static_cast<size_t>(program.value(value)));
}

Network inputs() {
  Network network;
  network.input("numeric", 2).input("categorical", 1);
  return network;
}

void end(Network& network) { network.linear(1).target(1).loss("squared"); }

TEST(UnitNames, PassThroughWhatKeepsOneValueAColumn) {
  for (const char* type :
       {"impute", "standardise", "smooth_clip", "clip", "scale", "layer_norm", "batch_norm", "tanh", "dropout"}) {
    Network network = inputs();
    network.layer(layer(type, "one", {"numeric"})).layer(layer("scale", "two", {"one"}));
    end(network);
    EXPECT_EQ(of(network, "one"), (Names{"age", "income"})) << type;
    EXPECT_EQ(of(network, "two"), (Names{"age", "income"})) << type;
    EXPECT_EQ(of(network, "z1"), Names{"price"}) << type;
  }
}

TEST(UnitNames, SayWhatIsMadeOfAColumn) {
  Network network = inputs();
  Layer bins = layer("piecewise", "bins", {"numeric"}), city = layer("one_hot", "city", {"categorical"}),
        embedded = layer("embed", "embedded", {"categorical"}, 2);
  bins.sizes = {2, 1};
  city.sizes = embedded.sizes = {2};
  network.layer(bins).layer(city).layer(embedded);
  network.layer(layer("periodic", "waves", {"numeric"}, 0, {{"outputs", 2}}));
  network.layer(layer("is_missing", "missing", {"numeric"}));
  network.layer(layer("concat", "x", {"numeric", "missing", "bins", "city", "embedded", "waves"}));
  network.layer(layer("scale", "weighted", {"x"}));
  end(network);
  EXPECT_EQ(of(network, "weighted"),
            (Names{"age", "income", "age missing", "income missing", "age bin 1", "age bin 2", "income bin 1",
                   "city=Bern", "city=Rome", "city embedded 1", "city embedded 2", "age wave 1", "age wave 2",
                   "income wave 1", "income wave 2"}));
}

TEST(UnitNames, EndWhereColumnsMix) {
  Network network = inputs();
  network.layer(layer("linear", "hidden", {"numeric"}, 2)).layer(layer("tanh", "bent", {"hidden"}));
  network.layer(layer("add", "sum", {"bent", "numeric"})).layer(layer("tanh", "squeezed", {"numeric"}));
  network.layer(layer("blend", "blended", {"squeezed", "numeric"}));
  network.layer(layer("concat", "both", {"numeric", "bent"})).layer(layer("concat", "mixed", {"bent", "hidden"}));
  network.layer(layer("concat", "all", {"sum", "blended", "both", "mixed"}));
  end(network);
  for (const char* mixed : {"hidden", "bent", "sum", "mixed"}) EXPECT_EQ(of(network, mixed), Names()) << mixed;
  EXPECT_EQ(of(network, "blended"), (Names{"age", "income"}));
  EXPECT_EQ(of(network, "both"), (Names{"age", "income", "bent[1]", "bent[2]"}));
}

}  // namespace
}  // namespace retrograd
