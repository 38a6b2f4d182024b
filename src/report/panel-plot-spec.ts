import { areaY, dot, frame, line, type Markish, type PlotOptions, ruleX, text } from "@observablehq/plot";
import { seriesColors } from "./figure-frame.ts";
import { isRoundOnLog, numberText } from "./number-text.ts";
import { shownLines, shownText, textWidth } from "./shown-text.ts";

/** A measured point. */
export interface PanelPoint {
  /** Name of its panel. */
  readonly panel: string;
  /** A number, or a name on an axis of names. */
  readonly x: number | string;
  readonly y: number;
  /** What is shown when the pointer or the keyboard comes to it; lines are divided by `\n`. */
  readonly tip: string;
  /** Drawn as a ring. */
  readonly hollow?: boolean;
  /** Ends of a whisker. */
  readonly low?: number;
  readonly high?: number;
}

/** Points of one name and colour; those of one panel are joined in the order given. */
export interface PanelSeries {
  readonly name: string;
  readonly points: readonly PanelPoint[];
  /** Default: the ten colours in turn. */
  readonly color?: string;
  /** How points are joined: `line`, `dashed`, `none`. Default `line`. */
  readonly join?: "line" | "dashed" | "none";
  /** Whether points are drawn. Default true. */
  readonly dots?: boolean;
}

/** A fitted line, drawn thin and dashed without points, and where it is uncertain a band. */
export interface PanelGuide {
  readonly panel: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly low?: number; readonly high?: number }[];
  readonly color?: string;
}

export interface PanelAxis {
  /** Name and unit. */
  readonly label: string;
  /** `names`: the values are names, in the order of `ticks`. Default `linear`. */
  readonly type?: "linear" | "log" | "names";
  /** Where ticks stand; without them Plot chooses. */
  readonly ticks?: readonly (number | string)[];
  readonly tickText?: (value: number) => string;
}

export interface PanelPlotOptions {
  readonly x: PanelAxis;
  readonly y: PanelAxis;
  /** Names of the panels in order; [""] for a plot without panels. */
  readonly panels: readonly string[];
  /** Panels side by side. Default 3, at most as many as there are. */
  readonly columns?: number;
  readonly series: readonly PanelSeries[];
  readonly guides?: readonly PanelGuide[];
  /** Pixels of one panel. Default 270 × 210. */
  readonly panelWidth?: number;
  readonly panelHeight?: number;
}

/** Colour of a series: its own, or the next of ten. */
export const panelColor = ({ color }: PanelSeries, index: number): string =>
  color ?? seriesColors[index % seriesColors.length];

const margin = { left: 58, right: 16, top: 28, bottom: 42 } as const;
const gap = 14;

/**
 * The Plot specification of `panelPlot`, without document, for server and studio alike. All panels share both axes. Throws
 * `RangeError` for a point in a panel that is not there.
 */
export function panelPlotSpec(options: PanelPlotOptions): PlotOptions {
  const { x, y, panels, series, guides = [], panelWidth = 270, panelHeight = 210 } = options;
  const columns = Math.min(options.columns ?? 3, panels.length);
  const rows = Math.ceil(panels.length / columns);
  const placed = placing(panels, columns);
  const named = panels.length > 1 || panels[0] !== "";
  const points = series.flatMap((one) => one.points);
  const top = named ? margin.top + 12 : margin.top;
  return {
    width: margin.left + columns * panelWidth + margin.right,
    height: top + rows * panelHeight + margin.bottom,
    marginLeft: margin.left,
    marginRight: margin.right,
    marginTop: top,
    marginBottom: margin.bottom,
    x: {
      ...axis(
        x,
        panelWidth / 60,
        points.map((point) => point.x),
      ),
      grid: false,
      inset: x.type === "names" ? 0 : 16,
    },
    y: {
      ...axis(
        y,
        panelHeight / 45,
        points.map((point) => point.y),
      ),
      grid: true,
      inset: 6,
    },
    fx: { axis: null, padding: columns === 1 ? 0 : gap / panelWidth },
    fy: { axis: null, padding: rows === 1 ? 0 : (gap + 14) / panelHeight },
    marks: [
      frame({ strokeOpacity: 0.15 }),
      guides.map((guide) => guideMarks(guide, placed)),
      series.map((one, i) => seriesMarks(one, panelColor(one, i), placed)),
      named ? panelNames(panels, placed, panelWidth) : null,
    ],
  };
}

