// Smoothing that neither lags nor flattens: at every point a straight line is fitted to its
// neighbours, weighted by exp(-distance / width) to both sides. A mean that only looks back would
// show every fall late, and any plain mean would cut off the steep beginning of a loss.
// After W. S. Cleveland, "Robust locally weighted regression", JASA 74, 1979, without the robustness.

/**
 * @param {(number|null)[]} x positions, not falling
 * @param {(number|null)[]} y values; null stays null
 * @param {number} width distance at which the weight has fallen to 1/e
 * @returns {(number|null)[]} smoothed values
 */
export function smooth(x, y, width) {
  if (!(width > 0)) return y;
  const before = sweep(x, y, width, 0, 1);
  const after = sweep(x, y, width, y.length - 1, -1);
  return y.map((value, i) => {
    if (value === null || x[i] === null) return null;
    const [w, wu, wuu, wy, wuy] = before[i].map((moment, k) => moment + after[i][k]);
    const [n, sum] = [w - 1, wy - value]; // the point itself is in both sweeps
    const spread = n * wuu - wu * wu;
    return spread > 1e-9 * n * wuu ? (wuu * sum - wu * wuy) / spread : sum / n;
  });
}

/** At each point the weighted sums of 1, u, u², y and uy over the points so far, u counted from it. */
function sweep(x, y, width, first, direction) {
  const sums = new Array(y.length);
  let [w, wu, wuu, wy, wuy, last] = [0, 0, 0, 0, 0, null];
  for (let i = first; i >= 0 && i < y.length; i += direction) {
    if (y[i] === null || x[i] === null) continue;
    const d = last === null ? 0 : (x[i] - last) / width;
    const decay = Math.exp(-Math.abs(d));
    wuu = (wuu - 2 * d * wu + d * d * w) * decay;
    wuy = (wuy - d * wy) * decay;
    wu = (wu - d * w) * decay;
    w = w * decay + 1;
    wy = wy * decay + y[i];
    last = x[i];
    sums[i] = [w, wu, wuu, wy, wuy];
  }
  return sums;
}
