// Parallel coordinates: one line a run, coloured by its rank; dragging along an axis keeps the
// runs inside, in the table and in the curves too.

import { createHandles } from './handles.js';
import { axesOf } from './axes.js';
import { el, plain } from './dom.js';
import { number, plural } from './format.js';
import { colour, FONT, ramp } from './palette.js';
import { prepare } from './scale.js';

const HEIGHT = 330;
const APART = 70;
const MOST = 12;
const REACH = 22;

/** Where on the picture the axes lie. */
function layout(width, n) {
  const [left, right] = [20, width - 52];
  return { top: 44, bottom: HEIGHT - 38, x: (i) => left + ((right - left) * i) / Math.max(n - 1, 1) };
}

/**
 * @param {HTMLElement} root where to draw
 * @param {{hover: (id) => void, pick: (id) => void, update: (patch, push?) => void}} act
 */
export function createParallel(root, act) {
  const canvas = el('canvas', { 'aria-hidden': 'true' });
  const over = el('canvas', { 'aria-hidden': 'true' });
  const handles = createHandles((name, range) => brushTo(name, range, false));
  const plot = el('div', { class: 'plot parallel', role: 'group' }, canvas, over, handles.root);
  const scroll = el('div', { class: 'scroll' }, plot);
  const status = el('p', { class: 'note' });
  root.append(scroll, status);
  let model = null;
  let axes = [];
  let box = null;
  let drag = null;
  let seen = null;

  function show(next) {
    model = next;
    draw();
  }

  function draw() {
    if (!model || !scroll.clientWidth) return;
    axes = axesOf(model, MOST);
    const width = Math.max(scroll.clientWidth, axes.length * APART);
    box = { ...layout(width, axes.length), width };
    plot.style.width = `${width}px`;
    const context = prepare(canvas, width, HEIGHT);
    prepare(over, width, HEIGHT);
    if (axes.length > 1) {
      drawRuns(context, axes, box, model);
      drawAxes(context, axes, box);
      drawBrushes(context, axes, box, model.view.brush);
    }
    handles.show(axes, box, model.view.brush);
    describe();
    highlight();
  }

  function describe() {
    const { filtered, shownCount, view, varying, suggestions } = model;
    plot.setAttribute('aria-label', `Parallel coordinates of ${plural(filtered.length, 'run')} over ${axes.map((a) => a.title).join(', ')}`);
    const parts = [];
    if (axes.length < 2) parts.push('One line a run appears here once runs differ in a hyperparameter and have a value.');
    else if (Object.keys(view.brush).length) parts.push(`${shownCount} of ${plural(filtered.length, 'run')} inside the brushes.`);
    else parts.push('Drag along an axis to keep the runs inside. Strong blue ranks first.');
    if (varying.length > MOST - 1) parts.push(`${axes.length - 1} of ${varying.length} hyperparameters that vary, the most important first.`);
    if (suggestions.length && axes.length > 1) parts.push('Dashed: what to try next.');
    status.replaceChildren(parts.join(' '));
    if (Object.keys(view.brush).length) {
      status.append(' ', el('button', { type: 'button', class: 'link', onclick: () => act.update({ brush: {} }, true) }, 'Clear brushes'));
    }
  }

  function highlight() {
    if (!box || axes.length < 2) return;
    const context = prepare(over, box.width, HEIGHT);
    const row = model.rowsById.get(seen ?? model.hover);
    if (!row || !model.filteredIds.has(row.id)) return;
    const look = model.view.runs.includes(row.id) ? model.looks(row.id).name : 'ink';
    polyline(context, pointsOf(row, axes, box), { name: look, width: 2.5 });
    label(context, row, box);
  }

  function brushTo(name, range, push) {
    const { [name]: _, ...others } = model.view.brush;
    act.update({ brush: range ? { ...others, [name]: range } : others }, push);
  }

  function axisAt(x) {
    const i = axes.findIndex((_, n) => Math.abs(box.x(n) - x) < REACH);
    return i < 0 ? null : axes[i];
  }

  const height = (y) => Math.min(Math.max((box.bottom - y) / (box.bottom - box.top), 0), 1);
  plot.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || event.target.getAttribute('role') === 'slider' || !box) return;
    const [x, y] = position(event, plot);
    const axis = axisAt(x);
    if (!axis) return;
    event.preventDefault();
    drag = { axis, from: height(y), moved: false };
    plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener('pointermove', (event) => {
    const [x, y] = position(event, plot);
    if (drag) {
      drag.moved ||= Math.abs(height(y) - drag.from) > 0.015;
      if (!drag.moved) return;
      brushTo(drag.axis.key, drag.axis.range(...[drag.from, height(y)].sort((a, b) => a - b)), !drag.pushed);
      drag.pushed = true;
      return;
    }
    plot.style.cursor = box && axisAt(x) ? 'ns-resize' : 'default';
    const found = nearest(x, y);
    if (found !== seen) {
      seen = found;
      act.hover(found);
      highlight();
    }
  });
  plot.addEventListener('pointerleave', () => {
    if (seen === null) return;
    seen = null;
    act.hover(null);
    highlight();
  });
  plot.addEventListener('pointerup', () => {
    const done = drag;
    drag = null;
    if (done && !done.moved) brushTo(done.axis.key, null, true);
    else if (!done && seen !== null) act.pick(seen);
  });

  function nearest(x, y) {
    if (!box || axes.length < 2) return null;
    let best = [14, null];
    for (const row of model.shown) {
      const points = pointsOf(row, axes, box);
      const i = points.findIndex((p) => p[0] >= x);
      if (i < 1 || points[i] === null) continue;
      const share = (x - points[i - 1][0]) / (points[i][0] - points[i - 1][0]);
      const d = Math.abs(points[i - 1][1] + share * (points[i][1] - points[i - 1][1]) - y);
      if (d < best[0]) best = [d, row.id];
    }
    return best[1];
  }

  return { show, draw, hover: highlight };
}

