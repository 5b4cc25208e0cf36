// How the animals of the zoo are put together.
#pragma once

#include "zoo/animals.hpp"
#include "zoo/made_up.hpp"

namespace retrograd::zoo {

/// Training options that leave little to infer: this optimiser and rate, batch 32, one thread, constant schedule.
TrainOptions plan_of(const std::string& optimizer, double rate, int epochs);

/// A set-up on made-up data. `validated`: a fifth of the rows is held out.
Setup setup(Half half, Task task, const Shape& shape, const NetworkOptions& network, const TrainOptions& options,
            bool validated = false);

/// Preprocessing taken out of the network, as when somebody builds the layers by hand.
void without_scaling(Setup& s);
/// Every layer of weights gets this initialiser.
void initialise(Setup& s, const std::string& name, double argument);
/// An activation between the last linear layer and the loss.
void squash_output(Setup& s, const std::string& type);

}  // namespace retrograd::zoo
