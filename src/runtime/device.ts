import { FoveaError } from "../errors/fovea-error.ts";
import { nearest } from "../errors/nearest.ts";
import { coreCount, deviceNames } from "#runtime/onnxruntime";

/** Where a program runs; `wasm` only in a browser, `cpu` and `cuda` only under Node. */
export type DeviceName = "cpu" | "cuda" | "webgpu" | "wasm";

export interface DeviceOptions {
  /** `auto`: the processor (`cpu` under Node, `wasm` in a browser), on which results are bit-reproducible. */
  readonly device?: DeviceName | "auto";
  /** Threads inside one operator; default: all cores (one more than there are cores is 2.3 times slower). */
  readonly threads?: number;
}

export interface Device {
  readonly name: DeviceName;
  readonly threads: number;
  /** The device can keep outputs of a run as inputs of the next one in its own memory. */
  readonly residentOutputs: boolean;
  /**
   * A run writes into output buffers that the caller gives. onnxruntime-web takes them and leaves them as they were
   * (1.30, wasm), so there each run returns new ones.
   */
  readonly givenOutputs: boolean;
  /**
   * Training steps that are worth one run: 1 where states stay on the device. CUDA under Node has no resident outputs,
   * so every run carries all states over the bus and back.
   */
  readonly stepsPerRun: number;
}

/** @throws FoveaError for an unknown device, one of the other platform, or threads below 1 */
export function resolveDevice({ device = "auto", threads = coreCount() }: DeviceOptions = {}): Device {
  const known: readonly string[] = deviceNames;
  const name = device === "auto" ? deviceNames[0] : device;
  if (!known.includes(name)) {
    const guess = nearest(name, known);
    throw new FoveaError("device/unknown", `no device ${name} here; there are ${known.join(", ")} and auto`, {
      ...(guess === undefined ? {} : { hint: `did you mean ${guess}?` }),
      exitCode: 2,
    });
  }
  if (!Number.isInteger(threads) || threads < 1) {
    throw new FoveaError("device/threads", `threads must be a whole number from 1, got ${threads}`, { exitCode: 2 });
  }
  const residentOutputs = name === "webgpu";
  return {
    name,
    threads,
    residentOutputs,
    givenOutputs: !residentOutputs && name !== "wasm",
    stepsPerRun: name === "cuda" ? 8 : 1,
  };
}
