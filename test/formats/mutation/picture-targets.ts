import { deflateSync } from "node:zlib";
import { memorySource } from "../../../src/files/byte-source.ts";
import { decodeBmp } from "../../../src/formats/bmp/bmp.ts";
import { crc32 } from "../../../src/formats/crc.ts";
import { decodeNetpbm } from "../../../src/formats/netpbm/netpbm.ts";
import { decodePng } from "../../../src/formats/png-decoder.ts";
import { encodePng } from "../../../src/formats/png.ts";
import { readPngText, withPngText } from "../../../src/formats/png-text.ts";
import { decodeTiff } from "../../../src/formats/tiff/tiff.ts";
import { tiff } from "../tiff-writer.ts";
import type { Target } from "./target.ts";

const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => (i * 37) % 251);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const every4 = (seed: Uint8Array) =>
  Array.from({ length: Math.floor(seed.length / 4) }, (_, i) => ({ at: 4 * i, bytes: 4 as const }));
const every2 = (seed: Uint8Array) =>
  Array.from({ length: Math.floor(Math.min(seed.length, 200) / 2) }, (_, i) => ({ at: 2 * i, bytes: 2 as const }));

const tiffSeeds = ([1, 5, 8, 32773] as const).flatMap((compression) =>
  [true, false].flatMap((littleEndian) => [
    tiff(5, 4, bytes(20), { compression, littleEndian }),
    tiff(5, 4, bytes(60), { compression, littleEndian, samples: 3, predictor: 2 }),
    tiff(5, 4, bytes(40), { compression, littleEndian, bits: 16 }),
    tiff(17, 9, bytes(153), { compression, littleEndian }),
  ]),
);

function bmp(
  width: number,
  height: number,
  bits: number,
  compression: number,
  colours: number,
  data: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(54 + 4 * colours + data.length);
  const view = new DataView(out.buffer);
  out.set([0x42, 0x4d]);
  for (const [at, value] of [[2, out.length], [10, 54 + 4 * colours], [14, 40], [18, width], [22, height], [30, compression], [46, colours]] as const) view.setInt32(at, value, true); // prettier-ignore
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  for (let i = 0; i < colours; i++) out.set([i, i, 3 * i], 54 + 4 * i);
  out.set(data, 54 + 4 * colours);
  return out;
}

const bmpSeeds = Array.from({ length: 5 }, (_, i) => i + 3).flatMap((width) => [
  bmp(width, 3, 24, 0, 0, bytes(3 * Math.ceil((width * 24) / 32) * 4)),
  bmp(width, -3, 8, 0, 256, bytes(3 * Math.ceil((width * 8) / 32) * 4)),
  bmp(width, 2, 4, 0, 16, new Uint8Array(8).fill(0x12)),
  bmp(width, 2, 1, 0, 2, new Uint8Array(8).fill(0x55)),
  bmp(width, 2, 32, 0, 0, bytes(8 * width)),
  bmp(3, 2, 8, 1, 256, Uint8Array.of(3, 9, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1)),
]);

const netpbmSeeds = Array.from({ length: 5 }, (_, i) => i + 1).flatMap((width) => [
  joined(text(`P5 ${width} 3 255\n`), bytes(3 * width)),
  joined(text(`P6\n# made here\n${width} 2\n255\n`), bytes(6 * width)),
  joined(text(`P5 ${width} 2 65535\n`), bytes(4 * width)),
  joined(text(`P4 ${width} 2\n`), bytes(2)),
  text(`P2 ${width} 1 99 ${"7 ".repeat(width)}`),
  joined(text(`P7\nWIDTH ${width}\nHEIGHT 2\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n`), bytes(8 * width)),
]);

const pngSeeds = ([1, 3, 4] as const).flatMap((channels) =>
  Array.from({ length: 10 }, (_, i) => {
    const png = encodePng(
      { width: 4 + i, height: 5, channels, data: bytes((4 + i) * 5 * channels) },
      { deflate: (raw) => new Uint8Array(deflateSync(raw)) },
    );
    return withPngText(png, { run: `r${i}`, step: "7" });
  }),
);

/** Chunks of a damaged PNG with the checksums that fit. */
function soundChunks(png: Uint8Array): Uint8Array {
  const out = png.slice();
  const view = new DataView(out.buffer);
  for (let at = 8; at + 12 <= out.length;) {
    const length = view.getUint32(at);
    if (at + 12 + length > out.length) break;
    view.setUint32(at + 8 + length, crc32(out.subarray(at + 4, at + 8 + length)));
    at += 12 + length;
  }
  return out;
}

const manyRuns = bmp(8000, 8000, 8, 1, 2, Uint8Array.of(0, 1));

export const pictureTargets: readonly Target[] = [
  {
    name: "TIFF",
    seeds: tiffSeeds,
    fields: every2,
    attacks: [
      { name: "8,000 × 8,000 pixels in 20 bytes of LZW", bytes: tiff(8000, 8000, bytes(20), { compression: 5 }) },
      { name: "8,000 × 8,000 pixels in 20 bytes of deflate", bytes: tiff(8000, 8000, bytes(20), { compression: 8 }) },
      {
        name: "deflate that makes more than the pixels",
        bytes: tiff(100, 100, new Uint8Array(2 ** 24), { compression: 8 }),
      },
    ],
    read: (file) => decodeTiff(memorySource(file, "mutant.tif")),
  },
  {
    name: "BMP",
    seeds: bmpSeeds,
    fields: every2,
    attacks: [{ name: "8,000 × 8,000 pixels without a run", bytes: manyRuns }],
    read: (file) => decodeBmp(memorySource(file, "mutant.bmp")),
  },
  {
    name: "netpbm",
    seeds: netpbmSeeds,
    digits: true,
    attacks: [{ name: "32,768 × 2,048 numbers in 30 bytes", bytes: text("P3 32768 2048 255 1 2 3 4 5 6") }],
    read: (file) => decodeNetpbm(memorySource(file, "mutant.pnm")),
  },
  { name: "PNG", seeds: pngSeeds, fields: every4, repair: soundChunks, read: (file) => decodePng(file) },
  { name: "PNG texts", seeds: pngSeeds, fields: every4, repair: soundChunks, read: (file) => readPngText(file) },
];
