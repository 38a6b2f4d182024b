import { FoveaError } from "../../errors/fovea-error.ts";
import type { Normalisation } from "../../data/transforms/normalise.ts";
import { show, type Tensor } from "../../graph/tensor.ts";
import { importOnnxFile } from "../../models/import-onnx.node.ts";
import type { ImportedModel } from "../../models/imported-model.ts";
import { prepare } from "../../nn/module.ts";
import { normalised, type ObservedNetwork, sized, withPooled } from "./observed-network.ts";

export interface ImportedTeacherOptions {
  readonly normalise: Normalisation;
  /** Names of values whose tensors are the features. */
  readonly taps: readonly string[] | undefined;
  readonly role: string;
  readonly classes: number;
}

/**
 * Somebody's ONNX classifier as a teacher: of one image input, float32 [B, 3, H, W] (normalised here) or uint8
 * [B, H, W, 3] (plain pixels: it normalises itself). Its first output of shape [B, K] are the logits. A program holds it
 * for its own batch size, with the same weights.
 *
 * @throws FoveaError where input or outputs are others, or the model cannot be made for another batch size
 */
export function importedTeacher(path: string, options: ImportedTeacherOptions): ObservedNetwork {
  const bySize = new Map<number, ImportedModel>();
  const modelOf = (rows: number): ImportedModel => {
    const known = bySize.get(rows);
    if (known !== undefined) return known;
    const plain = forBatch(path, () => importOnnxFile(path, { batch: rows }));
    const { taps } = options;
    const outputs = [...plain.outputs.keys(), ...(taps ?? [])];
    const model = taps === undefined ? plain : importOnnxFile(path, { batch: rows, outputs });
    bySize.set(rows, prepare(model, options.role));
    return model;
  };
  return {
    module: modelOf(1),
    observe(pixels) {
      const model = modelOf(pixels.shape[0]);
      const [[name, wanted], ...more] = [...model.inputs];
      if (more.length > 0 || wanted.rank !== 4) throw notAnImage(path, model);
      const outputs = model.run({ [name]: asInput(path, pixels, wanted, options.normalise) });
      const logits = Object.values(outputs).find(
        ({ shape }) => shape.length === 2 && shape[0] === pixels.shape[0] && shape[1] === options.classes,
      );
      if (logits === undefined) throw noLogits(path, model, options.classes);
      return withPooled(
        logits,
        (options.taps ?? []).map((tap) => outputs[tap]),
      );
    },
  };
}

/** Says what is wrong where a model was written for one batch size only. */
function forBatch<T>(path: string, load: () => T): T {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof FoveaError) || !error.code.startsWith("shape/")) throw error;
    throw new FoveaError("teacher/batch", `${path} cannot be made for another batch size: ${error.message}`, {
      hint: "export it with a free first axis, or name the run it comes from: teacher=RUN",
      exitCode: 2,
      cause: error,
    });
  }
}

function asInput(path: string, pixels: Tensor, wanted: Tensor, normalise: Normalisation): Tensor {
  const channelsLast = wanted.shape[3] === 3;
  const side = wanted.shape[2];
  if (wanted.dtype === "float32" && wanted.shape[1] === 3) return normalised(sized(pixels, side), normalise);
  if (wanted.dtype === "uint8" && channelsLast)
    return sized(pixels, side).mul(255).add(0.5).cast("uint8").permute([0, 2, 3, 1]);
  throw new FoveaError("teacher/input", `${path}: the input is ${show(wanted)}`, {
    hint: "a teacher takes float32 [B, 3, H, W] or uint8 [B, H, W, 3]",
    exitCode: 2,
  });
}

const notAnImage = (path: string, model: ImportedModel): FoveaError =>
  new FoveaError("teacher/input", `${path}: the inputs are ${[...model.inputs.values()].map(show).join(", ")}`, {
    hint: "a teacher takes one image: float32 [B, 3, H, W] or uint8 [B, H, W, 3]",
    exitCode: 2,
  });

const noLogits = (path: string, model: ImportedModel, classes: number): FoveaError =>
  new FoveaError(
    "teacher/classes",
    `${path}: no output is [B, ${classes}] for the data's ${classes} classes, but ${[...model.outputs].map(([name, value]) => `${name} ${show(value)}`).join(", ")}`,
    { hint: "teacher and data need the same classes", exitCode: 2 },
  );
