// Learning curves of the chosen runs, or of all that the filter leaves, coloured by rank.

import { drawAxes, drawEndLabels, frame, mark, stroke, xText } from './chart.js';
import { el, say } from './dom.js';
import { count, number, plural, setting } from './format.js';
import { nearest, prepareLines, ranges } from './lines.js';
import { prepare } from './scale.js';

const HEIGHT = 330;
const LABELLED = 12;
const NAMES = { step: 'step', epoch: 'epoch', wall: 'date', relative: 'time since start' };

/**
 * @param {HTMLElement} root where to draw
 * @param {{hover: (id) => void, pick: (id) => void, update: (patch, push?) => void}} act
 */
export function createCurves(root, act) {
  const canvas = el('canvas', { 'aria-hidden': 'true' });
  const over = el('canvas', { 'aria-hidden': 'true' });
  const note = el('div', { class: 'tip', hidden: true });
  const plot = el('div', { class: 'plot', tabindex: '0', role: 'img' }, canvas, over, note);
  const legend = el('ul', { class: 'legend' });
  const status = el('p', { class: 'note' });
  root.append(plot, legend, status);
  let model = null;
  let lines = [];
  let box = null;
  let drag = null;
  let drawn = '';
  let at = null; // {line, i} under the pointer or the arrow keys

  function show(next) {
    model = next;
    if (signature() !== drawn) draw();
  }

  /** What the picture depends on: news about other things must not redraw a thousand curves. */
  function signature() {
    const { view, metric, curveIds, data, rowsById, task, shownCount, advice } = model;
    const states = curveIds.map((id) => rowsById.get(id)?.state).join();
    const { xlog, ylog, smooth: by, whole, zoom, theme, runs } = view;
    return JSON.stringify([metric, curveIds, states, data.state, model.axis, xlog, ylog, by, whole, zoom, theme, runs, task?.name, shownCount, [...advice.values()], matchMedia('(prefers-color-scheme: dark)').matches]);
  }

  function draw() {
    const width = plot.clientWidth;
    if (!model || !width) return;
    const { view } = model;
    drawn = signature();
    lines = prepareLines(model);
    const named = lines.length <= LABELLED;
    const roomy = width > 560;
    const context = prepare(canvas, width, HEIGHT);
    prepare(over, width, HEIGHT);
    const limits = ranges(lines, model);
    box = frame(width, HEIGHT, limits.x, limits.y, { ...view, right: named && roomy && lines.length ? 130 : 12 });
    if (lines.length) drawAxes(context, box, model.axis, NAMES[model.axis]);
    drawLines(context, lines, box, model);
    if (named && roomy) drawEndLabels(context, box, labelsOf(lines));
    fillLegend(legend, named && !roomy ? lines : []);
    describe(limits.outside);
    if (model.hover !== null) highlight();
  }

  function describe(outside) {
    const drawn = lines.length;
    const { view, curveIds, data, metric } = model;
    plot.setAttribute('aria-label', `${plural(drawn, 'curve')} of ${metric}. Left and right arrows read values, up and down change the curve.`);
    const parts = [];
    if (data.state.error) parts.push(`${data.state.error.message} ${data.state.error.next}`);
    else if (data.state.busy && !drawn) parts.push('Fetching curves…');
    else if (!drawn) parts.push(emptyWords(model));
    else if (curveIds.of > drawn) parts.push(`${count(drawn)} of ${plural(curveIds.of, 'run')} drawn${curveIds.of > curveIds.length ? ', the best ranked' : `: the others have no ${metric}`}.`);
    if (drawn && !view.runs.length) parts.push('Strong blue ranks first. Tick runs below to compare them.');
    if (lines.some((line) => line.expected)) parts.push('Dotted: where running runs are expected to end.');
    status.replaceChildren(parts.join(' '), ' ');
    if (outside && drawn) {
      status.append(`${plural(outside, 'point')} outside the picture. `, el('button', { type: 'button', class: 'link', onclick: () => act.update({ whole: true, zoom: null }, true) }, 'Show all'));
    } else if (view.whole || view.zoom) {
      status.append(el('button', { type: 'button', class: 'link', onclick: () => act.update({ whole: false, zoom: null }, true) }, 'Back to the usual range'));
    }
  }

  function highlight() {
    const context = prepare(over, box.width, HEIGHT);
    if (drag) {
      context.fillStyle = 'rgba(110, 150, 200, 0.2)';
      context.fillRect(drag.x0, drag.y0, drag.x1 - drag.x0, drag.y1 - drag.y0);
    }
    const line = lines.find((l) => l.id === (at?.line.id ?? model.hover));
    if (!line) return;
    const name = model.view.runs.includes(line.id) ? line.look.name : 'ink';
    clipped(context, box, () => stroke(context, line.px, line.py, { ...line.look, name, width: 2.5 }));
    if (at) mark(context, 'dot', line.px[at.i], line.py[at.i], name);
  }

  function point(line, i) {
    const changed = at?.line.id !== line?.id;
    at = line ? { line, i } : null;
    if (changed) act.hover(line?.id ?? null);
    highlight();
    note.hidden = !at;
    if (at) placeTip(note, plot, line, i, model);
  }

  plot.addEventListener('pointermove', (event) => {
    const [x, y] = position(event, plot);
    if (drag) {
      Object.assign(drag, { x1: x, y1: y });
      point(null);
      return;
    }
    const found = nearest(lines, x, y);
    point(found?.line ?? null, found?.i);
  });
  plot.addEventListener('pointerleave', () => { if (!drag) point(null); });
  plot.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch' || event.button !== 0 || !box) return;
    const [x, y] = position(event, plot);
    drag = { x0: x, y0: y, x1: x, y1: y };
    plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener('pointerup', () => {
    const done = drag;
    drag = null;
    if (!done) return;
    if (Math.abs(done.x1 - done.x0) > 6 && Math.abs(done.y1 - done.y0) > 6) {
      const x = [done.x0, done.x1].sort((a, b) => a - b).map(box.x.invert);
      const y = [done.y1, done.y0].sort((a, b) => b - a).map(box.y.invert);
      act.update({ zoom: [...x, ...y] }, true);
    } else if (at) act.pick(at.line.id);
    else highlight();
  });
  plot.addEventListener('dblclick', () => act.update({ zoom: null, whole: false }, true));
  plot.addEventListener('keydown', (event) => {
    if (!lines.length) return;
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.key === 'Escape') point(null);
    if (event.key === 'Enter' && at) act.pick(at.line.id);
    if (!move) return;
    event.preventDefault();
    const n = Math.max(0, at ? lines.findIndex((l) => l.id === at.line.id) : 0);
    const line = lines[Math.min(Math.max(n + move[0], 0), lines.length - 1)];
    const i = at ? at.i + move[1] : line.px.length - 1;
    point(line, Math.min(Math.max(i, 0), line.px.length - 1));
    say(`${line.short}, ${NAMES[model.axis]} ${xText(line.x[at.i], model.axis)}: ${number(line.raw[at.i])}`);
  });

  return { show, draw, hover: () => { if (box && !at) highlight(); } };
}

