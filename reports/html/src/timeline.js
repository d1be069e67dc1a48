// All drawn runs below each other on one time axis: zoom, pan, search, highlight, hover and click.
import {axisTop} from 'd3-axis';
import {scaleLinear} from 'd3-scale';
import {select} from 'd3-selection';
import {zoom as d3zoom, zoomIdentity} from 'd3-zoom';
import {add, count, percent, plural, span, us, US, usExact} from './text.js';
import {swatch} from './looks.js';
import {PHASES, RESOURCES} from './run.js';
import {Panel, GUTTER, RIGHT} from './panel.js';
import {Details, timesTable, waitWords} from './details.js';

const LANE_HEIGHTS = {small: 5, medium: 9, large: 14};
const WINDOW_PS = 1e5;  // the closest look: 100 ns across

export class Timeline {
  constructor(parent, report, looks) {
    this.report = report;
    this.looks = looks;
    this.highlighted = null;
    this.chain = true;
    this.counters = true;
    this.selected = null;  // {run, task}
    this.panels = [];
    this.laneSize = null;  // null: by the number of lanes
    this.#toolbar(parent);
    this.box = add(parent, 'div', {class: 'timeline'});
    this.axis = select(this.box).append('svg').attr('class', 'axis').attr('height', 26);
    this.range = add(this.box, 'div', {class: 'range', title: 'The part of the time that is shown; drag to move'});
    this.thumb = add(this.range, 'div', {class: 'thumb'});
    this.list = add(this.box, 'div', {class: 'panels'});
    this.tip = add(document.body, 'div', {class: 'tip', role: 'tooltip', hidden: true});
    this.details = new Details(document.body, looks, (run, task) => this.select(run, task, true), () => this.clear());
    this.zoom = d3zoom().filter(event => (event.type === 'wheel' ? event.ctrlKey || event.metaKey || event.altKey : !event.button))
        .wheelDelta(event => -event.deltaY * (Math.abs(event.deltaY) > 40 ? 0.004 : 0.02))
        .on('zoom', ({transform}) => { this.transform = transform; this.redraw(); });
    this.transform = zoomIdentity;
    select(this.list).call(this.zoom).on('dblclick.zoom', null);
    this.list.addEventListener('wheel', event => {
      if (Math.abs(event.deltaX) <= Math.abs(event.deltaY) || event.ctrlKey) return;
      event.preventDefault();
      this.pan(event.deltaX);
    }, {passive: false});
    this.#dragRange();
    new ResizeObserver(() => this.layout()).observe(this.box);
    addEventListener('keydown', event => this.#key(event));
  }

  #toolbar(parent) {
    const bar = add(parent, 'div', {class: 'toolbar'});
    const search = add(bar, 'div', {class: 'search'});
    this.search = add(search, 'input', {type: 'search', placeholder: 'Find a kernel or #task', 'aria-label': 'Find a kernel or a task',
      list: 'kernels', oninput: () => this.find(this.search.value),
      onkeydown: event => { if (event.key === 'Enter') this.next(event.shiftKey ? -1 : 1); }});
    const names = add(search, 'datalist', {id: 'kernels'});
    for (const name of this.looks.keys()) add(names, 'option', {value: name});
    this.matches = add(search, 'output', {class: 'matches'});
    const button = (text, title, click, pressed) => add(bar, 'button', {title, onclick: click, 'aria-pressed': pressed}, text);
    const toggle = (text, title, key) => {
      const b = button(text, title, () => {
        this[key] = !this[key];
        b.setAttribute('aria-pressed', this[key]);
        this.layout();
      }, 'true');
      return b;
    };
    this.chainButton = toggle('Chain', 'The chain that decides the makespan (c)', 'chain');
    toggle('Counters', 'Running cores, ready tasks, rings', 'counters');
    const sizes = add(bar, 'select', {'aria-label': 'Height of the lanes', title: 'Height of the lanes',
      onchange: event => { this.laneSize = event.target.value || null; this.layout(); }});
    for (const [value, text] of [['', 'Lanes: fit'], ['small', 'Lanes: small'], ['medium', 'Lanes: medium'], ['large', 'Lanes: large']]) {
      add(sizes, 'option', {value}, text);
    }
    const group = add(bar, 'div', {class: 'zoomers'});
    for (const [text, title, click] of [['−', 'Zoom out (-)', () => this.scale(0.5)], ['+', 'Zoom in (+)', () => this.scale(2)],
                                        ['Fit', 'Show everything (0)', () => this.fit()]]) {
      add(group, 'button', {title, onclick: click, class: text === 'Fit' ? 'fit' : ''}, text);
    }
    this.window = add(bar, 'output', {class: 'window'});
    const chips = add(parent, 'div', {class: 'chips', role: 'group', 'aria-label': 'Kernels'});
    this.chips = new Map();
    for (const [name, look] of this.looks) {
      this.chips.set(name, add(chips, 'button', {class: 'chip', 'aria-pressed': 'false', onclick: () => this.pick(name)}, swatch(look), name));
    }
    add(parent, 'p', {class: 'note keys'}, 'Ctrl + wheel zooms, drag moves, click selects. Keys: + − zoom, ← → move, 0 all, / search, n next, c chain, Esc clear.');
  }

