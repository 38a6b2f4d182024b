import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteSource } from "../files/byte-source.ts";
import type { Limits } from "../files/limits.ts";
import { isNpy } from "./npy-header.ts";
import { openNpy } from "./npy.ts";
import { openNpz } from "./npz.ts";
import { openOnnxInitialisers } from "./onnx-initialisers.ts";
import type { PickleValue } from "./pickle/pickle-value.ts";
import { openTorchFile, torchLayout, torchLimits } from "./pth/open-torch-file.ts";
import { parseSafetensors, type StoredTensor } from "./safetensors.ts";
import { readDirectory } from "./zip/zip-directory.ts";

export type WeightsFormat = "safetensors" | "pth" | "npz" | "npy" | "onnx";

export interface WeightsOptions {
  /** Of PyTorch files: unknown classes become inert records instead of a refusal. Default false. */
  readonly skipUnknown?: boolean;
  /** Of PyTorch files: keys that lead to the state dict. Default none: every tensor of the file. */
  readonly at?: readonly string[];
  /** Default: the format's own. */
  readonly limits?: Limits;
}

/** Tensors by name, whatever file they stand in; none is read before its `load`. */
export interface Weights {
  readonly format: WeightsFormat;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Texts that the file gives along (safetensors). */
  readonly metadata: ReadonlyMap<string, string>;
  /** Everything in a PyTorch file, as inert data. */
  readonly tree?: PickleValue;
  /** Classes that a PyTorch file names and this reader does not know; empty without `skipUnknown`. */
  readonly unknown: ReadonlySet<string>;
}

/**
 * Opens a file of weights by its content, not its name: safetensors, PyTorch (zip, old pickle, tar), npz, npy, or the
 * initialisers of an ONNX model.
 *
 * @throws FoveaError `weights/format` when it is none of these, and the refusals of the format it is
 */
export function openWeightsSource(source: ByteSource, options: WeightsOptions = {}): Weights {
  const format = weightsFormat(source);
  const { at, limits } = options;
  const none = { metadata: new Map<string, string>(), unknown: new Set<string>() };
  if (at !== undefined && at.length > 0 && format !== "pth") {
    throw new FoveaError("weights/path", `${source.name} is ${format}, whose names have no path to ${at.join(".")}`, {
      hint: "leave the path out",
    });
  }
  switch (format) {
    case "safetensors":
      return { ...none, format, ...parseSafetensors(source, limits) };
    case "pth": {
      const { tree, tensors, unknown } = openTorchFile(source, options);
      return { ...none, format, tree, tensors, unknown };
    }
    case "npz":
      return { ...none, format, tensors: openNpz(source, limits) };
    case "npy": {
      const tensor = openNpy(source, "array", limits);
      return { ...none, format, tensors: new Map([[tensor.name, tensor]]) };
    }
    case "onnx":
      return { ...none, format, tensors: openOnnxInitialisers(source, limits) };
    case undefined:
      throw new FoveaError("weights/format", `${source.name} is no file of weights that is known here`, {
        hint: "safetensors, PyTorch's .pth .pt .bin .th, .npz, .npy and .onnx are read",
      });
  }
}

/** The format that the content is, or undefined. */
export function weightsFormat(source: ByteSource): WeightsFormat | undefined {
  const start = source.read(0, Math.min(source.size, 16));
  if (isNpy(start)) return "npy";
  const torch = torchLayout(source);
  if (torch === "zip") return isNpz(source) ? "npz" : "pth";
  if (torch !== undefined) return "pth";
  if (start.length >= 10 && start[8] === 0x7b && start[6] === 0 && start[7] === 0) return "safetensors"; // length, then {
  // ModelProto begins with its version, field 1, as every exporter writes it
  return start[0] === 0x08 && start[1] > 0 && start[1] < 32 ? "onnx" : undefined;
}

function isNpz(source: ByteSource): boolean {
  const { entries } = readDirectory(source, torchLimits);
  return entries.length > 0 && entries.every(({ name }) => name.endsWith(".npy"));
}
