// report.html: unpacks the runs, then builds the page from top to bottom: comparison, timeline, limits, kernels, graph.
import {add} from './text.js';
import {drawBounds} from './bounds.js';
import {baseOf, drawAttribution, drawComparison} from './comparison.js';
import {drawGraph} from './graph.js';
import {drawKernels} from './kernels.js';
import {kernelLooks} from './looks.js';
import {Run} from './run.js';
import {Timeline} from './timeline.js';

const MOST_SHOWN = 2;  // at first; the reader may choose more
const GRAPH_NOTE = 'An arrow stands for all pairs of tasks between two kernels; the number says how many. Solid: inferred from ' +
    'tensors. Dashed: stated by the program. Dotted: to the creator of a tensor alone. \u21bb counts pairs within a kernel, which ' +
    'run one after another.';

function rankKernels(report) {
  const busy = new Map();
  for (const {summary} of report.variants) {
    for (const [name, kernel] of Object.entries(summary.kernels)) busy.set(name, (busy.get(name) ?? 0) + kernel.busy_us);
  }
  return [...busy.keys()].sort((a, b) => busy.get(b) - busy.get(a) || (a < b ? -1 : 1));
}

/** The first variant and the fastest. */
function firstShown(variants) {
  const drawn = variants.map((v, i) => i).filter(i => variants[i].run && variants[i].summary.status === 'ok');
  const best = drawn.reduce((a, b) => (variants[b].summary.makespan_us < variants[a].summary.makespan_us ? b : a), drawn[0]);
  return [...new Set([drawn[0], best, ...drawn])].filter(i => i !== undefined).slice(0, MOST_SHOWN).sort((a, b) => a - b);
}

class Page {
  constructor(report) {
    this.report = report;
    this.looks = kernelLooks(rankKernels(report));
    this.shown = firstShown(report.variants);
    this.runs = new Map();
  }

  async open(i) {
    if (!this.runs.has(i)) {
      const text = document.getElementById(`columns-${i}`).textContent;
      this.runs.set(i, await Run.open(this.report.variants[i], text, this.report.causes));
    }
    return this.runs.get(i);
  }

  async show(i, on) {
    this.shown = this.shown.filter(j => j !== i);
    if (on) this.shown.push(i);
    this.shown.sort((a, b) => a - b);
    await this.fill();
  }

  section(id, title, note) {
    const section = add(this.main, 'section', {id});
    add(section, 'h2', {}, title);
    if (note) add(section, 'p', {class: 'note'}, note);
    return section;
  }

  async build() {
    this.main = document.getElementById('main');
    const runs = await Promise.all(this.shown.map(i => this.open(i)));
    this.main.replaceChildren();
    const {variants} = this.report;
    const several = variants.length > 1;
    drawComparison(this.section('compare', several ? 'Comparison' : 'In short'), this.report, this);
    if (runs.length > 0) {
      const timeline = this.section('timeline', 'Timeline');
      this.timeline = new Timeline(timeline, this.report, this.looks);
      this.timeline.show(runs);
    }
    this.parts = {
      bounds: add(this.section('bounds', 'Bounds', 'How low each limit alone would let the makespan go. None can be above it; the longest is the one to lift first.'), 'div'),
      attribution: add(this.section('attribution', 'Where the time went', 'Walking back from the end of the run to its start: each picosecond of the makespan has one cause.'), 'div'),
      kernels: add(this.section('kernels', 'Kernels', several ? 'Marked: what differs between the variants. "At once" tells a chain from a fan-out.' : null), 'div'),
    };
    if (runs.length > 0) this.parts.graph = add(this.section('graph', 'Dependencies between kernels', GRAPH_NOTE), 'div', {class: 'graphs'});
    await this.fill();
    document.documentElement.dataset.ready = 'true';
  }

  async fill() {
    const runs = await Promise.all(this.shown.map(i => this.open(i)));
    const {report, looks, shown, parts} = this;
    this.timeline?.show(runs);
    for (const part of [parts.bounds, parts.attribution, parts.kernels]) part.replaceChildren();
    if (shown.length === 0) return;
    const pick = name => {
      this.timeline?.pick(name);
      document.getElementById('timeline')?.scrollIntoView({behavior: 'smooth'});
    };
    this.pick = pick;
    drawBounds(parts.bounds, report, shown);
    drawAttribution(parts.attribution, report, shown);
    drawKernels(parts.kernels, report, shown, looks, pick);
    if (parts.graph) await this.fillGraphs();
  }

  async fillGraphs() {
    const {variants} = this.report;
    this.parts.graph.replaceChildren();
    for (const i of this.shown) {
      const base = baseOf(variants, i);
      const box = add(this.parts.graph, 'div', {class: 'graphbox'});
      if (variants.length > 1) add(box, 'h3', {}, variants[i].label);
      drawGraph(box, await this.open(i), variants[base].run ? await this.open(base) : null, this.looks, this.pick);
    }
  }
}

function addThemeButton(page) {
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const button = add(document.getElementById('top'), 'button', {class: 'theme', onclick: () => {
    root.dataset.theme = dark() ? 'light' : 'dark';
    label();
    page.timeline?.redraw();
  }});
  const label = () => { button.textContent = dark() ? 'Light' : 'Dark'; };
  label();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { label(); page.timeline?.redraw(); });
  // Paper is white and narrow. A part that was zoomed into keeps its pixels, and is scaled.
  const PAPER = 1120;  // about what A4 and Letter have between their margins, at the zoom of the style sheet
  let before;
  addEventListener('beforeprint', () => {
    before = root.dataset.theme;
    root.dataset.theme = 'light';
    page.timeline?.drawFor(page.timeline.transform.k === 1 ? PAPER : page.timeline.width);
  });
  addEventListener('afterprint', () => {
    if (before) root.dataset.theme = before;
    else delete root.dataset.theme;
    page.timeline?.drawFor(null);
  });
}

const page = new Page(JSON.parse(document.getElementById('report').textContent));
addThemeButton(page);
page.build().catch(error => {
  add(document.getElementById('main'), 'p', {class: 'bad'}, `This page could not be drawn: ${error.message}`);
  throw error;
});
