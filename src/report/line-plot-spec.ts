import { areaY, dot, frame, lineY, type Markish, type PlotOptions, text } from "@observablehq/plot";
import { type CurvePoint, thinCurve } from "./curve.ts";
import { seriesColors } from "./figure-frame.ts";
import { isRoundOnLog, numberText, stepText } from "./number-text.ts";
import { shownText } from "./shown-text.ts";

/** A curve: [step, value] pairs in any order. Non-finite values leave a gap. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [step: number, value: number])[];
}

export interface LinePlotOptions {
  /** Name and unit of the horizontal axis. Default `step`. */
  readonly x?: string;
  /** Name and unit of the vertical axis. */
  readonly y: string;
  readonly series: readonly Series[];
  /** Logarithmic vertical axis; values that are not positive leave a gap. Default false. */
  readonly logY?: boolean;
  /**
   * Weight of the past in the exponential mean, 0 up to 1; the raw range stays visible behind it. Default 0: none. Series
   * of at most 25 points are not smoothed: each of them was measured on purpose.
   */
  readonly smoothing?: number;
  /** Limits of the vertical axis; without them they follow the values. */
  readonly yDomain?: readonly [low: number, high: number];
  readonly width?: number;
  readonly height?: number;
}

/** Up to here points are drawn as dots and taken as they are. */
const fewPoints = 25;

/** How a series looks: ten colours, then the same ones dashed. */
export function seriesStyle(index: number): { color: string; dash: string | undefined } {
  const round = Math.floor(index / seriesColors.length);
  return { color: seriesColors[index % seriesColors.length], dash: round === 0 ? undefined : `${6 / round},3` };
}

/** The Plot specification of `linePlot`, without document, for server and studio alike. */
export function linePlotSpec(options: LinePlotOptions): PlotOptions {
  const { x = "step", y, series, logY = false, smoothing = 0, yDomain, width = 540, height = 290 } = options;
  const curves = series.map(({ points }) =>
    visible(thinCurve(points, { smoothing: points.length > fewPoints ? smoothing : 0 }), logY),
  );
  const empty = curves.every((curve) => curve.every(({ mean }) => Number.isNaN(mean)));
  return {
    width,
    height,
    marginLeft: 58,
    marginTop: 24,
    marginBottom: 38,
    x: { label: shownText(x), tickFormat: stepText, grid: false, domain: stepDomain(series) },
    y: {
      label: shownText(y),
      type: logY ? "log" : "linear",
      nice: !logY,
      grid: true,
      ticks: Math.round(height / 50),
      tickFormat: (value: number) => (logY && !isRoundOnLog(value) ? "" : numberText(value, 3)),
      ...(yDomain !== undefined ? { domain: [...yDomain] } : empty ? { domain: logY ? [0.1, 1] : [0, 1] } : {}),
    },
    marks: [
      frame({ strokeOpacity: 0.15 }),
      curves.map((curve, i) =>
        curveMarks(curve, i, series[i].points.length > fewPoints && (smoothing > 0 || isThinned(series[i], curve))),
      ),
      empty ? text(["no finite values"], { frameAnchor: "middle" }) : null,
    ],
  };
}

/** The band of the raw values, the line, and dots where points are few enough to be told apart. */
function curveMarks(curve: readonly CurvePoint[], index: number, band: boolean): Markish[] {
  const { color, dash } = seriesStyle(index);
  const paint = { stroke: color, strokeOpacity: 0.35, strokeWidth: 1, fill: color, fillOpacity: 0.18 };
  const line = {
    x: "step",
    y: "mean",
    stroke: color,
    strokeWidth: 1.8,
    ...(dash === undefined ? {} : { strokeDasharray: dash }),
  };
  return [
    ...(band ? [areaY(curve, { x: "step", y1: "low", y2: "high", ...paint })] : []),
    lineY(curve, line),
    ...(curve.length <= fewPoints ? [dot(curve, { x: "step", y: "mean", fill: color, r: 2.5 })] : []),
  ];
}

const isThinned = ({ points }: Series, curve: readonly CurvePoint[]) => points.length > curve.length;

/** From the first to the last step of all series; 0 to 1 where there is none, a step to both sides where there is one. */
function stepDomain(series: readonly Series[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { points } of series) {
    for (const [step] of points) [low, high] = [Math.min(low, step), Math.max(high, step)];
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}

/** On a log axis only positive values have a place. */
function visible(curve: CurvePoint[], logY: boolean): CurvePoint[] {
  if (!logY) return curve;
  const positive = (value: number) => (value > 0 ? value : NaN);
  return curve.map(({ step, mean, low, high }) => ({
    step,
    mean: positive(mean),
    low: positive(low),
    high: positive(high),
  }));
}
