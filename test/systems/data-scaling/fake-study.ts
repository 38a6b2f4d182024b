import type { StudyCell, StudyTable } from "../../../src/systems/data-scaling/study-table.ts";

const sizes = { S: 1, B: 2, L: 4 };
const images = { few: 32, many: 8192 };
const lengths = [400, 800, 1600];
const seeds = [0, 1];

/**
 * 36 invented cells, not measured ones: on `many` images the loss is E + A/N^p + B/T^q, on `few` it turns after 300 updates,
 * the earlier the larger the size. Curves at every sixteenth; the score falls with the loss.
 */
export function fakeStudy({ scores }: { readonly scores: boolean }): StudyTable {
  const cells = Object.keys(sizes).flatMap((size) =>
    Object.keys(images).flatMap((data) =>
      lengths.flatMap((length) => seeds.map((seed) => cell(size as Size, data as Data, length, seed, scores))),
    ),
  );
  return {
    study: "test/fake",
    source: "invented numbers",
    sizes: Object.keys(sizes),
    data: Object.keys(images),
    lengths,
    batchSize: 64,
    missing: [],
    cells,
  };
}

type Size = keyof typeof sizes;
type Data = keyof typeof images;

function cell(size: Size, data: Data, length: number, seed: number, scored: boolean): StudyCell {
  const lossAt = (step: number): number => {
    const base = 0.5 + 0.1 * sizes[size] ** -0.3 + 0.6 * Math.max(step, 10) ** -0.4 + 0.0004 * seed;
    return data === "many" ? base : base + 0.00004 * sizes[size] * Math.max(0, step - 300);
  };
  const steps = Array.from({ length: 16 }, (_, i) => ((i + 1) * length) / 16);
  const validationLoss = lossAt(length);
  return {
    ...{ id: `${size}-${data}-${length}-${seed}`, size, data, length, seed, validationLoss },
    fraction: images[data] / 8192,
    images: images[data],
    trainLoss: validationLoss - 0.01,
    trainEvalLoss: validationLoss - (data === "few" ? 0.0002 * length : 0.001),
    validationSpread: 0.0005,
    trivialLoss: 0.8,
    validationCurve: steps.map((step) => ({ step, loss: lossAt(step) })),
    trainEvalCurve: steps.map((step) => ({ step, loss: lossAt(step) - (data === "few" ? 0.0002 * step : 0.001) })),
    score: scored ? 90 - 50 * validationLoss + seed / 10 : null,
    parameters: sizes[size] * 1e6,
    samples: 64 * length,
    epochs: (64 * length) / images[data],
    flops: sizes[size] * length * 1e9,
    seconds: sizes[size] * length,
  };
}
