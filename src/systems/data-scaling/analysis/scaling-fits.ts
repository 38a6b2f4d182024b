import type { BootstrapOptions } from "../../../metrics/bootstrap.ts";
import { type GridCell, groupsOf, lengthsOf, sizesOf } from "./grid-cell.ts";
import { logFit, logFitLoss, type LogFit, pointOf } from "./log-fit.ts";
import { powerFit, type PowerFit } from "./power-fit.ts";

/** What the fit over all lengths says of the largest size when it has not seen it. */
export interface Extrapolation {
  readonly data: string;
  readonly size: string;
  readonly points: readonly { readonly length: number; readonly predicted: number; readonly measured: number }[];
}

export interface ScalingFits {
  readonly atLength: readonly LogFit[];
  readonly overLengths: readonly LogFit[];
  readonly power: readonly PowerFit[];
  /** Of data sets with every size at every length. */
  readonly extrapolations: readonly Extrapolation[];
}

/** The fits of section 12.5 for each data set that has enough of the cells given, which should not be over-fitted ones. */
export function scalingFits(cells: readonly GridCell[], options: BootstrapOptions = {}): ScalingFits {
  const byData = groupsOf(cells, ({ data }) => data);
  const rich = byData.filter((group) => sizesOf(group) >= 3 && lengthsOf(group) >= 2);
  const isFull = (group: readonly GridCell[]) => group.length === sizesOf(group) * lengthsOf(group);
  return {
    atLength: byData
      .flatMap((group) => groupsOf(group, ({ length }) => length))
      .filter((group) => sizesOf(group) >= 3)
      .map((group) => logFit(group, options)),
    overLengths: rich.map((group) => logFit(group, options)),
    power: rich.filter((group) => lengthsOf(group) >= 3 && group.length >= 8).map((group) => powerFit(group, options)),
    extrapolations: rich.filter((group) => isFull(group)).map(extrapolation),
  };
}

function extrapolation(cells: readonly GridCell[]): Extrapolation {
  const largest = cells.reduce((most, cell) => (cell.parameters > most.parameters ? cell : most));
  const fit = logFit(
    cells.filter(({ size }) => size !== largest.size),
    { resamples: 2 },
  );
  return {
    data: largest.data,
    size: largest.size,
    points: cells
      .filter(({ size }) => size === largest.size)
      .map((cell) => ({
        length: cell.length,
        predicted: logFitLoss(fit, pointOf(cell)),
        measured: cell.validationLoss,
      })),
  };
}
