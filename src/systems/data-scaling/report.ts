import { latestPicture } from "../../downstream/run-pictures.ts";
import { linePlot } from "../../report/line-plot.ts";
import type { ReportFigure, ReportSection } from "../../report/page.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import { pointsOf } from "../../train/write-report.ts";

/** Sections of a pre-training's report: how it generalises, and what it fills in. */
export async function report(run: RunDirectory): Promise<readonly ReportSection[]> {
  return [...generalisation(run), ...pictures(run)];
}

function generalisation(run: RunDirectory): ReportSection[] {
  const lines = run.metrics();
  const series = ["val/loss", "trainEval/loss"]
    .map((name) => ({ name, points: pointsOf(lines, name) }))
    .filter(({ points }) => points.length > 0);
  const gain = pointsOf(lines, "val/gain");
  if (series.length === 0) return [];
  const figures: ReportFigure[] = [
    {
      svg: linePlot({ title: "Loss without augmentation", run: run.name, y: "mean absolute error", series }),
      alt: `Validation loss and loss on training images of ${run.name} against the step`,
      caption: "Same masks at every step. A gap that grows is over-fitting.",
    },
  ];
  if (gain.length > 0) {
    figures.push({
      svg: linePlot({
        title: "Gain over predicting 0",
        run: run.name,
        y: "1 − L/L₀",
        series: [{ name: "val/gain", points: gain }],
      }),
      alt: `Share of the trivial loss that ${run.name} removes, against the step`,
    });
  }
  return [
    {
      heading: "Masked prediction",
      text: "The loss is the mean absolute error over masked pixels and channels. It is comparable only between runs with the same target, image size and masks.",
      figures,
    },
  ];
}

function pictures(run: RunDirectory): ReportSection[] {
  const last = latestPicture(run, "reconstructions");
  if (last === undefined) return [];
  return [
    {
      heading: "Reconstructions",
      text: "Held-out images: image, what the network saw (masked squares grey), and the image with the masked part filled in. Where the target is locally normalised, the filled part takes mean and contrast of its surroundings from the true image: the network predicts structure, not brightness.",
      figures: [
        {
          png: last.png,
          alt: `Image, masked and reconstructed, of ${run.name} at step ${last.step}`,
          caption: `Step ${last.step}`,
        },
      ],
    },
  ];
}
