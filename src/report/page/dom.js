// Elements, text and numbers. Text of data only ever becomes a text node, so nothing in it can be markup.

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {}))
    if (name === 'style') node.style.cssText = value;
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? '' : value);
  node.append(...children.flat().filter((c) => c !== undefined && c !== null).map((c) => c instanceof Node ? c : String(c)));
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/// Five significant digits at most; no exponent where it can be helped.
function num(value, digits = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-4) {
    const [mantissa, power] = value.toExponential(2).split('e');
    return `${Number(mantissa)}·10${[...power.replace('+', '')].map((c) => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(c)]).join('')}`;
  }
  if (Number.isInteger(value)) return whole(value);
  if (size >= 10000) return whole(Math.round(value));
  return String(Number(value.toPrecision(digits)));
}

/// Thousands apart: 26,048.
function whole(value) {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function percent(share) { return num(100 * share, 3) + ' %'; }

function duration(seconds) {
  if (seconds < 60) return num(seconds, 3) + ' s';
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function short(text, most = 28) {
  const points = Array.from(String(text));
  return points.length > most ? points.slice(0, most - 1).join('') + '…' : String(text);
}

function section(title, id, ...children) {
  const node = el('section', {id}, el('h2', {}, title), ...children);
  document.getElementById('page').append(node);
  return node;
}

function note(...children) { return el('p', {class: 'note'}, ...children); }

/// rows of cells; a cell is text, a node, or {text, class, title}. The first row is the head; numbers are right-aligned.
function table(head, rows, options = {}) {
  const cell = (tag, c, i) => {
    const plain = c instanceof Node || typeof c !== 'object' || c === null;
    const content = plain ? c : c.text;
    const right = i > 0 && (options.numbers === undefined || options.numbers.includes(i));
    return el(tag, {class: [(right ? 'right' : ''), plain ? '' : c.class || ''].join(' ').trim() || undefined,
      title: plain ? undefined : c.title, style: plain ? undefined : c.style || ''}, content === null ? '–' : content);
  };
  return el('div', {class: 'scroll'}, el('table', {class: options.class},
    el('thead', {}, el('tr', {}, head.map((c, i) => cell('th', c, i)))),
    el('tbody', {}, rows.map((row) => el('tr', {}, row.map((c, i) => cell('td', c, i)))))));
}

/// A word as one argument of a shell.
function quoted(word) {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : "'" + word.replaceAll("'", "'\\''") + "'";
}

const names = {
  loss: 'loss as trained', accuracy: 'accuracy', balanced_accuracy: 'balanced accuracy', macro_f1: 'macro F1',
  log_loss: 'log loss', brier: 'Brier score', auc: 'AUC', hamming: 'wrong labels (hamming)', rmse: 'RMSE', mae: 'MAE',
  r2: 'R²',
};
function metricName(metric) { return names[metric] || metric; }

/// A metric with as many digits as its neighbours have: four after the point, or five in all.
function score(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  return Math.abs(value) < 1 ? value.toFixed(4) : Math.abs(value) < 10000 ? value.toPrecision(5) : whole(value);
}

/// "0.8585  0.8520 – 0.8650"
function withInterval(m) {
  if (!m) return '–';
  return el('span', {}, score(m.value), m.low === undefined ? '' : el('span', {class: 'interval'}, ` ${score(m.low)} – ${score(m.high)}`));
}
