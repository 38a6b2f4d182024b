import type { HostTensor } from "../../../src/graph/dtype.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";
import type { DeviceName } from "../../../src/runtime/device.ts";
import type { OfficialCase } from "./official-case.ts";

/** Gradients that a case stores under `prefix`, as a program of ours can compute them. */
export interface OfficialGradients {
  /** `grad/`, `train/grad/` */
  readonly prefix: string;
  /** The scalar that is differentiated. */
  readonly of: Tensor;
  /**
   * What is differentiated by, for an official name (of a parameter, or `in/X` for an input): one tensor of ours.
   * `undefined`: we have no such thing, which fails the case.
   */
  parameter(name: string): Tensor | undefined;
}

/** One program of ours: it computes some of a case's `out/…` and `mid/…`, and gradients. */
export interface OfficialRun {
  /** By the name in `io.safetensors`. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly gradients?: readonly OfficialGradients[];
  /** Values of all states. */
  readonly states?: ReadonlyMap<string, HostTensor>;
  readonly feeds: Readonly<Record<string, HostTensor>>;
}

/** Results that need no ONNX program (samplers, schedules, converted weights): by the name in `io.safetensors`. */
export type HostResults = ReadonlyMap<string, HostTensor>;

/** What becomes of a case. */
export type OfficialWork =
  | { readonly runs: readonly OfficialRun[]; readonly results?: HostResults }
  /** What is not built yet, by name. */
  | { readonly skipped: string };

/** A kind of official case: one file of `families/`, one line of `families.ts`. */
export interface OfficialFamily {
  /** The official class or function that the case runs, as the first of `case.json` → `official.classes`; or a test. */
  fits(official: OfficialCase): boolean;
  /** @param device for what is more than one program (a sampler that calls its network) */
  build(official: OfficialCase, device: DeviceName): OfficialWork | Promise<OfficialWork>;
  /**
   * Stored names that nothing of ours corresponds to, with the reason. Everything else under `out/` and `grad/` must be
   * computed, or the case fails; of `mid/` what a run gives is compared.
   */
  readonly notOurs?: readonly { readonly pattern: RegExp; readonly why: string }[];
}
