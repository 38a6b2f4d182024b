import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostTensor } from "../../../src/graph/dtype.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program } from "../../../src/graph/program.ts";
import { compile } from "../../../src/runtime/compile.ts";
import { Condenser } from "../../../src/systems/knowledge-condensation/condenser.ts";
import { applyMixes, mixInto, mixingWeight } from "../../../src/systems/knowledge-condensation/mixing.ts";
import { ranking, score } from "../../../src/systems/knowledge-condensation/ranking.ts";
import { scheduleOf } from "../../../src/systems/knowledge-condensation/method.ts";
import { EpochPlan, epochSizes, keptAfter, visitsRatio } from "../../../src/systems/knowledge-condensation/stages.ts";
import { entropy } from "../../../src/systems/knowledge-condensation/value-estimates.ts";

/** Sizes after each of `times` condensations. */
function sizes(count: number, keep: number, times: number): number[] {
  const list: number[] = [];
  let size = count;
  for (let i = 0; i < times; i++) list.push((size = keptAfter(size, { count, keep })));
  return list;
}

describe("stages", () => {
  test.each([
    [50000, 0.7, [47500, 45000, 42500, 40000, 37500, 35000, 35000]],
    [50000, 0.5, [45834, 41668, 37502, 33336, 29170, 25004, 25000]],
    [20000, 0.7, [19000, 18000, 17000, 16000, 15000, 14000]],
    [10000, 0.7, [9500, 9000, 8500, 8000, 7500, 7000]],
    [5000, 0.7, [4750, 4500, 4250, 4000, 3750, 3500]],
    [300, 1, [300, 300]],
  ])("%i points at ρ = %d shrink as in the specification", (count, keep, expected) => {
    expect(sizes(count, keep, expected.length)).toEqual(expected);
  });

  test("at ρ = 0.8 fifty thousand points pass 40,004 and stay at 40,000", () => {
    expect(sizes(50000, 0.8, 7).slice(-2)).toEqual([40004, 40000]);
  });

  test("six equal stages at ρ = 0.7 make exactly 0.875 of the visits, in 164,200 steps of 64", () => {
    const options = { count: 50000, keep: 0.7, epochsPerStage: 40 };
    const plan = new EpochPlan(epochSizes(240, 50000, options), 64);
    expect(visitsRatio(plan, 50000)).toBe(0.875);
    expect(plan.steps).toBe(164200);
    expect([0, 40, 80, 120, 160, 200].map((epoch) => plan.startOf(epoch + 1) - plan.startOf(epoch))).toEqual([
      782, 743, 704, 665, 625, 586,
    ]);
  });

  test("every place of every epoch is in one batch, and its epoch is found back", () => {
    const plan = new EpochPlan([10, 10, 7, 7, 1], 4);
    const seen = new Map<number, number>();
    for (let step = 0; step < plan.steps; step++) {
      const { epoch, from, to } = plan.places(step);
      expect(to).toBeGreaterThan(from);
      seen.set(epoch, (seen.get(epoch) ?? 0) + to - from);
    }
    expect([...seen.values()]).toEqual([10, 10, 7, 7, 1]);
  });

  test("the learning rate falls behind epochs 150, 180 and 210 of 240", () => {
    const plan = new EpochPlan(new Array<number>(240).fill(2), 1);
    const optimiser = { learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4, milestones: [0.625, 0.75, 0.875] };
    const distiller = { name: "kd", weights: {}, temperature: 4, negatives: 1, hintLayer: 2, phase: "distil" } as const;
    const rate = scheduleOf({ optimiser, epochs: 240, distiller }, plan);
    const ofEpoch = (epoch: number): number => rate(2 * epoch - 1);
    [0.05, 0.05, 0.005, 0.005, 5e-4, 5e-4, 5e-5].forEach((wanted, i) =>
      expect(ofEpoch([1, 150, 151, 180, 181, 210, 211][i])).toBeCloseTo(wanted, 12),
    );
  });
});

describe("mixing", () => {
  test("weights are 1, 0.925, 0.85, 0.775 for four and reach 0.70012 for 2500", () => {
    [1, 0.925, 0.85, 0.775].forEach((weight, j) => expect(mixingWeight(j, 4)).toBeCloseTo(weight, 6));
    expect(mixingWeight(0, 2500)).toBe(1);
    expect(mixingWeight(1, 2500)).toBeCloseTo(0.99988, 6);
    expect(mixingWeight(2499, 2500)).toBeCloseTo(0.70012, 6);
  });

  test.each([
    [201, 10, [201, 186, 172, 158]],
    [255, 0, [255, 235, 216, 197]],
    [37, 211, [37, 50, 63, 76]],
    [100, 50, [100, 96, 92, 88]],
  ])("%i with %i becomes %j, truncated", (kept, lost, expected) => {
    const mixed = [0, 1, 2, 3].map((j) => {
      const pixel = Uint8Array.of(kept);
      mixInto(pixel, Uint8Array.of(lost), mixingWeight(j, 4));
      return pixel[0];
    });
    expect(mixed).toEqual(expected);
  });

  test("touches the border's pixels and no others", () => {
    const pixels = Uint8Array.of(200, 200, 10, 10, 100, 100);
    applyMixes(pixels, 2, { border: Int32Array.of(0), lost: Int32Array.of(1) });
    expect([...pixels]).toEqual([200, 200, 10, 10, 100, 100]); // the first of a border keeps its pixels
    applyMixes(pixels, 2, { border: Int32Array.of(2, 0), lost: Int32Array.of(1, 1) });
    expect([...pixels]).toEqual([171, 171, 10, 10, 100, 100]);
  });
});

