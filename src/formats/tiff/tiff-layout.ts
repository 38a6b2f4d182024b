import type { ByteSource } from "../../files/byte-source.ts";
import type { Limits } from "../../files/limits.ts";
import { checkRasterSize, rasterRefusal } from "../raster/raster.ts";
import type { TiffDirectory } from "./tiff-fields.ts";

/** How a page's pixels lie in the file. */
export interface TiffLayout {
  readonly width: number;
  readonly height: number;
  /** Numbers of a pixel. */
  readonly samples: number;
  readonly bits: 1 | 2 | 4 | 8 | 16 | 32;
  readonly floating: boolean;
  readonly compression: number;
  readonly predictor: number;
  /** 0 white is 0, 1 black is 0, 2 RGB, 3 colour table. */
  readonly photometric: number;
  /** Samples of a pixel lie in planes of their own. */
  readonly planar: boolean;
  /** Size of a block (strip or tile) and the blocks across. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly across: number;
  readonly offsets: readonly number[];
  readonly counts: readonly number[];
  /** Red, green and blue halves of the colour table, 16 bits. */
  readonly colours: readonly number[];
}

const compressions: ReadonlyMap<number, string> = new Map([
  [2, "CCITT RLE"],
  [3, "CCITT fax 3"],
  [4, "CCITT fax 4"],
  [6, "old JPEG"],
  [7, "JPEG"],
  [34712, "JPEG 2000"],
  [50000, "Zstandard"],
  [50001, "WebP"],
]);
const readCompressions = [1, 5, 8, 32773, 32946];

/** The layout that a directory's fields say, checked: kinds that are read, sizes within the limits, blocks complete. */
export function tiffLayout(source: ByteSource, { fields }: TiffDirectory, limits: Limits): TiffLayout {
  const one = (tag: number, name: string, fallback?: number): number => {
    const value = fields.get(tag)?.[0] ?? fallback;
    if (value === undefined) throw rasterRefusal(source, `the field ${name} is missing`);
    return value;
  };
  const [width, height] = [one(256, "ImageWidth"), one(257, "ImageLength")];
  const samples = one(277, "SamplesPerPixel", 1);
  checkRasterSize(source, { width, height, channels: samples }, limits);
  const bits = fields.get(258) ?? [1];
  const compression = one(259, "Compression", 1);
  const photometric = one(262, "PhotometricInterpretation", 1);
  const format = one(339, "SampleFormat", 1);
  const predictor = one(317, "Predictor", 1);
  if (!readCompressions.includes(compression))
    throw rasterRefusal(
      source,
      `compression ${compressions.get(compression) ?? compression} is not read; none, LZW, deflate and PackBits are`,
    );
  const sameBits = bits.every((each) => each === bits[0]);
  const knownBits = format === 3 ? bits[0] === 32 : format === 1 && [1, 2, 4, 8, 16].includes(bits[0]);
  if (!sameBits || !knownBits || (bits[0] < 8 && samples > 1))
    throw rasterRefusal(source, `${bits.join(", ")} bits of sample format ${format} are not read`);
  if (photometric > 3 || (photometric === 3 && (samples !== 1 || bits[0] > 8)))
    throw rasterRefusal(source, `colours of kind ${photometric} are not read`);
  if (predictor !== 1 && !(predictor === 2 && bits[0] >= 8 && format === 1))
    throw rasterRefusal(source, `predictor ${predictor} is not read`);
  const colours = photometric === 3 ? (fields.get(320) ?? []) : [];
  if (photometric === 3 && colours.length !== 3 * 2 ** bits[0])
    throw rasterRefusal(source, `a colour table of ${colours.length} numbers`);
  const common = { width, height, samples, bits: bits[0] as TiffLayout["bits"], floating: format === 3 }; // listed above
  const planar = one(284, "PlanarConfiguration", 1) === 2 && samples > 1;
  return {
    ...common,
    compression,
    predictor,
    photometric,
    planar,
    colours,
    ...blocks(source, fields, { width, height, planes: planar ? samples : 1 }, one),
  };
}

type Blocks = Pick<TiffLayout, "blockWidth" | "blockHeight" | "across" | "offsets" | "counts">;

function blocks(
  source: ByteSource,
  fields: TiffDirectory["fields"],
  { width, height, planes }: { width: number; height: number; planes: number },
  one: (tag: number, name: string, fallback?: number) => number,
): Blocks {
  const tiled = fields.has(322);
  const blockWidth = tiled ? one(322, "TileWidth") : width;
  const blockHeight = tiled ? one(323, "TileLength") : Math.min(height, one(278, "RowsPerStrip", height));
  const [offsets, counts] = tiled
    ? [fields.get(324) ?? [], fields.get(325) ?? []]
    : [fields.get(273) ?? [], fields.get(279) ?? []];
  if (blockWidth < 1 || blockHeight < 1 || blockWidth > 2 * width + 1024 || blockHeight > 2 * height + 1024)
    throw rasterRefusal(source, `blocks of ${blockWidth}×${blockHeight} for ${width}×${height} pixels`);
  if (tiled && blockWidth % 16 !== 0)
    throw rasterRefusal(source, `tiles ${blockWidth} wide, expected a multiple of 16`);
  const across = Math.ceil(width / blockWidth);
  const wanted = across * Math.ceil(height / blockHeight) * planes;
  if (offsets.length !== wanted || counts.length !== wanted)
    throw rasterRefusal(source, `${offsets.length} offsets and ${counts.length} lengths for ${wanted} blocks`);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > source.size)
    throw rasterRefusal(source, `blocks of ${total} bytes in a file of ${source.size}: they overlap`);
  return { blockWidth, blockHeight, across, offsets, counts };
}
