import type { ByteSource } from "../files/byte-source.ts";
import { isBmp } from "../formats/bmp/bmp.ts";
import { isFits } from "../formats/fits/open-fits.ts";
import { isIdx } from "../formats/idx.ts";
import { isMatlab5 } from "../formats/matlab/open-matlab.ts";
import { isNetpbm } from "../formats/netpbm/netpbm.ts";
import { isNpy } from "../formats/npy-header.ts";
import { npzEntries } from "../formats/npz.ts";
import { readNpyValues } from "../formats/npy-values.ts";
import { isTiff } from "../formats/tiff/tiff-fields.ts";
import { type ArraySummary, summariseArray } from "./array-summary.ts";
import { fitsContent } from "./fits-content.ts";
import { decodeImage } from "./image-file.ts";
import { matlabContent } from "./matlab-content.ts";
import { bmpContent, csvContent, idxContent, netpbmContent, tiffContent } from "./plain-content.ts";

/** What a file holds, for `fovea data inspect FILE`. */
export interface FileContent {
  /** Made one after the other, so that one array at a time is in memory. */
  readonly arrays: Iterable<ArraySummary>;
  /** What the format says of the file as a whole. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A kind of file that is told by its first bytes. */
export interface FileKind {
  readonly format: string;
  /** `start`: the first 512 bytes, or all; `name` in lower case, without `.gz`. */
  recognises(start: Uint8Array, name: string): boolean;
  open(source: ByteSource): FileContent | Promise<FileContent>;
}

/** Adding one is its entry here. The first that recognises a file reads it. */
export const fileKinds: readonly FileKind[] = [
  {
    format: "npy",
    recognises: isNpy,
    open: (source) => ({ arrays: [source].map((file) => summariseArray("array", readNpyValues(file))) }),
  },
  {
    format: "npz",
    recognises: (start, name) => start[0] === 0x50 && start[1] === 0x4b && name.endsWith(".npz"),
    open: (source) => ({ arrays: npzArrays(source) }),
  },
  { format: "fits", recognises: isFits, open: fitsContent },
  {
    format: "matlab",
    // version 4 has no mark of its own, and damaged files should hear from their reader
    recognises: (start, name) => isMatlab5(start) || name.endsWith(".mat"),
    open: matlabContent,
  },
  { format: "tiff", recognises: isTiff, open: tiffContent },
  { format: "bmp", recognises: isBmp, open: bmpContent },
  { format: "netpbm", recognises: isNetpbm, open: netpbmContent },
  { format: "image", recognises: isCommonImage, open: imageContent },
  { format: "idx", recognises: isIdx, open: idxContent },
  { format: "csv", recognises: (_, name) => /\.(csv|tsv)$/.test(name), open: csvContent },
];

function* npzArrays(source: ByteSource): Generator<ArraySummary> {
  for (const [name, entry] of npzEntries(source)) yield summariseArray(name, readNpyValues(entry));
}

/** JPEG, PNG, or WebP. */
function isCommonImage(start: Uint8Array): boolean {
  const mark = String.fromCharCode(...start.subarray(0, 12));
  return mark.startsWith("\xff\xd8\xff") || mark.startsWith("\x89PNG\r\n") || /^RIFF....WEBP/s.test(mark);
}

/** Pixels as a training would see them: 8-bit RGB. */
async function imageContent(source: ByteSource): Promise<FileContent> {
  const { width, height, data } = await decodeImage(source.read(0, source.size), source.name);
  return { arrays: [summariseArray("pixels", { type: "uint8", shape: [height, width, 3], data })] };
}
