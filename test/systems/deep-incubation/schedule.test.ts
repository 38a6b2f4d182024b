import { expect, test } from "vitest";
import { incubationSchedule } from "../../../src/systems/deep-incubation/schedule.ts";

const options = { peak: 2e-3, warmupStart: 1e-6, minimum: 1e-5, updatesPerEpoch: 625 } as const;

test.each([
  [300, 20, 0, 1e-6],
  [300, 20, 1, 1e-6],
  [300, 20, 2, 1.0095e-4],
  [300, 20, 10, 9.0055e-4],
  [300, 20, 20, 1.90005e-3],
  [300, 20, 21, 1.978257e-3],
  [300, 20, 150, 1.015419e-3],
  [300, 20, 299, 1.021822e-5],
  [100, 20, 21, 1.809972e-3],
  [100, 20, 99, 1.196341e-5],
  [100, 0, 0, 2e-3],
  [100, 0, 1, 2e-3],
  [100, 0, 2, 1.999509e-3],
  [100, 0, 50, 1.036254e-3],
])("of %d epochs with %d of warm-up, epoch %d runs at %d, as released", (epochs, warmupEpochs, epoch, rate) => {
  const schedule = incubationSchedule({ ...options, epochs, warmupEpochs, by: "epoch" });
  for (const update of [625 * epoch, 625 * epoch + 624]) expect(schedule(update) / rate).toBeCloseTo(1, 6);
});

test("by step the curve is the same, on time, and moves in every update", () => {
  const [late, smooth] = (["epoch", "step"] as const).map((by) =>
    incubationSchedule({ ...options, epochs: 300, warmupEpochs: 20, by }),
  );
  for (const epoch of [0, 1, 10, 19, 20, 150, 298])
    expect(smooth(625 * epoch)).toBeCloseTo(late(625 * (epoch + 1)), 12);
  expect(smooth(1)).toBeGreaterThan(smooth(0));
});

test("a warm-up that is longer than the run is refused", () => {
  expect(() => incubationSchedule({ ...options, epochs: 10, warmupEpochs: 20, by: "epoch" })).toThrow(
    "schedule: updates is 10; it must be a number from 20",
  );
});
