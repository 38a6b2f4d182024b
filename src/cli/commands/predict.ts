import { escapeControls } from "../../errors/show-error.ts";
import type { Predictor } from "../../downstream/classify/predict.ts";
import type { Call, Command } from "../command.ts";

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
    const { expandImages } = await import("../image-arguments.ts");
    const images = expandImages(words);
    const [{ modelOf }, { Predictor }, { deviceFlags }] = await Promise.all([
      import("../../model-of.ts"),
      import("../../downstream/classify/predict.ts"),
      import("../device-flags.ts"),
    ]);
    const path = await modelOf(source, flags.out, (line) => terminal.note(line));
    // no `await using`: where it stands, TypeScript 6 leaves the .ts of dynamic imports unchanged
    const predictor = await Predictor.load(path, deviceFlags(flags));
    try {
      return await predictAll(predictor, images, { flags, terminal });
    } finally {
      await predictor.dispose();
    }
  },
};

/** Prints a line for each image; what cannot be read is named, counted and skipped. Returns the exit code. */
async function predictAll(
  predictor: Predictor,
  images: readonly string[],
  { flags, terminal }: Pick<Call, "flags" | "terminal">,
): Promise<number> {
  const width = Math.min(40, Math.max(...images.map((image) => image.length)));
  let skipped = 0;
  for (const image of images) {
    const predicted = await predictor.predictFile(image, flags.top);
    if ("error" in predicted) {
      skipped++;
      terminal.error(escapeControls(predicted.error));
      if (terminal.json) terminal.result(predicted, () => []);
    } else {
      terminal.result(predicted, () => row(image, predicted.top, width));
    }
  }
  if (skipped > 0) terminal.error(`${skipped} of ${images.length} images could not be read and were skipped`);
  return skipped > 0 ? 1 : 0;
}

const row = (
  image: string,
  top: readonly { readonly label: string; readonly score: number }[],
  width: number,
): string =>
  escapeControls(
    `${image.padEnd(width)}  ${top.map(({ label, score }) => `${label} ${(100 * score).toFixed(1)}%`).join("  ")}`,
  );
