// What can be set about the curves: metric, axes, smoothing.

import { el } from './dom.js';

const AXES = { step: 'step', epoch: 'epoch', relative: 'time since start', wall: 'date' };

/**
 * @param {HTMLElement} root where to put the controls
 * @param {{update: (patch, push?) => void}} act
 */
export function createControls(root, act) {
  const metric = el('select', { 'aria-label': 'Metric', onchange: () => act.update({ metric: metric.value, zoom: null }, true) });
  const axis = el('select', { 'aria-label': 'Horizontal axis', onchange: () => act.update({ x: axis.value, zoom: null }, true) });
  const xlog = toggle('log x', (on) => act.update({ xlog: on, zoom: null }, true));
  const ylog = toggle('log y', (on) => act.update({ ylog: on, zoom: null }, true));
  const slider = el('input', { type: 'range', min: '0', max: '100', step: '1', 'aria-label': 'Smoothing', oninput: () => act.update({ smooth: Number(slider.value) }) });
  const off = el('output', { class: 'n' });
  root.append(
    el('label', {}, metric), el('label', {}, el('span', {}, 'over '), axis), xlog.label, ylog.label,
    el('label', { class: 'smooth' }, 'smoothing ', slider, off));

  function show({ metrics, metric: shown, view, axis: along, axes }) {
    fill(metric, metrics.map((m) => [m, m]), shown);
    fill(axis, axes.map((a) => [a, AXES[a] ?? a]), along);
    xlog.box.checked = view.xlog;
    xlog.box.disabled = along === 'wall';
    ylog.box.checked = view.ylog;
    if (Number(slider.value) !== view.smooth) slider.value = String(view.smooth);
    off.textContent = view.smooth ? `${view.smooth} %` : 'off';
  }

  return { show };
}

function toggle(words, changed) {
  const box = el('input', { type: 'checkbox', onchange: () => changed(box.checked) });
  return { box, label: el('label', { class: 'check' }, box, words) };
}

function fill(select, options, chosen) {
  const signature = JSON.stringify(options);
  if (select.dataset.options !== signature) {
    select.dataset.options = signature;
    select.replaceChildren(...options.map(([value, words]) => el('option', { value }, words)));
  }
  select.value = chosen;
}
