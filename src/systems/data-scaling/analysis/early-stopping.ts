import type { StudyCell } from "../study-table.ts";

/** What the curve of one run says about stopping it. */
export interface StoppingPoint {
  readonly id: string;
  readonly size: string;
  readonly data: string;
  readonly length: number;
  readonly seed: number | null;
  /** Update of the lowest validation loss, and that loss. */
  readonly bestStep: number;
  readonly bestLoss: number;
  readonly finalLoss: number;
  /** (final − best) / best: what stopping at the best would have saved of the loss. */
  readonly excess: number;
  /**
   * Where the rule of section 12.2 cuts the run: the loss has been above its minimum by more than the tolerance for a fifth
   * of the run. null: it runs to its end.
   */
  readonly cutStep: number | null;
  /** Share of the updates that the cut saves. */
  readonly saved: number;
}

/** For every run with a curve of at least three points. */
export function stoppingPoints(cells: readonly StudyCell[]): StoppingPoint[] {
  return cells.filter(({ validationCurve }) => validationCurve.length >= 3).map(stoppingPoint);
}

function stoppingPoint(cell: StudyCell): StoppingPoint {
  const { id, size, data, length, seed, validationCurve: curve } = cell;
  const best = curve.reduce((lowest, point) => (point.loss < lowest.loss ? point : lowest));
  const finalLoss = curve[curve.length - 1].loss;
  const cutStep = cutOf(cell);
  return {
    ...{ id, size, data, length, seed, finalLoss, cutStep },
    bestStep: best.step,
    bestLoss: best.loss,
    excess: (finalLoss - best.loss) / best.loss,
    saved: cutStep === null ? 0 : 1 - cutStep / length,
  };
}

function cutOf({ validationCurve: curve, validationSpread, length }: StudyCell): number | null {
  const tolerance = 2 * (validationSpread ?? 0);
  let lowest = Infinity;
  let since: number | null = null;
  for (const { step, loss } of curve) {
    lowest = Math.min(lowest, loss);
    if (loss <= lowest + tolerance) since = null;
    else since ??= step;
    if (since !== null && step - since >= 0.2 * length && step < length) return step;
  }
  return null;
}
