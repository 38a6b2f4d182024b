import { z } from "zod";
import type { HostTensor } from "../../../../src/graph/dtype.ts";
import { input } from "../../../../src/graph/leaf.ts";
import type { CheckpointLayout } from "../../../../src/models/checkpoint-layouts/checkpoint-layout.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { loadPretrained } from "../../../../src/models/load-pretrained.ts";
import { Vit } from "../../../../src/models/vit.ts";
import { crossEntropy } from "../../../../src/nn/losses/cross-entropy.ts";
import { parameters, prepare } from "../../../../src/nn/module.ts";
import { trace } from "../../../../src/nn/trace.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily, OfficialRun } from "../official-family.ts";
import { tappedFeatures } from "../tapped-features.ts";
import { evaOptions, smoothing } from "./eva-vit.ts";
import { distilledOptions } from "./vit-arguments.ts";

/** Pre-trained ViTs loaded into classifiers of another resolution, each by the rules of its loader. */
export const vitLoads: OfficialFamily = {
  fits: ({ config, official }) => "pretrained" in config && official.classes.includes("VisionTransformer"),
  build(official) {
    const { network, layout } = classifierOf(official);
    const weights = loadPretrained(network, official.weights(), layout, { strict: false });
    const states = new Map<string, HostTensor>(weights.states);
    for (const [name, tensor] of official.weights("rest.pth")) states.set(name, tensor.load({ widen: true }));
    return { runs: [classification(official, network, states)], results: converted(official, states) };
  },
};

function classifierOf(official: OfficialCase): { network: Vit; layout: CheckpointLayout } {
  const { classifier, model, norm_eps } = z
    .object({
      classifier: z.looseObject({}).optional(),
      model: z.unknown().optional(),
      norm_eps: z.number().optional(),
    })
    .loose()
    .parse(official.config);
  if (classifier === undefined) {
    return { network: prepare(new Vit(distilledOptions(model))), layout: checkpointLayouts["vit-distilled"] };
  }
  const options = evaOptions({ stop_grad_conv1: true, ...classifier, norm_eps });
  const isShared = options.relativePositions?.of === "model";
  return { network: prepare(new Vit(options)), layout: checkpointLayouts[isShared ? "eva" : "eva-classifier"] };
}

function classification(official: OfficialCase, network: Vit, states: ReadonlyMap<string, HostTensor>): OfficialRun {
  const has = (name: string): boolean => official.names.includes(name);
  const keys = ["image", "label"].filter((key) => has(`in/${key}`));
  const feeds = Object.fromEntries(keys.map((key) => [key, official.io(`in/${key}`)]));
  const [image, label] = keys.map((key) => input(key, feeds[key].shape, feeds[key].dtype));
  const { result: logits, features } = trace({}, () => network.forward(image));
  const outputs = { "out/logits": logits, ...tappedFeatures(official, features) };
  if (!has("out/loss")) return { outputs, states, feeds };
  const loss = crossEntropy(logits, label, { labelSmoothing: smoothing(official, "out/loss") });
  const parameter = (name: string) => (name === "in/image" ? image : parameters(network).get(name));
  return {
    outputs: { ...outputs, "out/loss": loss },
    states,
    feeds,
    gradients: [{ prefix: "grad/", of: loss, parameter }],
  };
}

/** What the case stores of the conversion alone. */
function converted({ names }: OfficialCase, states: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const prefix = "out/converted/";
  const stored = names.filter((name) => name.startsWith(prefix));
  return new Map(
    stored.flatMap((name) => {
      const value = states.get(name.slice(prefix.length));
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
