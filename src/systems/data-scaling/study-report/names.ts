import type { Interval } from "../../../metrics/bootstrap.ts";
import { seriesColors } from "../../../report/figure-frame.ts";
import { numberText, stepText } from "../../../report/number-text.ts";
import type { GridCell } from "../analysis/grid-cell.ts";

/** A length as text: `500k updates`. */
export const lengthText = (length: number): string => `${stepText(length)} updates`;

/** A loss with the four decimals of the published table; `–` where there is none. */
export const lossText = (loss: number): string => (Number.isNaN(loss) ? "–" : loss.toFixed(4));

/** A score in percent: `84.08%`. */
export const scoreText = (score: number): string => (Number.isNaN(score) ? "–" : `${score.toFixed(2)}%`);

/** A difference with its sign: `+0.48`, `−1.20`. */
export const signedText = (value: number, decimals: number): string =>
  Number.isNaN(value) ? "–" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(decimals)}`;

/** A number with so many decimals and a minus sign of its own. */
export const decimalText = (value: number, decimals: number): string => value.toFixed(decimals).replace("-", "−");

/** `−0.786 [−0.846, −0.686]`; the value alone where the interval is unknown. */
export function intervalText({ value, low, high }: Interval, decimals = 3): string {
  if (Number.isNaN(value)) return "–";
  const ends = [low, high].map((end) => decimalText(end, decimals));
  return decimalText(value, decimals) + (Number.isNaN(low) ? "" : ` [${ends.join(", ")}]`);
}

/** A count of parameters, images or operations: `49M`, `1.06G`, `2e20`. */
export const countText = (count: number): string =>
  count < 1e12 ? stepText(Number(count.toPrecision(3))) : numberText(count, 3);

/** `L on 1K 10%, 250k updates`. */
export const cellName = ({ size, data, length }: Pick<GridCell, "size" | "data" | "length">): string =>
  `${size} on ${data}, ${lengthText(length)}`;

/** What a point says when one comes to it. */
export function cellTip(cell: GridCell, overFitted: boolean): string {
  const seeds = cell.runs.length;
  return [
    cellName(cell),
    `validation loss ${lossText(cell.validationLoss)}`,
    ...(Number.isNaN(cell.score) ? [] : [`score ${scoreText(cell.score)}`]),
    `${countText(cell.parameters)} parameters, ${countText(cell.images)} images, ${numberText(Math.round(cell.epochs))} epochs`,
    ...(overFitted ? ["over-fitted"] : []),
    ...(seeds > 1 ? [`mean of ${seeds} seeds`] : []),
  ].join("\n");
}

/** The colour of a name by its place in a list: the same size has the same colour in every figure. */
export const colorOf = (name: string, among: readonly string[]): string =>
  seriesColors[Math.max(0, among.indexOf(name)) % seriesColors.length];

/** `a`, `a and b`, `a, b and c`. */
export const listText = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
