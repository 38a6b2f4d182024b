import { defaultLimits, type Limits } from "../../files/limits.ts";
import { rawImage, type RawImage } from "../image.ts";
import { jpegHeader, type JpegComponent, type JpegHeader } from "./jpeg-header.ts";
import { tableWords, writeTable } from "./jpeg-tables.ts";
import { kernels, type Kernels } from "./kernels.ts";
import { wholeImage, type ImagePart, type Part } from "../image-part.ts";

/** Pixels up to which a file is decoded here: what the memory of the kernels keeps for good is bounded by it. */
const mostPixels = 2 ** 23;
const mostBytes = 2 ** 24;

// What stands where in the kernels' memory.
const zigzagAt = 256;
const quantisersAt = 512; // 3 · 128
const componentsAt = 1024; // 3 · 64
const planAt = 1280;
const stopAt = 1536;
const tablesAt = 2048; // 6 tables
const heapAt = tablesAt + 6 * 4 * tableWords;
/** Behind a scan: what a damaged one may read before it is found out. */
const scanSlack = 4096;
const slack = 64;

// prettier-ignore
const zigzag = Uint8Array.of(
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
);

/**
 * A part of a plain JPEG (`jpegHeader`), pixel for pixel what libjpeg-turbo decodes with accurate integers and fancy
 * upsampling; only blocks that the part needs are transformed, all are read. Undefined for other files and for
 * damaged ones.
 */
export function decodeJpeg(
  bytes: Uint8Array,
  part: Part = wholeImage,
  limits: Limits = defaultLimits,
): RawImage | undefined {
  if (bytes.length > mostBytes) return undefined;
  const header = jpegHeader(bytes);
  if (header === undefined || !isSmall(header, limits)) return undefined;
  const [luma, chroma] = header.components;
  if (chroma !== undefined && luma.across === 2 && header.width < 5) return undefined; // libjpeg does not filter these
  const wanted = part(header);
  const planes = planesOf(header, wanted);
  const layout = layoutOf(bytes.length - header.scan, planes, wanted);
  const machine = kernels(layout.end);
  return readScan(machine, header, planes, layout, bytes)
    ? colours(machine, header, planes, layout, wanted)
    : undefined;
}

const isSmall = ({ width, height }: JpegHeader, limits: Limits): boolean =>
  width * height <= Math.min(mostPixels, limits.imagePixels) && Math.max(width, height) <= limits.imageSide;

/** The blocks of a component that are wanted. */
interface Plane {
  readonly component: JpegComponent;
  readonly firstColumn: number;
  readonly columns: number;
  readonly firstRow: number;
  readonly rows: number;
  /** Bytes of a row. */
  readonly stride: number;
  /** Pixels of the whole component. */
  readonly width: number;
  readonly height: number;
}

function planesOf({ width, height, components }: JpegHeader, wanted: ImagePart): Plane[] {
  const [{ across, down }] = components;
  return components.map((component, c) => {
    const [sx, sy] = c === 0 ? [1, 1] : [across, down];
    const size = { width: Math.ceil(width / sx), height: Math.ceil(height / sy) };
    const [firstColumn, columns] = blocks(wanted.left, wanted.width, sx, size.width);
    const [firstRow, rows] = blocks(wanted.top, wanted.height, sy, size.height);
    return { component, firstColumn, columns, firstRow, rows, stride: 8 * columns, ...size };
  });
}

/** First block and number of blocks for `length` pixels from `start` on; halved chroma needs its neighbours too. */
function blocks(start: number, length: number, scale: number, size: number): [first: number, count: number] {
  const margin = scale === 1 ? 0 : 1;
  const from = Math.max(0, Math.floor(start / scale) - margin);
  const to = Math.min(size - 1, Math.floor((start + length - 1) / scale) + margin);
  const first = from >> 3;
  return [first, (to >> 3) - first + 1];
}

interface Layout {
  readonly input: number;
  readonly scan: number;
  readonly planes: readonly number[];
  /** Of a row of MCUs. */
  readonly coefficients: readonly number[];
  readonly sums: number;
  readonly chroma: readonly [number, number];
  readonly pixels: number;
  readonly end: number;
}

function layoutOf(scanBytes: number, planes: readonly Plane[], wanted: ImagePart): Layout {
  let end = heapAt;
  const take = (bytes: number): number => {
    const at = end;
    end += Math.ceil((bytes + slack) / 16) * 16;
    return at;
  };
  const row = wanted.width + 64;
  return {
    input: take(scanBytes),
    scan: take(scanBytes + scanSlack),
    planes: planes.map(({ stride, rows }) => take(stride * 8 * rows)),
    coefficients: planes.map(({ columns, component }) => take(128 * columns * component.down)),
    sums: take(2 * row),
    chroma: [take(row), take(row)],
    pixels: take(3 * wanted.width * wanted.height),
    end,
  };
}

