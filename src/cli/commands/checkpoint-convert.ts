import type { Command } from "../command.ts";

export const checkpointConvert: Command = {
  path: "checkpoint convert",
  summary: "weights from one format into another, by the second file's extension",
  details:
    "Writes .safetensors, .pth (as torch.save does; --into model puts the tensors under that key) or .npz. Names, shapes " +
    "and values stay as they are; bfloat16 becomes float32. Tensors are read one after another.",
  usage: "FROM TO",
  things: [2, 2],
  flags: ["at", "into", "skipUnknown", "overwrite", "json"],
  examples: [
    "checkpoint convert swin_tiny.pth swin_tiny.safetensors --at model",
    "checkpoint convert a.npz b.pth --into model",
  ],
  async run({ things: [from = "", to = ""], flags, terminal }) {
    const [{ weightsArgument }, { lazyTensor, writeWeights }] = await Promise.all([
      import("../weights-argument.ts"),
      import("../../formats/write-weights.node.ts"),
    ]);
    const file = weightsArgument(from, flags);
    try {
      const tensors = new Map([...file.tensors].map(([name, stored]) => [name, lazyTensor(stored)]));
      writeWeights(to, tensors, {
        overwrite: flags.overwrite,
        ...(flags.into === undefined ? {} : { at: flags.into }),
      });
      const widened = [...file.tensors.values()].filter(({ storedDtype }) => storedDtype === "BF16").length;
      terminal.result({ from, to, tensors: tensors.size, widened }, () => [
        `${to}: ${tensors.size} tensors${widened > 0 ? `, ${widened} of them bfloat16 before and float32 now` : ""}`,
      ]);
    } finally {
      file.close();
    }
  },
};
