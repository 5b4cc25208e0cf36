// The sections around the figure: statement, one parameter the whole way, gain budget, audit.

function heading(section, numeral, text) {
  const id = `h-${section}`;
  byId(section).append(h('h2', { id }, h('span', { class: 'numeral' }, numeral), text));
  return byId(section);
}

function facts(view) {
  const r = view.receipt;
  const rows = [['row', String(r.rows[r.focus] + 1)], ['target', r.target_text], ['prediction', r.prediction_text], ['loss', r.loss_name],
    ['data', r.source], ['model', null], ['precision', r.precision]];
  for (const [name, value] of rows) {
    if (name === 'model') byId('facts').append(h('div', null, h('dt', null, 'fingerprint'), h('dd', null, h('code', null, r.fingerprint))));
    else if (value) byId('facts').append(h('div', null, h('dt', null, name), h('dd', null, value)));
  }
}

// ---- 1. The statement -----------------------------------------------------------------------------------------------

/** l of softmax with the numbers of this row: −ln p of the true class, or all classes where the target is smoothed. */
function crossEntropy(loss, digits) {
  const { long, p, asked, askedName, target, value } = loss;
  if (long?.activation !== 'softmax' || target < 0) return [mi('l'), '=', mn(value, false, digits)];
  if (askedName === 'y') return [mi('l'), '=', mo('−'), mfunction('ln'), sym('p', target + 1), mo('='), mo('−'), mfunction('ln'), mn(p[target], false, 4), mo('='), mn(value, false, digits)];
  const general = [mi('l'), '=', mo('−'), m('munder', null, mo('∑'), mi('k')), sym(askedName, 'k'), mo('·'), mfunction('ln'), sym('p', 'k')];
  const terms = asked.length > 4 ? [] : [mo('='), ...asked.flatMap((y, k) => [mo('−'), mn(y, false, 4), mo('·'), mfunction('ln'), mn(p[k], false, 4)])];
  return [...general, ...terms, mo('='), mn(value, false, digits)];
}

function statement(view) {
  const r = view.receipt;
  const host = heading('statement', '1', 'The statement');
  host.append(h('p', null, `The loss says how wrong the network is about one row. Here it is ${r.loss_name}:`), formulaOf(r.loss_formula));
  host.append(aligned([crossEntropy(view.loss, 5)]));
  if (r.batch) host.append(batchLoss(r));
  host.append(h('p', null, 'Training looks for the parameters with the least total loss, and moves every one of them a little against its gradient:'),
    aligned([[m('msup', null, mi('θ'), mo('*')), '=', mfunction('arg min'), mi('L'), mo('('), mi('θ'), mo(')'), mtext(',    '), mi('L'), mo('='), m('munder', null, mo('∑'), mi('n')), msub(mi('l'), mi('n'))],
      [mi('θ'), '←', mi('θ'), mo('−'), mi('η'), partial(mi('L'), mi('θ'))]]),
    h('p', null, updateWords(view.derivation?.update)), h('p', { class: 'soft' }, r.mode_note));
}

function updateWords(update) {
  if (!update) return '';
  if (!update.known) return 'How the model was trained is not known, so the plain rule is stated.';
  return `Here η = ${short(update.eta)} (${update.eta_from}), and the optimiser is ${update.optimizer}: its own terms are at the end of the next section.`;
}

function batchLoss(r) {
  const total = r.loss;
  const order = r.rows.map((row, k) => ({ row, loss: r.losses[k], weight: r.weights[k] })).sort((a, b) => b.loss * b.weight - a.loss * a.weight);
  const shown = order.slice(0, 6);
  return h('div', { class: 'batch-only' }, h('p', null, `The batch is ${counted(r.rows.length, 'row', 'rows')}; L = Σ w·l = `, numberNode(total, 5), '. Most of it comes from:'),
    h('div', { class: 'scroll' }, h('table', null, h('thead', null, h('tr', null, h('th', null, 'row'), h('th', null, 'loss l'), h('th', null, 'weight w'), h('th', null, 'share of L'))),
      h('tbody', null, shown.map((o) => h('tr', null, h('td', null, o.row + 1), h('td', null, numberNode(o.loss, 4)), h('td', null, numberNode(o.weight)), h('td', null, percent(o.loss * o.weight / total)))),
        order.length > 6 ? h('tr', { class: 'rest' }, h('td', { colspan: 3 }, `${order.length - 6} more`), h('td', null, percent(order.slice(6).reduce((s, o) => s + o.loss * o.weight, 0) / total))) : null))));
}

// ---- 2. One parameter, the whole way --------------------------------------------------------------------------------

