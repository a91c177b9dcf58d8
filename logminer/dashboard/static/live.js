// News from the server. The browser reconnects by itself and says where it stopped; what it gives
// up on (the server is gone, or starts over) is tried again here, ever less often.

import { query } from './api.js';

const LONGEST = 15000;

/**
 * @param {{state: (s: string) => void, runs: (data) => void, points: (data) => void,
 *   changed: (data) => void}} told
 */
export function createLive(told) {
  let source = null;
  let wanted = null;
  let timer = null;
  let wait = 1000;

  function open() {
    clearTimeout(timer);
    source?.close();
    const mine = new EventSource(`/api/events?${query(wanted)}`);
    source = mine;
    mine.onopen = () => {
      wait = 1000;
      told.state('live');
    };
    mine.onerror = () => {
      told.state('lost');
      if (mine.readyState !== EventSource.CLOSED || mine !== source) return;
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST);
    };
    for (const name of ['runs', 'points', 'state']) {
      mine.addEventListener(name, (event) => {
        if (mine !== source) return;
        const data = JSON.parse(event.data);
        wanted = { ...wanted, revision: Math.max(wanted.revision, data.revision ?? 0) };
        told[name === 'state' ? 'changed' : name](data);
      });
    }
  }

  /** Listen from a revision on, with the points of a metric of some runs. */
  function listen(next) {
    const same = wanted && next.metric === wanted.metric && String(next.run) === String(wanted.run);
    if (same && source?.readyState !== EventSource.CLOSED) return;
    wanted = { ...next, revision: Math.min(next.revision, wanted?.revision ?? next.revision) };
    clearTimeout(timer);
    timer = setTimeout(open, source ? 150 : 0);
  }

  addEventListener('pagehide', () => source?.close());
  return { listen };
}
