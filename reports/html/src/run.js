// One run as the page uses it: all times absolute in picoseconds, rows by lane, edges in both directions, counters.
import {Steps} from './steps.js';
import {unpack} from './columns.js';

export const NONE = -1;
export const SOURCES = ['explicit', 'creator', 'tensor map'];  // bits of an edge's reasons
export const PHASES = ['complete', 'dummy', 'dispatch', 'early dispatch', 'drain', 'release'];
export const RESOURCES = ['a task slot', 'heap', 'dependency entries', 'spill entries', 'the tensor map'];
export const SHAPES = ['AIC', 'AIV', 'MIX', 'dummy', 'alloc'];
const SHAPE = {aic: 0, aiv: 1, mix: 2, dummy: 3, alloc: 4};

export class Run {
  /** @param variant an entry of `variants`, @param base64 its columns */
  static async open(variant, base64, causes) {
    const run = new Run();
    const meta = variant.run;
    run.label = variant.label;
    run.variant = variant;
    run.aic = meta.aic;
    run.aiv = meta.aiv;
    run.schedulers = meta.schedulers;
    run.start = meta.first_start_ps;
    run.end = meta.last_end_ps;
    run.kernels = meta.kernels;
    run.causes = causes;
    const columns = await unpack(base64, meta.columns);
    const of = name => columns.get(name) ?? new Float64Array(0);
    run.#tasks(of);
    run.#rows(of);
    run.#edges(of);
    run.phases = {thread: of('phase.thread'), kind: of('phase.kind'), tasks: of('phase.tasks'),
                  begin: of('phase.begin'), end: sum(of('phase.begin'), of('phase.length'))};
    run.ringWaits = {begin: of('ring_wait.begin'), end: sum(of('ring_wait.begin'), of('ring_wait.length')),
                     task: of('ring_wait.task'), resource: of('ring_wait.resource')};
    run.chain = {begin: of('chain.begin'), end: sum(of('chain.begin'), of('chain.length')), cause: of('chain.cause'),
                 task: of('chain.task'), row: of('chain.row_plus_1').map(r => r - 1)};
    run.#lanes();
    run.#counters(of);
    return run;
  }