interface Place {
  readonly fx: number;
  readonly fy: number;
}

/** Column and row of a panel by its name. */
function placing(panels: readonly string[], columns: number): (panel: string) => Place {
  const places = new Map(panels.map((name, i) => [name, { fx: i % columns, fy: Math.floor(i / columns) }]));
  return (panel) => {
    const place = places.get(panel);
    if (place === undefined) throw new RangeError(`panelPlot: no panel "${panel}" among ${panels.join(", ")}`);
    return place;
  };
}

function axis(
  { label, type = "linear", ticks, tickText = numberText }: PanelAxis,
  count: number,
  values: readonly (number | string)[],
) {
  const isWide = type === "log" && spansDecade(values);
  return {
    label: shownText(label),
    labelArrow: "none" as const,
    ...(type === "names" ? { type: "point" as const, domain: [...(ticks ?? [])], padding: 0.4 } : { type }),
    ...(type === "names" ? {} : { ticks: ticks === undefined ? Math.round(count) : [...ticks] }),
    tickFormat: (value: number | string) => {
      if (typeof value === "string") return shownText(value);
      return isWide && ticks === undefined && !isRoundOnLog(value) ? "" : tickText(value);
    },
  };
}

/** Within a decade a logarithmic axis has few ticks, and each can carry its number. */
function spansDecade(values: readonly (number | string)[]): boolean {
  const numbers = values.filter((value) => typeof value === "number" && value > 0).map(Number);
  return Math.max(...numbers) / Math.min(...numbers) > 10;
}

function seriesMarks(
  { name, points, join = "line", dots = true }: PanelSeries,
  color: string,
  placed: (panel: string) => Place,
): Markish[] {
  const rows = points
    .filter(({ y }) => Number.isFinite(y))
    .map((point) => ({ ...point, ...placed(point.panel), shown: shownLines(point.tip) }));
  const whiskers = rows.filter(({ low, high }) => low !== undefined && high !== undefined && high > low);
  const facets = { fx: "fx", fy: "fy", ariaDescription: shownText(name) };
  return [
    ...(join === "none"
      ? []
      : [
          line(rows, {
            ...{ x: "x", y: "y", stroke: color, strokeWidth: 1.8, ...facets },
            ...(join === "dashed" ? { strokeDasharray: "5,3" } : {}),
          }),
        ]),
    ruleX(whiskers, { x: "x", y1: "low", y2: "high", stroke: color, strokeOpacity: 0.7, ...facets }),
    ...(dots
      ? [
          dot(rows, {
            ...{
              x: "x",
              y: "y",
              r: (d: PanelPoint) => (d.hollow === true ? 4.2 : 3.6),
              stroke: color,
              strokeWidth: 1.8,
              title: "shown",
              ...facets,
            },
            fill: (d: PanelPoint) => (d.hollow === true ? "none" : color),
          }),
        ]
      : []),
  ];
}

function guideMarks(
  { panel, points, color = "currentColor" }: PanelGuide,
  placed: (panel: string) => Place,
): Markish[] {
  const rows = points.map((point) => ({ ...point, ...placed(panel) }));
  const band = rows.filter(({ low, high }) => low !== undefined && high !== undefined);
  const facets = { fx: "fx", fy: "fy" };
  return [
    areaY(band, { x: "x", y1: "low", y2: "high", fill: color, fillOpacity: 0.12, ...facets }),
    line(rows, { x: "x", y: "y", stroke: color, strokeOpacity: 0.75, strokeDasharray: "2,3", ...facets }),
  ];
}

/** Above the left corner of each panel, where no point can be. */
function panelNames(panels: readonly string[], placed: (panel: string) => Place, width: number): Markish {
  const rows = panels.map((name) => ({ ...placed(name), name: fitting(name, width) }));
  return text(rows, {
    ...{ text: "name", fx: "fx", fy: "fy", frameAnchor: "top-left", dy: -13, fontWeight: 600, fontSize: 12 },
  });
}

const fitting = (name: string, width: number): string => {
  const shown = shownText(name);
  return textWidth(shown, 12) <= width
    ? shown
    : `${Array.from(shown)
        .slice(0, Math.floor(width / 8))
        .join("")}…`;
};
