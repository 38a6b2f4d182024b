import { z } from "zod";
import type { HostTensor } from "../../../../src/graph/dtype.ts";
import { input } from "../../../../src/graph/leaf.ts";
import type { Tensor } from "../../../../src/graph/tensor.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { loadPretrained } from "../../../../src/models/load-pretrained.ts";
import { crossEntropy, softCrossEntropy } from "../../../../src/nn/losses/cross-entropy.ts";
import { parameters, prepare } from "../../../../src/nn/module.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { divide, type Division } from "../../../../src/systems/deep-incubation/division.ts";
import { hybridLogits } from "../../../../src/systems/deep-incubation/hybrid.ts";
import { assembleModules, moduleStates } from "../../../../src/systems/deep-incubation/module-states.ts";
import type { OfficialCase } from "../official-case.ts";
import { Vit } from "../../../../src/models/vit.ts";
import type { OfficialFamily, OfficialRun } from "../official-family.ts";
import { tappedFeatures } from "../tapped-features.ts";
import { smoothing } from "./eva-vit.ts";
import { vitOptions } from "./vit-arguments.ts";

const config = z
  .object({
    meta_depths: z.array(z.number()),
    depths: z.array(z.number()),
    qkv_bias: z.boolean().default(false),
    larger_img_size: z.number().optional(),
  })
  .loose();

type States = ReadonlyMap<string, HostTensor>;

/** Meta model, hybrids, the assembled model, and that at a larger resolution. */
export const deepIncubation: OfficialFamily = {
  fits: ({ official }) => official.classes.includes("module_incubation"),
  build(official) {
    const { meta_depths, depths, larger_img_size } = config.parse(official.config);
    const meta = staged(official, meta_depths);
    const hybrids = hybridFiles(official).map(({ file, target, depths: hybridDepths }) => {
      const hybrid = staged(official, hybridDepths);
      return { ...hybrid, target, states: loaded(hybrid, official, file) };
    });
    const modules = hybrids.map(({ target, network, division, states }) =>
      moduleStates(network, division, target, states),
    );
    const assembled = staged(official, depths);
    const flat = assembleModules(assembled.network, assembled.division, modules);
    const whole = loadPretrained(assembled.network, flat, checkpointLayouts.plain).states;
    const runs = [
      run(official, "meta", { ...meta, states: loaded(meta, official, "weights.pth") }),
      ...hybrids.map((hybrid) => run(official, `hybrid${hybrid.target}`, hybrid)),
      run(official, "assembled", { ...assembled, states: whole }),
    ];
    if (larger_img_size === undefined) return { runs };
    const larger = staged(official, depths, larger_img_size);
    const { states } = loadPretrained(larger.network, whole, checkpointLayouts["deep-incubation"]);
    const positions = states.get("pos_embed") as HostTensor; // a network with learned positions
    return {
      runs: [...runs, run(official, "larger", { ...larger, states })],
      results: new Map([["larger/out/pos_embed", positions]]),
    };
  },
};

/** A network as the official code divides it. */
interface Staged {
  readonly network: Vit;
  readonly division: Division;
}

function staged(official: OfficialCase, depths: readonly number[], imageSize?: number): Staged {
  const { qkv_bias } = config.parse(official.config);
  const options = vitOptions(official.config);
  const depth = depths.reduce((sum, blocks) => sum + blocks, 0);
  const size = imageSize ?? options.imageSize ?? 224;
  const network = prepare(new Vit({ ...options, qkvBias: qkv_bias, pool: "class", depth, imageSize: size }));
  return { network, division: divide([depth], depths) };
}

const loaded = ({ network }: Staged, official: OfficialCase, file: string): States =>
  loadPretrained(network, official.weights(file), checkpointLayouts["deep-incubation"]).states;

const hybridFiles = ({ json }: OfficialCase) =>
  z
    .array(
      z.object({ file: z.string(), target: z.number().optional(), depths: z.array(z.number()).optional() }).loose(),
    )
    .parse(json["weights"])
    .flatMap(({ file, target, depths }) =>
      target === undefined || depths === undefined ? [] : [{ file, target, depths }],
    );

function run(
  official: OfficialCase,
  name: string,
  { network, division, states, target = 0 }: Staged & { readonly states: States; readonly target?: number },
): OfficialRun {
  const own = (key: string): string =>
    official.names.includes(`${name}/in/${key}`) ? `${name}/in/${key}` : `in/${key}`;
  const isSoft = name.startsWith("hybrid");
  const feeds = { image: official.io(own("image")), target: official.io(own(isSoft ? "soft" : "label")) };
  const [image, expected] = Object.entries(feeds).map(([key, { shape, dtype }]) => input(key, shape, dtype));
  const { result: logits, features } = trace({ training: true }, () => hybridLogits(network, division, target, image));
  const outputs: Record<string, Tensor> = {
    [`${name}/out/logits`]: logits,
    ...tappedFeatures(official, features, { prefix: `${name}/` }),
  };
  if (!official.names.includes(`${name}/out/loss`)) return { outputs, states, feeds: { image: feeds.image } };
  const loss = isSoft
    ? softCrossEntropy(logits, expected)
    : crossEntropy(logits, expected, { labelSmoothing: smoothing(official, `${name}/out/loss`) });
  outputs[`${name}/out/loss`] = loss;
  const parameter = (stored: string): Tensor | undefined => flatParameter({ network, division }, stored);
  return { outputs, states, feeds, gradients: [{ prefix: `${name}/grad/`, of: loss, parameter }] };
}

/** Official gradients are named by the stages. */
function flatParameter({ network, division }: Staged, stored: string): Tensor | undefined {
  const match = /^stages\.(\d+)\.(.*)$/.exec(stored);
  if (match === null) return parameters(network).get(stored);
  return moduleStates(network, division, Number(match[1]), parameters(network)).get(match[2]);
}
