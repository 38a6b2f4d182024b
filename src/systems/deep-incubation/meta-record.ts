import { createHash } from "node:crypto";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import { zeros } from "../../nn/initialisers.ts";
import { Module } from "../../nn/module.ts";
import { Buffer as State } from "../../nn/parameter.ts";
import type { StateDict } from "../../nn/state-dict.ts";

/** Role of the record in a task's networks: `incubation.meta_hash` in every file of weights of a module. */
export const recordRole = "incubation";
export const recordName = `${recordRole}.meta_hash`;

/**
 * Which meta model a module was trained beside, as a state that travels in the module's own file: the bytes of a SHA-256,
 * all 0 while it is unknown. Modules of different meta models load without an error and assemble badly (section 10).
 */
export class MetaRecord extends Module {
  readonly meta_hash = new State([32], zeros);
}

/** SHA-256 of names, shapes and values, whatever their order. */
export function metaHash(states: StateDict): Uint8Array {
  const hash = createHash("sha256");
  for (const [name, { dtype, shape, data }] of [...states].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name} ${dtype} [${shape.join(",")}]\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest();
}

export const recordOf = (hash: Uint8Array): HostTensor => hostTensor("float32", [hash.length], Float32Array.from(hash));

/** The hash as people compare it; undefined where nothing was recorded. */
export function recordedHash(states: StateDict): string | undefined {
  const record = states.get(recordName);
  if (record === undefined || record.data.length === 0) return undefined;
  const bytes = Array.from(record.data, Number);
  if (bytes.every((byte) => byte === 0)) return undefined;
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
