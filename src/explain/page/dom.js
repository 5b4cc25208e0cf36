// Elements of HTML, SVG and MathML. Text always goes in as text, never as markup: names come from data.

const NAMESPACES = {
  svg: 'http://www.w3.org/2000/svg',
  math: 'http://www.w3.org/1998/Math/MathML',
};

function build(namespace, tag, attributes, children) {
  const element = namespace ? document.createElementNS(namespace, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    if (!(child instanceof Node)) element.append(document.createTextNode(String(child)));
    // A symbol that stands in several places of a formula is made once and copied.
    else element.append(child.parentNode && child.namespaceURI === NAMESPACES.math ? child.cloneNode(true) : child);
  }
}

/** h('p', {class: 'x'}, 'text', …): an HTML element. Attributes that begin with "on" are listeners. */
function h(tag, attributes, ...children) {
  return build(null, tag, attributes, children);
}

function svg(tag, attributes, ...children) {
  return build(NAMESPACES.svg, tag, attributes, children);
}

function byId(id) {
  return document.getElementById(id);
}

/** Text that shows `text` and gives every digit of `v` when asked: hover, long press, or a reader's title. */
function numberNode(v, digits = 3) {
  return h('data', { value: String(v), title: full(v), class: 'n' }, short(v, digits));
}

// ---- MathML ---------------------------------------------------------------------------------------------------------

function m(tag, attributes, ...children) {
  return build(NAMESPACES.math, tag, attributes, children);
}

const mi = (text, upright) => m('mi', upright ? { mathvariant: 'normal' } : null, text);
const mo = (text) => m('mo', /^[()]$/.test(text) ? { stretchy: 'false' } : null, text);
const mrow = (...children) => m('mrow', null, ...children);
const mfrac = (above, below) => m('mfrac', null, above, below);
const msub = (base, below) => m('msub', null, base, below);
const mtext = (text) => m('mtext', null, text.replaceAll(' ', '\u00a0')); // plain spaces at its ends would be dropped
/** A named function before its argument: ln, arg min. */
const mfunction = (name) => mrow(mi(name), mo('\u2061'), m('mspace', { width: '0.17em' }));

/** A number in a formula; `bracket`: in brackets if negative. */
function mn(v, bracket = false, digits = 3) {
  const number = m('mn', { title: full(v), 'data-value': String(v) }, short(v, digits));
  return bracket && v < 0 ? mrow(mo('('), number, mo(')')) : number;
}

/** ∂above/∂below. */
function partial(above, below) {
  return mfrac(mrow(mo('∂'), above), mrow(mo('∂'), below));
}

/** A symbol with indices: sym('w', 1, 2) is w with subscript 1,2. */
function sym(name, ...indices) {
  // W2 is the W of layer 2: textbooks write the layer above, in brackets.
  const [, letters, layer] = /^([A-Za-zθ]+)(\d+)$/.exec(name) ?? [null, name, null];
  const above = layer ? mrow(mo('('), m('mn', null, layer), mo(')')) : null;
  if (indices.length === 0) return above ? m('msup', null, mi(letters), above) : mi(letters);
  const below = indices.flatMap((index, k) => [...(k ? [mo(',')] : []), typeof index === 'number' ? m('mn', null, index) : mi(index)]);
  const subscripts = below.length === 1 ? below[0] : mrow(...below);
  return above ? m('msubsup', null, mi(letters), subscripts, above) : msub(mi(letters), subscripts);
}

function inline(...children) {
  return m('math', null, mrow(...children));
}

function display(...children) {
  return m('math', { display: 'block' }, mrow(...children));
}

/** Lines of one derivation, aligned at their first relation: [[left, '=', right], …]. */
function aligned(lines) {
  return m('math', { display: 'block', class: 'aligned' },
    m('mtable', { class: 'lines', displaystyle: 'true' }, lines.map(([left, relation, ...right]) =>
      m('mtr', null, m('mtd', null, left || mrow()), m('mtd', null, mo(relation)), m('mtd', null, mrow(...right))))));
}
