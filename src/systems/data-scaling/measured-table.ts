import { Swin } from "../../models/swin/swin.ts";
import { swinSize } from "../../models/swin/swin-sizes.ts";
import { parameterCount, prepare } from "../../nn/module.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { StudyContext } from "../../train/study.ts";
import type { MetricsLine } from "../../train/task.ts";
import { pointsOf } from "../../train/write-report.ts";
import { cellsOf, fineTuningId, milestoneOf, preTrainingId, trunkId, type CellPlace } from "./study-plan.ts";
import { studySizes, type StudySettings } from "./study-settings.ts";
import type { StudyCell, StudyTable } from "./study-table.ts";

/** What the finished runs of a study measured. A cell without its fine-tuning has no score yet, and is missing too. */
export function measuredTable(settings: StudySettings, context: StudyContext): StudyTable {
  const places = cellsOf(settings);
  const wanted = (place: CellPlace): boolean =>
    context.done(preTrainingId(place)) === undefined ||
    (settings.fineTuning.images > 0 && context.done(fineTuningId(place)) === undefined);
  const { data, images, lengths, sizes, batchSize } = settings;
  return {
    study: context.name,
    source: `${data.root ?? `the procedural world (seed ${data.seed})`}, 32 pixels, target normalised in windows of 11, fine-tuned on ${settings.fineTuning.images} labels`,
    sizes,
    data: images.map(String),
    lengths,
    batchSize,
    missing: places.filter(wanted).map(cellId),
    cells: places.flatMap((place) => measuredCell(settings, context, place) ?? []),
  };
}

const cellId = ({ size, images, length, seed }: CellPlace): string => `${size}-n${images}-t${length}-r${seed}`;

function measuredCell(settings: StudySettings, context: StudyContext, place: CellPlace): StudyCell | undefined {
  const run = context.done(preTrainingId(place));
  if (run === undefined) return undefined;
  const { size, images, length, seed } = place;
  const { metrics, cost } = run.readInfo();
  const lines = [...trunkLines(settings, context, place), ...run.metrics()];
  const curve = (name: string) => pointsOf(lines, name).map(([step, loss]) => ({ step, loss }));
  const accuracy = context.done(fineTuningId(place))?.readInfo().metrics["val/accuracy"];
  const validationLoss = metrics["val/loss"];
  const samples = length * settings.batchSize;
  return {
    id: cellId(place),
    ...{ size, data: String(images), images, length, seed },
    fraction: images / Math.max(...settings.images),
    trainLoss: lastTwentieth(run, length),
    trainEvalLoss: metrics["trainEval/loss"],
    validationLoss,
    validationSpread: metrics["val/lossSpread"],
    trivialLoss: validationLoss / (1 - metrics["val/gain"]),
    validationCurve: curve("val/loss"),
    trainEvalCurve: curve("trainEval/loss"),
    score: accuracy === undefined ? null : 100 * accuracy,
    parameters: encoderParameters(size),
    ...{ samples, epochs: samples / images, flops: cost.flops, seconds: cost.seconds },
  };
}

/** What the trunk measured before the cell's run branched off, which measures its start itself. */
function trunkLines(settings: StudySettings, context: StudyContext, place: CellPlace): MetricsLine[] {
  const trunk = settings.shareTrunk ? context.done(trunkId(place)) : undefined;
  return trunk === undefined ? [] : trunk.metrics().filter(({ step }) => step < milestoneOf(place.length));
}

/** Mean training loss over the last twentieth of a run. */
function lastTwentieth(run: RunDirectory, length: number): number | null {
  const losses = pointsOf(run.metrics(), "train/loss").filter(([step]) => step > 0.95 * length);
  return losses.length === 0 ? null : losses.reduce((sum, [, loss]) => sum + loss, 0) / losses.length;
}

/** Without mask token, decoder and head, as the published table counts. */
function encoderParameters(size: CellPlace["size"]): number {
  const options = { ...swinSize(studySizes[size]), imageSize: 32, patchSize: 2, window: 4, classes: 0 };
  return parameterCount(prepare(new Swin(options)));
}