function wholeWay(view, figure) {
  const host = heading('weight', '2', 'One weight, the whole way');
  if (!view.receipt.derivations.length) {
    host.append(h('p', null, 'No parameter was opened.'));
    return;
  }
  const body = h('div', { id: 'derivation' });
  if (view.receipt.derivations.length > 1) {
    const pick = h('select', { id: 'pick-derivation', 'aria-label': 'parameter to explain' }, view.receipt.derivations.map((d, k) => h('option', { value: k }, `${d.symbol}: ∂${view.receipt.batch ? 'L' : 'l'}/∂θ = ${short(d.nodes[0].value.computed, 4)}`)));
    pick.addEventListener('change', () => {
      view.choose(Number(pick.value));
      body.replaceChildren(...derivationOf(view, figure));
      const f = view.focus();
      figure.setFocus(f.column, f.unit);
    });
    host.append(h('div', { class: 'controls' }, h('label', null, 'Parameter: ', pick)));
  }
  body.append(...derivationOf(view, figure));
  host.append(body);
}

function derivationOf(view, figure) {
  const d = view.derivation;
  const node = d.nodes[0];
  const linear = d.from >= 0 && view.chosen?.from !== null && view.chosen;
  const e = view.receipt.forward[d.layer_equation];
  const w = d.from >= 0 ? sym(d.parameter, d.from + 1, d.to + 1) : sym(d.parameter, d.to + 1);
  const z = sym(e.output, d.to + 1);
  const L = lossName(view);
  const parts = [h('p', null, `${d.symbol} = `, numberNode(d.theta, 5), d.from_name || d.to_name ? `, on the way from ${d.from_name || 'a unit'} to ${d.to_name || 'a unit'}` : '', '. The chain rule splits its gradient in two factors:')];
  if (linear) parts.push(display(partial(mi(L), w), mo('='), m('mrow', { class: 'forward-ink' }, partial(z, w)), mo('·'), m('mrow', { class: 'back-ink' }, partial(mi(L), z))));
  const list = h('ol', { class: 'step-list' });
  if (d.forward.length || linear) list.append(h('li', { class: 'forward-step' }, h('h3', null, 'Forward pass: what enters the weight'), d.forward.length ? forwardTraces(d) : given(view)));
  const said = new Set();
  list.append(...nodeSteps(view, d, said));
  if (view.loss.long) list.append(h('li', { class: 'back-step' }, h('h3', null, `At the output: the long Jacobian product, and p − ${view.loss.askedName}`), h('p', null, 'The scores feed ', view.loss.long.activation, '; ',
    h('button', { type: 'button', class: 'link', onclick: () => { figure.openItem('r:loss', true); byId('card').scrollIntoView({ block: 'center' }); } }, 'see both ways with their numbers'), '.'), collapsed(view)));
  list.append(updateStep(d));
  parts.push(h('p', { class: 'result' }, h('b', null, `∂${L}/∂${d.symbol} = `, h('span', { id: 'gradient', 'data-value': node.value.computed }, numberNode(node.value.computed, 6)))), list);
  if (d.rows.length > 1) parts.push(rowsOf(d));
  return parts;
}

function collapsed(view) {
  const long = view.loss.long;
  const columns = long.columns.slice(0, 3);
  return [formulaOf(long.collapsed), aligned(columns.map((c) => [partial(mi('l'), sym(long.value, c.unit + 1)), '=', mn(long.p[c.unit], false, 4), mo('−'), mn(view.loss.asked[c.unit], false, 4), mo('='), mn(c.collapsed, false, 5), mtext('   (the long way: '), mn(c.sum, false, 5), mtext(')')]))];
}

/** The first factor is a number of the data itself. */
function given(view) {
  const from = view.columns[view.links[view.chosen.link].from];
  return h('p', { class: 'small' }, h('b', null, `${unitName(view, from.at, view.chosen.from)} = `), numberNode(from.a[view.chosen.from], 5), ', given: a number of the data.');
}

function forwardTraces(d) {
  return d.forward.map((trace, k) => {
    const line = [h('b', null, `${trace.value}[${trace.unit + 1}] = `), numberNode(trace.result.computed, 5), trace.equation_op ? ` by ${trace.equation_op}` : ', given'];
    if (!trace.operands.length) return h('p', { class: 'small' }, line);
    return h('details', k === 0 ? { open: true } : {}, h('summary', { class: 'small' }, line), formulaOf(trace.formula),
      h('p', { class: 'small' }, trace.operands.map((o, i) => [i ? ', ' : '', `${o.name} = `, numberNode(o.value, 4)]), trace.folded ? `, and ${trace.folded} more` : ''));
  });
}

