import type { Pixels } from "../../formats/png.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { imageGrid, type GridRow } from "../../report/image-grid.ts";
import type { Evaluation, EvaluationResult } from "../../train/task.ts";
import { condensedSetFile, encodeCondensedSet, formatIndices } from "./condensed-set.ts";
import { type NoiseScores, noiseScores, type SuspectLabel, suspectLabels } from "./label-noise.ts";
import type { CondensationMemory, StageRecord } from "./memory.ts";
import { type EpochPlan, visitsRatio } from "./stages.ts";
import type { TrainingImages } from "./training-images.ts";

/** What eval/condensation.json holds: everything the report draws. */
export interface CondensationData {
  readonly points: number;
  readonly classNames: readonly string[];
  readonly stages: readonly StageRecord[];
  readonly suspects: readonly SuspectLabel[];
  readonly noise: NoiseScores;
}

export interface CondensationParts {
  readonly memory: CondensationMemory;
  readonly images: TrainingImages;
  /** Images before any mixing, by number. */
  original(point: number): Uint8Array;
  readonly plan: EpochPlan;
  readonly pictures: number;
}

/**
 * At the end of a run: how the set shrank, `condensation/visitsRatio`, `/kept`, `/reEntered` and `/milliseconds` (of this
 * process), galleries, labels that may be wrong, and the condensed set as files.
 */
export function condensationResult(parts: CondensationParts): Evaluation {
  return {
    name: "condensation",
    every: undefined,
    run: () => Promise.resolve(resultOf(parts)),
  };
}

function resultOf({ memory, images, original, plan, pictures }: CondensationParts): EvaluationResult {
  const { kept, mixes } = memory.condenser;
  const { height, width } = images.source;
  const points = images.labels.length;
  const suspects = suspectLabels(memory, images);
  const data: CondensationData = {
    points,
    classNames: images.dataset.classNames,
    stages: memory.stages,
    suspects,
    noise: noiseScores(suspects, images),
  };
  const mixed = hostTensor("uint8", [points, height, width, 3], Uint8Array.from(images.pixels));
  return {
    metrics: {
      "condensation/kept": kept.length,
      "condensation/visitsRatio": visitsRatio(plan, points),
      "condensation/reEntered": memory.stages.reduce((sum, { reEntered }) => sum + reEntered, 0),
      "condensation/milliseconds": memory.milliseconds,
    },
    data,
    images: {
      ...gallery({ memory, images, original, plan, pictures }),
      ...sheet(suspects.slice(0, 4 * pictures), images, original),
    },
    files: {
      [condensedSetFile]: encodeCondensedSet({ kept, pixels: mixes.length === 0 ? undefined : mixed }),
      "condensed-set.txt": new TextEncoder().encode(formatIndices(kept)),
      "suspect-labels.csv": new TextEncoder().encode(csv(suspects)),
    },
  };
}

const picture = ({ source }: TrainingImages, data: Uint8Array): Pixels => ({
  width: source.width,
  height: source.height,
  channels: 3,
  data,
});

const now = (images: TrainingImages, point: number): Uint8Array =>
  images.pixels.slice(point * images.bytes, (point + 1) * images.bytes);

/** Most and least valuable points of the last stage, mixed images beside their sources, points that came back. */
function gallery({ memory, images, original, pictures }: CondensationParts): Record<string, Uint8Array> {
  const last = memory.stages.at(-1);
  if (last === undefined) return {};
  const of = (points: readonly number[], from: (point: number) => Uint8Array): Pixels[] =>
    points.slice(0, pictures).map((point) => picture(images, from(point)));
  const current = (point: number): Uint8Array => now(images, point);
  const mixed = memory.stages.findLast(({ examples }) => examples.border.length > 0)?.examples;
  const back = memory.stages.flatMap(({ examples }) => examples.reEntered);
  const rows: GridRow[] = [
    { caption: "most valuable", images: of(last.examples.most, original) },
    { caption: "least valuable kept", images: of(last.examples.least, original) },
    { caption: "kept, before mixing", images: of(mixed?.border ?? [], original) },
    { caption: "what is mixed in", images: of(mixed?.lost ?? [], original) },
    { caption: "mixed", images: of(mixed?.border ?? [], current) },
    { caption: "came back", images: of(back, original) },
  ].filter((row) => row.images.length > 0);
  return rows.length === 0 ? {} : { "valuable-points": imageGrid({ rows }) };
}

/** Images whose labels may be wrong, four in a row of captions. */
function sheet(
  suspects: readonly SuspectLabel[],
  images: TrainingImages,
  original: (point: number) => Uint8Array,
): Record<string, Uint8Array> {
  if (suspects.length === 0) return {};
  const byLabel = new Map<string, SuspectLabel[]>();
  for (const suspect of suspects) {
    const caption = `${suspect.label}: teacher says ${suspect.teacher}`;
    byLabel.set(caption, [...(byLabel.get(caption) ?? []), suspect]);
  }
  const rows = [...byLabel].slice(0, 24).map(([caption, some]) => ({
    caption,
    images: some.slice(0, 8).map(({ index }) => picture(images, original(index))),
  }));
  return { "suspect-labels": imageGrid({ rows }) };
}

function csv(suspects: readonly SuspectLabel[]): string {
  const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = suspects.map(({ index, name, label, teacher, value, probability, visits }) =>
    [index, quoted(name), quoted(label), quoted(teacher), value.toFixed(4), probability.toFixed(4), visits].join(","),
  );
  return ["index,name,label,teacher,value,probability,visits", ...lines, ""].join("\n");
}
