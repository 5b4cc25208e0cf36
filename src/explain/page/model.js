// Reads the receipt that the page carries and arranges it as columns of units joined by links: what the drawing and the
// derivations are made from. Nothing is computed here that the receipt holds.

/** Numbers as base64 of little-endian floats, or a plain array. */
function numbers(packed) {
  if (packed === null || packed === undefined) return null;
  if (Array.isArray(packed)) return packed;
  const bytes = Uint8Array.from(atob(packed.base64), (c) => c.charCodeAt(0));
  return packed.type === 'f64' ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer);
}

class View {
  constructor(receipt, parameters) {
    this.receipt = receipt;
    this.base = 1; // units are counted from 1 where people read them
    this.batch = receipt.batch && receipt.rows.length > 1; // false: this row
    this.values = new Map(receipt.values.map((v) => [v.name, v]));
    this.gradients = new Map(receipt.gradients.map((g) => [g.about, g]));
    this.gradientNames = new Map(receipt.gradients.map((g) => [g.name, g.about]));
    this.parameters = new Map(receipt.parameters.map((p) => [p.name, p]));
    for (const [name, packed] of Object.entries(parameters)) {
      const p = this.parameters.get(name);
      if (!p) continue;
      p.all = numbers(packed.values);
      p.dAll = numbers(packed.gradient);
    }
    for (const p of this.parameters.values()) {
      const whole = (list) => (list?.length === p.rows * p.cols ? list : null);
      p.all = p.all ?? whole(p.values);
      p.dAll = p.dAll ?? whole(p.gradient);
    }
    this.columns = [];
    this.links = [];
    this.makes = new Map(); // value → column
    this.build();
    this.loss = this.lossEnd();
    this.choose(0);
  }

  value(name) {
    return this.values.get(name)?.computed ?? null;
  }

  gradient(about) {
    const g = this.gradients.get(about);
    return g && g.computed && g.computed.length ? g.computed : null;
  }

  build() {
    // What nothing asks a gradient of is data, however it was prepared: the drawing starts with it.
    const wanted = (e) => e.output === this.score() || this.gradient(e.output) || e.parameters.some((p) => this.parameters.get(p)?.trained);
    const path = this.receipt.forward.filter((e) => e.kind !== 'loss' && (e.for_loss || !e.for_prediction) && wanted(e));
    const uses = new Map();
    for (const e of this.receipt.forward.filter((f) => f.for_loss || !f.for_prediction)) {
      for (const v of e.inputs) uses.set(v, (uses.get(v) || 0) + 1);
    }
    for (const e of path) {
      for (const v of e.inputs) if (!this.makes.has(v)) this.source(v);
      if (this.passes(e) || this.fuses(e, uses)) continue;
      this.equationColumn(e);
    }
    this.links.forEach((link, k) => { link.at = k; });
    this.name();
  }

  score() {
    return this.receipt.forward.find((e) => e.kind === 'loss').inputs[0];
  }

  source(name) {
    const v = this.values.get(name);
    const root = this.values.get(this.rootOf(name));
    this.add({ kind: 'source', aName: name, zName: name, a: v.computed, z: null, delta: null, size: v.features, op: '',
      names: this.namesOf(name), picture: root.computed, image: imageShape(root.features, root.computed) });
  }

  made(name) {
    return this.receipt.forward.find((e) => e.output === name);
  }

  /** What a value was made from number by number (scaled, completed), if it was. */
  before(name) {
    const e = this.made(name);
    const from = e?.inputs.length === 1 && (e.kind === 'preprocess' || e.scope === 'element') ? this.values.get(e.inputs[0]) : null;
    return from && from.features === this.values.get(name).features ? from.name : null;
  }

  rootOf(name) {
    const from = this.before(name);
    return from ? this.rootOf(from) : name;
  }

