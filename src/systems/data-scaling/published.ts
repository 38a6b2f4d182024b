import type { StudyCell, StudyTable } from "./study-table.ts";

/** Swin V2 models of the study: width of the first stage, parameters of the backbone, 10⁹ multiply-adds at 192 pixels. */
const models = {
  S: { width: 96, parameters: 48_959_418, encoder: 6.74 },
  B: { width: 128, parameters: 86_893_816, encoder: 11.76 },
  L: { width: 192, parameters: 195_202_932, encoder: 25.96 },
  H: { width: 352, parameters: 655_210_922, encoder: 85.75 },
  g: { width: 448, parameters: 1_060_976_996, encoder: 138.27 },
} as const;

/** Images of each subset: all of ImageNet-1K and shares of it (how they were drawn is not published), ImageNet-22K. */
const subsets = {
  "1K 10%": { images: 128_117, fraction: 0.1 },
  "1K 20%": { images: 256_233, fraction: 0.2 },
  "1K 50%": { images: 640_584, fraction: 0.5 },
  "1K": { images: 1_281_167, fraction: 1 },
  "22K": { images: 14_200_000, fraction: null },
} as const;

type Size = keyof typeof models;
type Data = keyof typeof subsets;
type Three = readonly [number, number, number];

const lengths = [125_000, 250_000, 500_000] as const;
const batchSize = 2048;

/** Validation loss and fine-tuned top-1 (%) at the three lengths; MODELHUB of microsoft/Swin-Transformer, complete. */
const rows: readonly (readonly [Size, Data, loss: Three, score: Three])[] = [
  ["S", "1K 10%", [0.482, 0.4961, 0.5115], [82.69, 83.11, 83.17]],
  ["S", "1K 20%", [0.4751, 0.4722, 0.4734], [83.05, 83.56, 83.75]],
  ["S", "1K 50%", [0.4732, 0.4681, 0.4646], [83.04, 83.67, 83.96]],
  ["S", "1K", [0.4728, 0.4674, 0.4641], [82.92, 83.66, 84.08]],
  ["B", "1K 10%", [0.4822, 0.4997, 0.5112], [83.33, 83.6, 83.41]],
  ["B", "1K 20%", [0.4703, 0.4679, 0.4711], [83.86, 84.37, 84.61]],
  ["B", "1K 50%", [0.4683, 0.4633, 0.4598], [84.04, 84.57, 84.95]],
  ["B", "1K", [0.468, 0.4626, 0.4588], [84.13, 84.65, 85.04]],
  ["B", "22K", [0.4695, 0.4649, 0.4614], [84.11, 84.57, 85.11]],
  ["L", "1K 10%", [0.4995, 0.514, 0.515], [83.69, 83.66, 83.5]],
  ["L", "1K 20%", [0.4675, 0.4746, 0.496], [84.38, 84.71, 84.59]],
  ["L", "1K 50%", [0.4622, 0.4566, 0.453], [84.78, 85.38, 85.8]],
  ["L", "1K", [0.4611, 0.4552, 0.4507], [84.98, 85.45, 85.91]],
  ["L", "22K", [0.4649, 0.4586, 0.4536], [84.61, 85.39, 85.81]],
  ["H", "1K 20%", [0.4789, 0.5038, 0.5071], [84.35, 84.16, 83.44]],
  ["H", "1K 50%", [0.4549, 0.4511, 0.4559], [85.09, 85.64, 85.69]],
  ["H", "1K", [0.4531, 0.4464, 0.4416], [85.23, 85.9, 86.34]],
  ["H", "22K", [0.4564, 0.4499, 0.4444], [85.14, 85.86, 86.27]],
  ["g", "1K 50%", [0.4534, 0.4515, 0.4719], [85.44, 85.76, 85.51]],
  ["g", "1K", [0.4513, 0.4442, 0.4395], [85.57, 86.12, 86.46]],
  ["g", "22K", [0.4544, 0.4475, 0.4416], [85.39, 85.96, 86.53]],
];

/**
 * The published study as a table: 21 pairs of model and data, three lengths, 63 cells. Losses are those of the locally
 * normalised target on the ImageNet-1K validation set, also for ImageNet-22K. What was not published (training losses,
 * curves, seconds, the trivial loss) is null or empty.
 */
export const published: StudyTable = {
  study: "data-scaling/published",
  source:
    "On Data Scaling in Masked Image Modeling (arXiv 2206.04664): Swin V2 on ImageNet, as published in MODELHUB of microsoft/Swin-Transformer",
  sizes: Object.keys(models),
  data: Object.keys(subsets),
  lengths,
  batchSize,
  missing: [],
  cells: rows.flatMap(([size, data, losses, scores]) =>
    lengths.map((length, i) => cell({ size, data, length, validationLoss: losses[i], score: scores[i] })),
  ),
};

function cell(measured: {
  readonly size: Size;
  readonly data: Data;
  readonly length: number;
  readonly validationLoss: number;
  readonly score: number;
}): StudyCell {
  const { size, data, length } = measured;
  const { images, fraction } = subsets[data];
  const samples = length * batchSize;
  return {
    ...measured,
    id: `${size} on ${data}, ${length / 1000}k`,
    fraction,
    images,
    seed: null,
    trainLoss: null,
    trainEvalLoss: null,
    validationSpread: null,
    trivialLoss: null,
    validationCurve: [],
    trainEvalCurve: [],
    parameters: models[size].parameters,
    samples,
    epochs: samples / images,
    flops: flopsPerImage(size) * samples,
    seconds: null,
  };
}

/** 3 passes × 2 operations × (encoder + decoder); the decoder is a 1×1 convolution 8C → 3·32² on 6×6 (section 5). */
function flopsPerImage(size: Size): number {
  const { width, encoder } = models[size];
  return 6 * (encoder * 1e9 + 8 * width * 3072 * 36);
}