  /** Draws these runs, in this order. */
  show(runs) {
    this.list.replaceChildren();
    this.panels = runs.map(run => {
      const box = add(this.list, 'section', {class: 'panel'});
      const {summary, bound} = run.variant;
      add(box, 'h3', {}, run.label, add(null, 'span', {class: 'sub'},
          ` makespan ${us(run.end - run.start)} · bound by ${bound}, ${us(summary.bounds_us[summary.bound_by] * US)} ` +
          `(${percent(summary.bounds_us[summary.bound_by], summary.makespan_us)}) · ${plural(summary.tasks.total, 'task')}`));
      const panel = new Panel(box, run, this.looks);
      panel.canvas.addEventListener('mousemove', event => this.#hover(panel, event));
      panel.canvas.addEventListener('mouseleave', () => { this.tip.hidden = true; });
      panel.canvas.addEventListener('click', event => this.#click(panel, event));
      return panel;
    });
    this.begin = Math.min(...runs.map(r => (r.tasks.count > 0 ? r.tasks.begin[0] : r.start)));
    this.end = Math.max(...runs.map(r => r.end), this.begin + 1);
    if (this.selected && !runs.includes(this.selected.run)) this.clear();
    this.layout();
  }

  layout() {
    if (this.panels.length === 0 || this.box.clientWidth === 0) return;
    this.width = this.paper ?? this.box.clientWidth;
    const used = new Map();
    for (const {run} of this.panels) {
      for (const lane of run.lanes) {
        if (lane.items.length > 0) used.set(lane.kind + lane.index, {kind: lane.kind, index: lane.index});
      }
    }
    const kinds = ['orchestrator', 'scheduler', 'aic', 'aiv'];
    const lanes = [...used.values()].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.index - b.index);
    const cores = lanes.filter(l => l.kind === 'aic' || l.kind === 'aiv').length;
    const fit = Math.max(4, Math.min(20, Math.floor(360 / Math.max(1, cores))));
    const most = new Map();
    for (const {run} of this.panels) {
      for (const c of run.counters) most.set(c.name, Math.max(most.get(c.name) ?? 0, c.steps.most));
    }
    for (const panel of this.panels) {
      panel.place(lanes, this.laneSize ? LANE_HEIGHTS[this.laneSize] : fit, this.counters, most);
      panel.resize(this.width);
    }
    const length = this.end - this.begin;
    this.base = scaleLinear([this.begin - length * 0.004, this.end + length * 0.01], [GUTTER, this.width - RIGHT]);
    const extent = [[GUTTER, 0], [this.width - RIGHT, 1]];
    this.zoom.extent(extent).translateExtent(extent).scaleExtent([1, Math.max(1, length / WINDOW_PS)]);
    this.axis.attr('width', this.width).attr('viewBox', `0 0 ${this.width} 26`).attr('preserveAspectRatio', 'none');
    select(this.list).call(this.zoom.transform, this.transform);
  }

  /** @param paper this many pixels wide whatever the page is, scaled by the style sheet; null: as wide as the page. */
  drawFor(paper) {
    this.paper = paper;
    this.layout();
    this.draw();
  }

  redraw() {
    if (this.pending || !this.base) return;
    this.pending = true;
    requestAnimationFrame(() => { this.pending = false; this.draw(); });
  }

  draw() {
    const style = getComputedStyle(document.documentElement);
    const theme = Object.fromEntries(['back', 'lane', 'grid', 'ink', 'muted', 'dim', 'runtime', 'counter', 'warn', 'select']
        .map(name => [name, style.getPropertyValue(`--${name}`).trim()]));
    const x = this.transform.rescaleX(this.base);
    const ticks = x.copy().domain(x.domain().map(t => t / US));
    const at = ticks.ticks(Math.max(2, Math.floor(this.width / 110))).map(t => t * US);
    this.axis.call(axisTop(ticks).ticks(Math.max(2, Math.floor(this.width / 110))).tickFormat(ticks.tickFormat(10, ',f')))
        .call(g => g.selectAll('.domain').remove());
    this.axis.selectAll('g.tick').attr('transform', function(t) { return `translate(${ticks(t)},25)`; });
    this.axis.selectAll('text.unit').data([0]).join('text').attr('class', 'unit').attr('x', GUTTER - 8).attr('y', 16).text('time, µs');
    for (const panel of this.panels) {
      panel.draw({x, ticks: at, highlight: this.highlighted, chain: this.chain, theme,
                  selected: this.selected?.run === panel.run ? this.selected.task : null});
    }
    const [from, to] = x.domain();
    const [first, last] = this.base.domain();
    this.thumb.style.left = `${100 * (from - first) / (last - first)}%`;
    this.thumb.style.width = `${Math.max(0.4, 100 * (to - from) / (last - first))}%`;
    this.window.textContent = this.transform.k > 1 ? `${us(Math.max(0, from))} to ${us(to)}` : '';
    this.list.dataset.from = from / US;
    this.list.dataset.to = to / US;
    this.list.dataset.zoom = this.transform.k;
  }

  // -- moving
  scale(k) { select(this.list).call(this.zoom.scaleBy, k); }
  pan(pixels) { select(this.list).call(this.zoom.translateBy, -pixels / this.transform.k, 0); }
  fit() { select(this.list).call(this.zoom.transform, zoomIdentity); }
  /** Shows [from, to) and what is around it. */
  reveal(from, to, close) {
    const x = this.transform.rescaleX(this.base);
    const [left, right] = x.domain();
    const room = GUTTER + 0.5 * (this.width - GUTTER);
    const wide = (to - from) / (right - left) * (this.width - GUTTER);
    let k = this.transform.k;
    if (close && (wide < 24 || wide > 0.6 * this.width)) {
      k = Math.max(1, Math.min(this.zoom.scaleExtent()[1], 120 / (this.base(to) - this.base(from) || 1e-9)));
    }
    const middle = this.base((from + to) / 2);
    select(this.list).call(this.zoom.transform, zoomIdentity.translate(room - k * middle, 0).scale(k));
  }

  #dragRange() {
    const move = event => {
      const box = this.range.getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      const [first, last] = this.base.domain();
      const middle = this.base(first + share * (last - first));
      const {k} = this.transform;
      select(this.list).call(this.zoom.transform, zoomIdentity.translate((GUTTER + this.width) / 2 - k * middle, 0).scale(k));
    };
    this.range.addEventListener('pointerdown', event => {
      this.range.setPointerCapture(event.pointerId);
      move(event);
    });
    this.range.addEventListener('pointermove', event => { if (event.buttons) move(event); });
  }

