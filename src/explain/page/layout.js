// Which neurons are drawn, and where. A column that is too large shows its strongest contributors to the neuron in
// focus; the rest is folded into one counted node.

const ROWS_SHOWN = 5;      // of a folded column
const ROWS_WHOLE = 7;      // a column of at most so many is drawn whole
const LABELLED_WIRES = 60; // more wires than this carry no numbers of their own

/**
 * How strongly each unit of each column acts on δ of unit `unit` of column `at` (columns right of it: exact terms, which
 * add up to δ), or on its z (columns left of it: sizes only). Columns that nothing is known of stay empty.
 */
function contributions(view, at, unit) {
  const parts = view.columns.map(() => null);
  const start = view.columns[at];
  const carried = view.columns.map(() => null);
  carried[at] = new Float64Array(start.size);
  carried[at][unit] = start.gain ? start.gain[unit] : 1;
  for (const link of view.links) {
    const from = carried[link.from];
    if (!from || link.from < at || link.kind === 'block') continue;
    const to = view.columns[link.to];
    const sums = carried[link.to] || (carried[link.to] = new Float64Array(to.size));
    spread(link, from, sums, view.columns[link.from].size, to.size);
    if (view.links.some((other) => other.to === link.to && other !== link && view.links.indexOf(other) > view.links.indexOf(link))) continue;
    parts[link.to] = sums.map((s, k) => s * (to.delta ? to.delta[k] : 0));
    if (to.gain) for (let k = 0; k < to.size; ++k) sums[k] *= to.gain[k];
  }
  const wanted = view.columns.map(() => null);
  wanted[at] = new Float64Array(start.size);
  wanted[at][unit] = 1;
  for (const link of [...view.links].reverse()) {
    const to = wanted[link.to];
    if (!to || link.to > at || link.kind === 'block') continue;
    const from = view.columns[link.from];
    const sums = wanted[link.from] || (wanted[link.from] = new Float64Array(from.size));
    for (let i = 0; i < from.size; ++i) {
      let s = 0;
      if (link.kind === 'each') s = to[i + link.offset];
      else for (let j = 0; j < to.length; ++j) if (to[j]) s += Math.abs(link.weight(i, j)) * to[j];
      sums[i] += s * Math.abs(from.a[i]);
    }
    parts[link.from] = sums;
  }
  return parts;
}

function spread(link, from, sums, inputs, outputs) {
  if (link.kind === 'each') {
    for (let i = 0; i < inputs; ++i) sums[i + link.offset] += from[i];
    return;
  }
  for (let i = 0; i < inputs; ++i) {
    if (from[i] === 0) continue;
    for (let k = 0; k < outputs; ++k) sums[k] += from[i] * link.weight(i, k);
  }
}

function sumOfSizes(values, indices) {
  let s = 0;
  if (indices) for (const i of indices) s += Math.abs(values[i]);
  else for (const v of values) s += Math.abs(v);
  return s;
}

/** The units drawn of each column: {shown: [indices, ascending], rest: count, share: of the rest by size}. */
function choose(view, focus, keep) {
  const parts = contributions(view, focus.column, focus.unit);
  const same = view.columns.map((column) => sameUnits(view, column));
  const must = view.columns.map(() => new Set());
  for (const { column, unit } of [...keep, focus]) for (let c = column; c !== null; c = same[c]) must[c].add(unit);
  const chosen = [];
  for (const column of view.columns) {
    const c = column.at;
    if (same[c] !== null) {
      chosen.push({ ...chosen[same[c]] });
      continue;
    }
    if (column.size <= ROWS_WHOLE) {
      chosen.push({ shown: [...Array(column.size).keys()], rest: 0, share: 0 });
      continue;
    }
    const score = parts[c] || column.delta || column.a;
    if (column.target !== undefined && column.target >= 0) must[c].add(column.target);
    const order = [...Array(column.size).keys()].sort((i, j) =>
      (must[c].has(j) - must[c].has(i)) || (Math.abs(score[j]) - Math.abs(score[i])) || i - j);
    const shown = order.slice(0, Math.max(ROWS_SHOWN, must[c].size)).sort((i, j) => i - j);
    const all = sumOfSizes(score);
    chosen.push({ shown, rest: column.size - shown.length, share: all > 0 ? 1 - sumOfSizes(score, shown) / all : 0 });
  }
  return chosen;
}

/** The column whose units this one takes one by one (a dropout, say): both show the same ones. */
function sameUnits(view, column) {
  const into = view.into(column.at);
  return into.length === 1 && into[0].kind === 'each' && view.columns[into[0].from].size === column.size ? into[0].from : null;
}

/** Positions: every column's x, every drawn unit's y in the forward and in the reverse half. */
function arrange(view, focus, keep) {
  const chosen = choose(view, focus, keep);
  const rows = chosen.map((c) => c.shown.length + (c.rest ? 1 : 0));
  const most = Math.max(...rows);
  const gap = most <= 2 ? 138 : most <= 4 ? 118 : 114;
  const strips = chosen.some((c) => c.rest > 0);
  const n = view.columns.length;
  const spacing = n <= 4 ? 250 : n <= 6 ? 215 : 185;
  const left = 150;
  const right = 300;
  const strip = (columns) => Math.max(0, ...columns.map((column) => (chosen[column.at].rest ? stripShape(column).height + 34 : 0)));
  const band = (most - 1) * gap;
  const top = 152;
  const split = top + band + 84 + strip(view.columns);
  const reverseTop = split + 160;
  const columns = chosen.map((c, k) => {
    const offset = (band - (rows[k] - 1) * gap) / 2;
    const y = new Map();
    c.shown.forEach((unit, r) => y.set(unit, top + offset + r * gap));
    return { ...c, x: left + k * spacing, y, foldY: c.rest ? top + offset + c.shown.length * gap : null,
      bottom: top + offset + (rows[k] - 1) * gap };
  });
  return { columns, gap, spacing, shift: reverseTop - top, top, band, split, strips,
    width: left + (n - 1) * spacing + right, height: reverseTop + band + 84 + strip(view.columns.filter((column) => column.delta)) + (view.chosen ? 44 : 0), left };
}

/** Cells of a column's heat strip: a picture's own shape, else rows of 32 (16 where there are few). */
function stripShape(column) {
  const across = column.image ? column.image.width : column.size < 64 ? Math.min(column.size, 16) : 32;
  const down = Math.ceil(column.size / across);
  const cell = Math.min(132 / across, 112 / down, 12);
  return { across, down, cell, width: across * cell, height: down * cell };
}
