// Cards: the derivation of one number, opened from the drawing. Every card adds its sum up again from its terms.

const TERMS_LISTED = 6;

/** Presentation MathML of the receipt as nodes: only MathML elements and harmless attributes are taken over. */
function mathOf(text) {
  const source = new DOMParser().parseFromString(`<math xmlns="${NAMESPACES.math}"><mrow>${text}</mrow></math>`, 'application/xml');
  const copy = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.parentNode.localName === 'mtext' ? node.data.replaceAll(' ', '\u00a0') : node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || node.namespaceURI !== NAMESPACES.math || node.localName.startsWith('annotation')) return null;
    const kept = {};
    for (const name of ['mathvariant', 'stretchy', 'fence', 'form', 'displaystyle', 'width', 'columnalign', 'accent', 'movablelimits', 'separator', 'lspace', 'rspace']) {
      if (node.hasAttribute(name)) kept[name] = node.getAttribute(name);
    }
    return m(node.localName, kept, ...[...node.childNodes].map(copy));
  };
  if (source.querySelector('parsererror')) return mtext(text);
  return copy(source.documentElement.firstChild);
}

/** A formula of the receipt, with its definitions; `said` leaves out those of formulas that stand above. */
function formulaOf(formula, said = null) {
  if (!formula || !formula.right.mathml) return null;
  const lines = [display(mathOf(formula.left.mathml), mo('='), mathOf(formula.right.mathml))];
  const key = formula.left.mathml + formula.right.mathml;
  if (!said?.has(key)) for (const w of formula.where || []) lines.push(display(mtext('where '), mathOf(w.left.mathml), mo('='), mathOf(w.right.mathml)));
  said?.add(key);
  return h('div', { class: 'formula' }, lines);
}

/** The terms of a sum, largest first, the rest counted: {rows, rest, total}. */
function largestTerms(size, term, listed = TERMS_LISTED) {
  const all = [];
  let zeros = 0;
  for (let k = 0; k < size; ++k) {
    const t = term(k);
    t.product = t.first * t.second;
    t.index = k;
    if (t.product === 0) ++zeros;
    all.push(t);
  }
  const total = all.reduce((s, t) => s + t.product, 0);
  const size1 = all.reduce((s, t) => s + Math.abs(t.product), 0);
  const order = all.filter((t) => t.product !== 0 || size <= listed).sort((a, b) => Math.abs(b.product) - Math.abs(a.product) || a.index - b.index);
  const rows = order.length <= listed + 1 ? order : order.slice(0, listed);
  const folded = order.slice(rows.length);
  return { rows: size <= listed + 1 ? all : rows, total, zeros: size <= listed + 1 ? 0 : zeros,
    rest: folded.length, restSum: folded.reduce((s, t) => s + t.product, 0),
    restShare: size1 > 0 ? folded.reduce((s, t) => s + Math.abs(t.product), 0) / size1 : 0 };
}

/** The table of a sum of products. `go(index)` opens the derivation of a term's second factor, where it has one. */
function termTable(caption, heads, terms, { plus = null, totalName, go = null } = {}) {
  const body = terms.rows.map((t) => h('tr', null, h('td', null, t.name),
    h('td', null, numberNode(t.first, 4)), h('td', null, '×'),
    h('td', null, go ? h('button', { class: 'link', type: 'button', onclick: () => go(t.index), title: `how ${t.name} came about` }, numberNode(t.second, 4)) : numberNode(t.second, 4)),
    h('td', null, '='), h('td', null, numberNode(t.product, 4))));
  if (terms.rest) {
    body.push(h('tr', { class: 'rest' }, h('td', { colspan: 5 }, `${counted(terms.rest, 'smaller term', 'smaller terms')}, ${percent(terms.restShare)} of the sum by size`),
      h('td', null, numberNode(terms.restSum, 4))));
  }
  if (terms.zeros) body.push(h('tr', { class: 'rest' }, h('td', { colspan: 5 }, counted(terms.zeros, 'term that is 0', 'terms that are 0')), h('td', null, '0')));
  if (plus) body.push(h('tr', null, h('td', { colspan: 5 }, plus.name), h('td', null, numberNode(plus.value, 4))));
  const total = terms.total + (plus ? plus.value : 0);
  body.push(h('tr', { class: 'total' }, h('td', { colspan: 5 }, `${totalName}, added up here`), h('td', { 'data-total': total }, numberNode(total, 5))));
  return h('div', { class: 'scroll' }, h('p', { class: 'small soft caption' }, caption), h('table', { class: 'terms', 'aria-label': caption },
    h('thead', null, h('tr', null, h('th', null, heads[0]), h('th', { scope: 'col' }, heads[1]), h('th'), h('th', { scope: 'col' }, heads[2]), h('th'), h('th', { scope: 'col' }, 'product'))),
    h('tbody', null, body)));
}

