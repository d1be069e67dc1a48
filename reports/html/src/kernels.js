// The kernel table: what each kernel cost, and on how many cores it ran; variants beneath each other.
import {add, count, us, US} from './text.js';
import {swatch} from './looks.js';

const COLUMNS = [
  ['tasks', k => k.count, count],
  ['mean', k => k.mean_us, v => us(v * US)],
  ['busy', k => k.busy_us, v => us(v * US)],
  ['cores used', k => k.distinct_cores, count],
  ['at once', k => k.peak_concurrency, count],
  ['first start', k => k.first_start_us, v => us(v * US)],
  ['last end', k => k.last_end_us, v => us(v * US)],
];

export function drawKernels(parent, report, shown, looks, pick) {
  const variants = shown.map(i => report.variants[i]);
  const names = new Map();  // in order of first use
  for (const v of variants) for (const name of Object.keys(v.summary.kernels)) names.set(name, names.size);
  let sorted = null;  // a column, or null: in order of first use
  let down = true;
  const busiest = Math.max(...variants.flatMap(v => Object.values(v.summary.kernels).map(k => k.busy_us)), 1e-9);
  const scroll = add(parent, 'div', {class: 'scroll'});
  const table = add(scroll, 'table', {class: 'kernels'});

  const order = () => {
    const keys = [...names.keys()];
    if (!sorted) return keys;
    const value = name => Math.max(...variants.map(v => v.summary.kernels[name] ? sorted[1](v.summary.kernels[name]) : -1));
    return keys.sort((a, b) => (down ? value(b) - value(a) : value(a) - value(b)) || names.get(a) - names.get(b));
  };
  const draw = () => {
    table.replaceChildren();
    const head = add(add(table, 'thead'), 'tr');
    add(head, 'th', {scope: 'col'}, 'kernel');
    add(head, 'th', {scope: 'col'}, 'core');
    if (variants.length > 1) add(head, 'th', {scope: 'col'}, 'variant');
    for (const column of COLUMNS) {
      const cell = add(head, 'th', {scope: 'col', class: 'n', 'aria-sort': sorted === column ? (down ? 'descending' : 'ascending') : 'none'});
      add(cell, 'button', {class: 'sort', onclick: () => {
        if (sorted !== column) { sorted = column; down = true; } else if (down) down = false; else sorted = null;
        draw();
      }}, column[0], sorted === column ? (down ? ' ↓' : ' ↑') : '');
    }
    for (const name of order()) {
      const body = add(table, 'tbody');
      const first = variants.find(v => v.summary.kernels[name]).summary.kernels[name];
      const moved = column => new Set(variants.map(v => v.summary.kernels[name] && column[1](v.summary.kernels[name]))).size > 1;
      variants.forEach((variant, i) => {
        const row = add(body, 'tr');
        if (i === 0) {
          const head = add(row, 'th', {scope: 'rowgroup', rowspan: variants.length});
          add(head, 'button', {class: 'kernel', title: `Highlight ${name} in the timeline`, onclick: () => pick(name)},
              swatch(looks.get(name)), name);
          add(row, 'td', {rowspan: variants.length}, first.core.toUpperCase());
        }
        if (variants.length > 1) add(row, 'td', {class: 'variant'}, variant.label);
        const kernel = variant.summary.kernels[name];
        for (const column of COLUMNS) {
          const loud = moved(column) && ['tasks', 'cores used', 'at once'].includes(column[0]);
          const cell = add(row, 'td', {class: loud ? 'n moved' : 'n'}, kernel ? column[2](column[1](kernel)) : '–');
          if (kernel && column[0] === 'busy') {
            cell.classList.add('bar');
            cell.style.setProperty('--share', `${100 * kernel.busy_us / busiest}%`);
          }
        }
      });
    }
  };
  draw();
}
