// How numbers are written: everywhere alike, microseconds from picoseconds.

const exact = new Intl.NumberFormat('en', {maximumFractionDigits: 6});
const short = new Intl.NumberFormat('en', {minimumFractionDigits: 1, maximumFractionDigits: 1});
const whole = new Intl.NumberFormat('en');

export const US = 1e6;  // picoseconds

/** "1,780.5 µs" */
export const us = ps => `${short.format(ps / US)} µs`;
/** "1780.513254 µs": no picosecond lost. */
export const usExact = ps => `${exact.format(ps / US)} µs`;
export const count = n => whole.format(n);
export const percent = (part, of) => `${of > 0 ? Math.round(100 * part / of) : 0} %`;
export const plural = (n, one, many = one + 's') => `${count(n)} ${n === 1 ? one : many}`;

/** "120 ns", "3.4 µs": a length that may be small. */
export function span(ps) {
  if (ps < 1e3) return `${ps} ps`;
  if (ps < US) return `${exact.format(Math.round(ps / 100) / 10)} ns`;
  return `${(ps / US).toFixed(ps < 100 * US ? 2 : 1)} µs`;
}

/** Adds an element. `attributes`: class, title, ... ; `on…` are listeners. Children are nodes or text. */
export function add(parent, tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children);
  parent?.append(node);
  return node;
}
