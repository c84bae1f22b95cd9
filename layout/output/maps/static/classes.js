// Classes of a choropleth: round limits, as a reader would choose them; no map, no page.
const NICE = [1, 2, 5];

// The smallest step of 1, 2 or 5 times a power of ten that is no smaller than a value.
function niceStep(value) {
  const power = Math.pow(10, Math.floor(Math.log10(value)));
  const step = NICE.concat(10).find((factor) => factor * power >= value * (1 - 1e-9));
  return step * power;
}

// Limits between classes, at most `most` classes: multiples of one round step, which is no finer
// than `finest`. None where all values are one class.
function roundLimits(values, most, finest) {
  if (!values.length) return [];
  const low = Math.min(...values), high = Math.max(...values);
  let step = niceStep(Math.max(finest, (high - low) / most));
  for (;;) {
    const first = Math.floor(low / step + 1e-9) + 1, last = Math.ceil(high / step - 1e-9) - 1;
    // A value that equals a limit belongs to the class above it.
    const end = Math.abs(high / step - Math.round(high / step)) < 1e-9 ? last + 1 : last;
    if (end - first + 2 <= most) {
      return Array.from({ length: Math.max(0, end - first + 1) },
        (_, at) => Number(((first + at) * step).toPrecision(12)));
    }
    step = niceStep(step * 1.01);
  }
}

// Limits of a change, the same on both sides of nought: [-2s, -s, -h, h, s, 2s], where less than
// h, half of the finest, counts as no change.
function changeLimits(values, finest) {
  const most = Math.max(0, ...values.map(Math.abs));
  if (most < finest / 2) return [];
  const step = niceStep(Math.max(finest, most / 3));
  return [-2 * step, -step, -finest / 2, finest / 2, step, 2 * step]
    .map((limit) => Number(limit.toPrecision(12)));
}

function classOf(value, limits) {
  return limits.filter((limit) => value >= limit).length;
}

// Colours of so many classes out of a ramp, from its light end to its dark one.
function rampColours(ramp, count) {
  if (count === 1) return [ramp[Math.floor(ramp.length / 2)]];
  return Array.from({ length: count }, (_, at) => (
    ramp[Math.round((at * (ramp.length - 1)) / (count - 1))]));
}