  #key(event) {
    if (event.target.matches?.('input, select, textarea') && event.key !== 'Escape') return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      '+': () => this.scale(2), '=': () => this.scale(2), '-': () => this.scale(0.5), '0': () => this.fit(),
      'n': () => this.next(1), 'p': () => this.next(-1), 'c': () => this.chainButton.click(),
      'Escape': () => { this.clear(); this.highlight(null); this.search.value = ''; this.search.blur(); },
      '/': () => this.search.focus(),
    };
    if (event.target.tagName === 'CANVAS' || event.target === document.body) {
      keys.ArrowLeft = () => this.pan(-120);
      keys.ArrowRight = () => this.pan(120);
    }
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  // -- finding
  highlight(kernels) {
    this.highlighted = kernels && kernels.size > 0 ? kernels : null;
    for (const [name, chip] of this.chips) chip.setAttribute('aria-pressed', String(this.highlighted?.has(name) ?? false));
    const tasks = run => run.tasks.kernel.reduce((n, k) => n + (this.highlighted.has(run.kernels[k]) ? 1 : 0), 0);
    this.matches.textContent = this.highlighted ? this.panels.map(p => count(tasks(p.run))).join(' / ') + ' tasks' : '';
    this.redraw();
  }

  /** One kernel on or off. */
  pick(name) {
    const alone = this.highlighted?.size === 1 && this.highlighted.has(name);
    this.search.value = alone ? '' : name;
    this.highlight(alone ? null : new Set([name]));
  }

  find(text) {
    const wanted = text.trim().toLowerCase();
    if (wanted === '' || /^#?\d+$/.test(wanted)) {
      this.highlight(null);
      this.matches.textContent = wanted === '' ? '' : 'Enter goes there';
      return;
    }
    const exact = [...this.looks.keys()].filter(name => name.toLowerCase() === wanted);
    const found = exact.length > 0 ? exact : [...this.looks.keys()].filter(name => name.toLowerCase().includes(wanted));
    this.highlight(new Set(found));
    if (found.length === 0) this.matches.textContent = 'no kernel of that name';
  }

  /** The task searched for, or the next (previous) one of the highlighted kernels in order of start. */
  next(step) {
    const run = this.selected?.run ?? this.panels[0]?.run;
    if (!run) return;
    const number = /^#?(\d+)$/.exec(this.search.value.trim());
    if (number) {
      if (Number(number[1]) < run.tasks.count) this.select(run, Number(number[1]), true);
      else this.matches.textContent = `tasks are #0 to #${run.tasks.count - 1}`;
      return;
    }
    if (!this.highlighted) return;
    const rows = [...run.rows.start.keys()].filter(r => this.highlighted.has(run.kernelOf(run.rows.task[r])))
        .sort((a, b) => run.rows.start[a] - run.rows.start[b] || a - b);
    if (rows.length === 0) return;
    const at = rows.findIndex(r => this.selected?.run === run && run.rows.task[r] === this.selected.task);
    const row = rows[(at + step + rows.length) % rows.length];
    this.select(run, run.rows.task[row], true);
  }

  select(run, task, reveal) {
    this.selected = {run, task};
    const onChain = run.chain.task.some((t, i) => t === task && run.causes[run.chain.cause[i]] === 'kernel');
    this.details.show(run, task, onChain);
    const rows = run.rowsOfTask(task);
    if (reveal && rows.length > 0) this.reveal(run.rows.start[rows[0]], run.rows.end[rows[0]], true);
    else if (reveal) this.reveal(run.tasks.begin[task], run.tasks.submit[task], true);
    this.redraw();
  }

  clear() {
    this.selected = null;
    this.details.hide();
    this.redraw();
  }

  #click(panel, event) {
    const hit = panel.hit(event.offsetX, event.offsetY);
    if (hit?.task !== undefined) this.select(panel.run, hit.task, false);
    else if (hit?.kind === 'cause') this.select(panel.run, panel.run.chain.task[hit.segment], true);
    else this.clear();
  }

  #hover(panel, event) {
    const hit = event.buttons ? null : panel.hit(event.offsetX, event.offsetY);
    panel.canvas.style.cursor = hit && hit.kind !== 'counter' ? 'pointer' : '';
    this.tip.hidden = !hit;
    if (!hit) return;
    this.tip.replaceChildren();
    this.#describe(panel.run, hit);
    const {offsetWidth: w, offsetHeight: h} = this.tip;
    const x = event.clientX + 16 + w > innerWidth ? event.clientX - 16 - w : event.clientX + 16;
    const y = event.clientY + 16 + h > innerHeight ? Math.max(4, event.clientY - 12 - h) : event.clientY + 16;
    this.tip.style.transform = `translate(${Math.max(4, x)}px,${y}px)`;
  }

  #describe(run, hit) {
    const {tip} = this;
    const title = (text, look) => add(tip, 'p', {class: 'title'}, look ? swatch(look) : '', text);
    const line = text => add(tip, 'p', {}, text);
    if (hit.kind === 'row') {
      title(run.name(hit.task), this.looks.get(run.kernelOf(hit.task)));
      const rows = run.rowsOfTask(hit.task).length;
      line(`${run.core(hit.row)} · ${span(run.rows.end[hit.row] - run.rows.start[hit.row])}` + (rows > 1 ? ` · block ${run.rows.block[hit.row]}` : ''));
      timesTable(tip, run, hit.row);
      line(`Waited longest: ${waitWords(run, hit.row)}`);
    } else if (hit.kind === 'submit') {
      title(`submit ${run.name(hit.task)}`, this.looks.get(run.kernelOf(hit.task)));
      line(`${usExact(run.tasks.begin[hit.task])} to ${usExact(run.tasks.submit[hit.task])} (${span(run.tasks.submit[hit.task] - run.tasks.begin[hit.task])})`);
      const {begin, end, task, resource} = run.ringWaits;
      const wait = task.indexOf(hit.task);
      if (wait >= 0) line(`waited ${span(end[wait] - begin[wait])} for ${RESOURCES[resource[wait]]}`);
    } else if (hit.kind === 'phase') {
      const {phases} = run;
      title(`scheduler ${phases.thread[hit.phase]}: ${PHASES[phases.kind[hit.phase]]}`);
      line(`${plural(phases.tasks[hit.phase], 'task')}, ${span(phases.end[hit.phase] - phases.begin[hit.phase])} from ${usExact(phases.begin[hit.phase])}`);
    } else if (hit.kind === 'cause') {
      const {chain, causes} = run;
      const panel = this.panels.find(p => p.run === run);
      const look = panel.causes[chain.cause[hit.segment]];
      title(`${look.spoken}: ${span(chain.end[hit.segment] - chain.begin[hit.segment])}`, look);
      line(`${look.meaning || causes[chain.cause[hit.segment]]}, at ${run.name(chain.task[hit.segment])}`);
    } else {
      title(`${hit.counter.name}: ${count(hit.counter.steps.at(hit.t))}`);
      line(`at ${us(hit.t)}` + (hit.counter.slots ? `, of ${count(hit.counter.slots)} slots` : ''));
      if (hit.counter.strip?.at(hit.t)) line('overhead: work of this kind is ready, a core idle');
    }
  }
}
