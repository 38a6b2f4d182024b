import { latestPicture } from "../../downstream/run-pictures.ts";
import { linePlot } from "../../report/line-plot.ts";
import type { ReportSection } from "../../report/page.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import { pointsOf } from "../../train/write-report.ts";

/** Sections of a diffusion run's report: loss by noise level, and the last samples. */
export async function report(run: RunDirectory): Promise<readonly ReportSection[]> {
  return [...losses(run), ...samples(run)];
}

function losses(run: RunDirectory): ReportSection[] {
  const lines = run.metrics();
  const series = [1, 2, 3, 4, 5]
    .map((fifth) => ({
      name: `t from ${((fifth - 1) / 5).toFixed(1)} to ${(fifth / 5).toFixed(1)}`,
      points: pointsOf(lines, `val/lossFifth${fifth}`),
    }))
    .filter(({ points }) => points.length > 0);
  if (series.length === 0) return [];
  return [
    {
      heading: "Loss by noise level",
      text: "Held-out images with the same noise at every step; t is 0 without noise, 1 with nothing else. Moving averages of the weights.",
      figures: [
        {
          svg: linePlot({ title: "Noise prediction", run: run.name, y: "mean squared error", series }),
          alt: `Validation loss of ${run.name} by fifths of t, against the step`,
        },
      ],
    },
  ];
}

function samples(run: RunDirectory): ReportSection[] {
  const last = latestPicture(run, "samples");
  if (last === undefined) return [];
  return [
    {
      heading: "Samples",
      text: "From the same noise at every step of the run, so that grids of several steps show the same pictures becoming clear.",
      figures: [{ png: last.png, alt: `Samples of ${run.name} at step ${last.step}`, caption: `Step ${last.step}` }],
    },
  ];
}