  /** Names of a value's units: its own, or those that its columns had before they were joined and prepared. */
  namesOf(name) {
    const v = this.values.get(name);
    if (v?.units?.length) return v.units;
    const from = this.before(name);
    if (from) return this.namesOf(from);
    const e = this.made(name);
    if (e?.op !== 'concat') return null;
    const parts = e.inputs.map((input) => this.namesOf(input));
    const all = parts.every(Boolean) ? parts.flat() : [];
    return all.length === v.features ? all : null;
  }

  /** An operator that changes nothing here (dropout in prediction) is not drawn. */
  passes(e) {
    const at = this.makes.get(e.inputs[0]);
    if (e.scope !== 'element' || e.inputs.length !== 1 || !e.gains?.length || e.gains.some((g) => g !== 1) || e.kind === 'activation') return false;
    const [before, after] = [this.value(e.inputs[0]), this.value(e.output)];
    if (before.some((v, k) => v !== after[k])) return false;
    this.makes.set(e.output, at);
    return true;
  }

  add(column) {
    column.at = this.columns.length;
    this.columns.push(column);
    this.makes.set(column.aName, column.at);
    return column;
  }

  /** An activation joins the neuron that it is the only reader of. */
  fuses(e, uses) {
    if (e.scope !== 'element' || e.inputs.length !== 1 || !e.gains?.length) return false;
    const column = this.columns[this.makes.get(e.inputs[0])];
    if (!column || column.kind !== 'neuron' || column.op || uses.get(e.inputs[0]) !== 1) return false;
    Object.assign(column, { aName: e.output, a: this.value(e.output), gain: e.gains, op: e.op, equation: e, dout: this.gradient(e.output) });
    this.makes.set(e.output, column.at);
    return true;
  }

  equationColumn(e) {
    const v = this.values.get(e.output);
    const element = e.scope === 'element';
    const same = e.inputs.every((name) => this.values.get(name).features === v.features);
    const own = element && e.inputs.length === 1;
    const delta = this.gradient(own ? e.inputs[0] : e.output);
    const dout = this.gradient(e.output);
    const gain = own ? e.gains : null;
    const column = this.add({ kind: 'neuron', zName: own ? e.inputs[0] : e.output, aName: e.output, size: v.features,
      z: own ? this.value(e.inputs[0]) : v.computed, a: v.computed, gain,
      delta: gain && dout ? dout.map((d, k) => d * gain[k]) : delta, dout, names: v.units?.length ? v.units : null,
      op: own ? e.op : '', equation: own ? e : null, made: e, layer: e.layer, label: e.label });
    const linear = e.kind === 'linear';
    const [W, b] = linear ? [this.parameters.get(e.parameters[0]), this.parameters.get(e.parameters[1])] : [null, null];
    if (b?.all) column.bias = b.all;
    let joined = 0; // units of a concat that stand before this input's
    for (const name of e.inputs) {
      const link = { from: this.makes.get(name), to: column.at, op: e.op, equation: e, kind: 'block', offset: 0, weight: () => 1 };
      if (linear && W?.all) Object.assign(link, { kind: 'dense', W, name: W.name, weight: (i, j) => W.all[i * W.cols + j] });
      else if (linear && W) link.leftOut = W.rows * W.cols;
      else if (element && same) link.kind = 'each';
      else if (e.op === 'concat') Object.assign(link, { kind: 'each', offset: joined });
      joined += this.values.get(name).features;
      this.links.push(link);
    }
  }

  /** Words over the columns; what has no activation of its own passes on what it gets, except at the output. */
  name() {
    const scores = this.score();
    this.columns.forEach((column, k) => {
      const layer = column.made?.kind === 'linear';
      if (column.kind === 'source') column.title = column.aName === 'x' ? 'input' : column.aName;
      else if (column.aName === scores && !column.op) Object.assign(column, { kind: 'output', title: 'output' });
      else column.title = layer ? `layer ${column.layer + 1}${column.op ? `, ${column.op}` : ''}` : column.made.op + (column.op && column.op !== column.made.op ? `, ${column.op}` : '');
      if (column.kind === 'neuron' && !column.gain && column.delta) {
        column.gain = new Array(column.size).fill(1);
        column.dout = column.dout || column.delta;
      }
      column.last = k === this.columns.length - 1;
    });
  }

