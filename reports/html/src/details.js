// What a task waited for, in words and in times; its producers and consumers with the reasons of each edge.
import {add, plural, span, usExact} from './text.js';
import {NONE, SHAPES, SOURCES} from './run.js';
import {swatch} from './looks.js';

const MOST = 120;  // of a list
const WAITS = ['nothing: dispatched when submitted', 'a producer', 'the ready queue', 'the core'];

/** "26 µs for producer silu #12" */
export function waitWords(run, row) {
  const {rows, tasks} = run;
  const t = rows.task[row];
  switch (rows.wait[row]) {
    case 1: return `${span(tasks.ready[t] - tasks.submit[t])} for producer ${run.name(tasks.releasedBy[t])}`;
    case 2: return `${span(rows.dispatch[row] - tasks.ready[t])} in the ready queue`;
    case 3: return `${span(rows.end[run.rowBefore[row]] - rows.dispatch[row])} behind ${run.name(rows.task[run.rowBefore[row]])} on the core`;
    default: return WAITS[0];
  }
}

/** The six times, and the two between them. */
export function timesOf(run, row) {
  const {rows, tasks} = run;
  const t = rows.task[row];
  return [
    ['submit', tasks.submit[t], 'visible to the schedulers'],
    ['ready', tasks.ready[t], 'the last producer has completed'],
    ['dispatch', rows.dispatch[row], `scheduler ${rows.thread[row]} wrote the core's register`],
    ['start', rows.start[row], 'the kernel begins'],
    ['end', rows.end[row], 'the kernel is done'],
    ['finish', rows.finish[row], 'a scheduler saw it'],
  ];
}

export function timesTable(parent, run, row) {
  const table = add(parent, 'table', {class: 'times'});
  let before = null;
  for (const [name, at, meaning] of timesOf(run, row)) {
    const line = add(table, 'tr', {title: meaning, 'data-time': name});
    add(line, 'th', {scope: 'row'}, name);
    add(line, 'td', {class: 'n'}, usExact(at));
    add(line, 'td', {class: 'n gap'}, before === null ? '' : `${at < before ? '−' : '+'}${span(Math.abs(at - before))}`);
    before = at;
  }
}

export class Details {
  constructor(parent, looks, go, close) {
    this.box = add(parent, 'aside', {class: 'details', hidden: true, 'aria-label': 'The selected task'});
    this.looks = looks;
    this.go = go;
    this.close = close;
  }

  hide() { this.box.hidden = true; }

  show(run, task, onChain) {
    const {tasks} = run;
    this.box.hidden = false;
    this.box.replaceChildren();
    const head = add(this.box, 'header');
    const kernel = run.kernelOf(task);
    if (this.looks.has(kernel)) head.append(swatch(this.looks.get(kernel)));
    add(head, 'h3', {}, `${kernel} `, add(null, 'span', {class: 'id'}, `#${task}`));
    add(head, 'button', {class: 'close', 'aria-label': 'Close', onclick: this.close}, '×');
    const rows = run.rowsOfTask(task);
    add(this.box, 'p', {class: 'where'}, rows.length === 0 ? `${run.label} · ${SHAPES[tasks.shape[task]]}, no core` :
        `${run.label} · ${[...rows].slice(0, 4).map(r => run.core(r)).join(', ')}${rows.length > 4 ? ` and ${rows.length - 4} more` : ''}` +
        (onChain ? ' · on the chain that decides the makespan' : ''));
    if (rows.length > 0) {
      this.#phases(run, rows[0]);
      timesTable(this.box, run, rows[0]);
      if (rows.length > 1) add(this.box, 'p', {class: 'note'}, `Times of the first of ${rows.length} rows.`);
      add(this.box, 'p', {class: 'why'}, add(null, 'b', {}, 'Waited longest: '), waitWords(run, rows[0]) + '.');
    } else {
      add(this.box, 'p', {class: 'where'}, `submitted ${usExact(tasks.submit[task])}, complete ${usExact(tasks.complete[task])}`);
    }
    this.#edges(run, task, 'Producers', run.edgesInto(task), run.edges.producer);
    this.#edges(run, task, 'Consumers', run.edgesFrom(task), run.edges.consumer);
  }

  // The way of the task as one bar.
  #phases(run, row) {
    const {rows, tasks} = run;
    const t = rows.task[row];
    const parts = [['waits for producers', tasks.submit[t], tasks.ready[t], 'producers'],
                   ['in the ready queue', tasks.ready[t], rows.dispatch[row], 'queue'],
                   ['on the way to the core', Math.max(rows.dispatch[row], tasks.ready[t]), rows.start[row], 'way'],
                   ['kernel', rows.start[row], rows.end[row], 'kernel'], ['not seen yet', rows.end[row], rows.finish[row], 'unseen']];
    const bar = add(this.box, 'div', {class: 'phases'});
    for (const [words, from, to, cls] of parts) {
      if (to > from) add(bar, 'span', {class: cls, style: `flex-grow:${to - from}`, title: `${words}: ${span(to - from)}`});
    }
  }

  #edges(run, task, title, edges, other) {
    const box = add(this.box, 'section', {class: title.toLowerCase()});
    add(box, 'h4', {}, `${title} `, add(null, 'small', {}, `${edges.length}`));
    if (edges.length === 0) {
      add(box, 'p', {class: 'note'}, title === 'Producers' ? 'None: ready when submitted.' : 'None.');
      return;
    }
    // What it really waited for first, then tasks, then what only made memory.
    const rank = e => (title === 'Producers' && run.tasks.releasedBy[task] === other[e] ? 0 : run.reachesCore(other[e]) ? 1 : 2);
    edges.sort((a, b) => rank(a) - rank(b) || a - b);
    const list = add(box, 'ul');
    for (const e of edges.slice(0, MOST)) {
      const id = other[e];
      const line = add(list, 'li');
      add(line, 'button', {class: 'task', 'data-task': id, onclick: () => this.go(run, id)}, run.name(id));
      SOURCES.forEach((name, bit) => {
        if (run.edges.sources[e] >> bit & 1) add(line, 'span', {class: 'reason'}, name);
      });
      if ((run.edges.flags[e] & 1) === 0) add(line, 'span', {class: 'reason'}, 'keeps memory only');
      if (title === 'Producers' && run.tasks.releasedBy[task] === id && id !== NONE) add(line, 'span', {class: 'last'}, 'came last');
    }
    if (edges.length > MOST) add(box, 'p', {class: 'note'}, `and ${plural(edges.length - MOST, 'more', 'more')}`);
  }
}
