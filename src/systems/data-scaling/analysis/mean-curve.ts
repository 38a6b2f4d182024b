/** A point of a loss curve. */
export interface CurvePoint {
  /** Updates. */
  readonly step: number;
  readonly loss: number;
}

/** The mean of a cell's curves over its seeds, at the steps that all of them have. Empty where one is. */
export function meanCurve(curves: readonly (readonly CurvePoint[])[]): CurvePoint[] {
  const [first = [], ...others] = curves;
  return first.flatMap(({ step, loss }) => {
    const same = others.map((curve) => curve.find((point) => point.step === step)?.loss ?? NaN);
    const mean = same.reduce((sum, value) => sum + value, loss) / curves.length;
    return Number.isNaN(mean) ? [] : [{ step, loss: mean }];
  });
}
