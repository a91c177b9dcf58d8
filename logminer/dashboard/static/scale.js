// Axes: from values to pixels, and few round ticks.

/** A scale from [low, high] to [from, to], linear or logarithmic. */
export function scale(low, high, from, to, log = false) {
  const f = log ? Math.log : (v) => v;
  const back = log ? Math.exp : (v) => v;
  const a = f(low);
  const slope = (to - from) / (f(high) - a || 1);
  const at = (value) => from + (f(value) - a) * slope;
  at.invert = (pixel) => back(a + (pixel - from) / slope);
  return Object.assign(at, { low, high, log });
}

/** Round values between two ends, at most about `most` of them. */
export function ticks(low, high, most, log = false) {
  if (!(high > low)) return [low];
  const found = log && high / low > 10 ? logTicks(low, high, most) : linearTicks(low, high, most);
  return found.length ? found : [low, high];
}

function linearTicks(low, high, most) {
  const rough = (high - low) / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const found = [];
  for (let k = first; k * step <= high + step * 1e-9 && found.length < 50; k += 1) {
    found.push(Number((k * step).toPrecision(12)));
  }
  return found;
}

function logTicks(low, high, most) {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const apart = (0.8 * Math.log(high / low)) / Math.max(most, 1);
  const kept = [];
  for (const lead of [1, 3, 2, 5]) {
    for (let k = first; k <= last; k += 1) {
      const value = Number(`${lead}e${k}`);
      const clear = kept.every((v) => Math.abs(Math.log(value / v)) > apart);
      if (value >= low * 0.9999 && value <= high * 1.0001 && clear) kept.push(value);
    }
  }
  return kept.sort((a, b) => a - b);
}

/** The value below which a share of sorted numbers lies. */
function quantile(sorted, share) {
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)];
}

/**
 * Ends of an axis that shows what matters: everything, unless few values on the bad side would
 * press all others together; then these lie outside.
 * @param {number[]} values finite numbers
 * @param {{log: boolean, mode: string, whole: boolean, share: number}} how mode is "min", "max" or "" (unknown);
 *   share of values that must lie inside
 */
export function ends(values, { log = false, mode = '', whole = false, share = 0.97 } = {}) {
  const sorted = Float64Array.from(log ? values.filter((v) => v > 0) : values).sort();
  if (!sorted.length) return log ? [0.1, 1] : [0, 1];
  let [low, high] = [sorted[0], sorted[sorted.length - 1]];
  const f = log ? Math.log : (v) => v;
  if (!whole) {
    const [near, far] = [quantile(sorted, 1 - share), quantile(sorted, share)];
    if (mode !== 'max' && f(high) - f(low) > 2 * (f(far) - f(low)) && far > low) high = far;
    if (mode !== 'min' && f(high) - f(low) > 2 * (f(high) - f(near)) && high > near) low = near;
  }
  if (low === high) return log ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
  const room = 0.04;
  if (log) return [low / (high / low) ** room, high * (high / low) ** room];
  return [low - room * (high - low), high + room * (high - low)];
}

/** A canvas as large as its box and as sharp as the screen; returns its context and size in CSS pixels. */
export function prepare(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
