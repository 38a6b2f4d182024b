import fc from "fast-check";
import { expect, test } from "vitest";
import { constantSchedule, cosineSchedule, lagByOne, multiStepSchedule, perEpoch } from "../../src/optim/schedules.ts";

test("multi-step with warm-up gives the published SimMIM schedule (data-scaling oracle 2)", () => {
  const rate = multiStepSchedule({ peak: 4e-4, warmupStart: 2e-6, warmupUpdates: 6250, milestones: [437_500] });
  const expected: [number, number][] = [
    [0, 2e-6],
    [1, 2.06368e-6],
    [3125, 2.01e-4],
    [6249, 3.9993632e-4],
    [6250, 4e-4],
    [437_499, 4e-4],
    [437_500, 4e-5],
  ];
  for (const [update, value] of expected) expect(rate(update) / value).toBeCloseTo(1, 8);
});

test("cosine with warm-up gives the published fine-tuning schedule (data-scaling oracle 3)", () => {
  const rate = cosineSchedule({
    peak: 5e-3,
    minimum: 1e-6,
    warmupStart: 1e-6,
    warmupUpdates: 12_500,
    updates: 62_500,
  });
  const expected: [number, number][] = [
    [0, 1e-6],
    [6250, 2.5005e-3],
    [12_500, 5e-3],
    [37_500, 2.5005e-3],
    [62_500, 1e-6],
  ];
  for (const [update, value] of expected) expect(rate(update) / value).toBeCloseTo(1, 8);
  expect(rate(70_000)).toBe(1e-6);
});

test("a cosine from the start jumps down at the end of the warm-up", () => {
  const rate = cosineSchedule({ peak: 1, warmupUpdates: 50, updates: 100, cosineFrom: "start" });
  expect(rate(49)).toBeCloseTo(0.98, 12);
  expect(rate(50)).toBeCloseTo(0.5, 12); // ½(1 + cos π/2)
});

test("the lag repeats the first value and then runs one update behind", () => {
  const rate = lagByOne((t) => t);
  expect([0, 1, 2, 3].map(rate)).toEqual([0, 0, 1, 2]);
});

test("per epoch the rate changes at epoch starts only", () => {
  const rate = perEpoch((t) => t, 4);
  expect([0, 3, 4, 7, 8].map(rate)).toEqual([0, 0, 4, 4, 8]);
});

test("every schedule stays between its ends and falls after the warm-up", () => {
  const lengths = fc.record({ warmup: fc.integer({ min: 0, max: 50 }), rest: fc.integer({ min: 1, max: 200 }) });
  fc.assert(
    fc.property(lengths, fc.double({ min: 1e-6, max: 1, noNaN: true }), ({ warmup, rest }, peak) => {
      const warmUp = { peak, warmupUpdates: warmup, warmupStart: peak / 100 };
      const updates = warmup + rest;
      for (const rate of [
        cosineSchedule({ ...warmUp, updates, minimum: peak / 1000 }),
        multiStepSchedule({ ...warmUp, milestones: [warmup + Math.floor(rest / 2)] }),
        constantSchedule(warmUp),
      ]) {
        for (let t = 0; t <= updates; t++) {
          expect(rate(t)).toBeGreaterThan(0);
          expect(rate(t)).toBeLessThanOrEqual(peak * (1 + 1e-12));
          if (t > warmup) expect(rate(t)).toBeLessThanOrEqual(rate(t - 1) * (1 + 1e-12));
        }
      }
    }),
    { numRuns: 30 },
  );
});

test("a negative or missing number is refused by name", () => {
  expect(() => constantSchedule({ peak: -1 })).toThrow("schedule: peak is -1; it must be a number from 0");
  expect(() => cosineSchedule({ peak: 1, updates: 10, warmupUpdates: 20 })).toThrow("schedule: updates is 10");
  expect(() => multiStepSchedule({ peak: NaN, milestones: [] })).toThrow("schedule: peak is NaN");
});
