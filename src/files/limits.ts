const KiB = 2 ** 10;
const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** What a reader accepts at most; each is an option of the reader that uses it. */
export interface Limits {
  /** Bytes of a safetensors header (the format itself allows 100 MB). */
  readonly safetensorsHeaderBytes: number;
  readonly tensorsPerFile: number;
  readonly tensorRank: number;
  /** UTF-8 bytes of a tensor's name. */
  readonly tensorNameBytes: number;
  readonly jsonBytes: number;
  /** Nesting of arrays and objects. */
  readonly jsonDepth: number;
  readonly csvLineBytes: number;
  readonly csvColumns: number;
  readonly npyHeaderBytes: number;
  /** Blocks of 2,880 bytes in one header. */
  readonly fitsHeaderBlocks: number;
  /** Headers, each with its data, in one file. */
  readonly fitsUnits: number;
  /** Nesting of cells and structs. */
  readonly matlabDepth: number;
  readonly pickleOpcodes: number;
  /** Values that a pickle may remember, and the deepest stack. */
  readonly pickleMemo: number;
  /** Nesting of a pickle's containers. */
  readonly pickleDepth: number;
  /** UTF-8 bytes of one text in a pickle. */
  readonly pickleStringBytes: number;
  readonly imagePixels: number;
  /** Pixels along one side of an image. */
  readonly imageSide: number;
  readonly imageChannels: number;
  readonly imageDecodeMs: number;
  /** Bytes that one compressed file may inflate to. */
  readonly inflatedBytes: number;
  readonly archiveEntries: number;
  readonly archiveNameBytes: number;
  readonly onnxNodes: number;
  readonly onnxSubgraphDepth: number;
  readonly onnxBytes: number;
}

/** The defaults; a caller changes single ones with `{ ...defaultLimits, jsonDepth: 8 }`. */
export const defaultLimits: Limits = {
  safetensorsHeaderBytes: 32 * MiB,
  tensorsPerFile: 250_000,
  tensorRank: 16,
  tensorNameBytes: 1 * KiB,
  jsonBytes: 512 * MiB,
  jsonDepth: 64,
  csvLineBytes: 1 * MiB,
  csvColumns: 10_000,
  npyHeaderBytes: 64 * KiB,
  fitsHeaderBlocks: 1_000,
  fitsUnits: 10_000,
  matlabDepth: 32,
  pickleOpcodes: 10_000_000,
  pickleMemo: 1_000_000,
  pickleDepth: 64,
  pickleStringBytes: 1 * MiB,
  imagePixels: 2 ** 26,
  imageSide: 32_768,
  imageChannels: 5,
  imageDecodeMs: 10_000,
  inflatedBytes: 16 * GiB,
  archiveEntries: 10_000_000,
  archiveNameBytes: 4 * KiB,
  onnxNodes: 200_000,
  onnxSubgraphDepth: 16,
  onnxBytes: 2 * GiB,
};
