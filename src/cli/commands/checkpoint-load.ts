import { escapeControls } from "../../errors/show-error.ts";
import type { Module } from "../../nn/module.ts";
import type { LoadableWeights, PretrainedWeights } from "../../models/load-pretrained.ts";
import type { LayoutName } from "../../systems/networks.ts";
import type { Command } from "../command.ts";

/** What a layout makes of a file. */
interface Loaded {
  readonly layout: LayoutName;
  readonly weights: PretrainedWeights;
}

export const checkpointLoad: Command = {
  path: "checkpoint load",
  summary: "try a file of weights on a network: what is missing, unexpected, misshapen, resized",
  details:
    "Builds the network by its name and takes the file's values by the layout in which its authors write their files " +
    "(the one that fits best, or --layout). --to writes what was taken under this network's own names. The exit code is " +
    "1 where a value is missing or has another shape. The names of networks are listed when one is not known.",
  usage: "NETWORK FILE",
  things: [2, 2],
  flags: ["layout", "classes", "at", "skipUnknown", "to", "into", "overwrite", "json"],
  examples: [
    "checkpoint load swin-t swin_tiny_patch4_window7_224.pth --skip-unknown",
    "checkpoint load resnet20 teacher.pth --classes 100 --to teacher.safetensors",
  ],
  async run({ things: [name = "", path = ""], flags, terminal }) {
    const [{ findNetwork }, { prepare }, { weightsArgument }, { writeWeights }] = await Promise.all([
      import("../../systems/networks.ts"),
      import("../../nn/module.ts"),
      import("../weights-argument.ts"),
      import("../../formats/write-weights.node.ts"),
    ]);
    const entry = findNetwork(name);
    const network = prepare(entry.build({ classes: flags.classes }));
    const layouts = flags.layout === undefined ? entry.layouts : [await layoutArgument(flags.layout)];
    const file = weightsArgument(path, flags);
    try {
      const { layout, weights } = await bestLoad(network, file.tensors, layouts);
      if (flags.to !== undefined)
        writeWeights(flags.to, weights.states, {
          overwrite: flags.overwrite,
          ...(flags.into === undefined ? {} : { at: flags.into }),
        });
      const { missing, interpolated, unexpected, dropped } = weights;
      const misshapen = [...weights.misshapen.values()];
      const taken = weights.states.size;
      terminal.result(
        { network: name, file: path, layout, taken, missing, misshapen, interpolated, unexpected, dropped },
        () => [
          `${name} from ${path}, layout ${layout}: ${taken} tensors taken`,
          ...section("missing", missing),
          ...section("of another shape", misshapen),
          ...section(
            "resized",
            interpolated.map(({ name: resized, from, to }) => `${resized} [${from.join(", ")}] → [${to.join(", ")}]`),
          ),
          ...section("unexpected", unexpected),
          ...section("left out by the layout", dropped),
          ...(flags.to === undefined ? [] : [`written to ${flags.to}`]),
        ],
      );
      return missing.length + misshapen.length === 0 ? 0 : 1;
    } finally {
      file.close();
    }
  },
};

async function layoutArgument(name: string): Promise<LayoutName> {
  const [{ checkpointLayouts }, { unknownName }] = await Promise.all([
    import("../../models/checkpoint-layouts/layouts.ts"),
    import("../../errors/unknown-name.ts"),
  ]);
  if (Object.hasOwn(checkpointLayouts, name)) return name as LayoutName; // it is one of its keys
  throw unknownName("cli/layout", "layout", name, Object.keys(checkpointLayouts));
}

/** The layout that leaves fewest of the network's names without a value. */
async function bestLoad(network: Module, weights: LoadableWeights, layouts: readonly LayoutName[]): Promise<Loaded> {
  const [{ checkpointLayouts }, { loadPretrained }] = await Promise.all([
    import("../../models/checkpoint-layouts/layouts.ts"),
    import("../../models/load-pretrained.ts"),
  ]);
  let [best, bestGaps]: [Loaded | undefined, number] = [undefined, Infinity];
  let refusal: unknown;
  for (const layout of layouts) {
    try {
      const loaded = loadPretrained(network, weights, checkpointLayouts[layout], { strict: false });
      const gaps = loaded.missing.length + loaded.misshapen.size + loaded.unexpected.length / 1e6;
      if (gaps < bestGaps) [best, bestGaps] = [{ layout, weights: loaded }, gaps];
    } catch (error) {
      refusal ??= error; // another layout may fit: only where none does is the first refusal told
    }
  }
  if (best === undefined) throw refusal;
  return best;
}

const shown = 12;

function section(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const rest = names.length > shown ? [`  and ${names.length - shown} more (--json lists all)`] : [];
  return [`${title}: ${names.length}`, ...names.slice(0, shown).map((name) => `  ${escapeControls(name)}`), ...rest];
}
