import { escapeControls } from "../../errors/show-error.ts";
import type { StoredTensor } from "../../formats/safetensors.ts";
import type { TensorDifference } from "../../formats/tensor-statistics.ts";
import type { Command } from "../command.ts";

/** What is to be said of a name. */
type Line = { readonly name: string } & (
  { readonly only: "first" | "second" } | { readonly first: string; readonly second: string } | TensorDifference
);

export const checkpointDiff: Command = {
  path: "checkpoint diff",
  summary: "what differs between two files of weights",
  details: "Lists names that one file lacks, other types and shapes, and values that differ. The exit code is 1 then.",
  usage: "FIRST SECOND",
  things: [2, 2],
  flags: ["at", "skipUnknown", "json"],
  examples: ["checkpoint diff before.safetensors after.safetensors", "checkpoint diff a.pth b.pth --at model --json"],
  async run({ things: [first = "", second = ""], flags, terminal }) {
    const [{ weightsArgument }, { tensorDifference }, { lazyTensor }] = await Promise.all([
      import("../weights-argument.ts"),
      import("../../formats/tensor-statistics.ts"),
      import("../../formats/write-weights.node.ts"),
    ]);
    const [a, b] = [weightsArgument(first, flags), weightsArgument(second, flags)];
    try {
      const lines: Line[] = [...b.tensors.keys()]
        .filter((name) => !a.tensors.has(name))
        .map((name) => ({ name, only: "second" }));
      let equal = 0;
      for (const [name, ours] of a.tensors) {
        const theirs = b.tensors.get(name);
        if (theirs === undefined) lines.push({ name, only: "first" });
        else if (typeText(ours) !== typeText(theirs))
          lines.push({ name, first: typeText(ours), second: typeText(theirs) });
        else {
          const difference = tensorDifference(lazyTensor(ours), lazyTensor(theirs));
          if (difference.largest === 0) equal++;
          else lines.push({ name, ...difference });
        }
      }
      for (const line of lines) terminal.result(line, () => escapeControls(describe(line)));
      terminal.result({ first, second, equal, different: lines.length }, () => [
        `${equal} tensors are equal, ${lines.length} differ`,
      ]);
      return lines.length === 0 ? 0 : 1;
    } finally {
      a.close();
      b.close();
    }
  },
};

const typeText = ({ storedDtype, shape }: StoredTensor): string => `${storedDtype} [${shape.join(", ")}]`;

function describe(line: Line): string {
  if ("only" in line) return `${line.name}: only in the ${line.only}`;
  if ("first" in line) return `${line.name}: ${line.first}, then ${line.second}`;
  const relative = line.relative === undefined ? "" : `, ${line.relative.toExponential(1)} relative`;
  return `${line.name}: differs by up to ${line.largest.toExponential(1)}${relative}`;
}