/** The numbers of the derivation in the order in which they are needed; many of one layer share a place. */
function nodeSteps(view, d, said) {
  const groups = [];
  d.nodes.forEach((node, k) => {
    const last = groups[groups.length - 1];
    if (k > 0 && last?.quantity === node.quantity) last.members.push(k);
    else groups.push({ quantity: node.quantity, members: [k] });
  });
  return groups.map((group, g) => {
    const inside = group.members.map((k) => nodeStep(view, d, d.nodes[k], k, said, g < 3 && group.members.length < 3));
    if (group.members[0] === 0) return h('li', { class: 'back-step' }, inside);
    if (group.members.length < 3) return h('li', { class: 'back-step' }, inside);
    return h('li', { class: 'back-step' }, h('details', null, h('summary', null, `∂${lossName(view)}/∂${group.quantity}: ${group.members.length} numbers that were needed`), inside));
  });
}

function lossName(view) {
  return view.receipt.batch ? 'L' : 'l';
}

function nodeStep(view, d, node, k, said, open) {
  const content = [];
  for (const path of node.paths) {
    content.push(h('p', { class: 'small soft' }, `through ${path.equation} = ${path.op}(…)`), formulaOf(path.local, said));
    if (path.terms.length) content.push(pathTable(view, d, node, path));
  }
  if (node.leaf) content.push(h('p', null, 'The start of the backward pass: the weight of this row.'));
  const row = view.receipt.rows.length > 1 && !node.parameter ? h('span', { class: 'soft' }, ` (row ${view.receipt.rows[node.row] + 1})`) : null;
  const title = [`${node.symbol} = `, numberNode(node.value.computed, 5), row];
  if (k === 0) return [h('h3', { id: 'node-0' }, 'Backward pass: ', title), content];
  return h('details', { id: `node-${k}`, open }, h('summary', null, title), content);
}

function pathTable(view, d, node, path) {
  const go = (n) => {
    const step = byId(`node-${n}`);
    for (let place = step; place; place = place.parentElement) if (place.tagName === 'DETAILS') place.open = true;
    step?.scrollIntoView({ block: 'center' });
  };
  const upstream = view.gradientNames.get(path.upstream) ?? path.upstream;
  const L = lossName(view);
  const several = path.terms.some((t) => t.row !== path.terms[0].row);
  const body = path.terms.map((t) => h('tr', null, several ? h('td', null, view.receipt.rows[t.row] + 1) : null, h('td', { class: 'l' }, upstream === 'l' ? `∂${L}/∂l` : `∂${L}/∂${upstream}[${t.unit + 1}]`),
    h('td', null, numberNode(t.local, 4)), h('td', null, '×'), h('td', null, t.node >= 0 ? h('button', { class: 'link', type: 'button', onclick: () => go(t.node) }, numberNode(t.upstream, 4)) : numberNode(t.upstream, 4)),
    h('td', null, '='), h('td', null, numberNode(t.product, 4))));
  const wide = several ? 6 : 5;
  const all = path.terms.reduce((s, t) => s + Math.abs(t.product), 0) + path.folded_magnitude;
  if (path.folded) body.push(h('tr', { class: 'rest' }, h('td', { colspan: wide }, `${counted(path.folded, 'smaller term', 'smaller terms')}, ${percent(all > 0 ? path.folded_magnitude / all : 0)} of the sum by size`), h('td', null, numberNode(path.folded_sum, 4))));
  if (path.zeros) body.push(h('tr', { class: 'rest' }, h('td', { colspan: wide }, counted(path.zeros, 'term that is 0', 'terms that are 0')), h('td', null, '0')));
  body.push(h('tr', { class: `total${path.sum.ok ? '' : ' disagree'}` }, h('td', { colspan: wide }, path.sum.ok ? 'sum, as computed' : 'sum as computed; in double it is ' + short(path.sum.recomputed, 6)), h('td', null, numberNode(path.sum.computed, 5))));
  return h('div', { class: 'scroll' }, h('table', null, h('thead', null, h('tr', null, several ? h('th', null, 'row') : null, h('th', { class: 'l' }, 'from'), h('th', null, 'local'), h('th'), h('th', null, 'upstream'), h('th'), h('th', null, 'product'))), h('tbody', null, body)));
}

