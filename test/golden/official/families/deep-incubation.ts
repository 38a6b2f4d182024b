import { z } from "zod";
import type { HostTensor } from "../../../../src/graph/dtype.ts";
import { input } from "../../../../src/graph/leaf.ts";
import type { Tensor } from "../../../../src/graph/tensor.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { loadPretrained } from "../../../../src/models/load-pretrained.ts";
import { crossEntropy, softCrossEntropy } from "../../../../src/nn/losses/cross-entropy.ts";
import { parameters, prepare } from "../../../../src/nn/module.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { assembleStages, splitStages, StagedVit } from "../../../../src/systems/deep-incubation/model.ts";
import type { OfficialCase } from "../official-case.ts";
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
      const network = staged(official, hybridDepths);
      return { target, network, states: loaded(network, official, file) };
    });
    const modules = hybrids.map(({ target, network, states }) => splitStages(states, network.depths)[target]);
    const assembled = staged(official, depths);
    const whole = loadPretrained(assembled, assembleStages(modules, depths), checkpointLayouts.plain).states;
    const runs = [
      run(official, "meta", meta, loaded(meta, official, "weights.pth")),
      ...hybrids.map(({ target, network, states }) => run(official, `hybrid${target}`, network, states, target)),
      run(official, "assembled", assembled, whole),
    ];
    if (larger_img_size === undefined) return { runs };
    const larger = staged(official, depths, larger_img_size);
    const { states } = loadPretrained(larger, whole, checkpointLayouts["deep-incubation"]);
    const positions = states.get("pos_embed") as HostTensor; // a network with learned positions
    return {
      runs: [...runs, run(official, "larger", larger, states)],
      results: new Map([["larger/out/pos_embed", positions]]),
    };
  },
};

function staged(official: OfficialCase, depths: readonly number[], imageSize?: number): StagedVit {
  const { qkv_bias } = config.parse(official.config);
  const options = vitOptions(official.config);
  return prepare(
    new StagedVit({ ...options, qkvBias: qkv_bias, depths, imageSize: imageSize ?? options.imageSize ?? 224 }),
  );
}

const loaded = (network: StagedVit, official: OfficialCase, file: string): States =>
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

function run(official: OfficialCase, name: string, network: StagedVit, states: States, target = 0): OfficialRun {
  const own = (key: string): string =>
    official.names.includes(`${name}/in/${key}`) ? `${name}/in/${key}` : `in/${key}`;
  const isSoft = name.startsWith("hybrid");
  const feeds = { image: official.io(own("image")), target: official.io(own(isSoft ? "soft" : "label")) };
  const [image, expected] = Object.entries(feeds).map(([key, { shape, dtype }]) => input(key, shape, dtype));
  const { result: logits, features } = trace({ training: true }, () => network.hybrid(image, target));
  const outputs: Record<string, Tensor> = {
    [`${name}/out/logits`]: logits,
    ...tappedFeatures(official, features, { prefix: `${name}/` }),
  };
  if (!official.names.includes(`${name}/out/loss`)) return { outputs, states, feeds: { image: feeds.image } };
  const loss = isSoft
    ? softCrossEntropy(logits, expected)
    : crossEntropy(logits, expected, { labelSmoothing: smoothing(official, `${name}/out/loss`) });
  outputs[`${name}/out/loss`] = loss;
  const parameter = (stored: string): Tensor | undefined => flatParameter(network, stored);
  return { outputs, states, feeds, gradients: [{ prefix: `${name}/grad/`, of: loss, parameter }] };
}

/** Official gradients are named by the stages. */
function flatParameter(network: StagedVit, stored: string): Tensor | undefined {
  const match = /^stages\.(\d+)\.(.*)$/.exec(stored);
  if (match === null) return parameters(network).get(stored);
  const before = network.depths.slice(0, Number(match[1])).reduce((sum, depth) => sum + depth, 0);
  const flat = match[2].replace(/^blocks\.(\d+)/, (_, block: string) => `blocks.${Number(block) + before}`);
  return parameters(network).get(flat);
}
