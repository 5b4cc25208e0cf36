// The figure in use: switches, the neuron in focus, the steps, pointer and keyboard, and the card that opens.

class Figure {
  constructor(view, host) {
    this.view = view;
    this.host = host;
    this.half = 'both';
    this.step = -1;
    this.focus = view.focus();
    this.steps = backwardSteps(view);
    this.cards = new Cards(view, (key) => this.openItem(key, true));
    this.current = null;
    this.build();
    this.redraw();
  }

  build() {
    const column = h('select', { 'aria-label': 'layer of the neuron in focus', id: 'focus-column' },
      this.view.columns.map((c) => h('option', { value: c.at }, c.title)));
    const unit = h('input', { type: 'number', min: 1, step: 1, 'aria-label': 'number of the neuron in focus', id: 'focus-unit' });
    column.addEventListener('change', () => this.setFocus(Number(column.value), 0));
    unit.addEventListener('change', () => this.setFocus(Number(column.value), Number(unit.value) - 1));
    this.inputs = { column, unit };
    this.previous = h('button', { type: 'button', id: 'step-back', onclick: () => this.go(this.step - 1), title: 'one step back (key: ,)' }, '◀ back');
    this.next = h('button', { type: 'button', id: 'step-on', onclick: () => this.go(this.step + 1), title: 'one step on (key: .)' }, 'step ▶');
    this.leave = h('button', { type: 'button', id: 'step-leave', onclick: () => this.go(-1), title: 'show everything (key: Escape)' }, 'all');
    this.where = h('output', { id: 'step-where', 'aria-live': 'polite' });
    const stepper = h('div', { class: 'stepper', role: 'group', 'aria-label': 'steps of the backward pass' }, 'Backward pass: ', this.previous, this.next, this.leave, this.where);
    const large = this.view.columns.some((c) => c.size > ROWS_WHOLE);
    this.controls = h('div', { class: 'controls' }, stepper, large ? h('label', null, 'Focus on ', column, unit) : null,
      large ? h('button', { type: 'button', id: 'focus-reset', onclick: () => { const f = this.view.focus(); this.setFocus(f.column, f.unit); } }, 'chosen weight') : null);
    this.running = h('p', { class: 'running', id: 'running', 'aria-live': 'polite' });
    this.canvas = h('div', { class: 'canvas', id: 'canvas', tabindex: -1 });
    this.cardPlace = h('div', { id: 'card', role: 'region', 'aria-label': 'derivation' });
    this.said = h('p', { class: 'unseen', role: 'status' });
    this.host.append(this.controls, this.running, h('figure', null, this.canvas, this.caption()),
      h('p', { class: 'hint' }, 'Hover, tap, or move with the arrow keys and press Enter: every neuron and every wire opens its derivation. '
        + 'Keys: . and , step through the backward pass, F forward, R reverse, B both.'), this.said, this.cardPlace);
  }

  caption() {
    const line = (cls, dash) => svg('svg', { viewBox: '0 0 34 16', 'aria-hidden': 'true' }, svg('path', { d: 'M1,8 H33', stroke: `var(--${cls})`, 'stroke-width': 2.4, 'stroke-dasharray': dash, fill: 'none' }));
    const triangle = svg('svg', { viewBox: '0 0 34 16', 'aria-hidden': 'true' }, svg('path', { d: 'M28,1 V15 L6,8 Z', fill: 'var(--back-fill)', stroke: 'var(--back)' }));
    return h('figcaption', null, h('ul', { class: 'legend' },
      h('li', null, line('wire', null), 'above 0, thicker: larger'), h('li', null, line('wire', '7 4'), 'below 0'),
      h('li', null, triangle, 'amplifier: multiplies by its gain; dashed edge: gain 0'), this.view.chosen ? h('li', null, line('mark', null), 'the chosen parameter') : null,
      h('li', null, h('span', { class: 'back-ink' }, '↓'), '∂l/∂z coming out')));
  }