  lossEnd() {
    const e = this.receipt.forward.find((f) => f.kind === 'loss');
    const long = this.receipt.long_way;
    const focusLoss = this.receipt.losses[this.receipt.focus];
    const target = this.value(e.inputs[1]);
    const scores = this.value(e.inputs[0]);
    const column = this.columns[this.makes.get(e.inputs[0])];
    const result = { equation: e, op: e.op, value: focusLoss, long: long || null, column };
    if (long) {
      const hit = long.target.indexOf(1);
      // What the loss compares p with: the target, part of which label smoothing spreads evenly.
      const smoothing = e.attributes[0];
      const even = long.activation === 'softmax' ? smoothing / long.target.length : smoothing / 2;
      const asked = long.target.map((y) => (1 - smoothing) * y + even);
      Object.assign(result, { p: long.p, pName: 'p', dp: long.dl_dp_numbers, target: hit, boxName: long.activation, asked, askedName: smoothing > 0 ? 'y′' : 'y' });
      column.target = hit;
    } else {
      Object.assign(result, { p: scores, pName: 'ŷ', dp: null, target: -1, boxName: e.op.replaceAll('_', ' '), y: target?.length ? target : null });
    }
    const names = this.receipt.classes;
    if (names?.length === column.size && !column.names) column.names = names;
    return result;
  }

  /** Which derivation the page follows. */
  choose(k) {
    const d = this.receipt.derivations[k];
    this.derivation = d || null;
    this.chosen = null;
    if (!d) return;
    const link = this.links.find((l) => l.equation.parameters.includes(d.parameter));
    if (!link) return;
    this.chosen = { link: link.at, from: d.from >= 0 ? d.from : null, to: d.to };
    if (link.kind === 'block') this.chosen = { link: link.at, from: null, to: d.to };
  }

  /** Where the eye starts: the neuron that the chosen parameter feeds. */
  focus() {
    if (this.chosen) return { column: this.links[this.chosen.link].to, unit: this.chosen.to };
    const last = this.columns[this.columns.length - 1];
    return { column: last.at, unit: Math.max(0, last.target ?? 0) };
  }

  keep() {
    if (!this.chosen || this.chosen.from === null) return [];
    const link = this.links[this.chosen.link];
    return [{ column: link.from, unit: this.chosen.from }, { column: link.to, unit: this.chosen.to }];
  }

  /** What a wire shows: its weight or, for the batch, what the rows add up to in its gradient. */
  shown(link, i, j) {
    if (this.batch && link.W?.dAll) return link.W.dAll[i * link.W.cols + j];
    return link.weight(i, j);
  }

  into(c) {
    return this.links.filter((link) => link.to === c);
  }

  outOf(c) {
    return this.links.filter((link) => link.from === c);
  }
}

/** Square pictures of at least 8 × 8 whose pixels are not negative are shown as pictures. */
function imageShape(features, values) {
  const side = Math.round(Math.sqrt(features));
  if (side < 8 || side * side !== features || values.some((v) => v < 0)) return null;
  return { width: side, height: side };
}

function symbolOf(link, i, j) {
  return `${link.name}[${i + 1},${j + 1}]`;
}

function unitName(view, c, unit) {
  const column = view.columns[c];
  const name = column.names?.[unit];
  const symbol = `${column.kind === 'source' ? column.aName : column.zName}[${unit + view.base}]`;
  return name ? `${symbol} (${name})` : symbol;
}

function shortName(name) {
  if (!name) return null;
  const letters = [...name];
  return letters.length > 16 ? `${letters.slice(0, 15).join('')}…` : name;
}

function gainName(column) {
  return column.equation && column.equation.kind === 'activation' ? `${column.op}′(${column.zName})` : column.op || '1';
}

function wireKey(half, link, i, j) {
  return `${half}w:${link.at}:${i}:${j}`;
}
