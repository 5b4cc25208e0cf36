// Numbers for people: a few digits to read, every digit on request.

const MINUS = '\u2212';

const NOT_FINITE = { nan: NaN, inf: Infinity, '-inf': -Infinity };
/** Fields of a receipt that hold names: a column may be called "nan". */
const NAMES = new Set(['units', 'classes', 'source', 'name', 'from_name', 'to_name', 'target_text', 'prediction_text', 'text']);

/** JSON has no infinities and no NaN, so receipts write them as words; this puts the numbers back, in place. */
function withNumbers(part) {
  for (const [key, v] of Object.entries(part)) {
    if (NAMES.has(key)) continue;
    if (typeof v === 'string' && v in NOT_FINITE) part[key] = NOT_FINITE[v];
    else if (v !== null && typeof v === 'object') withNumbers(v);
  }
  return part;
}

/** `v` with about `digits` significant digits: 0.104, −2.08, 1.4·10⁻⁷; integers as they are. */
function short(v, digits = 3) {
  if (v === null || v === undefined) return '–';
  if (Number.isNaN(v)) return 'NaN';
  if (!Number.isFinite(v)) return v > 0 ? '∞' : MINUS + '∞';
  if (v === 0) return '0';
  const size = Math.abs(v);
  if (Number.isInteger(v) && size < 1e6) return String(v).replace('-', MINUS);
  if (size < 1e-3 || size >= 1e6) {
    const [mantissa, exponent] = v.toExponential(digits - 1).split('e');
    return `${mantissa}·10${superscript(Number(exponent))}`.replace('-', MINUS);
  }
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return v.toFixed(Math.min(decimals, digits + 2)).replace('-', MINUS);
}

/** Every digit: the shortest decimal that reads back as `v`. */
function full(v) {
  if (v === null || v === undefined) return 'not recorded';
  return String(v).replace('-', MINUS);
}

/** A short number in brackets if it is negative, as a factor or a term is written. */
function bracketed(v, digits = 3) {
  return v < 0 ? `(${short(v, digits)})` : short(v, digits);
}

/** A share as a percentage: 3 %, 0.4 %, < 0.1 %. */
function percent(share) {
  const p = 100 * Math.abs(share);
  if (!Number.isFinite(p)) return '–';
  if (p === 0) return '0 %';
  if (p < 0.1) return '< 0.1 %';
  return `${p < 1 ? p.toFixed(1) : p.toFixed(0)} %`;
}

function counted(n, one, many) {
  return `${n.toLocaleString('en-GB')} ${n === 1 ? one : many}`;
}

const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function subscript(n) {
  return String(n).replace(/\d/g, (d) => SUBSCRIPTS[d]);
}

function superscript(n) {
  return String(n).replace('-', '⁻').replace(/\d/g, (d) => SUPERSCRIPTS[d]);
}
