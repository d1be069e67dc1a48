// One run on a canvas: the chain as a ribbon, lanes with bars, counters. Knows where everything is, for the mouse.
import {count, us} from './text.js';
import {causeLook, GREY, pattern} from './looks.js';
import {PHASES, NONE} from './run.js';

export const GUTTER = 104;  // pixels left of the plot
export const RIGHT = 10;    // and right of it
const RIBBON = 18;
const RUNTIME = 9;
const COUNTER = 30;
const STRIP = 4;
const GAP = 6;
const NAMES = {orchestrator: 'Orchestrator', scheduler: 'Scheduler', aic: 'AIC', aiv: 'AIV'};

export class Panel {
  constructor(parent, run, looks) {
    this.run = run;
    this.looks = looks;
    this.box = parent;
    this.canvas = document.createElement('canvas');
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'img');
    this.canvas.dataset.run = run.label;
    const {summary, bound} = run.variant;
    this.canvas.setAttribute('aria-label', `Timeline of ${run.label}: ${count(summary.tasks.total)} tasks, makespan ` +
        `${us(run.end - run.start)}, bound by ${bound}. Arrow keys move, plus and minus zoom, slash searches.`);
    parent.append(this.canvas);
    this.context = this.canvas.getContext('2d');
    this.seen = new Uint8Array(run.tasks.count);
    this.kernelLooks = run.kernels.map(name => looks.get(name) ?? GREY);
    this.causes = run.causes.map(causeLook);
  }

  /** @param lanes those drawn: {kind, index}; alike in all panels */
  place(lanes, laneHeight, withCounters, most) {
    const items = [{type: 'ribbon', y: 0, h: RIBBON}];
    let y = RIBBON + GAP;
    let kind = null;
    for (const {kind: k, index} of lanes) {
      if (kind !== null && kind !== k && !(kind === 'orchestrator' && k === 'scheduler')) y += GAP;
      kind = k;
      const h = k === 'aic' || k === 'aiv' ? laneHeight : RUNTIME;
      const lane = this.run.lanes.find(l => l.kind === k && l.index === index);
      items.push({type: 'lane', kind: k, index, y, h: h - 1, lane});
      y += h;
    }
    if (withCounters) {
      for (const counter of this.run.counters) {
        if (!most.get(counter.name)) continue;
        y += GAP;
        items.push({type: 'counter', y, h: COUNTER, counter, most: counter.most ?? most.get(counter.name)});
        y += COUNTER;
      }
    }
    this.items = items;
    this.height = y + 2;
    this.laneOfCore = new Map();
    for (const item of items) {
      if (item.kind === 'aic') this.laneOfCore.set(item.index, item);
      if (item.kind === 'aiv') this.laneOfCore.set(item.index + this.run.aic, item);
    }
    this.orchestrator = items.find(i => i.kind === 'orchestrator');
  }

  resize(width) {
    this.ratio = Math.max(1, globalThis.devicePixelRatio || 1);
    this.width = width;
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
  }

  /** @param view {x: scale of time, highlight: Set of kernels or null, chain, selected: task or null, theme} */
  draw(view) {
    const {context: c} = this;
    this.view = view;
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.fillStyle = view.theme.back;
    c.fillRect(0, 0, this.width, this.height);
    this.seen.fill(0);
    [this.from, this.to] = view.x.domain();
    this.left = GUTTER;
    this.right = this.width - RIGHT;
    c.save();
    c.beginPath();
    c.rect(this.left, 0, this.right - this.left, this.height);
    c.clip();
    for (const item of this.items) {
      if (item.type !== 'lane') continue;
      c.fillStyle = view.theme.lane;
      c.fillRect(this.left, item.y, this.right - this.left, item.h);
    }
    this.#grid();
    for (const item of this.items) {
      if (item.type === 'lane') this.#lane(item);
      if (item === this.orchestrator) this.#ringWaits(item);
      if (item.type === 'counter') this.#counter(item);
      if (item.type === 'ribbon') this.#ribbon(item);
    }
    if (view.chain) this.#chain();
    this.#end();
    if (view.selected !== null) this.#selection(view.selected);
    c.restore();
    this.#names();
    let drawn = 0;
    for (const s of this.seen) drawn += s;
    this.canvas.dataset.drawnTasks = drawn;
  }

  #grid() {
    const {context: c, view} = this;
    c.fillStyle = view.theme.grid;
    for (const t of view.ticks) c.fillRect(Math.round(view.x(t)), 0, 1, this.height);
  }

  // First item of a lane that ends after `from`.
  #first({items, end}) {
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (end[items[middle]] <= this.from) low = middle + 1; else high = middle;
    }
    return low;
  }

  #lookOf(kind, item) {
    if (kind === 'scheduler') return GREY;
    const task = kind === 'orchestrator' ? item : this.run.rows.task[item];
    const kernel = this.run.tasks.kernel[task];
    const {highlight} = this.view;
    if (highlight && !highlight.has(this.run.kernels[kernel])) return null;
    return this.kernelLooks[kernel];
  }

  #lane({kind, y, h, lane}) {
    const {context: c, run, view} = this;
    const {items, begin, end} = lane;
    const onCore = kind === 'aic' || kind === 'aiv';
    const x = view.x;
    const least = 1 / this.ratio;
    let lastX = -1;       // right end of the last bar
    let lastLoud = false;  // and whether it was a highlighted one
    for (let i = this.#first(lane); i < items.length; ++i) {
      const item = items[i];
      if (begin[item] >= this.to) break;
      if (onCore) this.seen[run.rows.task[item]] = 1;
      const x0 = x(begin[item]);
      const x1 = x(end[item]);
      const look = this.#lookOf(kind, item);
      const loud = look !== null && view.highlight !== null && kind !== 'scheduler';
      if (x1 <= lastX && (lastLoud || !loud)) continue;  // nothing of it would be seen
      const w = Math.max(least, x1 - x0 - (x1 - x0 > 4 ? 0.6 : 0));
      c.fillStyle = look === null ? view.theme.dim : look.grey ? view.theme.runtime : w > 7 && h >= 4 ? pattern(c, look, this.ratio) : look.colour;
      c.fillRect(x0, y, w, h);
      lastX = x0 + w;
      lastLoud = loud;
      if (look !== null && h >= 8 && w > 24) this.#label(kind, item, look, x0, w, y, h);
    }
  }

  // Submits that wait for room in a ring, over the submits.
  #ringWaits({y, h}) {
    const {context: c, run, view} = this;
    const {begin, end} = run.ringWaits;
    c.fillStyle = pattern(c, causeLook('ring_full'), this.ratio);
    for (let i = 0; i < begin.length; ++i) {
      if (end[i] <= this.from || begin[i] >= this.to) continue;
      const x = view.x(begin[i]);
      c.fillRect(x, y, Math.max(1 / this.ratio, view.x(end[i]) - x), h);
    }
  }

  #label(kind, item, look, x0, w, y, h) {
    const {context: c, run} = this;
    const text = kind === 'scheduler' ? PHASES[run.phases.kind[item]] : run.kernelOf(kind === 'orchestrator' ? item : run.rows.task[item]);
    const left = Math.max(x0, this.left) + 3;
    const room = Math.min(x0 + w, this.right) - left - 3;
    c.font = `${Math.min(10, h + 1)}px system-ui, sans-serif`;
    const width = c.measureText(text).width;
    if (width > room) return;
    if (look.hatching) {  // text on plain colour
      c.fillStyle = look.colour;
      c.fillRect(left - 2, y, width + 4, h);
    }
    c.fillStyle = look.grey ? this.view.theme.ink : look.ink;
    c.textBaseline = 'middle';
    c.fillText(text, left, y + h / 2 + 0.5);
  }

  // Each pixel column split by what the chain was at.
  #ribbon({y, h}) {
    const {context: c, run, view, causes} = this;
    const {begin, end, cause} = run.chain;
    const n = begin.length;
    const columns = this.right - this.left;
    const perPixel = (this.to - this.from) / columns;
    let i = n - 1;  // latest first
    while (i > 0 && end[i] <= this.from) --i;
    const share = new Float64Array(causes.length);
    for (let x = 0; x < columns; ++x) {
      const from = this.from + x * perPixel;
      const to = from + perPixel;
      if (i >= 0 && begin[i] <= from && end[i] >= to) {  // one segment: drawn whole, with its name
        const until = Math.min(columns, Math.floor((end[i] - this.from) / perPixel));
        const look = causes[cause[i]];
        const width = Math.max(1, until - x);
        c.fillStyle = width > 7 ? pattern(c, look, this.ratio) : look.colour;
        c.fillRect(this.left + x, y, width, h);
        c.font = '11px system-ui, sans-serif';
        const room = c.measureText(look.spoken).width + 8;
        if (width > room) {
          c.fillStyle = look.colour;
          c.fillRect(this.left + x + 2, y, room - 2, h);
          c.fillStyle = look.ink;
          c.textBaseline = 'middle';
          c.fillText(look.spoken, this.left + x + 4, y + h / 2 + 0.5);
        }
        x += width - 1;
        while (i >= 0 && end[i] <= this.from + (x + 1) * perPixel) --i;
        continue;
      }
      share.fill(0);
      let any = false;
      for (; i >= 0 && begin[i] < to; --i) {
        share[cause[i]] += Math.max(0, Math.min(end[i], to) - Math.max(begin[i], from));
        any = true;
        if (end[i] > to) break;
      }
      if (!any) continue;
      let top = y;
      share.forEach((time, k) => {
        if (time === 0) return;
        const part = h * time / perPixel;
        c.fillStyle = causes[k].colour;
        c.fillRect(this.left + x, top, 1, part);
        top += part;
      });
    }
  }

  #counter({y, h, counter, most}) {
    const {context: c, view} = this;
    const columns = this.right - this.left;
    const perPixel = (this.to - this.from) / columns;
    const bottom = y + h;
    c.fillStyle = view.theme.lane;
    c.fillRect(this.left, y, columns, h);
    const room = h - (counter.strip ? STRIP + 1 : 0);
    c.fillStyle = view.theme.counter;
    for (let x = 0; x < columns; ++x) {
      const from = this.from + x * perPixel;
      const high = room * Math.min(1, counter.steps.mean(from, from + perPixel) / most);
      c.fillRect(this.left + x, bottom - high, 1, high);
    }
    if (!counter.strip) return;
    c.fillStyle = view.theme.warn;
    for (let x = 0; x < columns; ++x) {
      const from = this.from + x * perPixel;
      const share = counter.strip.mean(from, from + perPixel);
      if (share <= 0) continue;
      c.globalAlpha = 0.15 + 0.85 * share;
      c.fillRect(this.left + x, y, 1, STRIP);
    }
    c.globalAlpha = 1;
  }

  #levelOf(i) {  // where the chain is at a segment: a core's lane or the orchestrator's
    const {chain, rows, causes} = this.run;
    const cause = causes[chain.cause[i]];
    if (cause === 'orchestrator' || cause === 'ring_full') return this.orchestrator;
    return chain.row[i] === NONE ? null : this.laneOfCore.get(rows.core[chain.row[i]]);
  }

  #chain() {
    const {context: c, view} = this;
    const {begin, end} = this.run.chain;
    const path = new Path2D();
    let level = null;
    let jumps = 0;
    for (let i = begin.length - 1; i >= 0; --i) {
      const lane = this.#levelOf(i);
      if (!lane || end[i] < this.from || begin[i] > this.to) continue;
      const y = lane.h >= 8 ? lane.y + lane.h - 1 : lane.y + lane.h / 2;  // below the names of tall bars
      const x = view.x(begin[i]);
      if (level === null) path.moveTo(x, y);
      else if (level !== y) { path.lineTo(x, level); path.lineTo(x, y); ++jumps; }
      path.lineTo(view.x(end[i]), y);
      level = y;
    }
    c.lineJoin = 'round';
    const sparse = jumps < this.width / 5;  // else the line would hide what it is drawn over
    c.strokeStyle = view.theme.back;
    c.lineWidth = 3.4;
    if (sparse) c.stroke(path);
    c.strokeStyle = view.theme.ink;
    c.lineWidth = sparse ? 1.5 : 0.7;
    c.globalAlpha = sparse ? 1 : 0.45;
    c.stroke(path);
    c.globalAlpha = 1;
  }

  #end() {
    const {context: c, view} = this;
    for (const t of [this.run.start, this.run.end]) {
      const x = Math.round(view.x(t)) + 0.5;
      c.strokeStyle = view.theme.ink;
      c.setLineDash([3, 3]);
      c.lineWidth = 1;
      c.beginPath();
      c.moveTo(x, 0);
      c.lineTo(x, this.height);
      c.stroke();
      c.setLineDash([]);
    }
  }

  #boxOf(row) {
    const lane = this.laneOfCore.get(this.run.rows.core[row]);
    const {x} = this.view;
    return {x0: x(this.run.rows.start[row]), x1: x(this.run.rows.end[row]), y: lane.y, h: lane.h, middle: lane.y + lane.h / 2};
  }

  // The task outlined, arrows from its producers and to its consumers.
  #selection(task) {
    const {context: c, run, view} = this;
    const rows = run.rowsOfTask(task);
    if (rows.length === 0) return;
    const own = this.#boxOf(rows[0]);
    const arrow = (from, to, dashed) => {
      c.strokeStyle = view.theme.select;
      c.lineWidth = 1.4;
      c.setLineDash(dashed ? [5, 3] : []);
      const bend = Math.max(12, Math.min(80, Math.abs(to.x0 - from.x1) / 2));
      c.beginPath();
      c.moveTo(from.x1, from.middle);
      c.bezierCurveTo(from.x1 + bend, from.middle, to.x0 - bend, to.middle, to.x0, to.middle);
      c.stroke();
      c.setLineDash([]);
      c.fillStyle = view.theme.select;
      c.beginPath();
      c.moveTo(to.x0 + 1, to.middle);
      c.lineTo(to.x0 - 6, to.middle - 3.5);
      c.lineTo(to.x0 - 6, to.middle + 3.5);
      c.fill();
    };
    const lastRow = t => {
      const of = run.rowsOfTask(t);
      return of.length === 0 ? null : of.reduce((a, b) => (run.rows.end[b] > run.rows.end[a] ? b : a));
    };
    const outline = ({x0, x1, y, h}, width) => {
      c.strokeStyle = view.theme.select;
      c.lineWidth = width;
      c.strokeRect(x0 - 0.5, y - 0.5, Math.max(2, x1 - x0) + 1, h + 1);
    };
    for (const e of run.edgesInto(task).slice(-64)) {
      const row = lastRow(run.edges.producer[e]);
      if (row === null) continue;
      outline(this.#boxOf(row), 1);
      arrow(this.#boxOf(row), own, false);
    }
    const last = this.#boxOf(lastRow(task));
    for (const e of run.edgesFrom(task).slice(0, 64)) {
      const to = run.rowsOfTask(run.edges.consumer[e]);
      if (to.length === 0) continue;
      outline(this.#boxOf(to[0]), 1);
      arrow(last, this.#boxOf(to[0]), true);
    }
    for (const row of rows) outline(this.#boxOf(row), 2.4);
  }

  // Names in the gutter: of each lane when they are tall enough, else of each group.
  #names() {
    const {context: c, view} = this;
    c.textAlign = 'right';
    c.textBaseline = 'middle';
    const small = '10px system-ui, sans-serif';
    const write = (text, y, font = small, fill = view.theme.muted) => {
      c.font = font;
      c.fillStyle = fill;
      c.fillText(text, GUTTER - 8, y);
    };
    write('waiting for', RIBBON / 2, small);
    for (let i = 0; i < this.items.length;) {
      const item = this.items[i];
      if (item.type === 'counter') {
        write(item.counter.name, item.y + 8);
        write(`0 to ${count(item.most)}`, item.y + 20);
      }
      if (item.type !== 'lane') { ++i; continue; }
      let end = i + 1;
      while (end < this.items.length && this.items[end].kind === item.kind) ++end;
      const last = this.items[end - 1];
      if (item.h >= 8 && item.kind !== 'orchestrator') {
        for (let j = i; j < end; ++j) {
          const lane = this.items[j];
          write(`${NAMES[lane.kind]} ${lane.index}`, lane.y + lane.h / 2 + 0.5, `${Math.min(10, lane.h + 1)}px system-ui, sans-serif`);
        }
      } else if (item.kind === 'orchestrator') {
        write(NAMES.orchestrator, item.y + item.h / 2 + 0.5);
      } else {
        const middle = (item.y + last.y + last.h) / 2;
        write(NAMES[item.kind], middle - 7, '600 12px system-ui, sans-serif', view.theme.ink);
        const all = item.kind === 'aic' ? this.run.aic : this.run.aiv;
        write(end - i === all ? `${all} cores` : `${end - i} of ${all} used`, middle + 8);
        c.fillStyle = view.theme.grid;
        c.fillRect(GUTTER - 3, item.y, 1, last.y + last.h - item.y);
      }
      i = end;
    }
    c.textAlign = 'left';
  }

  /** What is at a point: {kind: 'row' | 'submit' | 'phase' | 'cause' | 'counter', ...} or null. */
  hit(px, py) {
    if (px < GUTTER || px > this.right) return null;
    const t = this.view.x.invert(px);
    const item = this.items.find(i => py >= i.y && py <= i.y + i.h);
    if (!item) return null;
    if (item.type === 'counter') return {kind: 'counter', t, counter: item.counter};
    const slack = 2.5 * (this.to - this.from) / (this.right - this.left);
    if (item.type === 'ribbon') {
      const {begin, end} = this.run.chain;
      const i = begin.findIndex(b => b <= t);
      return i >= 0 && end[i] > t ? {kind: 'cause', t, segment: i} : null;
    }
    const {items, begin, end} = item.lane;
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (begin[items[middle]] <= t) low = middle + 1; else high = middle;
    }
    const near = [items[low - 1], items[low]].filter(i => i !== undefined)
        .map(i => ({i, away: Math.max(0, begin[i] - t, t - end[i])})).sort((a, b) => a.away - b.away)[0];
    if (!near || near.away > slack) return null;
    if (item.kind === 'scheduler') return {kind: 'phase', t, phase: near.i};
    if (item.kind === 'orchestrator') return {kind: 'submit', t, task: near.i};
    return {kind: 'row', t, row: near.i, task: this.run.rows.task[near.i]};
  }
}