function rowsOf(d) {
  const rows = d.rows.slice(0, 12);
  const more = d.rows.length - rows.length + d.folded_rows;
  const largest = Math.abs(rows[0].contribution) || 1;
  const bar = (v) => svg('svg', { viewBox: '-50 0 100 12', width: 100, height: 12, 'aria-hidden': 'true' }, svg('rect', { x: Math.min(0, 50 * v / largest), y: 2, width: Math.max(0.5, Math.abs(50 * v / largest)), height: 8, fill: v < 0 ? 'var(--back)' : 'var(--forward)' }), svg('path', { d: 'M0,0 V12', stroke: 'var(--soft)' }));
  return h('div', { class: 'batch-only', id: 'row-shares' }, h('h3', null, 'Which rows pushed it hardest'), h('p', null, 'A positive contribution makes the weight smaller, a negative one makes it larger.'),
    h('div', { class: 'scroll' }, h('table', null, h('thead', null, h('tr', null, h('th', null, 'row'), h('th', null, 'enters (forward)'), h('th', null, 'δ (backward)'), h('th', null, 'contribution'), h('th', { class: 'l' }, ''), h('th', { class: 'l' }, 'pushes the weight'))),
      h('tbody', null, rows.map((r) => h('tr', null, h('td', null, r.row + 1), h('td', null, numberNode(r.forward, 4)), h('td', null, numberNode(r.backward, 4)), h('td', null, numberNode(r.contribution, 4)), h('td', { class: 'l' }, bar(r.contribution)), h('td', { class: 'l' }, r.contribution > 0 ? 'down' : r.contribution < 0 ? 'up' : 'not at all'))),
        more > 0 ? h('tr', { class: 'rest' }, h('td', { colspan: 3 }, `${more} more rows`), h('td', null, numberNode(d.rows.slice(12).reduce((s, r) => s + r.contribution, d.folded_contribution), 4)), h('td'), h('td')) : null))));
}

function updateStep(d) {
  const u = d.update;
  return h('li', { class: 'forward-step', id: 'update' }, h('h3', null, 'The update'), u.known ? h('p', { class: 'small soft' }, `${u.optimizer}, step ${u.step}, from ${u.state}; source: ${u.source}`) : null,
    u.known ? [h('p', { class: 'small', id: 'update-symbols' }, 'With ', u.symbols.flatMap(([name, value], k) => [k > 0 ? ',  ' : '', h('span', { class: 'mono' }, `${name}\u00a0=\u00a0`), numberNode(value, 5)]), '.'),
      h('div', { class: 'scroll' }, h('table', null, h('tbody', null, u.lines.map((line) => h('tr', null, h('td', { class: 'l mono' }, line.formula), h('td', null, numberNode(line.value, 5))))))),
      h('p', null, `${d.symbol}: `, numberNode(u.before, 6), ' → ', h('b', { id: 'after', 'data-value': u.after }, numberNode(u.after, 6)), ' (', numberNode(u.after - u.before, 3), ')')]
      : h('p', null, 'How the model was trained is not known, so no step can be computed: ', inline(mi('θ'), mo('←'), mi('θ'), mo('−'), mi('η'), mo('·'), partial(mi('L'), mi('θ'))), ', with ', inline(mi('θ'), mo('='), mn(u.before, false, 6)), ' and the gradient above.'));
}

// ---- 4. The gain budget ---------------------------------------------------------------------------------------------

function gainBudget(view) {
  const host = heading('budget', '4', 'The gain budget');
  const layers = view.receipt.gain_layers;
  host.append(h('p', null, 'How large the gradient is when it reaches a layer, compared with the layer above it, is a product: what the wires did, times what the amplifiers did.'));
  const span = Math.max(1, ...layers.flatMap((g) => [g.wires, g.gains].filter((v) => v > 0).map((v) => Math.abs(Math.log10(v)))));
  const x = (v) => (v > 0 ? Math.max(-1, Math.min(1, Math.log10(v) / span)) : -1) * 100;
  const bar = (v, y, cls) => svg('rect', { class: cls, x: Math.min(0, x(v)), y, width: Math.max(1, Math.abs(x(v))), height: 9, rx: 1 });
  host.append(h('div', { class: 'scroll' }, h('table', { class: 'budget' },
    h('thead', null, h('tr', null, ['layer', '‖δ‖', 'ratio to above', 'wires', 'amplifiers', 'on a log scale', '|z| > 3', 'gain 0'].map((t, k) => h('th', { scope: 'col', class: k === 5 ? 'l' : null }, t)))),
    h('tbody', null, layers.map((g) => h('tr', { 'data-layer': g.layer }, h('td', null, `${g.layer}${g.activation ? `, ${g.activation}` : ''}`), h('td', null, numberNode(g.norm)), h('td', null, `×`, numberNode(g.ratio)),
      h('td', { class: 'forward-ink' }, '×', numberNode(g.wires)), h('td', { class: 'back-ink' }, '×', numberNode(g.gains)),
      h('td', { class: 'bars' }, svg('svg', { viewBox: '-104 0 208 30', preserveAspectRatio: 'none', role: 'img', 'aria-label': `wires ×${short(g.wires)}, amplifiers ×${short(g.gains)}` }, svg('path', { class: 'one', d: 'M0,0 V30' }), bar(g.wires, 4, 'wires-bar'), bar(g.gains, 16, 'gains-bar'))),
      h('td', null, percent(g.saturated)), h('td', null, percent(g.dead))))))),
  h('ul', { class: 'legend' }, h('li', null, h('span', { class: 'forward-ink' }, '■'), 'wires (upper bar)'), h('li', null, h('span', { class: 'back-ink' }, '■'), 'amplifiers (lower bar); left of the middle shrinks, right of it grows')));
  const notes = h('ul', { class: 'small notes' });
  host.append(notes);
  for (const g of layers) {
    notes.append(h('li', null, h('b', null, g.layer), `: wires ×${short(g.wires)}, amplifiers ×${short(g.gains)}; ${percent(g.saturated)} of its ${counted(g.units, 'unit', 'units')} at |z| > 3${g.activation ? `; gains from ${short(g.smallest_gain)} to ${short(g.largest_gain)}, ${short(g.mean_gain)} on average` : ''}.`));
  }
}