  redraw() {
    const drawing = new Drawing(this.view, this.focus, this.view.keep());
    this.drawing = drawing;
    this.root = drawing.draw();
    this.canvas.replaceChildren(this.root);
    this.items = [...drawing.ranks.keys()];
    this.inputs.column.value = this.focus.column;
    this.inputs.unit.max = this.view.columns[this.focus.column].size;
    this.inputs.unit.value = this.focus.unit + 1;
    if (this.items.length) this.items[0].setAttribute('tabindex', 0);
    this.listen();
    this.showHalf(this.half);
    this.go(this.step);
    if (this.current) this.mark(this.current);
  }

  listen() {
    const itemOf = (event) => event.target.closest?.('.item');
    this.root.addEventListener('click', (event) => {
      const item = itemOf(event);
      if (item) this.openItem(item.dataset.key, false);
      else if (event.target.dataset?.strip) this.pick(event);
    });
    this.root.addEventListener('pointermove', (event) => this.hover(event, itemOf(event)));
    this.root.addEventListener('pointerleave', () => { byId('tip').hidden = true; });
    this.root.addEventListener('keydown', (event) => this.key(event, itemOf(event)));
  }

  // ---- Opening ------------------------------------------------------------------------------------------------------

  openItem(key, fromCard) {
    const [kind, a, b] = key.split(':');
    this.current = key;
    if (fromCard && !this.find(key) && (kind === 'f' || kind === 'r')) this.setFocus(Number(a), Number(b));
    if (kind === 'more') this.cardPlace.replaceChildren(this.moreCard(Number(a)));
    else this.cardPlace.replaceChildren(this.cards.of(key));
    this.cardPlace.dataset.open = key;
    this.said.textContent = `Opened below: ${this.cardPlace.querySelector('h3').textContent}`;
    this.mark(key);
    if (fromCard) this.cardPlace.firstChild.focus({ preventScroll: true });
  }

  find(key) {
    return this.root.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  mark(key) {
    for (const item of this.items) item.classList.toggle('open', item.dataset.key === key);
    const item = this.find(key);
    if (item) this.rove(item, false);
  }

  /** The units of a folded column, strongest first, each of which can be put in focus. */
  moreCard(c) {
    const column = this.view.columns[c];
    const parts = contributions(this.view, this.focus.column, this.focus.unit)[c] || column.delta || column.a;
    const order = [...Array(column.size).keys()].sort((i, j) => Math.abs(parts[j]) - Math.abs(parts[i])).slice(0, 24);
    return this.cards.card('', `The strongest of ${column.size} units of ${column.title}`,
      h('p', null, `By what they contribute to ${unitName(this.view, this.focus.column, this.focus.unit)}. Open one to put it in focus and see its wires.`),
      h('p', { class: 'small' }, order.map((unit) => [h('button', { type: 'button', onclick: () => this.setFocus(c, unit) }, `#${unit + 1}: `, short(parts[unit])), ' '])));
  }

  setFocus(c, unit) {
    const column = this.view.columns[c];
    if (!column) return;
    const inRange = Number.isInteger(unit) ? Math.min(Math.max(unit, 0), column.size - 1) : 0;
    this.focus = { column: c, unit: inRange };
    this.redraw();
  }

  pick(event) {
    const unit = this.unitAt(event);
    if (unit === null) return;
    const [half, c] = event.target.dataset.strip.split(':');
    this.setFocus(Number(c), unit);
    this.openItem(`${half}:${c}:${unit}`, false);
  }

  unitAt(event) {
    const box = event.target.getBoundingClientRect();
    const { across, down, strip } = event.target.dataset;
    const x = Math.floor((event.clientX - box.left) / box.width * across);
    const y = Math.floor((event.clientY - box.top) / box.height * down);
    const unit = y * Number(across) + x;
    return unit < this.view.columns[Number(strip.split(':')[1])].size ? unit : null;
  }

  hover(event, item) {
    const tip = byId('tip');
    let words = null;
    if (item) {
      words = this.cards.tip(item.dataset.key);
    } else if (event.target.dataset?.strip) {
      const unit = this.unitAt(event);
      const [half, c] = event.target.dataset.strip.split(':');
      if (unit !== null) words = this.cards.tip(`${half}:${c}:${unit}`);
    }
    tip.hidden = !words || event.pointerType === 'touch';
    if (tip.hidden) return;
    tip.replaceChildren(...words);
    const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const y = event.clientY + 18 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 12 : event.clientY + 18;
    tip.style.left = `${Math.max(8, x)}px`;
    tip.style.top = `${y}px`;
  }

  // ---- Keyboard -----------------------------------------------------------------------------------------------------

  rove(item, focus) {
    for (const other of this.items) other.setAttribute('tabindex', other === item ? 0 : -1);
    if (focus) item.focus();
  }

  key(event, item) {
    if (!item) return;
    const rank = this.drawing.ranks.get(item);
    const same = (other) => item.parentNode === other.parentNode;
    const visible = this.items.filter((i) => same(i));
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.openItem(item.dataset.key, false);
      return;
    }
    const group = visible.filter((i) => this.drawing.ranks.get(i) === rank);
    const at = group.indexOf(item);
    let next = null;
    if (event.key === 'ArrowDown') next = group[at + 1] ?? this.across(item, 1);
    else if (event.key === 'ArrowUp') next = group[at - 1] ?? this.across(item, -1);
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') next = this.beside(visible, rank, event.key === 'ArrowRight' ? 1 : -1);
    if (next) {
      event.preventDefault();
      this.rove(next, true);
    }
  }

