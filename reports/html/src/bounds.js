// Bounds as bars against the makespan: how low could it have gone, and what holds it.
import {add, percent, us, US} from './text.js';

const NAMES = {critical_path: 'critical path', aic_work: 'AIC work', aiv_work: 'AIV work',
               memory_bandwidth: 'memory bandwidth', orchestrator: 'orchestrator', scheduler: 'scheduler threads'};

export function drawBounds(parent, report, shown) {
  const longest = Math.max(...shown.map(i => report.variants[i].summary.makespan_us));
  const grid = add(parent, 'div', {class: 'cards'});
  for (const i of shown) {
    const {summary, label} = report.variants[i];
    const card = add(grid, 'section', {class: 'card'});
    add(card, 'h3', {}, label);
    const bounds = Object.entries(summary.bounds_us).sort((a, b) => b[1] - a[1]);
    const width = value => `width:${100 * value / longest}%`;
    const list = add(card, 'div', {class: 'bounds'});
    for (const [name, value] of bounds) {
      const binding = name === summary.bound_by;
      const line = add(list, 'div', {class: binding ? 'bound binding' : 'bound'});
      add(line, 'span', {class: 'name'}, NAMES[name] ?? name);
      const track = add(line, 'div', {class: 'track'});
      add(track, 'div', {class: 'fill', style: width(value)});
      add(track, 'div', {class: 'limit', style: `left:${100 * summary.makespan_us / longest}%`});
      add(line, 'span', {class: 'value'}, us(value * US), binding ? add(null, 'b', {}, ' binds') : '');
    }
    const line = add(list, 'div', {class: 'bound makespan'});
    add(line, 'span', {class: 'name'}, 'makespan');
    add(add(line, 'div', {class: 'track'}), 'div', {class: 'fill', style: width(summary.makespan_us)});
    add(line, 'span', {class: 'value'}, us(summary.makespan_us * US));
    const [first, second] = bounds;
    add(card, 'p', {class: 'note'}, `Best possible under the ${NAMES[first[0]] ?? first[0]}: ` +
        `${percent(first[1], summary.makespan_us)} of the makespan. With that lifted, ${NAMES[second[0]] ?? second[0]} ` +
        `would bind at ${us(second[1] * US)}.`);
  }
}
