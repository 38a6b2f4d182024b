import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatasetSpecInput } from "../../data/dataset-spec.ts";
import { worldScenes, worldTasks, type WorldTask } from "../../data/world/world-options.ts";
import { FoveaError } from "../../errors/fovea-error.ts";
import { unknownName } from "../../errors/unknown-name.ts";
import { commitFile, makeDirectory } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import { parseOverride, setAt, type Values } from "../../train/recipe-values.ts";
import type { Call, Command } from "../command.ts";

export const dataMake: Command = {
  path: "data make",
  summary: "write a set of the procedural world, or a sheet of it to look at",
  details:
    `Scenes: ${worldScenes.join(", ")}. Tasks: ${worldTasks.join(", ")}. ` +
    "Writes files that other programs read (COCO for instances, panoptic, key points and captions; 16-bit depth; frame folders) " +
    "into DIR (default: world-SCENE-TASK), or with --preview one PNG. Further values are those of `data` in recipes: " +
    'imageSize=64, valCount=100, world.objects=[1,5], world.holdOut.colours=["red"].',
  usage: "world [DIR] [key=value ...]",
  things: [1, 2],
  takesValues: true,
  flags: ["scene", "task", "count", "preview", "seed", "overwrite", "quiet", "verbose", "json"],
  examples: [
    "data make world --task depth --count 36 --preview",
    "data make world ./detect --scene shapes --task instances --count 1500 valCount=500 imageSize=64",
    "data make world --scene surveillance --task clip --count 7 --preview world.frames=100",
  ],
  run: make,
};

const defaultCount = 36;

async function make({ things: [what, place], values, flags, terminal }: Call): Promise<void> {
  if (what !== "world") {
    throw new FoveaError("cli/usage", `data make ${JSON.stringify(what)}: only the procedural world can be made`, {
      hint: "fovea data make world",
      exitCode: 2,
    });
  }
  const task = flags.task === undefined ? "label" : knownTask(flags.task);
  const scene = flags.scene ?? (task === "clip" ? "actions" : "scene");
  const count = flags.count ?? defaultCount;
  const spec = specOf(values, { scene, task, count });
  const name = place ?? `world-${scene}-${task}`;
  const { openDataset } = await import("../../data/open-dataset.ts");
  if (flags.preview) {
    const { previewSheet } = await import("../data-make-preview.ts");
    // normal traffic is all that surveillance has in train
    const part = scene === "surveillance" ? "val" : "train";
    const png = await previewSheet(await openDataset({ ...spec, valCount: count }, part));
    const path = name.endsWith(".png") ? name : `${name}.png`;
    makeDirectory(fileCalls, dirname(join(path)));
    write(path, png, flags.overwrite);
    return terminal.result({ preview: path, scene, task, count }, () => `${path}: ${count} of ${scene}, ${task}`);
  }
  const { parseDatasetSpec } = await import("../../data/dataset-spec.ts");
  const { worldFiles } = await import("../../data/world/make/world-files.ts");
  const parsed = parseDatasetSpec(spec);
  let files = 0;
  const written = new Set<string>();
  for (const split of ["train", "val"] as const) {
    for await (const { path, bytes } of worldFiles(await openDataset(spec, split), split, parsed)) {
      const target = join(name, path);
      makeDirectory(fileCalls, dirname(target));
      // a list of classes comes with both splits
      write(target, bytes, flags.overwrite || written.has(path));
      written.add(path);
      if (++files % 500 === 0) terminal.detail(`${files} files`);
    }
  }
  const { valCount } = parsed;
  terminal.result({ root: name, scene, task, count, valCount, files: written.size }, () => [
    `${name}: ${count} train and ${valCount} val of ${scene}, ${task}, in ${written.size} files`,
  ]);
}

/** The spec of the flags with the values over it; a fifth as many are held out unless said. */
function write(path: string, bytes: Uint8Array, overwrite: boolean): void {
  if (!overwrite && existsSync(path)) {
    throw new FoveaError("data/exists", `${path} is there already, and nothing is overwritten`, {
      hint: "add --overwrite, or choose another place",
      exitCode: 2,
    });
  }
  commitFile(fileCalls, path, [bytes], { overwrite });
}

function specOf(values: readonly string[], flags: Values & { readonly count: number }): DatasetSpecInput {
  const defaults: Values = { name: "world", imageSize: 64, ...flags, valCount: Math.ceil(flags.count / 5) };
  const spec = values.map(parseOverride).reduce((all, { path, value }) => setAt(all, path, value), defaults);
  return spec as DatasetSpecInput; // openDataset checks it
}

function knownTask(name: string): WorldTask {
  const task = worldTasks.find((known) => known === name);
  if (task !== undefined) return task;
  throw unknownName("cli/flag", "task", name, worldTasks);
}