/** Decodes the scan into the planes; false where it is not as it should be. */
function readScan(
  machine: Kernels,
  header: JpegHeader,
  planes: readonly Plane[],
  layout: Layout,
  file: Uint8Array,
): boolean {
  const { bytes, words } = machine;
  const scanBytes = file.length - header.scan;
  bytes.set(file.subarray(header.scan), layout.input);
  const length = machine.unstuff(layout.input, layout.input + scanBytes, layout.scan, stopAt);
  const stop = words[stopAt / 4];
  if (bytes[stop] !== 0xff || bytes[stop + 1] !== 0xd9 || stop + 2 > layout.input + scanBytes) return false; // end of image
  bytes.fill(0, layout.scan + length, layout.scan + length + scanSlack);
  bytes.set(zigzag, zigzagAt);
  planes.forEach((plane, c) => writeComponent(machine, plane, c, layout));
  const plan = planes.flatMap(({ component: { across, down } }, c) =>
    Array.from({ length: across * down }, (_, i) => [componentsAt + 64 * c, i % across, Math.floor(i / across)]),
  );
  words.set(plan.flat(), planAt / 4);
  const [{ component: first }] = planes;
  const mcusAcross = Math.ceil(header.width / (8 * first.across));
  const mcusDown = Math.ceil(header.height / (8 * first.down));
  return (
    machine.decodeScan(
      layout.scan,
      length,
      mcusAcross,
      mcusDown,
      planAt,
      plan.length,
      componentsAt,
      planes.length,
      zigzagAt,
    ) === 0
  );
}

function writeComponent({ bytes, words }: Kernels, plane: Plane, c: number, layout: Layout): void {
  const { component, firstColumn, columns, firstRow, rows, stride } = plane;
  const quantisers = new Int16Array(bytes.buffer, quantisersAt + 128 * c, 64);
  component.quantisers.forEach((value, k) => (quantisers[zigzag[k]] = value));
  const [dcAt, acAt] = [tablesAt + 8 * tableWords * c, tablesAt + 8 * tableWords * c + 4 * tableWords];
  writeTable(words.subarray(dcAt / 4), component.dc, false);
  writeTable(words.subarray(acAt / 4), component.ac, true);
  const record = [dcAt, acAt, quantisersAt + 128 * c, layout.planes[c], stride, firstColumn, columns, firstRow, rows, component.across, component.down, 0, layout.coefficients[c]]; // prettier-ignore
  words.set(record, (componentsAt + 64 * c) / 4);
}

function colours(
  machine: Kernels,
  { components }: JpegHeader,
  planes: readonly Plane[],
  layout: Layout,
  { left, top, width, height }: ImagePart,
): RawImage {
  const [luma, blue, red] = planes;
  const [{ across, down }] = components;
  /** Where row `y` of a component's plane would have its column 0. */
  const rowOf = (plane: Plane, c: number, y: number): number =>
    layout.planes[c] + (y - 8 * plane.firstRow) * plane.stride - 8 * plane.firstColumn;
  const spread = (plane: Plane, c: number, y: number): number => {
    const own = down === 2 ? y >> 1 : y;
    const other = down === 2 ? Math.min(plane.height - 1, Math.max(0, y % 2 === 1 ? own + 1 : own - 1)) : own;
    if (across === 1) return rowOf(plane, c, own) + left;
    const [first, to] = [left >> 1, layout.chroma[c - 1]];
    const count = ((left + width + 1) >> 1) - first;
    const [near, far] = [rowOf(plane, c, own), rowOf(plane, c, other)];
    machine.spreadChroma(near, far, first, count, plane.width - 1, down === 2, layout.sums, to);
    return to + (left & 1);
  };
  for (let row = 0; row < height; row++) {
    const [y, to] = [top + row, layout.pixels + 3 * width * row];
    const lumaRow = rowOf(luma, 0, y) + left;
    if (blue === undefined) machine.greyRow(lumaRow, to, width);
    else machine.colourRow(lumaRow, spread(blue, 1, y), spread(red, 2, y), to, width);
  }
  return rawImage(width, height, machine.bytes.slice(layout.pixels, layout.pixels + 3 * width * height));
}