function position(event, element) {
  const rect = element.getBoundingClientRect();
  return [event.clientX - rect.left, event.clientY - rect.top];
}

/** A run's way through the axes; what it does not set is met below the axis. */
function pointsOf(row, axes, box) {
  return axes.map((axis, i) => {
    const unit = axis.unit(axis.get(row));
    return [box.x(i), unit === null ? box.bottom + 16 : box.bottom - unit * (box.bottom - box.top)];
  });
}

/** A suggestion's way; without a prediction it ends before the axis of values, of which it says nothing. */
export function suggestionPath({ config, predicted }, axes, box) {
  const points = pointsOf({ params: config, value: predicted }, axes, box);
  return points.filter((_, i) => typeof predicted === 'number' || axes[i].key !== 'value');
}

function polyline(context, points, { name, width = 1, dash = [], alpha = 1 }) {
  context.strokeStyle = colour(name);
  context.lineWidth = width;
  context.globalAlpha = alpha;
  context.lineJoin = 'round';
  context.setLineDash(dash);
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function drawRuns(context, axes, box, { filtered, shownIds, rank, view, rowsById, looks, suggestions }) {
  const order = [...filtered].sort((a, b) => rank.get(b.id) - rank.get(a.id));
  const crowd = filtered.length > 150;
  const chosen = new Set(view.runs);
  for (const row of order) {
    if (!shownIds.has(row.id)) polyline(context, pointsOf(row, axes, box), { name: 'line', width: 0.8, alpha: 0.7 });
  }
  for (const row of order) {
    if (shownIds.has(row.id)) polyline(context, pointsOf(row, axes, box), { name: ramp(rank.get(row.id)), ...(rank.get(row.id) <= 0.1 ? { width: 1.5 } : { width: crowd ? 0.7 : 1, alpha: crowd ? 0.45 : 0.8 }) });
  }
  for (const suggestion of suggestions) {
    polyline(context, suggestionPath(suggestion, axes, box), { name: 'gold', width: 1.6, dash: [5, 4] });
  }
  for (const id of chosen) {
    if (rowsById.has(id)) polyline(context, pointsOf(rowsById.get(id), axes, box), { ...looks(id), width: 2.4 });
  }
}

function drawAxes(context, axes, box) {
  context.font = FONT;
  context.textBaseline = 'middle';
  axes.forEach((axis, i) => {
    const x = Math.round(box.x(i)) + 0.5;
    context.strokeStyle = colour('faint');
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, box.top);
    context.lineTo(x, box.bottom);
    context.stroke();
    for (const [unit, text] of axis.ticks) write(context, text, x + 5, box.bottom - unit * (box.bottom - box.top));
    if (axis.partly) write(context, 'not set', x + 5, box.bottom + 16);
  });
}

function write(context, written, x, y) {
  const text = plain(written, 80);
  context.textAlign = 'left';
  context.lineWidth = 4;
  context.lineJoin = 'round';
  context.strokeStyle = colour('paper');
  context.globalAlpha = 0.85;
  context.strokeText(text, x, y);
  context.globalAlpha = 1;
  context.fillStyle = colour('muted');
  context.fillText(text, x, y);
}

function drawBrushes(context, axes, box, brush) {
  axes.forEach((axis, i) => {
    const range = brush[axis.key];
    if (!range) return;
    const [low, high] = axis.units(range);
    const [y1, y2] = [high, low].map((u) => box.bottom - u * (box.bottom - box.top));
    context.fillStyle = colour('accent');
    context.globalAlpha = 0.22;
    context.fillRect(box.x(i) - 8, y1, 16, Math.max(y2 - y1, 2));
    context.globalAlpha = 1;
    context.strokeStyle = colour('accent');
    context.lineWidth = 1.5;
    context.strokeRect(box.x(i) - 8, y1, 16, Math.max(y2 - y1, 2));
  });
}

function label(context, row, box) {
  context.font = FONT;
  context.textBaseline = 'bottom';
  write(context, `${row.short}  ${number(row.value)}`, 8, HEIGHT - 2);
}

