// The graph, one node per kernel: edges bundled, with how many there are and why.
import dagre from '@dagrejs/dagre';
import {select} from 'd3-selection';
import {add, count, plural} from './text.js';
import {background, swatch} from './looks.js';
import {SOURCES} from './run.js';

let drawn = 0;  // graphs on the page: each has its own arrow head
const WIDTH = 168;
const HEIGHT = 44;

/** Pairs between kernels: [{from, to, pairs, bySource}], and nodes [{name, tasks}]; allocations apart. */
export function bundle(run) {
  const nodes = new Map();
  for (let t = 0; t < run.tasks.count; ++t) {
    if (run.tasks.shape[t] === 4) continue;
    const name = run.kernelOf(t);
    const node = nodes.get(name) ?? {name, tasks: 0, order: nodes.size};
    ++node.tasks;
    nodes.set(name, node);
  }
  const edges = new Map();
  const {producer, consumer, sources} = run.edges;
  for (let e = 0; e < run.edges.count; ++e) {
    if (run.tasks.shape[producer[e]] === 4 || run.tasks.shape[consumer[e]] === 4) continue;
    const from = run.kernelOf(producer[e]);
    const to = run.kernelOf(consumer[e]);
    const key = `${from}\n${to}`;
    const edge = edges.get(key) ?? {key, from, to, pairs: 0, bySource: SOURCES.map(() => 0)};
    ++edge.pairs;
    SOURCES.forEach((_, bit) => { if (sources[e] >> bit & 1) ++edge.bySource[bit]; });
    edges.set(key, edge);
  }
  return {nodes, edges};
}

// An edge that the runtime inferred is solid, one that the program states dashed, one to the creator alone dotted.
const dash = edge => edge.bySource[2] > 0 ? null : edge.bySource[0] > 0 ? '7 4' : '2 4';
const reasons = edge => SOURCES.map((name, bit) => [name, edge.bySource[bit]]).filter(([, n]) => n > 0)
    .map(([name, n]) => `${count(n)} ${name}`).join(', ');

function layOut(nodes, edges) {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({rankdir: 'TB', nodesep: 34, ranksep: 46, edgesep: 26, marginx: 12, marginy: 12});
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes.values()) graph.setNode(node.name, {width: WIDTH, height: HEIGHT});
  for (const edge of edges) {
    // An edge back to an earlier kernel (the next layer) is laid out the other way round, so that ranks follow the program.
    const back = nodes.get(edge.from).order > nodes.get(edge.to).order;
    graph.setEdge(back ? edge.to : edge.from, back ? edge.from : edge.to,
                  {width: 46, height: 16, labelpos: 'c', weight: back ? 0 : 1 + Math.log2(edge.pairs)});
  }
  dagre.layout(graph);
  return graph;
}

function path(points) {  // through the middles of the points
  const mid = (a, b) => `${(a.x + b.x) / 2},${(a.y + b.y) / 2}`;
  let d = `M${points[0].x},${points[0].y}L${mid(points[0], points[1])}`;
  for (let i = 1; i + 1 < points.length; ++i) d += `Q${points[i].x},${points[i].y} ${mid(points[i], points[i + 1])}`;
  const last = points[points.length - 1];
  return `${d}L${last.x},${last.y}`;
}

