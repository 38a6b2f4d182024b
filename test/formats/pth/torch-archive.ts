import { memorySource } from "../../../src/files/byte-source.ts";
import { openTorchFile, type TorchFile, type TorchFileOptions } from "../../../src/formats/pth/open-torch-file.ts";
import { writeZip } from "../../../src/formats/zip/zip-writer.ts";

/** A checkpoint as torch.save writes it: the pickle, and storages by key. */
export function archive(data: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  const files = new Map<string, Uint8Array[]>([["archive/data.pkl", [data]]]);
  for (const [key, bytes] of Object.entries(storages)) files.set(`archive/data/${key}`, [bytes]);
  files.set("archive/version", [new TextEncoder().encode("3\n")]);
  return new Uint8Array(Buffer.concat([...writeZip(files, { alignment: 64 })]));
}

export const openBytes = (bytes: Uint8Array, options?: TorchFileOptions): TorchFile =>
  openTorchFile(memorySource(bytes, "a.pth"), options);

export const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
