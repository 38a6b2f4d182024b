import { linePlot } from "../../report/line-plot.ts";
import type { ReportSection } from "../../report/page.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import { pointsOf } from "../../train/write-report.ts";

/** Sections of one phase's report. */
export async function report(run: RunDirectory): Promise<readonly ReportSection[]> {
  const points = pointsOf(run.metrics(), "val/accuracy");
  if (points.length === 0) return [];
  const svg = linePlot({
    title: "Accuracy on held-out images",
    run: run.name,
    y: "share",
    series: [{ name: "val/accuracy", points }],
  });
  return [{ heading: "Accuracy", figures: [{ svg, alt: `Accuracy of ${run.name} against the step` }] }];
}