function position(event, element) {
  const rect = element.getBoundingClientRect();
  return [event.clientX - rect.left, event.clientY - rect.top];
}

function clipped(context, box, work) {
  context.save();
  context.beginPath();
  context.rect(box.left - 4, box.top - 6, box.right - box.left + 8, box.bottom - box.top + 7);
  context.clip();
  work();
  context.restore();
}

function drawLines(context, lines, box, model) {
  const { rowsById } = model;
  const crowd = lines.length > 40;
  const pixels = (x, y) => [
    Float64Array.from(x, (v) => (v === null || (box.x.log && v <= 0) ? NaN : box.x(v))),
    Float64Array.from(y, (v) => (v === null || (box.y.log && v <= 0) ? NaN : box.y(v))),
  ];
  clipped(context, box, () => {
    for (let n = lines.length - 1; n >= 0; n -= 1) {
      const line = lines[n];
      [line.px, line.py] = pixels(line.x, line.y);
      if (line.y !== line.raw && !crowd) {
        const [px, py] = pixels(line.x, line.raw);
        stroke(context, px, py, { ...line.look, dash: [], width: 1, alpha: 0.3 });
      }
      stroke(context, line.px, line.py, { ...line.look, ...weight(line.look, lines.length) });
      endMark(context, line, rowsById.get(line.id));
    }
  });
  if (!crowd) for (const line of lines) line.expected = expect(context, line, box, model);
}

