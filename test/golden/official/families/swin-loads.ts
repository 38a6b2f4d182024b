import type { HostTensor } from "../../../../src/graph/dtype.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { type CheckpointLayout, mapNames } from "../../../../src/models/checkpoint-layouts/checkpoint-layout.ts";
import { loadPretrained } from "../../../../src/models/load-pretrained.ts";
import { Swin } from "../../../../src/models/swin/swin.ts";
import { parameters, prepare } from "../../../../src/nn/module.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily } from "../official-family.ts";
import { classification, isFrom, swinOptions } from "./swin.ts";

/** Official checkpoints loaded into classifiers of another size or kind, each by the rule of its loader. */
export const swinLoads: OfficialFamily = {
  fits: (official) => "pretrained" in official.config && layoutOf(official) !== undefined,
  build(official) {
    const layout = layoutOf(official) ?? checkpointLayouts.swin; // `fits` has found one
    const version = official.official.classes.includes("SwinTransformerV2") ? 2 : 1;
    const network = prepare(new Swin(swinOptions(version, official.config["model"])));
    const { states } = loadPretrained(network, official.weights(), layout, { strict: false });
    if (hasRest(official)) for (const [name, tensor] of official.weights("rest.pth")) states.set(name, tensor.load());
    const ours = parameters(network);
    const parameter = (name: string) => {
      const [renamed] = mapNames(layout, [name]).names.keys();
      return renamed === undefined ? undefined : ours.get(renamed);
    };
    const results = converted(official, states);
    return { runs: [classification(network, official, { states, parameter })], results };
  },
};

/** Whether a file holds what the checkpoint does not give. */
const hasRest = ({ json }: OfficialCase): boolean =>
  (json["weights"] as readonly { file: string | null }[]).some(({ file }) => file === "rest.pth"); // the manifest's own field

/** The layout of the loader that the case ran. */
function layoutOf(official: OfficialCase): CheckpointLayout | undefined {
  if (!official.official.classes.some((name) => name.startsWith("SwinTransformer"))) return undefined;
  if (isFrom(official, "SwinTransformer/Feature-Distillation")) return checkpointLayouts["swin-distilled"];
  if (!isFrom(official, "microsoft/Swin-Transformer")) return undefined;
  const files = (official.json["official"] as { files: readonly string[] }).files; // the manifest's own field
  return files.includes("utils_simmim.py") ? checkpointLayouts["swin-simmim"] : checkpointLayouts.swin;
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
