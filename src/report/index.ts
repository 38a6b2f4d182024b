export { linePlot } from "./line-plot.ts";
export { linePlotSpec, type LinePlotOptions, type Series } from "./line-plot-spec.ts";
export { panelPlot } from "./panel-plot.ts";
export {
  panelPlotSpec,
  type PanelAxis,
  type PanelGuide,
  type PanelPlotOptions,
  type PanelPoint,
  type PanelSeries,
} from "./panel-plot-spec.ts";
export { heatMap, heatMapSpec, type HeatCell, type HeatMapOptions } from "./heat-map.ts";
export { confusionPlot, type ConfusionPlotOptions } from "./confusion-plot.ts";
export { barPlot, barPlotSpec, type Bar, type BarPlotOptions } from "./bar-plot.ts";
export { type FigureTitle } from "./figure-frame.ts";
export { svgToPng, type SvgToPngOptions } from "./svg-to-png.ts";
export { imageGrid, type GridRow, type ImageGridOptions } from "./image-grid.ts";
export { renderPage, type ReportFigure, type ReportPage, type ReportSection, type ReportTable } from "./page.ts";
export { csvTable, markdownTable, type Cell, type Table } from "./table.ts";
export { meanText, numberText, stepText } from "./number-text.ts";
export { contactSheet, type ContactSheetOptions } from "./contact-sheet.ts";
export { targetPanels, type TargetPanel } from "./target-panels.ts";
