// Drawing a line chart on a canvas: axes, lines, labels at the ends of lines. Knows pixels and
// colours, nothing of runs.

import { colour, FONT } from './palette.js';
import { scale, ticks } from './scale.js';
import { plain } from './dom.js';
import { date, durationTick, tick } from './format.js';

/** Scales of a chart within a box, from the ends of its axes. */
export function frame(width, height, xs, ys, { xlog, ylog, right }) {
  const top = 12;
  const bottom = height - 26;
  const context = document.createElement('canvas').getContext('2d');
  context.font = FONT;
  const marks = ticks(ys[0], ys[1], Math.max(2, Math.floor((bottom - top) / 42)), ylog);
  const left = Math.ceil(Math.max(...marks.map((m) => context.measureText(tick(m)).width))) + 12;
  return {
    left, top, bottom, right: width - right, width, height, marks,
    x: scale(xs[0], xs[1], left, width - right, xlog),
    y: scale(ys[0], ys[1], bottom, top, ylog),
  };
}

/** Grid, ticks and the name of the x axis. */
export function drawAxes(context, box, kind, name) {
  context.font = FONT;
  context.lineWidth = 1;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const mark of box.marks) {
    const y = Math.round(box.y(mark)) + 0.5;
    line(context, colour('line'), box.left, y, box.right, y);
    context.fillStyle = colour('muted');
    context.fillText(tick(mark), box.left - 7, y);
  }
  line(context, colour('faint'), box.left, box.bottom + 0.5, box.right, box.bottom + 0.5);
  context.textBaseline = 'top';
  const label = context.measureText(name).width;
  context.textAlign = 'right';
  context.fillText(name, box.right, box.bottom + 8);
  drawXTicks(context, box, kind, label);
}

function drawXTicks(context, box, kind, label) {
  const wide = kind === 'wall' ? 120 : 74;
  const most = Math.max(2, Math.floor((box.right - box.left) / wide));
  const timed = kind === 'wall' || (kind === 'relative' && !box.x.log);
  context.textAlign = 'center';
  let free = -Infinity;
  for (const mark of timed ? timeTicks(box.x.low, box.x.high, most, kind) : ticks(box.x.low, box.x.high, most, box.x.log)) {
    const x = box.x(mark);
    const text = xText(mark, kind);
    const half = context.measureText(text).width / 2;
    if (x - half < free || x + half > box.right - label - 10 || x < box.left - 1) continue;
    context.fillText(text, Math.max(x, box.left - 8 + half), box.bottom + 8);
    line(context, colour('faint'), Math.round(x) + 0.5, box.bottom, Math.round(x) + 0.5, box.bottom + 4);
    free = x + half + 8;
  }
}

const [MINUTE, HOUR, DAY] = [60, 3600, 86400];
const STEPS = [
  1, 2, 5, 10, 15, 30, ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE), ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * DAY),
];

/** Round times; dates are round where one lives. */
function timeTicks(low, high, most, kind) {
  const rough = (high - low) / most;
  const step = STEPS.find((s) => s >= rough);
  if (!step || rough < 1) return ticks(low, high, most);
  const zone = kind === 'wall' ? new Date(low * 1000).getTimezoneOffset() * MINUTE : 0;
  const first = Math.ceil((low - zone) / step);
  const last = Math.floor((high - zone) / step);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => (first + i) * step + zone);
}

/** A position on the x axis in words. */
export function xText(value, kind) {
  if (kind === 'relative') return durationTick(value);
  return kind === 'wall' ? date(value).slice(5) : tick(value);
}

function line(context, style, x1, y1, x2, y2) {
  context.strokeStyle = style;
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** Stroke one curve given in pixels; NaN leaves a gap. */
export function stroke(context, px, py, { name, dash = [], width = 1.5, alpha = 1 }) {
  context.strokeStyle = colour(name);
  context.setLineDash(dash);
  context.lineWidth = width;
  context.globalAlpha = alpha;
  context.lineJoin = 'round';
  context.beginPath();
  let down = false;
  for (let i = 0; i < px.length; i += 1) {
    if (Number.isNaN(px[i]) || Number.isNaN(py[i])) down = false;
    else if (down) context.lineTo(px[i], py[i]);
    else {
      context.moveTo(px[i], py[i]);
      context.lineTo(px[i] + 0.01, py[i]); // a lone point is a dot
      down = true;
    }
  }
  context.lineCap = 'round';
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** A small cross where a run diverged, or a dot where it is now. */
export function mark(context, kind, x, y, name) {
  context.strokeStyle = colour(name);
  context.fillStyle = colour(name);
  context.lineWidth = 1.5;
  context.beginPath();
  if (kind === 'dot') {
    context.arc(x, y, 3, 0, 7);
    context.fill();
    return;
  }
  for (const s of [1, -1]) {
    context.moveTo(x - 3, y - 3 * s);
    context.lineTo(x + 3, y + 3 * s);
  }
  context.stroke();
}

/** Names beside the ends of lines, moved apart so that none covers another. */
export function drawEndLabels(context, box, labels) {
  const gap = 15;
  const placed = labels.map((l) => ({ ...l, at: l.y })).sort((a, b) => a.at - b.at);
  const room = box.bottom - box.top + 8;
  if (placed.length * gap > room) placed.length = Math.floor(room / gap);
  placed.forEach((l, i) => { if (i) l.at = Math.max(l.at, placed[i - 1].at + gap); });
  for (let i = placed.length - 1, low = box.bottom; i >= 0; i -= 1, low -= gap) {
    placed[i].at = Math.min(placed[i].at, low, i + 1 < placed.length ? placed[i + 1].at - gap : low);
  }
  context.font = FONT;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const l of placed) {
    context.fillStyle = colour(l.name);
    context.fillText(plain(l.text, 18), box.right + 8, l.at);
  }
}
