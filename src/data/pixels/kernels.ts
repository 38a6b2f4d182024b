import { pixelKernels } from "./pixel-kernels.ts";

/** The functions of `wasm/pixels.ts`; addresses are offsets in `memory`. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  unstuff(from: number, end: number, to: number, stop: number): number;
  decodeScan(
    data: number,
    length: number,
    mcusAcross: number,
    mcusDown: number,
    plan: number,
    planLength: number,
    components: number,
    count: number,
    zigzag: number,
  ): number;
  spreadChroma(
    near: number,
    far: number,
    first: number,
    count: number,
    last: number,
    vertical: boolean,
    sums: number,
    to: number,
  ): void;
  colourRow(luma: number, cbRow: number, crRow: number, to: number, count: number): void;
  greyRow(luma: number, to: number, count: number): void;
  mirrorRows(from: number, width: number, rows: number, to: number): void;
  lookUp(from: number, pixels: number, tables: number, to: number): void;
  resampleRows(
    from: number,
    width: number,
    rows: number,
    to: number,
    outWidth: number,
    starts: number,
    lengths: number,
    coefficients: number,
    longest: number,
  ): void;
  resampleColumns(
    from: number,
    origin: number,
    stride: number,
    to: number,
    first: number,
    last: number,
    starts: number,
    lengths: number,
    coefficients: number,
    longest: number,
  ): void;
}

/** The kernels of this thread with at least `bytes` of memory; views of it end with the next call. */
export interface Kernels extends Exports {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly floats: Float32Array;
}

let exports: Exports | undefined;
let views: Pick<Kernels, "bytes" | "words" | "floats"> | undefined;

const pageBytes = 65_536;

/** The kernels, with room for addresses below `bytes`. What lay in memory before is anything. */
export function kernels(bytes: number): Kernels {
  exports ??= instantiate();
  const { memory } = exports;
  if (memory.buffer.byteLength < bytes) memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / pageBytes));
  if (views?.bytes.buffer !== memory.buffer) {
    const { buffer } = memory;
    views = { bytes: new Uint8Array(buffer), words: new Int32Array(buffer), floats: new Float32Array(buffer) };
  }
  return { ...exports, ...views };
}

function instantiate(): Exports {
  const module = new WebAssembly.Module(Buffer.from(pixelKernels, "base64"));
  return new WebAssembly.Instance(module).exports as unknown as Exports; // what wasm/pixels.ts exports
}