export function drawGraph(parent, run, base, looks, pick) {
  const {nodes, edges} = bundle(run);
  const before = base && base !== run ? bundle(base).edges : null;
  const selves = new Map([...edges.values()].filter(e => e.from === e.to).map(e => [e.from, e]));
  const between = [...edges.values()].filter(e => e.from !== e.to);
  const layout = layOut(nodes, between);
  const {width, height} = layout.graph();
  const box = add(parent, 'div', {class: 'scroll graph'});
  const svg = select(box).append('svg').attr('viewBox', `0 0 ${width} ${height}`).attr('width', width).attr('height', height)
      .attr('role', 'img').attr('aria-label', `Dependencies between ${plural(nodes.size, 'kernel')} of ${run.label}`);
  const arrowId = `arrow-${drawn++}`;
  const arrow = svg.append('defs').append('marker').attr('id', arrowId).attr('viewBox', '0 0 8 8').attr('refX', 7).attr('refY', 4)
      .attr('markerWidth', 8).attr('markerHeight', 8).attr('markerUnits', 'userSpaceOnUse').attr('orient', 'auto');
  arrow.append('path').attr('d', 'M0 0L8 4L0 8z').attr('class', 'arrow');

  const change = edge => {
    const was = before?.get(edge.key)?.pairs ?? 0;
    return !before || was === edge.pairs ? '' : ` ${edge.pairs > was ? '+' : '−'}${count(Math.abs(edge.pairs - was))}`;
  };
  const words = edge => `${edge.from} → ${edge.to}: ${plural(edge.pairs, 'pair')} (${reasons(edge)})` +
      (change(edge) ? `; against ${base.label}${change(edge)}` : '');
  for (const edge of between) {
    const back = nodes.get(edge.from).order > nodes.get(edge.to).order;
    const laid = layout.edge(back ? edge.to : edge.from, back ? edge.from : edge.to);
    const points = back ? [...laid.points].reverse() : laid.points;
    const group = svg.append('g').attr('class', `edge${change(edge) ? ' changed' : ''}`).attr('data-from', edge.from).attr('data-to', edge.to);
    group.append('title').text(words(edge));
    group.append('path').attr('class', 'hit').attr('d', path(points));
    group.append('path').attr('class', 'line').attr('d', path(points)).attr('marker-end', `url(#${arrowId})`)
        .attr('stroke-width', 1 + Math.log10(edge.pairs)).attr('stroke-dasharray', dash(edge));
    const text = group.append('text').attr('x', laid.x).attr('y', laid.y + 4);
    text.append('tspan').text(count(edge.pairs));
    if (change(edge)) text.append('tspan').attr('class', 'change').text(change(edge));
  }
  const kernels = run.variant.summary.kernels;
  for (const node of nodes.values()) {
    const at = layout.node(node.name);
    const self = selves.get(node.name);
    const group = svg.append('g').attr('class', 'node').attr('transform', `translate(${at.x - WIDTH / 2},${at.y - HEIGHT / 2})`)
        .attr('tabindex', 0).attr('role', 'button').attr('data-kernel', node.name)
        .on('click', () => pick(node.name)).on('keydown', event => { if (event.key === 'Enter') pick(node.name); })
        .on('mouseenter focus', () => svg.selectAll('.edge').classed('faint', function() {
          return this.dataset.from !== node.name && this.dataset.to !== node.name;
        }))
        .on('mouseleave blur', () => svg.selectAll('.edge').classed('faint', false));
    group.append('title').text(self ? words(self) : `${node.name}: ${plural(node.tasks, 'task')}`);
    group.append('rect').attr('class', 'box').attr('width', WIDTH).attr('height', HEIGHT).attr('rx', 5);
    const look = looks.get(node.name);
    const chip = group.append('foreignObject').attr('x', 8).attr('y', 8).attr('width', 14).attr('height', 12).node();
    const inner = add(chip, 'div', {style: 'width:14px;height:11px;border-radius:2px'});
    inner.style.background = look ? background(look) : 'transparent';
    group.append('text').attr('class', 'name').attr('x', 28).attr('y', 18).text(node.name.length > 20 ? node.name.slice(0, 19) + '…' : node.name);
    const kernel = kernels[node.name];
    group.append('text').attr('class', 'sub').attr('x', 10).attr('y', 35)
        .text(plural(node.tasks, 'task') + (kernel ? ` · ${plural(kernel.distinct_cores, 'core')}` : '') + (self ? ` · ↻ ${count(self.pairs)}` : '') +
              (self && change(self) ? change(self) : ''));
  }
  const gone = before ? [...before.values()].filter(e => !edges.has(e.key)) : [];
  if (before) {
    const changed = [...edges.values()].filter(change).length;
    add(parent, 'p', {class: 'note'}, changed + gone.length === 0 ? `The same pairs as in ${base.label}.` :
        `Against ${base.label}: ` + [...[...edges.values()].filter(change).map(e => `${e.from} → ${e.to}${change(e)}`),
                                     ...gone.map(e => `${e.from} → ${e.to} gone (−${count(e.pairs)})`)].join('; ') + '.');
  }
}
