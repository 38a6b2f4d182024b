import { basename } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { weightsFileOf, writeModelFile } from "../formats/onnx-model-file.node.ts";
import { hostTensor, type HostTensor } from "../graph/dtype.ts";
import { input } from "../graph/leaf.ts";
import { decodeModel } from "../graph/onnx/decode.ts";
import { encodeModel } from "../graph/onnx/encode.ts";
import { externalWeightsFor, type ExternalWeights } from "../graph/onnx/external-weights.ts";
import { standardForm } from "../graph/onnx/standard-form.ts";
import { program, type Program } from "../graph/program.ts";
import type { Tensor } from "../graph/tensor.ts";
import { prepare } from "../nn/module.ts";
import { trace } from "../nn/trace.ts";
import { generator } from "../random/generator.ts";
import { compile } from "../runtime/compile.ts";
import { resolveDevice } from "../runtime/device.ts";
import { ResidentState } from "../runtime/resident-state.ts";
import { checkpointWeights } from "./checkpoint-weights.ts";
import { checkRecipe } from "./recipe.ts";
import type { RunDirectory } from "./run-directory.ts";
import type { BaseRecipe, Method } from "./task.ts";

export interface ExportOptions<R extends BaseRecipe> {
  readonly method: Method<R>;
  readonly run: RunDirectory;
  readonly checkpoint?: "best" | "last" | number;
  /** Leave the preprocessing out: the input is float32 [1, 3, H, W], already normalised. Default false. */
  readonly raw?: boolean;
  /** Bytes of weights above which they are written to export/model.onnx.data. Default: protobuf's limit, 2 GiB. */
  readonly externalAbove?: number;
}

export interface ExportResult {
  readonly path: string;
  /** Largest absolute difference between the run's outputs and those of the written file, on test images. */
  readonly maxDifference: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Difference above which an export is refused: the same float32 operations, differently fused. */
const tolerance = 1e-5;

/**
 * Writes export/model.onnx (preprocessing and labels inside, all shapes known) and export/model.json, after the bytes
 * were read back and gave the run's own outputs.
 *
 * @throws FoveaError when the method has nothing to export, or the written model differs by more than 1e-5
 */
export async function exportRun<R extends BaseRecipe>({
  method,
  run,
  checkpoint,
  raw = false,
  externalAbove,
}: ExportOptions<R>): Promise<ExportResult> {
  if (method.exportModel === undefined) {
    throw new FoveaError(
      "export/none",
      `${method.name} trains a network that is not used by itself; nothing to export`,
      { hint: "fine-tune it first: `fovea train classify/tiny init.from=RUN`", exitCode: 2 },
    );
  }
  const info = run.readInfo();
  const recipe = checkRecipe(method, run.readRecipe().values);
  const exported = await method.exportModel(recipe, run);
  const place = run.checkpoint(checkpoint);
  const network = prepare(exported.network, "");
  const states = checkpointWeights([network], place.path);
  const pixels = (): Tensor =>
    raw
      ? input("pixels", [1, 3, ...exported.inputSize])
      : exported.preprocess(input("image", [1, ...exported.inputSize, 3], "uint8"));
  const model = trace({ training: false }, () => program({ outputs: exported.forward(pixels()) })).result;
  const metadata = {
    ...exported.metadata,
    "fovea.version": info.versions["fovea"] ?? "",
    recipeHash: info.recipeHash,
    run: basename(run.path),
    step: String(place.step),
  };
  const path = run.join("export/model.onnx");
  const written = standardForm(model);
  const weights = externalWeightsFor(written, weightsFileOf(path), { initialisers: states, above: externalAbove });
  const bytes = encodeModel(written, { initialisers: states, metadata, external: weights });
  const maxDifference = await compare(model, states, { bytes, weights });
  if (!(maxDifference <= tolerance))
    throw new FoveaError(
      "export/difference",
      `the exported model differs from the run by ${maxDifference}, more than ${tolerance}; nothing was written`,
    );
  run.directory("export");
  writeModelFile(path, bytes, weights);
  run.writeJson("export/model.json", {
    ...metadata,
    outputs: Object.fromEntries([...model.outputs].map(([name, { shape }]) => [name, shape])),
    maxDifference,
  });
  return { path, maxDifference, metadata };
}

/** What is about to be written. */
interface Written {
  readonly bytes: Uint8Array;
  readonly weights: ExternalWeights | undefined;
}

/** Runs the program with resident states beside the decoded file, on random images. */
async function compare(model: Program, states: ReadonlyMap<string, HostTensor>, written: Written): Promise<number> {
  const state = new ResidentState(resolveDevice({}), states);
  try {
    return await worstDifference(model, state, written);
  } finally {
    await state.dispose(); // after its executables
  }
}

async function worstDifference(model: Program, state: ResidentState, { bytes, weights }: Written): Promise<number> {
  await using own = await compile(model, { state });
  const external = weights === undefined ? {} : { external: () => weights.source };
  await using written = await compile(decodeModel(bytes, { source: "export/model.onnx", ...external }).program, {});
  const [name, tensor] = [...model.inputs][0] as [string, Tensor]; // an exported model has one input
  let worst = 0;
  for (let i = 0; i < 4; i++) {
    const feeds = { [name]: randomInput(tensor, i) };
    const [a, b] = [await own.run(feeds), await written.run(feeds)];
    for (const [output, value] of a) worst = Math.max(worst, largestDifference(value, b.get(output)));
  }
  return worst;
}

/** Random bytes for an image, normal values for pixels that are normalised already. */
function randomInput({ dtype, shape, size }: Tensor, index: number): HostTensor {
  const random = generator(0, "export/images", index);
  if (dtype === "uint8")
    return hostTensor(
      "uint8",
      shape,
      Uint8Array.from({ length: size }, () => random.integer(256)),
    );
  return hostTensor("float32", shape, random.fillNormal(new Float32Array(size)));
}

function largestDifference(a: HostTensor, b: HostTensor | undefined): number {
  if (b === undefined || a.data.length !== b.data.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < a.data.length; i++) worst = Math.max(worst, Math.abs(Number(a.data[i]) - Number(b.data[i])));
  return worst;
}