/** ∂p_k/∂z of one score: the receipt's, where it wrote them out; else by the two activations whose Jacobian is known here. */
function jacobianOf(long, unit) {
  const written = long.columns.find((c) => c.unit === unit);
  if (written?.dp_dz.length) return written.dp_dz;
  const own = (k) => (k === unit ? 1 : 0);
  if (long.activation === 'softmax') return long.p.map((p, k) => p * (own(k) - long.p[unit]));
  if (long.activation === 'sigmoid') return long.p.map((p, k) => own(k) * p * (1 - p));
  return null;
}

class Cards {
  constructor(view, open) {
    this.view = view;
    this.open = open; // (key) → opens that item
  }

  /** The card of an item of the drawing. */
  of(key) {
    const [kind, ...rest] = key.split(':');
    const [a, b, c] = rest.map(Number);
    if (kind === 'f') return rest[0] === 'loss' ? this.lossForward() : this.forward(a, b);
    if (kind === 'r') return rest[0] === 'loss' ? this.lossBackward(Math.max(0, this.view.loss.target)) : this.backward(a, b);
    if (kind === 'fw' || kind === 'rw') return this.wire(this.view.links[a], b, c);
    return null;
  }

  card(style, title, ...content) {
    return h('article', { class: `card ${style}`, tabindex: -1, 'aria-label': title }, h('h3', null, title), content);
  }

  link(words, key) {
    return h('button', { class: 'link', type: 'button', onclick: () => this.open(key) }, words);
  }

  // ---- Forward ------------------------------------------------------------------------------------------------------

  forward(c, unit) {
    const column = this.view.columns[c];
    const name = unitName(this.view, c, unit);
    if (column.kind === 'source') return this.card('forward-card', `Forward: ${name}`, this.given(column, unit));
    const parts = this.view.into(c).map((link) => this.intoUnit(link, column, unit));
    if (column.op) parts.push(this.activation(column, unit));
    return this.card('forward-card', `Forward: ${name}`, parts);
  }

  given(column, unit) {
    const lines = [[sym(column.aName, unit + 1), '=', mn(column.a[unit])]];
    const trail = [];
    const receipt = this.view.receipt;
    for (let name = column.aName; ;) {
      const e = receipt.forward.find((f) => f.output === name && f.kind === 'preprocess');
      if (!e) break;
      trail.push(h('p', null, `It was prepared by ${e.op}: `, formulaOf(e.formula)));
      name = e.inputs[0];
      const before = this.view.value(name);
      if (!before || e.scope !== 'element' || before.length !== column.size) break;
      lines.push([sym(name, unit + 1), '=', mn(before[unit])]);
    }
    return [aligned(lines), h('p', null, trail.length ? '' : 'It is given: a number of the data row.'), trail];
  }

