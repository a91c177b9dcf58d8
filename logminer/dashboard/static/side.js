// The findings beside the pictures: what to try next, what matters, what was wrong.

import { el } from './dom.js';
import { count } from './format.js';
import { drawImportance } from './importance.js';
import { drawProblems } from './problems.js';
import { drawSuggestions } from './suggestions.js';
import { createTabs } from './tabs.js';

const TITLES = { next: 'Try next', matters: 'What matters', problems: 'Problems' };
const DRAW = { next: drawSuggestions, matters: drawImportance, problems: drawProblems };

/** Tabs that draw themselves anew only when their answer changed, so that focus and scroll stay. */
export function createSide(root, findings, act) {
  const tabs = createTabs(root, 'side', TITLES, (side) => act.update({ side }, true));
  const shown = new Map();

  function show(model, problems) {
    const side = model.view.side in TITLES ? model.view.side : 'next';
    tabs.show(side, { ...TITLES, problems: problems ? `Problems ${count(problems)}` : 'Problems' });
    const panel = tabs.panels[side];
    const { answer, error } = findings.of(side, model.task);
    if (answer) replace(side, answer, () => DRAW[side](panel, answer, model.task));
    else if (error) replace(side, error, () => panel.replaceChildren(el('div', { class: 'empty' }, el('p', {}, error.message), el('p', {}, error.next ?? ''))));
    else replace(side, 'wait', () => panel.replaceChildren(el('p', { class: 'empty wait' }, 'Working it out…')));
  }

  function replace(side, what, draw) {
    if (shown.get(side) === what) return;
    shown.set(side, what);
    draw();
  }

  return { show };
}