  /** From the bottom of the forward half to the same column of the reverse half, and back. */
  across(item, direction) {
    const other = this.items.filter((i) => i.parentNode !== item.parentNode && this.drawing.ranks.get(i) === this.drawing.ranks.get(item));
    const down = item.parentNode.id === 'forward-half';
    if (down !== (direction > 0)) return null;
    return down ? other[0] : other[other.length - 1];
  }

  beside(visible, rank, direction) {
    const ranks = visible.map((i) => this.drawing.ranks.get(i)).filter((r) => (r - rank) * direction > 0);
    if (ranks.length === 0) return null;
    const nearest = direction > 0 ? Math.min(...ranks) : Math.max(...ranks);
    return visible.find((i) => this.drawing.ranks.get(i) === nearest);
  }

  // ---- Switches and steps -------------------------------------------------------------------------------------------

  showHalf(half) {
    this.half = half;
    this.canvas.dataset.half = half;
    for (const [name, other] of [['forward', 'reverse'], ['reverse', 'forward']]) {
      const off = half === other;
      const group = this.root.querySelector(`#${name}-half`);
      group.toggleAttribute('hidden', off);
      group.style.display = off ? 'none' : '';
    }
    const { split, width, height } = this.drawing.plan;
    const box = half === 'forward' ? [0, split] : half === 'reverse' ? [split, height - split] : [0, height];
    this.root.setAttribute('viewBox', `0 ${box[0]} ${width} ${box[1]}`);
    this.root.querySelector('.split').style.display = half === 'both' ? '' : 'none';
    const first = this.items.find((i) => i.parentNode.style.display !== 'none');
    if (first) this.rove(first, false);
  }

  go(k) {
    this.step = Math.min(Math.max(k, -1), this.steps.length - 1);
    showStep(this.root, this.steps, this.step);
    const step = this.steps[this.step];
    this.where.textContent = step ? `step ${this.step + 1} of ${this.steps.length}` : `${this.steps.length} steps`;
    this.previous.disabled = this.step < 0;
    this.next.disabled = this.step === this.steps.length - 1;
    this.leave.disabled = this.step < 0;
    this.running.replaceChildren(...(step ? [h('code', null, step.code), ' ', step.words] : ['Everything that the two passes computed. Step through the backward pass to see it in the order in which it ran.']));
    if (this.step >= 0 && this.half === 'forward') this.setHalf?.('both');
  }
}
