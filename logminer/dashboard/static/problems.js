// What was wrong in the logs, and where.

import { el } from './dom.js';
import { plural } from './format.js';

const MOST = 200;

export function drawProblems(root, answer) {
  if (!answer.rows.length) {
    root.replaceChildren(el('p', { class: 'empty' }, 'Nothing was wrong in the logs.'));
    return;
  }
  const left = answer.rows.length - MOST;
  root.replaceChildren(
    el('ul', { class: 'problems' }, answer.rows.slice(0, MOST).map(({ path, what, place }) => el('li', {},
      el('strong', {}, what),
      el('span', { class: 'path' }, place ? `${path}, ${place}` : path)))),
    left > 0 ? el('p', { class: 'note' }, `${plural(left, 'more problem')}: logminer doctor lists them all.`) : '',
  );
}