  #tasks(of) {
    const begin = of('task.submit_begin');
    const submit = sum(begin, of('task.submit_length'));
    const ready = sum(submit, of('task.ready_wait'));
    const before = of('task.released_by_before');
    this.tasks = {count: begin.length, kernel: of('task.kernel'), shape: of('task.shape'), begin, submit, ready,
                  complete: sum(ready, of('task.complete_after_ready')),
                  releasedBy: before.map((b, t) => b === 0 ? NONE : t - b)};
  }

  #rows(of) {
    const dispatch = of('row.dispatch');
    const receive = sum(dispatch, of('row.write'));
    const start = sum(receive, of('row.setup'));
    const end = sum(start, of('row.length'));
    this.rows = {count: dispatch.length, task: of('row.task'), core: of('row.core'), block: of('row.block'),
                 slot: of('row.slot'), thread: of('row.thread'), flags: of('row.flags'), dispatch, receive, start, end,
                 finish: sum(end, of('row.unseen')), wait: of('row.wait')};
    const {first, order} = group(this.rows.task, this.tasks.count);
    this.rowsOfTask = task => order.subarray(first[task], first[task + 1]);
    const last = new Int32Array(this.aic + this.aiv).fill(NONE);
    this.rowBefore = new Int32Array(this.rows.count);  // on its core
    for (let r = 0; r < this.rows.count; ++r) {
      this.rowBefore[r] = last[this.rows.core[r]];
      last[this.rows.core[r]] = r;
    }
  }

  #edges(of) {
    const counts = of('edge.count');
    const before = of('edge.producer_before');
    const why = of('edge.why');
    const first = new Uint32Array(counts.length + 1);
    counts.forEach((n, t) => first[t + 1] = first[t] + n);
    const producer = new Uint32Array(before.length);
    const consumer = new Uint32Array(before.length);
    for (let t = 0; t < counts.length; ++t) {
      for (let e = first[t]; e < first[t + 1]; ++e) {
        producer[e] = t - before[e];
        consumer[e] = t;
      }
    }
    const out = group(producer, counts.length);
    this.edges = {count: producer.length, producer, consumer, sources: Uint8Array.from(why, w => w & 7),
                  flags: Uint8Array.from(why, w => w >> 3)};
    const range = (a, b) => Array.from({length: b - a}, (_, i) => a + i);
    this.edgesInto = task => range(first[task], first[task + 1]);
    this.edgesFrom = task => Array.from(out.order.subarray(out.first[task], out.first[task + 1]));
  }

  // Lanes hold indices in order of time: submits, phases by thread, rows by core.
  #lanes() {
    const lanes = [];
    const lane = (kind, index, items, begin, end) => lanes.push({kind, index, items, begin, end});
    const all = n => Uint32Array.from({length: n}, (_, i) => i);
    lane('orchestrator', 0, all(this.tasks.count), this.tasks.begin, this.tasks.submit);
    const byThread = group(this.phases.thread, this.schedulers);
    for (let s = 0; s < this.schedulers; ++s) {
      lane('scheduler', s, byThread.order.slice(byThread.first[s], byThread.first[s + 1]), this.phases.begin, this.phases.end);
    }
    const cores = this.aic + this.aiv;
    const byCore = group(this.rows.core, cores);
    for (let c = 0; c < cores; ++c) {
      const items = byCore.order.slice(byCore.first[c], byCore.first[c + 1]);
      lane(c < this.aic ? 'aic' : 'aiv', c < this.aic ? c : c - this.aic, items, this.rows.start, this.rows.end);
    }
    for (const {items, begin} of lanes) items.sort((a, b) => begin[a] - begin[b] || a - b);
    this.lanes = lanes;
  }

  #counters(of) {
    const {rows, tasks} = this;
    const running = type => Steps.ofSpans(rows.count, r => (rows.core[r] < this.aic) === (type === 'AIC'), rows.start, rows.end);
    const first = new Float64Array(tasks.count).fill(Infinity);
    for (let r = 0; r < rows.count; ++r) first[rows.task[r]] = Math.min(first[rows.task[r]], rows.dispatch[r]);
    const ready = wanted => Steps.ofSpans(tasks.count,
        t => wanted(tasks.shape[t]) && first[t] < Infinity && first[t] > tasks.ready[t], tasks.ready, first);
    const over = type => {
      const begin = of(`overhead.${type}.begin`);
      return Steps.ofSpans(begin.length, () => true, begin, sum(begin, of(`overhead.${type}.length`)));
    };
    this.counters = [
      {name: 'AIC running', steps: running('AIC'), most: this.aic, strip: over('aic')},
      {name: 'AIV running', steps: running('AIV'), most: this.aiv, strip: over('aiv')},
      {name: 'AIC ready', steps: ready(s => s === SHAPE.aic || s === SHAPE.mix)},
      {name: 'AIV ready', steps: ready(s => s === SHAPE.aiv || s === SHAPE.mix)},
    ];
    const fullest = this.#fullestRing(of);
    if (fullest) this.counters.push(fullest);
  }

  // The ring that came nearest to its slots.
  #fullestRing(of) {
    const [time, ring, tasks] = ['ring.time', 'ring.ring', 'ring.tasks'].map(of);
    const slots = this.variant.run.ring_slots;
    const most = slots.map(() => 0);
    for (let i = 0; i < ring.length; ++i) most[ring[i]] = Math.max(most[ring[i]], tasks[i]);
    const share = r => most[r] / slots[r];
    const r = slots.reduce((best, _, i) => (share(i) > share(best) ? i : best), 0);
    if (most[r] === 0) return null;
    const mine = (_, i) => ring[i] === r;
    return {name: `ring ${r} tasks`, slots: slots[r], steps: new Steps(time.filter(mine), tasks.filter(mine))};
  }

  name(task) { return `${this.kernels[this.tasks.kernel[task]]} #${task}`; }
  kernelOf(task) { return this.kernels[this.tasks.kernel[task]]; }
  core(row) {
    const core = this.rows.core[row];
    return core < this.aic ? `AIC ${core}` : `AIV ${core - this.aic}`;
  }
  reachesCore(task) { return this.tasks.shape[task] < SHAPE.dummy; }
}

const sum = (a, b) => a.map((x, i) => x + b[i]);

// Indices by key: those of key k are order[first[k]] to order[first[k + 1] - 1], ascending.
function group(keys, count) {
  const first = new Uint32Array(count + 1);
  for (const key of keys) ++first[key + 1];
  for (let k = 0; k < count; ++k) first[k + 1] += first[k];
  const next = first.slice(0, count);
  const order = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; ++i) order[next[keys[i]]++] = i;
  return {first, order};
}
