// The fields of every part of a receipt, each named once: writing and reading visit the same list.
#pragma once

#include "retrograd/explain.hpp"

namespace retrograd::explaining {

// v(name, member) visits a field; v.single(name, member) one that holds float32 numbers in a float32 receipt.

template <class V>
void fields(V& v, MathText& m) {
  v("text", m.text);
  v("latex", m.latex);
  v("mathml", m.mathml);
}

template <class V>
void fields(V& v, MathFormula::Where& w) {
  v("left", w.left);
  v("right", w.right);
}

template <class V>
void fields(V& v, MathFormula& f) {
  v("left", f.left);
  v("right", f.right);
  v("where", f.where);
}

template <class V>
void fields(V& v, Audited& a) {
  v.single("computed", a.computed);
  v("recomputed", a.recomputed);
  v("unit", a.unit);
  v("ulp", a.ulp);
  v("bound", a.bound);
  v("ok", a.ok);
}

template <class V>
void fields(V& v, ValueNumbers& n) {
  v("name", n.name);
  v("about", n.about);
  v("features", n.features);
  v.single("computed", n.computed);
  v("recomputed", n.recomputed);
  v("worst_ulp", n.worst_ulp);
  v("bound", n.bound);
  v("ok", n.ok);
  v("units", n.units);
}

template <class V>
void fields(V& v, ParameterNumbers& p) {
  v("name", p.name);
  v("rows", p.rows);
  v("cols", p.cols);
  v("trained", p.trained);
  v.single("values", p.values);
  v.single("gradient", p.gradient);
  v("worst_ulp", p.worst_ulp);
  v("bound", p.bound);
  v("ok", p.ok);
}

template <class V>
void fields(V& v, ForwardEquation& f) {
  v("output", f.output);
  v("op", f.op);
  v("kind", f.kind);
  v("label", f.label);
  v("layer", f.layer);
  v("inputs", f.inputs);
  v("parameters", f.parameters);
  v("attributes", f.attributes);
  v("attribute_names", f.attribute_names);
  v("units", f.units);
  v("sizes", f.sizes);
  v("scope", f.scope);
  v("formula", f.formula);
  v("for_loss", f.for_loss);
  v("for_prediction", f.for_prediction);
  v("gains", f.gains);
  v("gain", f.gain);
  v("extra_symbol", f.extra_symbol);
  v("extra", f.extra);
}

template <class V>
void fields(V& v, BackwardEquation& b) {
  v("kind", b.kind);
  v("output", b.output);
  v("forward", b.forward);
  v("dy", b.dy);
  v("dx", b.dx);
  v("dparameters", b.dparameters);
  v("terms", b.terms);
}

template <class V>
void fields(V& v, Term& t) {
  v("row", t.row);
  v("unit", t.unit);
  v("local", t.local);
  v.single("upstream", t.upstream);
  v("product", t.product);
  v("node", t.node);
}

template <class V>
void fields(V& v, DerivationPath& p) {
  v("equation", p.equation);
  v("op", p.op);
  v("kind", p.kind);
  v("upstream", p.upstream);
  v("local", p.local);
  v("terms", p.terms);
  v("folded", p.folded);
  v("folded_sum", p.folded_sum);
  v("folded_magnitude", p.folded_magnitude);
  v("zeros", p.zeros);
  v("sum", p.sum);
  v("locals", p.locals);
}

template <class V>
void fields(V& v, DerivationNode& n) {
  v("name", n.name);
  v("quantity", n.quantity);
  v("parameter", n.parameter);
  v("row", n.row);
  v("from", n.from);
  v("unit", n.unit);
  v("symbol", n.symbol);
  v("value", n.value);
  v("paths", n.paths);
  v("leaf", n.leaf);
}

template <class V>
void fields(V& v, LongWay::Column& c) {
  v("unit", c.unit);
  v("dp_dz", c.dp_dz);
  v("products", c.products);
  v("sum", c.sum);
  v("collapsed", c.collapsed);
}

template <class V>
void fields(V& v, LongWay& w) {
  v("value", w.value);
  v("activation", w.activation);
  v("probabilities", w.probabilities);
  v("loss_of_p", w.loss_of_p);
  v("dl_dp", w.dl_dp);
  v("dp_dz", w.dp_dz);
  v("collapsed", w.collapsed);
  v("target", w.target);
  v("p", w.p);
  v("dl_dp_numbers", w.dl_dp_numbers);
  v("columns", w.columns);
}

template <class V>
void fields(V& v, Operand& o) {
  v("name", o.name);
  v("value", o.value);
}

template <class V>
void fields(V& v, ForwardTrace& t) {
  v("value", t.value);
  v("unit", t.unit);
  v("equation_op", t.equation_op);
  v("formula", t.formula);
  v("operands", t.operands);
  v("folded", t.folded);
  v("result", t.result);
}

template <class V>
void fields(V& v, RowShare& r) {
  v("row", r.row);
  v.single("loss", r.loss);
  v("weight", r.weight);
  v("share", r.share);
  v("forward", r.forward);
  v.single("backward", r.backward);
  v("contribution", r.contribution);
}

template <class V>
void fields(V& v, UpdateLine& l) {
  v("formula", l.formula);
  v("left", l.left);
  v("value", l.value);
}

template <class V>
void fields(V& v, Update& u) {
  v("known", u.known);
  v("optimizer", u.optimizer);
  v("source", u.source);
  v("fresh", u.fresh);
  v("state", u.state);
  v("step", u.step);
  v("eta", u.eta);
  v("eta_from", u.eta_from);
  v("scale", u.scale);
  v("clip", u.clip);
  v("weight_decay", u.weight_decay);
  v("l1", u.l1);
  v("l2", u.l2);
  v("clip_value", u.clip_value);
  v("clip_norm", u.clip_norm);
  v("max_norm", u.max_norm);
  v("symbols", u.symbols);
  v("lines", u.lines);
  v.single("before", u.before);
  v.single("after", u.after);
  v("after_lines", u.after_lines);
  v("max_norm_factor", u.max_norm_factor);
}

template <class V>
void fields(V& v, Derivation& d) {
  v("parameter", d.parameter);
  v("layer_equation", d.layer_equation);
  v("from", d.from);
  v("to", d.to);
  v("symbol", d.symbol);
  v("from_name", d.from_name);
  v("to_name", d.to_name);
  v.single("theta", d.theta);
  v("nodes", d.nodes);
  v("unopened", d.unopened);
  v("forward", d.forward);
  v("rows", d.rows);
  v("folded_rows", d.folded_rows);
  v("folded_contribution", d.folded_contribution);
  v("folded_row_magnitude", d.folded_row_magnitude);
  v("update", d.update);
  v("central_difference", d.central_difference);
  v("central_step", d.central_step);
  v("central_error", d.central_error);
  v("central_ok", d.central_ok);
  v.single("executor", d.executor);
  v("executor_ok", d.executor_ok);
}

template <class V>
void fields(V& v, GainStep& g) {
  v("equation", g.equation);
  v("op", g.op);
  v("kind", g.kind);
  v("from", g.from);
  v("to", g.to);
  v("ratio", g.ratio);
}

template <class V>
void fields(V& v, GainLayer& g) {
  v("layer", g.layer);
  v("above", g.above);
  v("norm", g.norm);
  v("ratio", g.ratio);
  v("wires", g.wires);
  v("gains", g.gains);
  v("activation", g.activation);
  v("units", g.units);
  v("saturated", g.saturated);
  v("dead", g.dead);
  v("mean_gain", g.mean_gain);
  v("smallest_gain", g.smallest_gain);
  v("largest_gain", g.largest_gain);
}

template <class V>
void fields(V& v, NeuronFocus& n) {
  v("value", n.value);
  v("unit", n.unit);
}

template <class V>
void fields(V& v, Explanation& e) {
  v("precision", e.precision);  // first: it says how the others are read
  v("fingerprint", e.fingerprint);
  v("source", e.source);
  v("task", e.task);
  v("classes", e.classes);
  v("batch", e.batch);
  v("mode_note", e.mode_note);
  v("rows", e.rows);
  v("focus", e.focus);
  v("seed", e.seed);
  v("step", e.step);
  v("terms", e.terms);
  v("open", e.open);
  v("max_nodes", e.max_nodes);
  v("loss", e.loss);
  v.single("losses", e.losses);
  v("weights", e.weights);
  v("row_weight", e.row_weight);
  v("loss_name", e.loss_name);
  v("target_text", e.target_text);
  v("prediction_text", e.prediction_text);
  v("loss_formula", e.loss_formula);
  v("reduction", e.reduction);
  v("forward", e.forward);
  v("backward", e.backward);
  v("values", e.values);
  v("gradients", e.gradients);
  v("parameters", e.parameters);
  v("long_way", e.long_way);
  v("neuron", e.neuron);
  v("derivations", e.derivations);
  v("gain_steps", e.gain_steps);
  v("gain_layers", e.gain_layers);
  v("audited", e.audited);
  v("disagreements", e.disagreements);
  v("complaints", e.complaints);
  v("audit_note", e.audit_note);
}

}  // namespace retrograd::explaining
