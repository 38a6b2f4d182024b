/** `val/accuracy 0.713`, as the progress line writes numbers. */
export const metricText = ([name, value]: readonly [string, number]): string =>
  `${name} ${Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value)}`;
