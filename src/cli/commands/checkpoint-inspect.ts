import type { StoredTensor } from "../../formats/safetensors.ts";
import type { TensorStatistics } from "../../formats/tensor-statistics.ts";
import { escapeControls } from "../../errors/show-error.ts";
import type { Command } from "../command.ts";
import type { KeyTreeLeaf } from "../key-tree.ts";

export const checkpointInspect: Command = {
  path: "checkpoint inspect",
  summary: "the tensors of a file of weights: names, types, shapes, figures",
  details:
    "Reads safetensors, PyTorch's .pth .pt .bin .th (nothing in them is run), .npz, .npy and ONNX initialisers, told by " +
    "their content. The tree says of each tensor its type, shape, mean, standard deviation and range.",
  usage: "FILE",
  things: [1, 1],
  flags: ["at", "skipUnknown", "json"],
  examples: ["checkpoint inspect model.safetensors", "checkpoint inspect swin_tiny.pth --at model --skip-unknown"],
  async run({ things: [path = ""], flags, terminal }) {
    const [{ weightsArgument }, { tensorStatistics }, { lazyTensor }, { keyTree }] = await Promise.all([
      import("../weights-argument.ts"),
      import("../../formats/tensor-statistics.ts"),
      import("../../formats/write-weights.node.ts"),
      import("../key-tree.ts"),
    ]);
    const file = weightsArgument(path, flags);
    try {
      const leaves: KeyTreeLeaf[] = [];
      let total = 0;
      for (const [name, stored] of file.tensors) {
        const { storedDtype, shape } = stored;
        const size = shape.reduce((product, side) => product * side, 1);
        const statistics = known(stored) ? tensorStatistics(lazyTensor(stored)) : undefined;
        total += size;
        if (terminal.json) terminal.print(JSON.stringify({ name, dtype: storedDtype, shape, ...statistics }));
        else leaves.push({ name: escapeControls(name), size, text: describe(stored, statistics) });
      }
      const summary = { file: path, format: file.format, tensors: file.tensors.size, values: total };
      const unknown = [...file.unknown];
      terminal.result({ ...summary, unknown }, () => [
        ...keyTree(leaves),
        `${path}: ${file.format}, ${file.tensors.size} tensors, ${total.toLocaleString("en")} values`,
        ...(unknown.length > 0 ? [`unknown classes, left as records: ${unknown.map(escapeControls).join(", ")}`] : []),
      ]);
    } finally {
      file.close();
    }
  },
};

/** Types that no program takes have no figures. */
const known = ({ storedDtype }: StoredTensor): boolean => /^(BOOL|U8|F16|BF16|I32|F32|F64|I64)$/.test(storedDtype);

function describe({ storedDtype, shape }: StoredTensor, statistics: TensorStatistics | undefined): string {
  const type = `${storedDtype} [${shape.join(", ")}]`;
  if (statistics === undefined || Number.isNaN(statistics.mean)) return type;
  const { mean, std, min, max, notFinite } = statistics;
  const [m, s, low, high] = [mean, std, min, max].map((value) => Number(value.toPrecision(3)));
  return `${type}  ${m} ± ${s}, ${low} to ${high}${notFinite > 0 ? `, ${notFinite} not finite` : ""}`;
}
