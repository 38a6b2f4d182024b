import { writeSafetensors } from "../formats/safetensors-writer.ts";
import { commitFile, makeDirectory } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { dtypes, type HostTensor } from "../graph/dtype.ts";
import type { Node } from "../graph/node.ts";
import { program, type Program } from "../graph/program.ts";
import { describePlace } from "../graph/scope.ts";
import { show, type Tensor } from "../graph/tensor.ts";
import { compile } from "../runtime/compile.ts";
import type { ResidentState } from "../runtime/resident-state.ts";
import type { RunDirectory } from "./run-directory.ts";
import type { Feeds } from "./task.ts";

/** The first node, in the order of computation, that makes a value that is not finite from finite inputs. */
export interface NonFiniteOrigin {
  readonly operator: string;
  readonly shape: string;
  /** Module path and source line. */
  readonly place: string | undefined;
}

/** Runs `step` once more in parts, looking at every intermediate value. Slow; only for a step that failed. */
export async function findNonFinite(
  step: Program,
  feeds: Feeds,
  state: ResidentState,
): Promise<NonFiniteOrigin | undefined> {
  const floating = step.nodes.filter((node) => node.outputs.some((output) => dtypes[output.dtype].floating));
  const partSize = 64; // values held on the host at a time
  for (let i = 0; i < floating.length; i += partSize) {
    const found = await firstIn(floating.slice(i, i + partSize), feeds, state);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function firstIn(
  nodes: readonly Node[],
  feeds: Feeds,
  state: ResidentState,
): Promise<NonFiniteOrigin | undefined> {
  const tensors = nodes
    .map((node) => node.outputs.find((output) => output.dtype === "float32" || output.dtype === "float16"))
    .filter((tensor): tensor is Tensor => tensor !== undefined);
  const part = program({ outputs: Object.fromEntries(tensors.map((tensor, i) => [`v${i}`, tensor])) });
  await using executable = await compile(part, { state });
  const wanted = Object.fromEntries(Object.entries(feeds).filter(([name]) => part.inputs.has(name)));
  const values = await executable.run(wanted);
  const at = tensors.findIndex((_, i) => isBroken(values.get(`v${i}`)));
  const tensor = tensors[at];
  if (tensor === undefined || tensor.producer.kind !== "node") return undefined;
  const node = tensor.producer;
  return { operator: node.operator.type, shape: show(tensor), place: describePlace(node.scope, node.trace) };
}

const isBroken = (value: HostTensor | undefined): boolean => {
  if (value?.dtype === "float16") return (value.data as Uint16Array).some((bits) => (bits & 0x7c00) === 0x7c00);
  return value?.dtype === "float32" && (value.data as Float32Array).some((x) => !Number.isFinite(x));
};

/** Writes `debug/nan-STEP/`: what is needed to repeat and understand the step. Returns its path within the run. */
export async function dumpStep(
  run: RunDirectory,
  step: number,
  parts: {
    feeds: Feeds;
    state: ResidentState;
    parameters: readonly string[];
    facts: Readonly<Record<string, unknown>>;
  },
): Promise<string> {
  const name = `debug/nan-${step}`;
  const path = run.directory("debug", `nan-${step}`);
  makeDirectory(fileCalls, path);
  const write = (file: string, tensors: ReadonlyMap<string, HostTensor>): void =>
    commitFile(fileCalls, run.join(name, file), writeSafetensors(tensors), { overwrite: true });
  write("inputs.safetensors", new Map(Object.entries(parts.feeds)));
  write("model.safetensors", await parts.state.read(parts.parameters));
  run.writeJson(`${name}/step.json`, parts.facts);
  return name;
}