  intoUnit(link, column, unit) {
    const from = this.view.columns[link.from];
    if (link.kind === 'dense') {
      const terms = largestTerms(from.size, (i) => ({ name: from.names?.[i] ?? `${from.aName}[${i + 1}]`, first: from.a[i], second: link.weight(i, unit) }));
      const z = sym(column.zName, unit + 1);
      return [display(z, mo('='), m('munder', null, mo('∑'), mi('i')), sym(from.aName, 'i'), sym(link.name, 'i', unit + 1), column.bias ? [mo('+'), sym(`${column.zName.replace(/^z/, 'b')}`, unit + 1)] : null),
        termTable('What flows in', ['from', from.aName, link.name], terms, { plus: column.bias ? { name: 'bias', value: column.bias[unit] } : null, totalName: `${column.zName}[${unit + 1}]` }),
        this.recorded(`${column.zName}[${unit + 1}]`, column.z[unit])];
    }
    if (link.leftOut) return [h('p', null, `By ${link.op}, whose ${counted(link.leftOut, 'weight is', 'weights are')} too many to be carried by this page.`), this.recorded(`${column.zName}[${unit + 1}]`, column.z[unit])];
    const own = unit - link.offset;
    if (link.kind === 'each' && (own < 0 || own >= from.size)) return null;
    return [h('p', null, `${column.made.output} = ${link.op}(${column.made.inputs.join(', ')})`), formulaOf(link.equation.formula),
      link.kind === 'each' ? this.recorded(`${from.aName}[${own + 1}]`, from.a[own]) : null];
  }

  activation(column, unit) {
    return [h('p', null, `Then ${column.op}:`), formulaOf(column.equation?.formula),
      aligned([[sym(column.aName, unit + 1), '=', mrow(mi(column.op), mo('('), mn(column.z[unit]), mo(')')), mo('='), mn(column.a[unit], false, 4)]])];
  }

  recorded(name, value) {
    return h('p', { class: 'small soft' }, `The network computed ${name} = `, h('b', { 'data-recorded': value }, numberNode(value, 6)), '.');
  }

  lossForward() {
    const { loss } = this.view;
    const lines = [crossEntropy(loss, 4)];
    return this.card('forward-card', `The loss of this row: ${loss.op}`, formulaOf(this.view.receipt.loss_formula), aligned(lines));
  }

  // ---- Backward -----------------------------------------------------------------------------------------------------

  backward(c, unit) {
    const column = this.view.columns[c];
    const title = `Backward: ∂l/∂${column.zName}[${unit + 1}]`;
    const out = this.view.outOf(c);
    if (out.length === 0) return this.card('back-card', title, column.kind === 'output' ? this.outputCase(unit) : this.topCase(column, unit));
    const sums = out.map((link) => this.flowsBack(link, column, unit));
    const sum = column.dout ? column.dout[unit] : null;
    const through = out.map((link, n) => [...(n ? [mo('+')] : []), m('munder', null, mo('∑'), mi('k')), link.kind === 'dense' ? sym(link.name, unit + 1, 'k') : mi('J'),
      partial(mi('l'), sym(this.view.columns[link.to].zName, 'k'))]);
    return this.card('back-card', title, display(partial(mi('l'), sym(column.zName, unit + 1)), mo('='), this.gainSymbol(column, unit), mo('·'),
      ...(out.length > 1 ? [mo('('), ...through.flat(), mo(')')] : through.flat())), sums, this.amplify(column, unit, sum));
  }

  gainSymbol(column, unit) {
    return column.op ? mrow(m('msup', null, mi(column.op === 'sigmoid' ? 'σ' : column.op), mo('′')), mo('('), sym(column.zName, unit + 1), mo(')')) : m('mn', null, '1');
  }

  flowsBack(link, column, unit) {
    const to = this.view.columns[link.to];
    if (link.kind === 'dense') {
      const terms = largestTerms(to.size, (k) => ({ name: `${link.name}[${unit + 1},${k + 1}]`, first: link.weight(unit, k), second: to.delta[k] }));
      return termTable(`The same weights as forward, times the ∂l/∂${to.zName} that come in from the right`, ['weight', link.name, `∂l/∂${to.zName}`], terms,
        { totalName: this.view.outOf(column.at).length > 1 ? `through ${link.name}` : `∂l/∂${column.aName}[${unit + 1}]`, go: (k) => this.open(`r:${link.to}:${k}`) });
    }
    if (link.kind === 'each') return h('p', null, `Through ${link.op}: `, numberNode(to.delta[unit + link.offset], 5), ' comes back from ', this.link(`∂l/∂${to.zName}[${unit + link.offset + 1}]`, `r:${link.to}:${unit + link.offset}`), '.');
    if (link.leftOut) return h('p', null, `Through ${link.op}, whose ${counted(link.leftOut, 'weight is', 'weights are')} too many to be carried by this page. The derivation above lists the terms that it needed.`);
    return h('p', null, `Through ${link.op}, whose Jacobian mixes all ${counted(column.size, 'unit', 'units')}:`, formulaOf(link.equation.formula));
  }

