import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { memorySource } from "../../src/files/byte-source.ts";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import type { HostTensor } from "../../src/graph/dtype.ts";
import { input } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";
import { prepare, Module } from "../../src/nn/module.ts";
import { Parameter } from "../../src/nn/parameter.ts";
import { zeros } from "../../src/nn/initialisers.ts";
import { adam, adamw } from "../../src/optim/adam.ts";
import type { Optimiser } from "../../src/optim/optimiser.ts";
import { sgd } from "../../src/optim/sgd.ts";
import { compile } from "../../src/runtime/compile.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";
import { oneThread, relativeError } from "../nn/evaluate.ts";

const folder = new URL("../../../shared/golden/", import.meta.url);
const found = existsSync(folder);

interface Case {
  readonly attrs: {
    readonly lr: number;
    readonly betas?: [number, number];
    readonly eps?: number;
    readonly momentum?: number;
    readonly nesterov?: boolean;
    readonly weight_decay?: number;
  };
  readonly steps: number;
}

const cases = found
  ? (JSON.parse(readFileSync(new URL("ops.json", folder), "utf8")) as { optimisers: Record<string, Case> }).optimisers
  : {};

function optimiserOf(
  name: string,
  { betas = [0.9, 0.999], eps = 1e-8, momentum = 0, nesterov = false }: Case["attrs"],
) {
  const options = { beta1: betas[0], beta2: betas[1], epsilon: eps };
  const known: Record<string, () => Optimiser> = {
    adamw: () => adamw(options),
    adam: () => adam(options),
    sgd: () => sgd({ momentum, nesterov }),
  };
  return (known[name.split("_")[0]] as () => Optimiser)();
}

class One extends Module {
  readonly w: Parameter;
  constructor(shape: readonly number[]) {
    super();
    this.w = new Parameter(shape, zeros);
  }
}

describe.skipIf(!found)("against PyTorch (needs ../shared/golden)", () => {
  const stored = found
    ? parseSafetensors(memorySource(readFileSync(new URL("ops.safetensors", folder)), "ops.safetensors"))
    : undefined;
  const read = (key: string): HostTensor<"float32"> => stored?.tensors.get(key)?.load() as HostTensor<"float32">;

  test.each(Object.entries(cases))("%s walks the same path for all steps", async (name, { attrs, steps }) => {
    const first = read(`optim/${name}/p0`);
    const { w } = prepare(new One(first.shape));
    const gradient = input("g", first.shape);
    const groups = [{ parameters: [w], lrScale: 1, weightDecay: attrs.weight_decay ?? 0 }];
    const { updates, states, scalars } = optimiserOf(name, attrs).build(groups, new Map([[w, gradient]]));
    const state = new ResidentState(oneThread, new Map([["w", first], ...states]));
    await using step = await compile(program({ updates }), { state });
    for (let k = 0; k < steps; k++) {
      await step.run({ g: read(`optim/${name}/g${k}`), ...scalars(k, attrs.lr) });
      const { data } = (await state.read(["w"])).get("w") as HostTensor<"float32">;
      expect(relativeError(data, read(`optim/${name}/p${k + 1}`).data)).toBeLessThan(1e-6);
    }
  });
});
