import type { ByteSource } from "../files/byte-source.ts";
import { decodeBmp } from "../formats/bmp/bmp.ts";
import { openCsv } from "../formats/csv/csv.ts";
import { decodeIdx } from "../formats/idx.ts";
import { decodeNetpbm } from "../formats/netpbm/netpbm.ts";
import type { Raster } from "../formats/raster/raster.ts";
import { decodeTiff } from "../formats/tiff/tiff.ts";
import { summariseArray, summariseTexts } from "./array-summary.ts";
import { csvColumns } from "./csv-columns.ts";
import type { FileContent } from "./file-kinds.ts";

/** Columns by name. */
export function csvContent(source: ByteSource): FileContent {
  const table = openCsv(source);
  const arrays = csvColumns(table).map((column) =>
    column.kind === "texts"
      ? summariseTexts(column.name, [column.values.length], column.values)
      : summariseArray(column.name, { type: "float64", shape: [column.values.length], data: column.values }),
  );
  return { arrays, details: { delimiter: table.delimiter } };
}

export function idxContent(source: ByteSource): FileContent {
  const { shape, data } = decodeIdx(source);
  return { arrays: [summariseArray("array", { type: "uint8", shape, data })] };
}

/** Pixels as [height, width, channels]. */
const rasterContent = ({ array }: Raster): FileContent => ({ arrays: [summariseArray("pixels", array)] });

export const bmpContent = (source: ByteSource): FileContent => rasterContent(decodeBmp(source));
export const netpbmContent = (source: ByteSource): FileContent => rasterContent(decodeNetpbm(source));

export function tiffContent(source: ByteSource): FileContent {
  const raster = decodeTiff(source);
  return { ...rasterContent(raster), details: { pages: raster.pages } };
}