// ---- 5. The audit ---------------------------------------------------------------------------------------------------

function audit(view) {
  const r = view.receipt;
  const host = heading('audit', '5', 'The audit');
  const good = r.disagreements === 0;
  host.append(h('p', null, 'Every number above, beside its value recomputed in double from the formulas and the operands that the network had.'),
    h('p', { class: `verdict${good ? '' : ' disagree'}`, role: 'status', id: 'verdict' }, good ? `✓ ${r.audited.toLocaleString('en-GB')} numbers agree within the bounds that their operators declare.` : `✗ ${r.disagreements.toLocaleString('en-GB')} of ${r.audited.toLocaleString('en-GB')} numbers do not agree.`));
  if (r.complaints.length) host.append(h('ul', { class: 'bad small' }, r.complaints.map((c) => h('li', null, c))));
  host.append(h('p', { class: 'soft' }, r.audit_note.charAt(0).toUpperCase() + r.audit_note.slice(1)), centralDifferences(r));
  const rows = [...r.values.map((v) => [v, v.name]), ...r.gradients.map((v) => [v, `∂/∂${v.about}`])].filter(([v]) => v.recomputed?.length || v.bound > 0);
  const line = (v, name, count) => h('tr', { class: v.ok ? null : 'disagree' }, h('td', null, v.ok ? name : `✗ ${name}`), h('td', null, count.toLocaleString('en-GB')), h('td', null, numberNode(v.worst_ulp)), h('td', null, numberNode(v.bound)), h('td', { class: 'l' }, v.ok ? 'agrees' : 'disagrees'));
  host.append(h('details', { open: rows.length < 14 || !good }, h('summary', null, 'Every value and gradient'), h('div', { class: 'scroll' }, h('table', { id: 'audit-table' },
    h('thead', null, h('tr', null, ['what', 'numbers', 'largest difference (ulp)', 'bound (ulp)', ''].map((t) => h('th', { scope: 'col' }, t)))),
    h('tbody', null, rows.map(([v, name]) => line(v, name, v.features)), r.parameters.filter((p) => p.trained && p.bound > 0).map((p) => line(p, `∂/∂${p.name}`, p.rows * p.cols)))))));
}

function centralDifferences(r) {
  return h('div', { class: 'scroll' }, h('table', { id: 'central' }, h('caption', null, 'The chosen gradients, three ways'),
    h('thead', null, h('tr', null, ['gradient', 'computed', 'in double', 'ulp', 'bound', 'central difference', ''].map((t) => h('th', { scope: 'col' }, t)))),
    h('tbody', null, r.derivations.map((d) => {
      const v = d.nodes[0].value;
      const good = v.ok && d.central_ok && d.executor_ok;
      const verdict = good ? 'agrees' : !v.ok ? 'double disagrees' : !d.central_ok ? 'difference disagrees' : 'training step disagrees';
      return h('tr', { class: good ? null : 'disagree' }, h('td', null, `∂/∂${d.symbol}`), h('td', null, numberNode(v.computed, 6)), h('td', null, numberNode(v.recomputed, 6)), h('td', null, numberNode(v.ulp)), h('td', null, numberNode(v.bound)), h('td', null, d.central_step > 0 ? numberNode(d.central_difference, 6) : 'none: a kink'), h('td', { class: 'l' }, good ? verdict : `✗ ${verdict}`));
    }))));
}
