// What is computed on the server from finished runs: fetched when first looked at, and again
// when more runs have ended.

import { get } from './api.js';

const PAUSE = 5000;
const KINDS = { next: 'suggestions', matters: 'importance', problems: 'problems' };

/** A store of findings; `changed` is called when one arrived. */
export function createFindings(changed) {
  const known = { importance: [], suggestions: [], advice: [] };
  const answers = new Map();

  function entry(kind, task) {
    const key = `${kind}\n${task}`;
    if (!answers.has(key)) answers.set(key, { answer: null, error: null, basis: null, at: 0, busy: false });
    return answers.get(key);
  }

  /** Ask, unless the answer rests on the same runs; `basis` says on which. */
  async function ask(kind, task, basis) {
    const held = entry(kind, task);
    if (held.busy || held.basis === basis || Date.now() - held.at < PAUSE) return;
    Object.assign(held, { busy: true, basis, at: Date.now() });
    try {
      held.answer = await get(kind, kind === 'problems' ? {} : { task: task || null, n: kind === 'suggestions' ? 5 : null });
      held.error = null;
      if (held.answer.refreshing) again(held);
    } catch (error) {
      Object.assign(held, { error, basis: null });
    }
    held.busy = false;
    changed();
  }

  /** A newer answer is on its way: ask for it soon. */
  function again(held) {
    held.basis = null;
    setTimeout(changed, PAUSE);
  }

  /** What is known for a task now; asks for what the page shows of it. */
  function refresh({ task, view, rows, problems }) {
    const name = task?.name ?? '';
    const mine = [...rows.values()].filter((row) => !task || row.task === name);
    const running = mine.filter((row) => row.state === 'running');
    const ended = String(mine.length - running.length);
    if (mine.length) {
      if (view.side === 'next' || view.view === 'parallel') ask('suggestions', name, ended);
      if (view.side === 'matters' || view.view === 'parallel') ask('importance', name, ended);
      if (running.length) ask('advice', name, String(Math.max(...running.map((r) => r.seen ?? 0))));
    }
    if (view.side === 'problems') ask('problems', '', String(problems));
    for (const kind of Object.keys(known)) known[kind] = entry(kind, name).answer?.rows ?? [];
  }

  /** The answer for a tab of the side, with its error if there is none. */
  function of(side, task) {
    return entry(KINDS[side], side === 'problems' ? '' : task?.name ?? '');
  }

  return { known, refresh, of };
}
