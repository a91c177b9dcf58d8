// What matters: the share of the objective's variance that each hyperparameter explains.

import { el } from './dom.js';
import { percent } from './format.js';

/** Bars with intervals; the numbers stand beside them. */
export function drawImportance(root, answer) {
  if (!answer.rows.length) {
    root.replaceChildren(el('p', { class: 'empty' }, answer.note || 'Importance needs a few finished runs that differ in their hyperparameters.'));
    return;
  }
  const most = Math.max(...answer.rows.map((row) => row.high ?? row.share), 0.01);
  root.replaceChildren(
    el('p', { class: 'note' }, 'Share of the objective’s variance that each hyperparameter explains, with its interval.'),
    el('ul', { class: 'bars' }, answer.rows.slice(0, 15).map((row, i) => bar(row, most, i))),
    answer.rows.length > 15 ? el('p', { class: 'note' }, `15 of ${answer.rows.length} shown, the most important first.`) : '',
    answer.note ? el('p', { class: 'note' }, answer.note) : '',
  );
}

function bar({ name, share, low, high }, most, i) {
  const fill = el('span', { class: i < 3 ? 'fill strong' : 'fill' });
  fill.style.width = `${(100 * Math.max(share, 0)) / most}%`;
  const track = el('div', { class: 'track', 'aria-hidden': 'true' }, fill);
  if (low !== null && high !== null && low !== undefined) {
    const whisker = el('span', { class: 'whisker' });
    whisker.style.left = `${(100 * Math.max(low, 0)) / most}%`;
    whisker.style.width = `${(100 * Math.max(high - Math.max(low, 0), 0)) / most}%`;
    track.append(whisker);
  }
  return el('li', {},
    el('span', { class: 'name', title: name }, name),
    el('strong', { class: 'n' }, percent(share)),
    el('span', { class: 'n faint' }, low === null || low === undefined ? '' : `${Math.round(low * 100)}–${Math.round(high * 100)}`),
    track);
}