/** The more lines, the thinner; but the very best of a crowd stay strong. */
function weight(look, n) {
  if (n <= 100 || look.name === 'ramp0') return { width: n <= 40 ? 1.6 : 1.3, alpha: 1 };
  return { width: 1, alpha: n > 300 ? 0.6 : 0.9 };
}

function endMark(context, line, row) {
  let i = line.px.length - 1;
  while (i >= 0 && Number.isNaN(line.py[i])) i -= 1;
  if (i < 0) return;
  line.end = i;
  if (row.state === 'failed') mark(context, 'cross', line.px[i], line.py[i], line.look.name);
  if (row.state === 'running') mark(context, 'dot', line.px[i], line.py[i], line.look.name);
}

/** Where a running run is expected to end: a dotted line to the edge, with the interval there. Says whether it is known. */
function expect(context, line, box, { advice, metric, task, view, axis }) {
  const given = advice.get(line.id);
  if (!given || line.end === undefined || task?.metric !== metric || axis !== 'step' || view.zoom) return false;
  const [from, to, middle] = [given.low, given.high, given.final].map((v) => (typeof v === 'number' ? Math.min(Math.max(box.y(v), box.top), box.bottom) : NaN));
  if ([from, to, middle].some(Number.isNaN)) return false;
  const x = box.right - 2;
  stroke(context, [line.px[line.end], x], [line.py[line.end], middle], { name: line.look.name, dash: [1, 4], width: 1.2 });
  stroke(context, [x, x], [from, to], { name: line.look.name, width: 3, alpha: 0.6 });
  return true;
}

function labelsOf(lines) {
  return lines.filter((l) => l.end !== undefined).map((l) => ({ text: l.short, y: l.py[l.end], name: l.look.name.startsWith('ramp') ? 'muted' : l.look.name }));
}

function fillLegend(legend, lines) {
  legend.replaceChildren(...lines.map((l) => {
    const swatch = el('span', { class: `swatch ${l.look.name}` });
    return el('li', {}, swatch, l.short);
  }));
}

function placeTip(note, plot, line, i, { metric, axis, varying }) {
  const facts = [[NAMES[axis], xText(line.x[i], axis)], [metric, number(line.raw[i], 5)]];
  if (line.y !== line.raw) facts.push(['smoothed', number(line.y[i], 5)]);
  const params = varying.map((p) => p.name).filter((name) => line.row.params[name] !== undefined).slice(0, 5);
  note.replaceChildren(
    el('strong', {}, line.short),
    el('dl', {}, facts.map(pair), params.map((name) => pair([name, setting(line.row.params[name])]))),
  );
  const [x, y] = [line.px[i], line.py[i]];
  const { offsetWidth: w, offsetHeight: h } = note;
  const left = x + 14 + w > plot.clientWidth ? x - 14 - w : x + 14;
  note.style.left = `${Math.max(0, Math.min(left, plot.clientWidth - w))}px`;
  note.style.top = `${Math.max(0, Math.min(y - h / 2, plot.clientHeight - h))}px`;
}

function pair([name, value]) {
  return el('div', {}, el('dt', {}, name), el('dd', {}, value));
}

function emptyWords({ total, shownCount, metric, view, state }) {
  if (!total && state.loading) return 'Reading the logs…';
  if (!total) return 'No runs yet: curves appear here as soon as a run writes its first points.';
  if (!shownCount && !view.runs.length) return 'No run passes the filter. Clear it to see curves again.';
  return metric ? `None of these runs has a curve of ${metric}; choose another metric above.` : 'These runs logged no metric over time.';
}
