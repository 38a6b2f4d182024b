import { deflateSync } from "node:zlib";
import { encodePng, type Pixels } from "../formats/png.ts";
import type { PngText } from "../formats/png-text.ts";
import { clippedText, escapeMarkup, textWidth } from "./shown-text.ts";
import { svgToPixels } from "./svg-to-png.ts";

/** Images in a row, from left to right. */
export interface GridRow {
  /** What the row shows: the class, the file. */
  readonly caption?: string;
  readonly images: readonly Pixels[];
}

export interface ImageGridOptions {
  readonly rows: readonly GridRow[];
  /** Captions above the columns: `image`, `masked`, `reconstructed`. */
  readonly columns?: readonly string[];
  /** Pixels of the grid for one of an image. Default: the whole number that brings the longest side near 112. */
  readonly scale?: number;
  /** Pixels between images. Default 6. */
  readonly gap?: number;
  /** A wider gap after every so many columns, where triples stand side by side. */
  readonly group?: number;
  /** `none` is transparent with grey letters, for pages in light and dark. Default white. */
  readonly background?: "white" | "none";
  /** Text chunks: run, step, seed, recipeHash. */
  readonly text?: PngText;
}

const grey = 0x7b; // 4.2:1 on white, 4.3:1 on the dark page
const fontSize = 13;

/**
 * Images in rows and columns with captions as PNG bytes. Every image is enlarged by repeating its pixels, never blurred,
 * and centred in its cell. Throws `RangeError` where there is no image, a row has more images than there are columns, or
 * data does not fit its shape.
 */
export function imageGrid(options: ImageGridOptions): Uint8Array {
  const layout = layoutOf(options);
  const white = options.background !== "none";
  const canvas = drawCaptions(options, layout, white);
  options.rows.forEach(({ images }, row) =>
    images.forEach((image, column) => paste(canvas, image, layout, layout.x(column), layout.y(row))),
  );
  return encodePng(white ? withoutAlpha(canvas) : canvas, { deflate: deflateSync, text: options.text ?? {} });
}

interface Layout {
  readonly scale: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  x(column: number): number;
  y(row: number): number;
}

function layoutOf({ rows, columns, scale, gap = 6, group }: ImageGridOptions): Layout {
  const images = rows.flatMap((row) => row.images);
  if (images.length === 0) throw new RangeError("imageGrid: there is no image");
  const columnCount = columns?.length ?? Math.max(...rows.map((row) => row.images.length));
  const crowded = rows.findIndex((row) => row.images.length > columnCount);
  if (crowded >= 0) {
    throw new RangeError(
      `imageGrid: row ${crowded} has ${rows[crowded].images.length} images for ${columnCount} columns`,
    );
  }
  images.forEach(checkShape);
  const widest = Math.max(...images.map((image) => image.width));
  const highest = Math.max(...images.map((image) => image.height));
  const factor = scale ?? Math.max(1, Math.round(112 / Math.max(widest, highest)));
  const [cellWidth, cellHeight] = [widest * factor, highest * factor];
  const captions = rows.map(({ caption = "" }) => textWidth(clippedText(caption, 20), fontSize));
  const left = gap + (Math.max(...captions) > 0 ? Math.max(...captions) + gap : 0);
  const top = gap + (columns === undefined ? 0 : fontSize + 8);
  const extra = (column: number) => (group === undefined ? 0 : Math.floor(column / group) * gap * 3);
  const x = (column: number) => left + column * (cellWidth + gap) + extra(column);
  const y = (row: number) => top + row * (cellHeight + gap);
  return {
    scale: factor,
    cellWidth,
    cellHeight,
    width: x(columnCount - 1) + cellWidth + gap,
    height: y(rows.length),
    left,
    x,
    y,
  };
}

function checkShape({ width, height, channels, data }: Pixels, index: number): void {
  if (width >= 1 && height >= 1 && data.length === width * height * channels) return;
  throw new RangeError(`imageGrid: image ${index} of [${height}, ${width}, ${channels}] has ${data.length} bytes`);
}

/** The empty grid with its letters, [height, width, 4]. */
function drawCaptions({ rows, columns = [] }: ImageGridOptions, layout: Layout, white: boolean): Pixels {
  const columnLetters = Math.max(1, Math.floor(layout.cellWidth / (0.62 * fontSize)));
  const texts = [
    ...columns.map((caption, i) => {
      const x = layout.x(i) + layout.cellWidth / 2;
      return `<text x="${x}" y="${fontSize + 5}" text-anchor="middle">${escapeMarkup(clippedText(caption, columnLetters))}</text>`;
    }),
    ...rows.map(({ caption = "" }, i) => {
      const y = layout.y(i) + layout.cellHeight / 2 + fontSize / 3;
      return `<text x="${layout.left - 8}" y="${y}" text-anchor="end">${escapeMarkup(clippedText(caption, 20))}</text>`;
    }),
  ];
  const { width, height } = layout;
  const fill = white ? "#222" : "#fff";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans" font-size="${fontSize}" fill="${fill}">${texts.join("")}</svg>`;
  const { data } = svgToPixels(svg, white ? "white" : undefined);
  if (!white) for (let i = 0; i < data.length; i++) if (i % 4 < 3) data[i] = grey; // alpha alone shapes the letters
  return { width, height, channels: 4, data };
}

function paste(
  canvas: Pixels,
  image: Pixels,
  { scale, cellWidth, cellHeight }: Layout,
  left: number,
  top: number,
): void {
  const x0 = left + Math.floor((cellWidth - image.width * scale) / 2);
  const y0 = top + Math.floor((cellHeight - image.height * scale) / 2);
  for (let y = 0; y < image.height * scale; y++) {
    for (let x = 0; x < image.width * scale; x++) {
      const from = (Math.floor(y / scale) * image.width + Math.floor(x / scale)) * image.channels;
      const to = ((y0 + y) * canvas.width + x0 + x) * 4;
      for (let c = 0; c < 3; c++) canvas.data[to + c] = image.data[image.channels === 1 ? from : from + c];
      canvas.data[to + 3] = image.channels === 4 ? image.data[from + 3] : 255;
    }
  }
}

function withoutAlpha({ width, height, data }: Pixels): Pixels {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) rgb.set(data.subarray(i * 4, i * 4 + 3), i * 3);
  return { width, height, channels: 3, data: rgb };
}
