// The sections of an explanation in text, each written onto a page.
#pragma once

#include "explain/text/layout.hpp"
#include "retrograd/explain.hpp"

namespace retrograd::text {

/// What was explained: the loss with its numbers, gradient descent, the optimiser.
void write_statement(const Explanation& e, Page& page);
/// One parameter, from ∂z/∂w and ∂l/∂z back to the loss. `whole`: every opened number; else the first step only.
void write_derivation(const Explanation& e, const Derivation& d, bool whole, Page& page);
/// The neuron that was asked for, with every wire in and out; nothing if none was.
void write_neuron(const Explanation& e, Page& page);
/// The gradient at the scores by the Jacobian of softmax, and how it collapses.
void write_long_way(const Explanation& e, Page& page);
/// The step that the optimiser makes from this gradient.
void write_update(const Derivation& d, Page& page);
/// The network forward and reversed: drawn if it is small, else its strongest neurons and a strip a layer.
void write_networks(const Explanation& e, Page& page);
/// What wires and amplifiers did to the size of δ, layer by layer.
void write_gain_budget(const Explanation& e, Page& page);
/// Whether the fast code and the formulas agree.
void write_audit(const Explanation& e, Page& page);

}  // namespace retrograd::text
