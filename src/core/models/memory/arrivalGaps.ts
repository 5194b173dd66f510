/*
 * Times between random arrivals, as a table: engines may differ in the last bits of Math.log, and a run must not.
 */
const STEPS = 1024;

/** Natural logarithm of 0 < x < 1 by sums and products only, so that it has the same bits everywhere. */
function logarithm(x: number): number {
  let mantissa = x;
  let doublings = 0;
  while (mantissa < 0.75) {
    mantissa *= 2;
    doublings++;
  }
  // ln m = 2 (z + z³/3 + z⁵/5 + …), z = (m − 1)/(m + 1)
  const z = (mantissa - 1) / (mantissa + 1);
  let power = z;
  let sum = 0;
  for (let odd = 1; odd < 40; odd += 2) {
    sum += power / odd;
    power *= z * z;
  }
  return 2 * sum - doublings * Math.LN2;
}

/** Equally likely times between two arrivals of a random stream, with mean 1: steps of the exponential distribution. */
export const exponentialGaps: Float64Array = (() => {
  const gaps = Float64Array.from({ length: STEPS }, (_, step) => -logarithm((step + 0.5) / STEPS));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / STEPS;
  return gaps.map((gap) => gap / mean);
})();