  amplify(column, unit, sum) {
    if (!column.gain || sum === null) return this.recorded(`∂l/∂${column.zName}[${unit + 1}]`, column.delta[unit]);
    const e = column.equation;
    const gain = column.gain[unit];
    return [column.op ? h('p', null, 'The amplifier: its gain is fixed, because the forward pass fixed ', inline(sym(column.zName, unit + 1), mo('='), mn(column.z[unit])), '.') : null,
      column.op ? formulaOf(e?.gain) : null,
      aligned([[partial(mi('l'), sym(column.zName, unit + 1)), '=', mn(gain, true, 4), mo('·'), mn(sum, true, 4), mo('='), mn(column.delta[unit], false, 4)]]),
      gain === 0 ? h('p', null, 'Its gain is 0: the amplifier is closed and nothing passes.') : null,
      this.recorded(`∂l/∂${column.zName}[${unit + 1}]`, column.delta[unit])];
  }

  /** The last column keeps its activation: ∂l/∂a comes from the loss itself. */
  topCase(column, unit) {
    const { loss } = this.view;
    return [h('p', null, `The loss (${loss.op}) hands in ∂l/∂${column.aName}[${unit + 1}] = `, numberNode(column.dout[unit], 5), '.'),
      formulaOf(this.view.receipt.loss_formula), this.amplify(column, unit, column.dout[unit])];
  }

  /** Softmax with cross-entropy, both ways: the Jacobian product with its numbers, and how it collapses. */
  outputCase(unit) {
    const { loss } = this.view;
    const column = loss.column;
    const long = loss.long;
    if (!long) {
      return [h('p', null, `The loss (${loss.op}) gives this number itself.`), formulaOf(this.view.receipt.loss_formula),
        this.recorded(`∂l/∂${column.zName}[${unit + 1}]`, column.delta[unit])];
    }
    const t = loss.target;
    const z = sym(column.zName, unit + 1);
    const jacobian = jacobianOf(long, unit);
    const terms = jacobian && largestTerms(column.size, (k) => ({ name: `k = ${k + 1}${column.names?.[k] ? ` (${column.names[k]})` : ''}`, first: loss.dp[k], second: jacobian[k] }));
    const y = loss.asked[unit];
    return [h('p', null, h('b', null, 'The long way: '), `through ${long.activation}, every ∂l/∂p times its entry of the Jacobian.`),
      display(partial(mi('l'), z), mo('='), m('munder', null, mo('∑'), mi('k')), partial(mi('l'), sym('p', 'k')), partial(sym('p', 'k'), z)),
      formulaOf(long.dp_dz), terms ? termTable(`Every p with its share in ∂l/∂${column.zName}[${unit + 1}]`, ['p', '∂l/∂p', '∂p/∂z'], terms, { totalName: 'sum' }) : null,
      h('p', null, h('b', null, 'And how it collapses: '), long.activation !== 'softmax' ? 'the factors p and 1 − p cancel.' : loss.askedName === 'y' && t >= 0 ? 'only the true class has a ∂l/∂p, −1/p, and its p cancels.' : 'every ∂l/∂p is −y′/p, and its p cancels.'),
      aligned([[partial(mi('l'), z), '=', sym('p', unit + 1), mo('−'), sym(loss.askedName, unit + 1), mo('='), mn(loss.p[unit], false, 4), mo('−'), mn(y, false, 4), mo('='), mn(loss.p[unit] - y, false, 4)]]),
      this.recorded(`∂l/∂${column.zName}[${unit + 1}]`, column.delta[unit])];
  }

  lossBackward(unit) {
    return this.card('back-card', `Backward: the output`, this.outputCase(unit));
  }

  // ---- Wires --------------------------------------------------------------------------------------------------------

