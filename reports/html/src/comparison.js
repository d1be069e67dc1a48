// The comparison: one line per variant with its makespan as a bar, split into what the time went to.
import {add, count, percent, plural, us, US} from './text.js';
import {background, causeLook, swatch} from './looks.js';

const signed = x => `${x >= 0 ? '+' : '−'}${Math.abs(x).toFixed(1)}`;

/** The base of the comparison: the first variant, in a sweep the first at the same point. */
export function baseOf(variants, i) {
  const point = v => JSON.stringify(v.summary.point);
  const single = variants.every(v => v.summary.name === variants[0].summary.name);
  if (single) return 0;
  const found = variants.findIndex(v => v.summary.name === variants[0].summary.name && point(v) === point(variants[i]));
  return found < 0 ? 0 : found;
}

export function drawComparison(parent, report, state) {
  const {variants, causes} = report;
  const longest = Math.max(...variants.map(v => v.summary.makespan_us), 1e-9);
  const scroll = add(parent, 'div', {class: 'scroll'});
  const table = add(scroll, 'table', {class: 'comparison'});
  const head = add(add(table, 'thead'), 'tr');
  const columns = ['', 'variant', 'where the makespan went', 'makespan', 'speed-up', 'bound by', 'tasks', 'pairs', 'chain',
                   'AIC', 'AIV', 'overhead'];
  const help = {'': 'Draw this variant below', pairs: 'Producer-consumer pairs', chain: 'Tasks on the longest chain',
                AIC: 'Kernel time over all cube cores', AIV: 'Kernel time over all vector cores',
                overhead: 'Share of the makespan in which work was ready and a core of its kind idle'};
  columns.forEach((name, i) => add(head, 'th', {scope: 'col', class: i > 2 && i !== 5 ? 'n' : '', title: help[name]}, name));
  const body = add(table, 'tbody');
  const best = Math.min(...variants.filter(v => v.summary.status === 'ok').map(v => v.summary.makespan_us));
  variants.forEach((variant, i) => {
    const s = variant.summary;
    const row = add(body, 'tr', {class: s.makespan_us === best && variants.length > 1 ? 'best' : ''});
    const cell = (text, cls = 'n') => add(row, 'td', {class: cls}, text);
    const box = add(cell('', ''), 'input', {type: 'checkbox', 'aria-label': `Draw ${variant.label}`, 'data-variant': i,
      disabled: !variant.run, title: variant.run ? 'Draw this variant below' : 'Not drawn: run this variant alone',
      onchange: event => state.show(i, event.target.checked)});
    box.checked = state.shown.includes(i);
    const name = add(row, 'th', {scope: 'row'}, variant.label);
    const races = (s.races ?? []).filter(race => race.hazard !== 'WAR').length;
    if (races > 0) add(name, 'span', {class: 'races', title: 'Tasks write the same bytes, or write what another reads, without an order; summary.json lists them'}, plural(races, 'race'));
    if (s.status !== 'ok') {
      add(row, 'td', {colspan: columns.length - 2, class: 'bad'}, s.status);
      return;
    }
    drawStack(add(row, 'td', {class: 'stackcell'}), s, causes, longest);
    cell(us(s.makespan_us * US));
    const base = variants[baseOf(variants, i)].summary;
    cell(s.makespan_us > 0 ? `${(base.makespan_us / s.makespan_us).toFixed(2)}×` : '–');
    cell(`${variant.bound} ${percent(s.bounds_us[s.bound_by], s.makespan_us)}`, '');
    for (const n of [s.tasks.total, s.edges.unique_pairs, s.longest_chain_tasks]) cell(count(n));
    for (const p of [s.utilisation_pct.aic, s.utilisation_pct.aiv, s.overhead_pct.has]) cell(`${p.toFixed(1)} %`);
  });
  const legend = add(parent, 'p', {class: 'legend'});
  for (const cause of causes) {
    if (!variants.some(v => v.summary.attribution_us[cause] > 0)) continue;
    const look = causeLook(cause);
    add(legend, 'span', {title: look.meaning}, swatch(look), look.spoken, add(null, 'small', {}, ` ${look.meaning}`));
  }
}

/** One bar as long as the makespan, split by cause. */
function drawStack(parent, summary, causes, longest) {
  const words = causes.filter(c => summary.attribution_us[c] > 0)
      .map(c => `${causeLook(c).spoken} ${summary.attribution_us[c].toFixed(1)} µs`).join(', ');
  const bar = add(parent, 'div', {class: 'stack', role: 'img', 'aria-label': words,
                                  style: `width:${100 * summary.makespan_us / longest}%`});
  for (const cause of causes) {
    const time = summary.attribution_us[cause];
    if (!(time > 0)) continue;
    const look = causeLook(cause);
    const share = time / summary.makespan_us;
    const text = add(null, 'span', {style: `color:${look.ink};background-color:${look.colour}`}, look.spoken);
    const part = add(bar, 'span', {class: 'part', title: `${look.spoken}: ${time.toFixed(1)} µs, ${percent(share, 1)} - ${look.meaning}`,
                                   style: `flex-grow:${time};background:${background(look)}`});
    if (share * summary.makespan_us / longest > 0.14) part.append(text);
  }
}

/** Exact figures of the attribution, variants side by side. */
export function drawAttribution(parent, report, shown) {
  const scroll = add(parent, 'div', {class: 'scroll'});
  const table = add(scroll, 'table', {class: 'figures'});
  const head = add(add(table, 'thead'), 'tr');
  add(head, 'th', {scope: 'col'}, 'cause');
  const variants = shown.map(i => report.variants[i]);
  for (const v of variants) add(head, 'th', {scope: 'col', class: 'n'}, v.label);
  if (variants.length === 2) add(head, 'th', {scope: 'col', class: 'n'}, 'difference');
  const body = add(table, 'tbody');
  const line = (label, cls, value, look) => {
    const row = add(body, 'tr', {class: cls});
    const name = add(row, 'th', {scope: 'row'});
    if (look) name.append(swatch(look));
    name.append(label);
    for (const v of variants) add(row, 'td', {class: 'n'}, us(value(v.summary) * US));
    if (variants.length === 2) {
      add(row, 'td', {class: 'n'}, `${signed(value(variants[1].summary) - value(variants[0].summary))} µs`);
    }
  };
  for (const cause of report.causes) {
    if (!variants.some(v => v.summary.attribution_us[cause] > 0)) continue;
    const look = causeLook(cause);
    line(look.spoken, '', s => s.attribution_us[cause], look);
  }
  line('makespan', 'total', s => s.makespan_us);
}
