// The drawing: the forward network left to right and, under it, the reverse network right to left.

const RADIUS = 29;
const AMP = { back: 44, tip: 50, half: 34 }; // an amplifier: a triangle that points the way its signal goes

/** Draws `view` into one <svg>; `open(key)` is called when an item is chosen. Items carry data-key and a label. */
class Drawing {
  constructor(view, focus, keep) {
    this.view = view;
    this.focus = focus;
    this.plan = arrange(view, focus, keep);
    this.forward = svg('g', { id: 'forward-half', role: 'group', 'aria-label': 'Forward network' });
    this.reverse = svg('g', { id: 'reverse-half', role: 'group', 'aria-label': 'Reverse network' });
    this.ranks = new Map(); // item → place in the order of the arrow keys: (half, column or gap)
  }

  draw() {
    const { width, height, split } = this.plan;
    this.heads();
    for (const link of this.view.links) this.wires(link);
    this.view.columns.forEach((column, c) => this.column(column, c));
    this.lossEnds();
    this.product();
    const root = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'group',
      'aria-label': 'The forward network and, under it, the reverse network. Arrow keys move between neurons and wires, Enter opens a derivation.' },
      this.forward, svg('path', { class: 'split', d: `M24,${split} H${width - 24}` }), this.reverse);
    root.style.setProperty('--least-width', `${Math.round(width * 0.74)}px`);
    return root;
  }

  heads() {
    const { split } = this.plan;
    const row = this.view.receipt.rows[this.view.receipt.focus] + 1;
    const [forward, reverse] = this.view.batch
      ? [`wires carry ∂L/∂w, added over the ${this.view.receipt.rows.length} rows of the batch; neurons show row ${row}`,
        `the same wires; amplifiers and ∂l/∂z of row ${row}`]
      : ['left to right: every neuron takes z = Σ w·a + b and gives a = σ(z)',
        'right to left: the same weights; every neuron an amplifier of fixed gain σ′(z), and out of it comes ∂l/∂z'];
    this.forward.append(svg('text', { x: 28, y: 44, class: 'title' }, 'Forward'), svg('text', { x: 128, y: 44, class: 'say' }, forward));
    this.reverse.append(svg('text', { x: 28, y: split + 46, class: 'title' }, 'Reverse'), svg('text', { x: 128, y: split + 46, class: 'say' }, reverse));
  }

  item(half, rank, attributes, ...children) {
    const node = svg('g', { role: 'button', tabindex: -1, ...attributes, class: `item ${attributes.class || ''}` }, ...children);
    this.ranks.set(node, rank);
    half.append(node);
    return node;
  }

  isChosen(link, i, j) {
    const w = this.view.chosen;
    return w && w.link === link.at && w.from === i && w.to === j;
  }

  // ---- Wires --------------------------------------------------------------------------------------------------------

  wires(link) {
    const from = this.plan.columns[link.from];
    const to = this.plan.columns[link.to];
    const reverse = this.asksForDelta(link.from);
    if (link.kind === 'block') {
      this.bundle(link, from, to, reverse);
      return;
    }
    let largest = 0;
    for (const i of from.shown) for (const j of to.shown) largest = Math.max(largest, Math.abs(this.view.shown(link, i, j)));
    const labelled = this.labelAll(link);
    for (const i of from.shown) {
      for (const j of to.shown) {
        if (link.kind === 'each' && i + link.offset !== j) continue;
        const w = this.view.shown(link, i, j);
        const style = { w, thick: 1 + 2.6 * Math.abs(w) / (largest || 1), chosen: this.isChosen(link, i, j),
          label: labelled || this.isChosen(link, i, j) || this.touchesFocus(link, i, j), each: link.kind === 'each', skips: link.to - link.from > 1,
          aside: this.plan.strips && !this.isChosen(link, i, j) && !this.touchesFocus(link, i, j) };
        this.forwardWire(link, i, j, style);
        if (reverse) this.reverseWire(link, i, j, style);
      }
    }
    this.foldWires(link, from, to, reverse);
  }

  labelAll(link) {
    const from = this.plan.columns[link.from];
    const to = this.plan.columns[link.to];
    return from.shown.length * to.shown.length <= 8 && this.view.links.length * 8 <= LABELLED_WIRES && !this.plan.strips;
  }

  touchesFocus(link, i, j) {
    const { column, unit } = this.focus;
    return (link.from === column && i === unit) || (link.to === column && j === unit);
  }

  /** Nothing asks for ∂l/∂x of data, so nothing is drawn of it. */
  asksForDelta(column) {
    return Boolean(this.view.columns[column].delta);
  }

  fansOut(link, unit, near, far) {
    if (this.labelAll(link)) return this.plan.columns[link[near]].shown.length < this.plan.columns[link[far]].shown.length;
    return link[near] === this.focus.column && unit === this.focus.unit;
  }

  /** Numbers sit where wires lie apart: near the far end of a fan out of the focus, else near their start. */
  forwardWire(link, i, j, common) {
    const style = { ...common, at: common.chosen ? 0.42 : this.fansOut(link, i, 'from', 'to') ? 0.74 : 0.25 };
    const a = this.plan.columns[link.from];
    const b = this.plan.columns[link.to];
    const p = { x1: a.x + RADIUS + 3, y1: a.y.get(i), x2: b.x - RADIUS - 3, y2: b.y.get(j) };
    const name = style.each ? '' : `, ${this.wireName(link, i, j)} = ${short(style.w)}`;
    this.wire(this.forward, 'fwd', p, style, `forward wire ${unitName(this.view, link.from, i)} to ${unitName(this.view, link.to, j)}${name}`,
      wireKey('f', link, i, j), 2 * link.to - 1);
  }

  reverseWire(link, i, j, common) {
    const style = { ...common, at: common.chosen ? 0.42 : this.fansOut(link, j, 'to', 'from') ? 0.74 : 0.25 };
    const a = this.plan.columns[link.from];
    const b = this.plan.columns[link.to];
    const shift = this.plan.shift;
    const start = this.hasAmplifier(link.to) ? AMP.tip + 3 : RADIUS + 3;
    const end = this.hasAmplifier(link.from) ? AMP.back + 4 : RADIUS + 4;
    const p = { x1: b.x - start, y1: b.y.get(j) + shift, x2: a.x + end, y2: a.y.get(i) + shift };
    const name = style.each ? '' : `, ${this.wireName(link, i, j)} = ${short(style.w)}`;
    this.wire(this.reverse, 'rev', p, style, `reverse wire ${unitName(this.view, link.to, j)} to ${unitName(this.view, link.from, i)}${name}`,
      wireKey('r', link, i, j), 2 * link.to - 1);
  }

  wireName(link, i, j) {
    return this.view.batch ? `∂L/∂${symbolOf(link, i, j)}` : symbolOf(link, i, j);
  }

  wire(half, kind, p, style, label, key, rank) {
    if (style.skips) lift(p);
    const [dx, dy] = style.skips ? [p.x2 - p.c2x, p.y2 - p.c2y] : [p.x2 - p.x1, p.y2 - p.y1];
    const length = Math.hypot(dx, dy);
    const [ux, uy] = [dx / length, dy / length];
    const [bx, by] = [p.x2 - 10 * ux, p.y2 - 10 * uy];
    const d = `M${p.x1},${p.y1} ${style.skips ? `C${p.c1x},${p.c1y} ${p.c2x},${p.c2y} ` : 'L'}${bx.toFixed(1)},${by.toFixed(1)}`;
    const s = 2.6 + style.thick * 0.9;
    const head = `M${p.x2},${p.y2} L${(bx - s * uy).toFixed(1)},${(by + s * ux).toFixed(1)} L${(bx + s * uy).toFixed(1)},${(by - s * ux).toFixed(1)} Z`;
    const at = style.at ?? 0.27;
    const [lx, ly] = [p.x1 + at * (p.x2 - p.x1), p.y1 + at * (p.y2 - p.y1) + 5];
    const text = style.label && !style.each ? svg('text', { x: lx.toFixed(1), y: ly.toFixed(1) }, short(style.w)) : null;
    this.item(half, rank, { class: `wire ${kind}${style.w < 0 ? ' negative' : ''}${style.chosen ? ' chosen' : ''}${style.aside ? ' aside' : ''}`,
      'data-key': key, 'data-shown': style.w, 'aria-label': label },
      svg('path', { class: 'hit', d }), svg('path', { class: 'line', d, 'stroke-width': style.thick.toFixed(2) }),
      svg('path', { class: 'head', d: head }), text);
  }

  /** The folded rest of a column is joined to what it feeds by one dotted line. */
  foldWires(link, from, to, reverse) {
    if (from.foldY === null && to.foldY === null) return;
    const line = (x1, y1, x2, y2, kind) => svg('g', { class: `wire ${kind}`, 'aria-hidden': 'true' },
      svg('path', { class: 'line folded', d: `M${x1},${y1} L${x2},${y2}`, 'stroke-width': 1.6 }));
    const middle = (c) => c.foldY ?? c.y.get(c.shown[c.shown.length - 1]);
    const [y1, y2] = [middle(from), middle(to)];
    const shift = this.plan.shift;
    const [out, back] = [from, to].map((c) => (c.foldY === null ? RADIUS + 3 : 68));
    this.forward.append(line(from.x + out, y1, to.x - back, y2, 'fwd'));
    if (reverse) this.reverse.append(line(to.x - (to.foldY === null ? AMP.tip : 68), y2 + shift, from.x + (from.foldY === null ? AMP.back : 68), y1 + shift, 'rev'));
  }

  /** An operator that mixes all units of a row (a normalisation, say): its wires are its Jacobian, drawn as a band. */
  bundle(link, from, to, reverse) {
    const band = (half, x1, x2, shift, kind) => {
      const [a, b] = [this.plan.top - 30 + shift, this.plan.top + this.plan.band + 30 + shift];
      const x = (x1 + x2) / 2;
      half.append(svg('path', { class: 'block-band', d: `M${x - 26},${a} H${x + 26} V${b} H${x - 26} Z`, fill: 'none', stroke: `var(--${kind})`, 'stroke-dasharray': '3 4' }),
        svg('text', { x, y: a - 8, class: 'dim' }, link.leftOut ? `${link.leftOut.toLocaleString('en-GB')} weights` : kind === 'back' ? `${link.op}, Jacobianᵀ` : link.op));
    };
    band(this.forward, from.x, to.x, 0, 'wire');
    if (reverse) band(this.reverse, from.x, to.x, this.plan.shift, 'back');
  }

  // ---- Neurons ------------------------------------------------------------------------------------------------------

  hasAmplifier(c) {
    return this.view.columns[c].kind === 'neuron' && Boolean(this.view.columns[c].op);
  }

  column(column, c) {
    const place = this.plan.columns[c];
    const head = (half, shift, words) => half.append(svg('text', { x: place.x, y: this.plan.top - 66 + shift, class: 'column' }, words));
    head(this.forward, 0, column.title);
    if (column.delta) head(this.reverse, this.plan.shift - 6, this.reverseTitle(column));
    for (const unit of place.shown) {
      this.neuron(column, c, unit, place.x, place.y.get(unit));
      if (column.delta) this.reverseNeuron(column, c, unit, place.x, place.y.get(unit) + this.plan.shift);
    }
    if (place.rest) {
      this.fold(this.forward, column, c, place, 0);
      if (column.delta) this.fold(this.reverse, column, c, place, this.plan.shift);
    }
    if (place.rest) {
      this.strip(this.forward, column, c, place, column.image ? column.picture : column.a, 0, `all ${column.size} of ${column.kind === 'output' ? column.zName : column.aName}`);
      if (column.delta) this.strip(this.reverse, column, c, place, column.delta, this.plan.shift, `all ${column.size} of ∂l/∂${column.zName}`);
    }
    if (!column.delta) this.noDelta(place);
  }

  reverseTitle(column) {
    if (column.kind === 'output') return `∂l/∂${column.zName}`;
    return column.op ? `gain ${gainName(column)}` : column.title;
  }

  neuron(column, c, unit, x, y) {
    const roomy = this.plan.gap > 110;
    const onPath = this.onChosen(c, unit);
    const inside = column.kind === 'output' ? column.z[unit] : column.a[unit];
    const index = subscript(unit + this.view.base);
    const name = shortName(column.names?.[unit]);
    const above = column.kind === 'source' ? name ?? (column.aName.length < 3 ? `${column.aName}${index}` : `${unit + this.view.base}`)
      : column.kind === 'output' ? name ?? `z${index}` : column.op ? `z${index} = ${short(column.z[unit])}` : `${unit + this.view.base}`;
    const children = [svg('circle', { class: 'shape', cx: x, cy: y, r: RADIUS }), this.value(x, y + 5, 'value', inside),
      svg('text', { x, y: y - RADIUS - 8, class: 'dim' }, above)];
    if (roomy && column.bias) children.push(svg('text', { x, y: y + RADIUS + 19, class: 'dim' }, `b${index} = ${short(column.bias[unit])}`));
    this.item(this.forward, 2 * c, { class: `${column.kind}${onPath === 'from' ? ' chosen' : ''}`, 'data-key': `f:${c}:${unit}`,
      'aria-label': `${unitName(this.view, c, unit)}: ${column.z ? `z = ${short(column.z[unit])}, ` : ''}${column.kind === 'output' ? '' : `value ${short(column.a[unit])}`}` }, children);
  }

  reverseNeuron(column, c, unit, x, y) {
    const delta = column.delta[unit];
    const onPath = this.onChosen(c, unit) === 'to';
    const attributes = { 'data-key': `r:${c}:${unit}`, class: onPath ? 'chosen' : '' };
    if (!this.hasAmplifier(c)) {
      this.item(this.reverse, 2 * c, { ...attributes, class: `${attributes.class} loss-end`, 'aria-label': `${unitName(this.view, c, unit)}: ∂l/∂z = ${short(delta)}` },
        svg('circle', { class: 'shape', cx: x, cy: y, r: RADIUS }), this.value(x, y + 5, 'value delta', delta));
      return;
    }
    const gain = column.gain[unit];
    const points = `M${x + AMP.back},${y - AMP.half} V${y + AMP.half} L${x - AMP.tip},${y} Z`;
    const end = y + AMP.half + 12;
    this.item(this.reverse, 2 * c, { ...attributes, class: `${attributes.class} amplifier${gain === 0 ? ' closed' : ''}`,
      'aria-label': `amplifier ${unitName(this.view, c, unit)}: sum ${short(column.dout[unit])} times gain ${short(gain)} gives ∂l/∂z = ${short(delta)}` },
      svg('path', { class: 'shape', d: points }), svg('text', { x: x + 11, y: y + 5, class: 'gain' }, `×${short(gain)}`),
      svg('text', { x: x + AMP.back - 18, y: y - AMP.half - 6, class: 'dim' }, `Σ${subscript(unit + this.view.base)} = ${short(column.dout[unit])}`),
      svg('path', { class: 'tap', d: `M${x - AMP.tip},${y} V${end - 6}` }), svg('path', { d: `M${x - AMP.tip},${end} l-4,-8 h8 Z`, fill: 'var(--back)' }),
      svg('text', { x: x - AMP.tip + 9, y: end + 2, class: 'delta left' }, short(delta)));
  }

  /** A number in a circle, smaller if it is long. */
  value(x, y, style, v) {
    const words = short(v);
    return svg('text', { x, y, class: words.length > 7 ? `${style} longest` : words.length > 6 ? `${style} long` : style }, words);
  }

  onChosen(c, unit) {
    const w = this.view.chosen;
    if (!w) return null;
    const link = this.view.links[w.link];
    if (w.from !== null && link.from === c && w.from === unit) return 'from';
    return link.to === c && w.to === unit ? 'to' : null;
  }

  fold(half, column, c, place, shift) {
    const y = place.foldY + shift;
    this.item(half, 2 * c, { class: 'fold', 'data-key': `more:${c}`,
      'aria-label': `${place.rest} more units of ${column.title}, ${percent(place.share)} of the contributions by size` },
      svg('rect', { class: 'shape', x: place.x - 66, y: y - 22, width: 132, height: 44, rx: 22 }),
      svg('text', { x: place.x, y: y - 3 }, `${place.rest.toLocaleString('en-GB')} more`),
      svg('text', { x: place.x, y: y + 14 }, `${percent(place.share)} of the sum`));
  }

  noDelta(place) {
    const lines = ['The inputs are data:', 'nothing asks for', 'their ∂l/∂x, so', 'no wires come', 'back this far.'];
    const y = this.plan.top + this.plan.shift + Math.min(this.plan.band, this.plan.gap * 4) / 2 - 40;
    lines.forEach((line, k) => this.reverse.append(svg('text', { x: 28, y: y + 20 * k, class: 'say' }, line)));
  }

  // ---- The loss: right of both networks -----------------------------------------------------------------------------

  lossEnds() {
    const c = this.view.columns.length - 1;
    const column = this.view.columns[c];
    const place = this.plan.columns[c];
    const { p, pName, target, dp, y: y_ } = this.view.loss;
    const x = place.x + 70;
    const ys = place.shown.map((unit) => place.y.get(unit));
    const [first, last] = [Math.min(...ys), Math.max(...ys)];
    const tall = ys.length === 1 ? 50 : 34;
    const box = (half, shift, key, label, words) => this.item(half, 2 * c + 1, { class: shift ? 'jacobian' : 'block', 'data-key': key, 'aria-label': label },
      svg('rect', { class: 'shape', x, y: first - tall + shift, width: 46, height: last - first + 2 * tall, rx: 8 }),
      svg('text', { x: 0, y: 0, transform: `translate(${x + 28},${(first + last) / 2 + shift}) rotate(-90)`, class: 'dim' }, words));
    box(this.forward, 0, 'f:loss', `${this.view.loss.op}: the loss is ${short(this.view.loss.value)}`, this.view.loss.boxName);
    if (dp) box(this.reverse, this.plan.shift, 'r:loss', `Jacobian of the output: turns ∂l/∂${pName} into ∂l/∂z`, `${this.view.loss.boxName}, Jᵀ`);
    for (const unit of place.shown) {
      const y = place.y.get(unit);
      this.short(this.forward, place.x + RADIUS + 3, y, x - 3, 'fwd');
      this.short(this.forward, x + 49, y, x + 70, 'fwd');
      const hit = unit === target;
      const below = hit ? 'the true class' : y_ ? `target y${subscript(unit + 1)} = ${short(y_[Math.min(unit, y_.length - 1)])}` : null;
      this.forward.append(svg('text', { x: x + 77, y: y + 5, class: `left${hit ? ' value' : ''}` }, `${pName}${subscript(unit + 1)} = ${short(p[unit])}`));
      if (below) this.forward.append(svg('text', { x: x + 77, y: y + 24, class: 'left dim' }, below));
      const r = y + this.plan.shift;
      if (dp) {
        this.short(this.reverse, x - 3, r, place.x + RADIUS + 4, 'rev');
        this.short(this.reverse, x + 70, r, x + 49, 'rev');
        this.reverse.append(svg('text', { x: x + 77, y: r + 5, class: 'left delta' }, `∂l/∂${pName}${subscript(unit + 1)} = ${short(dp[unit])}`));
      } else {
        this.short(this.reverse, x + 70, r, place.x + (this.hasAmplifier(c) ? AMP.back : RADIUS) + 4, 'rev');
        this.reverse.append(svg('text', { x: x + 77, y: r + 5, class: 'left delta' }, `∂l/∂${pName}${subscript(unit + 1)} = ${short((column.dout ?? column.delta)[unit])}`));
      }
    }
    this.forward.append(svg('text', { x: x + 77, y: last + 62, class: 'left value' }, `l = ${short(this.view.loss.value, 4)}`));
  }

  /** The chosen gradient in one line, under both networks. */
  product() {
    const w = this.view.chosen;
    if (!w || this.view.batch) return;
    const link = this.view.links[w.link];
    const delta = this.view.columns[link.to].delta?.[w.to];
    const vector = w.from === null;
    if (vector && (link.kind !== 'dense' || link.equation.parameters[1] !== this.view.derivation.parameter)) return;
    const a = vector ? 1 : this.view.columns[link.from].a[w.from];
    const words = vector ? `∂l/∂${this.view.derivation.symbol} = what comes out of the green amplifier, ${short(delta, 4)}`
      : `∂l/∂${symbolOf(link, w.from, w.to)} = ${short(a, 4)} (enters the green wire) × ${bracketed(delta, 4)} (leaves the green amplifier) = ${short(a * delta, 4)}`;
    this.reverse.append(svg('text', { x: 28, y: this.plan.height - 22, class: 'left mark-text' }, words));
  }

  short(half, x1, y, x2, kind) {
    const s = Math.sign(x2 - x1);
    half.append(svg('g', { class: `wire ${kind}`, 'aria-hidden': 'true' }, svg('path', { class: 'line', d: `M${x1},${y} H${x2 - 7 * s}`, 'stroke-width': 1.6 }),
      svg('path', { class: 'head', d: `M${x2},${y} l${-9 * s},-4 v8 Z` })));
  }

  // ---- Heat strips --------------------------------------------------------------------------------------------------

  strip(half, column, c, place, values, shift, label) {
    const { across, down, cell, width: w, height: hgt } = stripShape(column);
    const x = place.x - w / 2;
    const y = this.plan.top + this.plan.band + shift + 66;
    const group = svg('g', { class: 'strip', role: 'img', 'aria-label': `${label}: heat map, largest ${short(largestOf(values))}` },
      svg('image', { href: heat(values, across, down), x, y, width: w, height: hgt, preserveAspectRatio: 'none', 'data-strip': `${shift ? 'r' : 'f'}:${c}`, 'data-across': across, 'data-down': down }),
      svg('rect', { class: 'frame', x, y, width: w, height: hgt }));
    for (const unit of place.shown) {
      group.append(svg('rect', { class: 'cursor', x: x + (unit % across) * cell, y: y + Math.floor(unit / across) * cell, width: cell, height: cell, 'pointer-events': 'none' }));
    }
    half.append(group, svg('text', { x: place.x, y: y + hgt + 18, class: 'dim' }, label));
  }
}

function largestOf(values) {
  let best = 0;
  for (const v of values) if (Math.abs(v) > Math.abs(best)) best = v;
  return best;
}

/** A wire that passes over columns is bent upwards, from the shoulder of one neuron to that of another. */
function lift(p) {
  const side = Math.sign(p.x2 - p.x1);
  p.x1 -= 10 * side;
  p.x2 += 10 * side;
  p.y1 -= 20;
  p.y2 -= 20;
  Object.assign(p, { c1x: p.x1 + 60 * side, c1y: p.y1 - 44, c2x: p.x2 - 60 * side, c2y: p.y2 - 44 });
}

/** A picture of numbers: blue above zero, rust below, paler towards zero. */
function heat(values, across, down) {
  const canvas = document.createElement('canvas');
  canvas.width = across;
  canvas.height = down;
  const context = canvas.getContext('2d');
  const pixels = context.createImageData(across, down);
  const top = Math.abs(largestOf(values)) || 1;
  values.forEach((v, k) => {
    const ink = v >= 0 ? [44, 102, 190] : [196, 88, 20];
    pixels.data.set([...ink, Math.round(255 * Math.pow(Math.abs(v) / top, 0.7))], 4 * k);
  });
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}
