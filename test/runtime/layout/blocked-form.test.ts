import { describe, expect, test } from "vitest";
import type { HostTensor } from "../../../src/graph/dtype.ts";
import { grad } from "../../../src/graph/autodiff.ts";
import { input, state } from "../../../src/graph/leaf.ts";
import { program, type Program } from "../../../src/graph/program.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";
import { compile } from "../../../src/runtime/compile.ts";
import { resolveDevice } from "../../../src/runtime/device.ts";
import { blockSize } from "../../../src/runtime/layout/block-size.ts";
import type { ConvLayout } from "../../../src/runtime/layout/layout-for.ts";
import { ResidentState } from "../../../src/runtime/resident-state.ts";
import { initialValues, noise, residualNetwork, stack, uNetwork, type Network } from "./networks.ts";

const device = resolveDevice({ device: "cpu", threads: 1 });
const block = await blockSize();

const networks: Record<string, () => Network> = {
  "a residual network with batch norm": () => residualNetwork(),
  "a U-Net with group norm": () => uNetwork(),
  "a stack of convolutions": () => stack(),
};

function lossOf({ y }: Network): Tensor {
  const difference = y.sub(input("target", y.shape));
  return difference.mul(difference).mean();
}

const feedsOf = ({ x, y }: Network) => ({ x: noise(x.shape, 1001), target: noise(y.shape, 1002) });

/** ‖a − b‖/‖b‖ */
function difference(a: HostTensor | undefined, b: HostTensor | undefined): number {
  const [x, y] = [a, b].map((tensor) => Array.from(tensor!.data as Float32Array));
  const norm = (values: number[]): number => Math.hypot(...values);
  return norm(x!.map((value, i) => value - y![i]!)) / norm(y!);
}

async function gradients(network: Network, convLayout: ConvLayout): Promise<Map<string, HostTensor>> {
  const loss = lossOf(network);
  const names = [...network.parameters.keys()];
  const found = grad(loss, [...network.parameters.values()]);
  const outputs = Object.fromEntries(found.map((tensor, i) => [`d ${names[i]}`, tensor]));
  const resident = new ResidentState(device, initialValues(network));
  await using step = await compile(program({ outputs: { loss, y: network.y, ...outputs } }), {
    state: resident,
    convLayout,
  });
  return await step.run(feedsOf(network)); // before the session is disposed of
}

/** Momentum, which is state of the weights' layout. */
function trainingProgram(network: Network): { program: Program; moments: Map<string, HostTensor> } {
  const updates = new Map<Tensor, Tensor>();
  const moments = new Map<string, HostTensor>();
  const loss = lossOf(network);
  const names = [...network.parameters.keys()];
  const gradients = grad(loss, [...network.parameters.values()]);
  const norm = gradients // over all, as clipping needs it: rows first
    .map((g) => g.reshape([g.shape[0]!, -1]))
    .map((rows) => rows.mul(rows).sum(1).sum())
    .reduce((a, b) => a.add(b))
    .sqrt();
  gradients.forEach((unclipped, i) => {
    const gradient = unclipped.div(norm.add(1));
    const parameter = network.parameters.get(names[i]!)!;
    const moment = state(`m/${names[i]}`, parameter.shape);
    moments.set(`m/${names[i]}`, noise(parameter.shape, 7, 0));
    const next = moment.mul(0.9).add(gradient);
    updates.set(moment, next);
    updates.set(parameter, parameter.sub(next.mul(0.002)));
  });
  return { program: program({ outputs: { loss, norm }, updates }), moments };
}

describe.skipIf(block === 1)(`blocked form, block ${block}`, () => {
  test.each(Object.entries(networks))("%s: value and gradients are those of the plain form", async (_name, build) => {
    const [plain, blocked] = [await gradients(build(), "plain"), await gradients(build(), "auto")];
    const worst = [...plain.keys()].map((name) => [difference(blocked.get(name), plain.get(name)), name] as const);
    expect(worst.filter(([error]) => !(error < 2e-5))).toEqual([]);
  });

  test.each(Object.entries(networks))(
    "%s: steps of training leave the plain form's parameters",
    async (_name, build) => {
      const results = [];
      for (const convLayout of ["plain", "auto"] as const) {
        const network = build();
        const { program, moments } = trainingProgram(network);
        const resident = new ResidentState(device, new Map([...initialValues(network), ...moments]));
        await using step = await compile(program, { state: resident, convLayout });
        for (let i = 0; i < 3; i++) await step.run(feedsOf(network));
        results.push(await resident.read());
      }
      const [plain, blocked] = results;
      for (const [name, value] of plain!) expect(difference(blocked!.get(name), value), name).toBeLessThan(1e-5);
    },
  );
});
