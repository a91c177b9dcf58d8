// Numbers, times and names as people read them; the same rules as the report's.

export const DASH = '–';
const GROUPS = new Intl.NumberFormat('en-US');

/** A number in at most `digits` significant digits. */
export function number(value, digits = 4) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return DASH;
  const short = Number(value.toPrecision(digits));
  const size = Math.abs(short);
  if (Number.isInteger(value) && size >= 1e4 && size < 1e7) return GROUPS.format(value);
  if (size >= 1e4 && size < 1e7) return GROUPS.format(Math.round(short));
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) {
    const [mantissa, exponent] = short.toExponential().split('e');
    return `${mantissa}e${Number(exponent)}`;
  }
  return String(short);
}

const SI = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];

/** A tick of an axis: 12000 as 12k, the rest as `number` does. */
export function tick(value) {
  const size = Math.abs(value);
  if (size >= 1e15) return number(value, 3);
  for (const [unit, letter] of SI) {
    if (size >= unit * 0.9999) return `${Number((value / unit).toPrecision(4))}${letter}`;
  }
  return number(value);
}

/** Whole counts: 12,500. */
export function count(value) {
  return value === null || value === undefined ? DASH : GROUPS.format(value);
}

/** "1 run", "3 runs". */
export function plural(n, word, words = `${word}s`) {
  return `${count(n)} ${n === 1 ? word : words}`;
}

/** Seconds as the two units that matter: 3 min 20 s. */
export function duration(seconds) {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return DASH;
  const s = Math.abs(seconds);
  if (s < 1) return `${number(seconds * 1000, 2)} ms`;
  if (s < 60) return `${number(seconds, s < 10 ? 2 : 3)} s`;
  const pair = (big, small, unit, rest) =>
    `${Math.floor(s / big)} ${unit} ${String(Math.floor((s % big) / small)).padStart(2, '0')} ${rest}`;
  if (s < 3600) return pair(60, 1, 'min', 's');
  if (s < 86400) return pair(3600, 60, 'h', 'min');
  return pair(86400, 3600, 'd', 'h');
}

/** A duration as the label of an axis. */
export function durationTick(seconds) {
  if (seconds === 0) return '0';
  const s = Math.abs(seconds);
  if (s < 120) return `${number(seconds, 3)} s`;
  if (s < 7200) return `${number(seconds / 60, 3)} min`;
  if (s < 172800) return `${number(seconds / 3600, 3)} h`;
  return `${number(seconds / 86400, 3)} d`;
}

/** When, as local date and minute. */
export function date(unix) {
  if (typeof unix !== 'number') return DASH;
  const at = new Date(unix * 1000);
  if (Number.isNaN(at.getTime())) return DASH;
  const two = (n) => String(n).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** How long ago, roughly. */
export function ago(unix, now = Date.now() / 1000) {
  if (typeof unix !== 'number') return DASH;
  const s = Math.max(0, now - unix);
  if (s < 5) return 'just now';
  if (s < 60) return `${Math.floor(s)} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ago`;
  return s < 86400 * 60 ? `${Math.floor(s / 86400)} d ago` : date(unix).slice(0, 10);
}

/** A value of a config: numbers as numbers, true and false as words, the unset as a dash. */
export function setting(value) {
  if (value === null || value === undefined) return DASH;
  if (typeof value === 'number') return number(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A share of one: 34 %. */
export function percent(share) {
  if (typeof share !== 'number' || !Number.isFinite(share)) return DASH;
  const p = share * 100;
  return p > 0 && p < 1 ? '<1 %' : `${Math.round(p)} %`;
}
