import { readImageFile } from "../../data/image-file.ts";
import { FoveaError } from "../../errors/fovea-error.ts";
import { escapeControls, showError } from "../../errors/show-error.ts";
import { ImageModel, type Prediction } from "../../serve/image-model.ts";
import { modelOf } from "../../serve/model-of.ts";
import type { Command } from "../command.ts";
import { deviceFlags } from "../device-flags.ts";
import { expandImages } from "../image-arguments.ts";

export const predict: Command = {
  path: "predict",
  summary: "classes of single images, by an exported model or a run",
  details:
    "MODEL is an ONNX file that `fovea export` wrote; a RUN is exported first where it is not yet. IMAGE is a file, a " +
    "folder or a pattern. An image that cannot be read is named and counted, and the exit code is 1.",
  usage: "MODEL|RUN IMAGE...",
  things: [2, Infinity],
  flags: ["top", "out", "device", "threads", "quiet", "json"],
  examples: [
    "predict runs/first/export/model.onnx cat.png dog.jpg",
    "predict first photos --top 1",
    "predict first 'photos/*.jpg' --json",
  ],
  async run({ things: [source = "", ...words], flags, terminal }) {
    const images = expandImages(words);
    const path = await modelOf(source, flags.out, (line) => terminal.note(line));
    await using model = await ImageModel.load(path, deviceFlags(flags));
    const width = Math.min(40, Math.max(...images.map((image) => image.length)));
    let skipped = 0;
    for (const image of images) {
      const classes = await classesOf(model, image).catch((error: unknown) => {
        if (!(error instanceof FoveaError)) throw error;
        terminal.error(showError(error));
        skipped++;
        return undefined;
      });
      const best = classes?.slice(0, flags.top);
      if (best !== undefined) terminal.result({ image, classes: best }, () => row(image, best, width));
    }
    if (skipped > 0) terminal.error(`${skipped} of ${images.length} images could not be read and were skipped`);
    return skipped > 0 ? 1 : 0;
  },
};

async function classesOf(model: ImageModel, path: string): Promise<Prediction[]> {
  return model.predict(await readImageFile(path, path));
}

const row = (image: string, best: readonly Prediction[], width: number): string =>
  escapeControls(
    `${image.padEnd(width)}  ${best.map(({ label, score }) => `${label} ${(100 * score).toFixed(1)}%`).join("  ")}`,
  );