describe("ranking", () => {
  test("favours many visits by (visits/40)^0.03", () => {
    [1.02101, 1.03351, 1.04247, 1.04947, 1.05522].forEach((factor, i) =>
      expect(score(40 * (i + 2), 40 * (i + 2))).toBeCloseTo(factor, 5),
    );
    expect(score(80 * 0.99, 80)).toBeCloseTo(1.0108, 4);
    expect(score(80 * 0.97, 80)).toBeLessThan(score(40, 40));
  });

  test("points without visits or with NaN stand last, whatever is ranked by", () => {
    const scored = { sums: Float64Array.of(0, NaN, 1, 3), visits: Int32Array.of(0, 2, 2, 2) };
    expect([...ranking(scored, "entropy", 0).slice(0, 2)]).toEqual([3, 2]);
    expect([...ranking(scored, "low-entropy", 0).slice(0, 2)]).toEqual([2, 3]);
    expect([...ranking(scored, "random", 1)]).toEqual([...ranking(scored, "random", 1)]);
  });

  test("a value of exactly 0 is a visit", () => {
    const condenser = new Condenser({ count: 4, keep: 0.5, epochsPerStage: 1, by: "entropy", mix: true, seed: 0 });
    condenser.observe(2, 0);
    expect(ranking(condenser, "entropy", 0)[0]).toBe(2);
  });
});

describe("condenser", () => {
  const options = { keep: 0.5, epochsPerStage: 1, by: "entropy", seed: 0 } as const;

  test("keeps no point twice, and lost points are not kept; what fell out may come back", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 12, max: 60 }),
        fc.infiniteStream(fc.double({ min: 0, max: 2, noNaN: true })),
        (count, stream) => {
          const condenser = new Condenser({ ...options, count, mix: true });
          for (let epoch = 1; epoch <= 8; epoch++) {
            for (const point of condenser.kept) condenser.observe(point, stream.next().value);
            const done = condenser.endEpoch(epoch);
            const kept = new Set(condenser.kept);
            expect(kept.size).toBe(condenser.kept.length);
            expect([...(done?.mixes.lost ?? [])].some((point) => kept.has(point))).toBe(false);
            expect(done?.before).toBeGreaterThanOrEqual(condenser.kept.length);
            expect([...condenser.kept.slice(condenser.kept.length - (done?.mixes.border.length ?? 0))]).toEqual([
              ...(done?.mixes.border ?? []),
            ]);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test("with nothing left to drop it mixes nothing, where the released code fails", () => {
    const condenser = new Condenser({ ...options, count: 6, keep: 1, mix: true });
    for (let i = 0; i < 6; i++) condenser.observe(i, i);
    expect(condenser.endEpoch(1)).toMatchObject({ before: 6, after: 6 });
    expect(condenser.mixes).toEqual([]);
  });

  test("a warm-up puts the first condensation off", () => {
    const condenser = new Condenser({ ...options, count: 12, epochsPerStage: 2, warmupEpochs: 4, mix: false });
    expect([1, 2, 3].map((epoch) => condenser.endEpoch(epoch))).toEqual([undefined, undefined, undefined]);
    expect(condenser.endEpoch(4)).toMatchObject({ before: 12, after: 11 });
  });
});

test("entropies: uniform ln 100, (1, 2, 3) 0.832396, one-hot 0 and never NaN", async () => {
  const rows = [
    new Array<number>(100).fill(0),
    [1, 2, 3, ...new Array<number>(97).fill(-1e4)],
    [1e4, ...new Array<number>(99).fill(-1e4)],
  ];
  const values = entropy(input("logits", [3, 100]));
  await using executable = await compile(program({ outputs: { values } }), { threads: 1 });
  const outputs = await executable.run({ logits: hostTensor("float32", [3, 100], Float32Array.from(rows.flat())) });
  const [uniform, ascending, certain] = outputs.get("values")?.data as Float32Array;
  expect(uniform).toBeCloseTo(4.60517, 5);
  expect(ascending).toBeCloseTo(0.832396, 5);
  expect(certain).toBeCloseTo(0, 6);
});