  /** ∂l/∂w = what entered the wire on its way forward × the ∂l/∂z of the neuron that it feeds. */
  wire(link, i, j) {
    const from = this.view.columns[link.from];
    const to = this.view.columns[link.to];
    if (link.kind !== 'dense') {
      return this.card('weight-card', `Wire ${unitName(this.view, link.from, i)} → ${unitName(this.view, link.to, j)}`,
        h('p', null, `A wire of ${link.op} carries no weight: backward, what comes in is multiplied by the gain of the amplifier.`));
    }
    const w = sym(link.name, i + 1, j + 1);
    const product = from.a[i] * to.delta[j];
    const parts = [display(partial(mi('l'), w), mo('='), m('mrow', { class: 'forward-ink' }, partial(sym(to.zName, j + 1), w)), mo('·'), m('mrow', { class: 'back-ink' }, partial(mi('l'), sym(to.zName, j + 1)))),
      h('div', { class: 'pair' },
        h('p', null, h('b', { class: 'forward-ink' }, 'Forward pass: '), 'the first factor is what enters the wire, ', inline(sym(from.aName, i + 1), mo('='), mn(from.a[i], false, 4)), '. ', this.link('How?', `f:${link.from}:${i}`)),
        h('p', null, h('b', { class: 'back-ink' }, 'Backward pass: '), 'the second is what leaves the amplifier it feeds, ', inline(partial(mi('l'), sym(to.zName, j + 1)), mo('='), mn(to.delta[j], false, 4)), '. ', this.link('How?', `r:${link.to}:${j}`))),
      aligned([[partial(mi('l'), w), '=', mn(from.a[i], true, 4), mo('·'), mn(to.delta[j], true, 4), mo('='), mn(product, false, 5)]]),
      h('p', { class: 'small soft' }, `The weight is ${link.name}[${i + 1},${j + 1}] = `, numberNode(link.weight(i, j), 6), '. ∂l/∂w for this row: ', h('b', { 'data-total': product }, numberNode(product, 6)), '.')];
    const batch = link.W.dAll;
    if (this.view.receipt.batch && batch) {
      const sum = batch[i * link.W.cols + j];
      parts.push(h('p', { 'data-batch': sum }, `Added over the ${counted(this.view.receipt.rows.length, 'row', 'rows')} of the batch: `, inline(partial(mi('L'), w), mo('='), mn(sum, false, 5)), '.'));
    }
    return this.card('weight-card', `Weight ${link.name}[${i + 1},${j + 1}]: ${unitName(this.view, link.from, i)} → ${unitName(this.view, link.to, j)}`, parts);
  }

  /** One line for the pointer. */
  tip(key) {
    const [kind, ...rest] = key.split(':');
    const [a, b, c] = rest.map(Number);
    const v = this.view;
    if (kind === 'more') return ['Folded: these units matter less here. The card lists the strongest.'];
    if (rest[0] === 'loss') return [kind === 'f' ? `l = ${short(v.loss.value, 4)}` : 'turns ∂l/∂p into ∂l/∂z: open it to see both ways'];
    if (kind === 'f') {
      const column = v.columns[a];
      return [`${unitName(v, a, b)} = ${short(column.kind === 'source' ? column.a[b] : column.z[b], 4)}`, column.op ? `, ${column.aName} = ${short(column.a[b], 4)}` : ''];
    }
    if (kind === 'r') {
      const column = v.columns[a];
      if (column.kind === 'output') return [`∂l/∂${column.zName}[${b + 1}] = ${short(column.delta[b], 4)}`];
      return [`∂l/∂${column.zName}[${b + 1}] = ${bracketed(column.gain[b], 4)} · ${bracketed(column.dout[b], 4)} = ${short(column.delta[b], 4)}`];
    }
    const link = v.links[a];
    const from = v.columns[link.from];
    const to = v.columns[link.to];
    if (link.kind !== 'dense') return [`${link.op}: passes on`];
    if (kind === 'fw') return [`a·w = ${bracketed(from.a[b], 4)} · ${bracketed(link.weight(b, c), 4)} = ${short(from.a[b] * link.weight(b, c), 4)}`];
    return [`w·δ = ${bracketed(link.weight(b, c), 4)} · ${bracketed(to.delta[c], 4)} = ${short(to.delta[c] * link.weight(b, c), 4)}`];
  }
}
