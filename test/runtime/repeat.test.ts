/** Several steps of a program in one run: ONNX Loop. */
import { afterAll, describe, expect, test } from "vitest";
import { grad } from "../../src/graph/autodiff.ts";
import { hostTensor, type HostTensor } from "../../src/graph/dtype.ts";
import { constant, input, state } from "../../src/graph/leaf.ts";
import { program, type Program } from "../../src/graph/program.ts";
import { generator } from "../../src/random/generator.ts";
import { compile } from "../../src/runtime/compile.ts";
import { resolveDevice } from "../../src/runtime/device.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";

const device = resolveDevice({ device: "cpu", threads: 1 });
const random = generator(0, "test/repeat");
const normal = (...shape: number[]): HostTensor<"float32"> =>
  hostTensor("float32", shape, random.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))));

/** Momentum on a small regression; `scale` is a state that nothing updates, `shift` a constant. */
function momentumStep(): { step: Program; values: ReadonlyMap<string, HostTensor> } {
  const x = input("x", [8, 5]);
  const y = input("y", [8, 3]);
  const rate = input("rate", []);
  const weight = state("weight", [5, 3]);
  const moment = state("moment", [5, 3]);
  const scale = state("scale", [3]);
  const shift = constant(normal(3));
  const error = x.matmul(weight).mul(scale).add(shift).sub(y);
  const loss = error.mul(error).mean();
  const [gradient] = grad(loss, [weight]);
  if (gradient === undefined) throw new Error("the loss depends on the weight");
  const nextMoment = moment.mul(0.9).add(gradient);
  const step = program({
    outputs: { loss, error },
    updates: new Map([
      [moment, nextMoment],
      [weight, weight.sub(nextMoment.mul(rate))],
    ]),
  });
  return {
    step,
    values: new Map([
      ["weight", normal(5, 3)],
      ["moment", normal(5, 3)],
      ["scale", normal(3)],
    ]),
  };
}

const steps = 4;
const { step, values } = momentumStep();
const feeds = Array.from({ length: steps }, (_, i) => ({
  x: normal(8, 5),
  y: normal(8, 3),
  rate: hostTensor("float32", [], Float32Array.of(0.1 / (i + 1))),
}));
const stacked = Object.fromEntries(
  (["x", "y", "rate"] as const).map((name) => [
    name,
    hostTensor(
      "float32",
      [steps, ...feeds[0][name].shape],
      Float32Array.from(feeds.flatMap((feed) => [...feed[name].data])),
    ),
  ]),
);
const states: ResidentState[] = [];
const fresh = (): ResidentState => {
  const made = new ResidentState(device, values);
  states.push(made);
  return made;
};
afterAll(() => Promise.all(states.map((made) => made.dispose())));

describe("a program repeated in one run", () => {
  test("gives the bits of single runs: every output of every step, and the states after the last", async () => {
    const [one, all] = [fresh(), fresh()];
    await using single = await compile(step, { state: one });
    await using repeated = await compile(step, { state: all, repeat: steps });
    const outputs = await repeated.run(stacked);
    for (let i = 0; i < steps; i++) {
      for (const [name, { data }] of await single.run(feeds[i])) {
        const found = outputs.get(name)?.data as Float32Array;
        expect(found.subarray(i * data.length, (i + 1) * data.length), `${name}, step ${i}`).toEqual(data);
      }
    }
    expect(outputs.get("error")?.shape).toEqual([steps, 8, 3]);
    expect(await all.read()).toEqual(await one.read());
  });

  test("goes on from where single runs stopped, and they from it", async () => {
    const [one, both] = [fresh(), fresh()];
    await using single = await compile(step, { state: one });
    await using mixed = await compile(step, { state: both });
    await using repeated = await compile(step, { state: both, repeat: steps });
    for (const feed of [feeds[1], ...feeds, feeds[2]]) await single.run(feed);
    await mixed.run(feeds[1]);
    await repeated.run(stacked);
    await mixed.run(feeds[2]);
    expect(await both.read()).toEqual(await one.read());
  });

  test("leaves every state as it was when the run is refused", async () => {
    const all = fresh();
    const before = await all.read();
    await using repeated = await compile(step, { state: all, repeat: steps });
    await repeated.run(stacked, { accept: () => false });
    expect(await all.read()).toEqual(before);
  });

  test("says which shape a feed needs, and which number of steps there can be", async () => {
    const all = fresh();
    await using repeated = await compile(step, { state: all, repeat: steps });
    await expect(repeated.run(feeds[0])).rejects.toThrow("run: input x is float32 [4, 8, 5], got float32 [8, 5]");
    await expect(compile(step, { state: all, repeat: 0 })).rejects.toThrow(
      "a number of steps in one run, from 1; got 0",
    );
  });
});
