import { memorySource } from "../../../src/files/byte-source.ts";
import { parseJson } from "../../../src/files/json.ts";
import { csvColumns } from "../../../src/data/csv-columns.ts";
import { cifarRecordCount, decodeCifar } from "../../../src/formats/cifar.ts";
import { parseCoco } from "../../../src/formats/coco/coco-json.ts";
import { rleFromString, rleToString } from "../../../src/formats/coco/rle-string.ts";
import { decodeRle, encodeRle } from "../../../src/formats/coco/rle.ts";
import { openCsv } from "../../../src/formats/csv/csv.ts";
import { decodeIdx } from "../../../src/formats/idx.ts";
import { writeNpy } from "../../../src/formats/npy.ts";
import { readNpyValues } from "../../../src/formats/npy-values.ts";
import { npzEntries } from "../../../src/formats/npz.ts";
import { readDataPickle } from "../../../src/formats/pickle/data-pickle.ts";
import { type PickleValue, nodeOf } from "../../../src/formats/pickle/pickle-value.ts";
import { openTar } from "../../../src/formats/tar.ts";
import { encodeEvent, encodeFileVersion } from "../../../src/formats/tensorboard-events.ts";
import { readTensorBoardEvents } from "../../../src/formats/tensorboard-reader.ts";
import { parseVoc } from "../../../src/formats/voc-xml.ts";
import { openZip } from "../../../src/formats/zip/zip-archive.ts";
import { call, dict, global, int, join, list, no, none, op, pickle, text as pickleText, tuple, u32 } from "../pickle/assembler.ts"; // prettier-ignore
import { lyingZip, soundTar, tarHeader, zerosNpy } from "./archive-bombs.ts";
import { canary } from "./run-mutations.ts";
import type { Target } from "./target.ts";
import { arrays } from "./weight-targets.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => (i * 37) % 251);
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const npyFiles = arrays.map((array) => joined(...writeNpy(array)));

const zipSeeds = range(30).map((i) =>
  lyingZip([
    { name: "first.npy", data: npyFiles[i] },
    { name: `dir/b${i}.npy`, data: npyFiles[(i + 7) % npyFiles.length] },
  ]),
);

/** Sizes, checksums and offsets of the headers that a signature finds. */
function zipFields(zip: Uint8Array): { at: number; bytes: 4 | 2 }[] {
  const found: { at: number; bytes: 4 | 2 }[] = [];
  const places: Readonly<Record<number, readonly number[]>> = {
    0x0403: [14, 18, 22],
    0x0201: [16, 20, 24, 42],
    0x0605: [12, 16],
  };
  for (let at = 0; at + 4 < zip.length; at++) {
    if (zip[at] !== 0x50 || zip[at + 1] !== 0x4b) continue;
    for (const offset of places[zip[at + 2] + 256 * zip[at + 3] === 0x0403 ? 0x0403 : zip[at + 3] === 2 ? 0x0201 : 0x0605]) found.push({ at: at + offset, bytes: 4 }); // prettier-ignore
  }
  return found.length > 0 ? found : [{ at: 0, bytes: 4 }];
}

const zeros = new Uint8Array(2 ** 27);
const zipBombs = [
  {
    name: "128 MiB of zeros that say they are 100 bytes",
    bytes: lyingZip([{ name: "a.npy", data: zeros, size: 100, crc: 0 }]),
  },
  { name: "an entry of 4 GiB less one", bytes: lyingZip([{ name: "a.npy", data: npyFiles[0], size: 2 ** 32 - 2 }]) },
  { name: "two entries in one place", bytes: lyingZip([{ name: "a.npy", data: npyFiles[0] }, { name: "b.npy", data: npyFiles[0], offset: 0 }]) }, // prettier-ignore
  { name: "one name twice", bytes: lyingZip([{ name: "a.npy", data: npyFiles[0] }, { name: "a.npy", data: npyFiles[0] }]) }, // prettier-ignore
];
const npzBombs = [
  ...zipBombs,
  {
    name: "16 MiB of zeros, honest",
    bytes: lyingZip([{ name: "a.npy", data: zerosNpy(2 ** 24) }]),
    honestBytes: 2 ** 24,
  },
  { name: "zeros whose header says fewer", bytes: lyingZip([{ name: "a.npy", data: zerosNpy(100), size: 2 ** 30 }]) },
  { name: "fifty entries of 64 MiB", bytes: lyingZip(range(50).map((i) => ({ name: `a${i}.npy`, data: npyFiles[0], size: 2 ** 26 }))) }, // prettier-ignore
];

function readNpz(file: Uint8Array): number {
  let count = 0;
  for (const entry of npzEntries(memorySource(file, "mutant.npz")).values()) count += readNpyValues(entry).data.length;
  return count;
}

function readZip(file: Uint8Array): number {
  let total = 0;
  for (const entry of openZip(memorySource(file, "mutant.zip")).values())
    total += entry.peek(100).length + entry.read().length;
  return total;
}

const tarSeeds = range(30).map((i) => {
  const [a, b] = [bytes(10 * i), bytes(700)];
  const entry = (name: string, data: Uint8Array): Uint8Array[] => [tarHeader(name, `${data.length.toString(8).padStart(11, "0")}\0`), data, new Uint8Array((512 - (data.length % 512)) % 512)]; // prettier-ignore
  return joined(...entry(`${i}.jpg`, a), ...entry(`${i}.json`, b), new Uint8Array(1024));
});
const tarBombs = [
  { name: "a size of 8 GiB", bytes: joined(tarHeader("a", "77777777777\0"), new Uint8Array(1024)) },
  { name: "a size in base 256", bytes: joined(tarHeader("a", "\u0000".repeat(12)).fill(255, 124, 136), new Uint8Array(1024)) }, // prettier-ignore
  { name: "a link out of the archive", bytes: joined(tarHeader("a", "00000000000\0", "2", "/etc/passwd"), new Uint8Array(1024)) }, // prettier-ignore
  { name: "a device", bytes: joined(tarHeader("a", "00000000000\0", "3"), new Uint8Array(1024)) },
  { name: "a name twice", bytes: joined(tarHeader("a", "00000000000\0"), tarHeader("a", "00000000000\0"), new Uint8Array(1024)) }, // prettier-ignore
];

function readTar(file: Uint8Array): number {
  const source = memorySource(file, "mutant.tar");
  let total = 0;
  for (const { start, size } of openTar(source).values()) total += source.read(start, size).length;
  return total;
}

/** A numpy array as numpy pickles it. */
const numpyArray = (shape: readonly number[], data: Uint8Array): Uint8Array => {
  const dtype = join(call(global("numpy", "dtype"), pickleText("u1"), int(0), int(1)), tuple(int(3), pickleText("|"), none, none, none, int(-1), int(-1), int(0)), op("b")); // prettier-ignore
  const made = call(global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray"), tuple(int(0)), pickleText("b")); // prettier-ignore
  return join(made, tuple(int(1), tuple(...shape.map(int)), dtype, no, join(op("T"), u32(data.length), data)), op("b"));
};
const pickleSeeds = range(30).map(
  (i) =>
  pickle(dict([pickleText("data"), numpyArray([i + 1, 3], bytes(3 * (i + 1)))], [pickleText("labels"), list(...range(i).map(int))])), // prettier-ignore
);
const gadget = (module: string, name: string): Uint8Array => pickle(dict([pickleText("data"), call(global(module, name), pickleText(`touch ${canary}`))])); // prettier-ignore
const gadgets = [["posix", "system"], ["builtins", "eval"], ["builtins", "exec"], ["subprocess", "Popen"], ["os", "popen"], ["importlib", "import_module"], ["numpy", "load"], ["pickle", "loads"]] as const; // prettier-ignore
const pickleAttacks = [
  ...gadgets.map(([module, name]) => ({ name: `a pickle that calls ${module}.${name}`, bytes: gadget(module, name) })),
  { name: "a string of 4 GiB", bytes: pickle(join(op("T"), u32(2 ** 32 - 1))) },
  { name: "lists nested 100,000 deep", bytes: pickle(text(`${"]".repeat(100_000)}${"a".repeat(99_999)}`)) },
];

function loadAll(value: PickleValue): number {
  const node = nodeOf(value);
  if (node?.kind === "tensor") return node.load().data.length;
  if (node?.kind === "dict") return [...node.entries.values()].reduce<number>((sum, inner) => sum + loadAll(inner), 0);
  return node?.kind === "list" ? node.items.length : 1;
}

const idxSeeds = range(30).map((i) => {
  const shape = [[i + 1], [2, i + 1], [2, 3, i + 1]][i % 3];
  const out = new Uint8Array(4 + 4 * shape.length + shape.reduce((a, b) => a * b)).fill(5);
  out.set([0, 0, 8, shape.length]);
  shape.forEach((size, axis) => new DataView(out.buffer).setUint32(4 + 4 * axis, size));
  return out;
});

const cifarSeeds = range(30).map((i) => {
  const out = bytes(3073 * (1 + (i % 3)));
  for (let at = 0; at < out.length; at += 3073) out[at] = i % 10;
  return out;
});

function readCifar(file: Uint8Array): number {
  const source = memorySource(file, "mutant.bin");
  const count = cifarRecordCount(file.length, "cifar10") ?? 0;
  decodeCifar(source, "cifar10", new Uint8Array(count * 3072), new Int32Array(count));
  return count;
}

const csvSeeds = range(30).map((i) => text(`name,x,"y, z"\n${range(i + 1).map((k) => `star ${k},${k * 1.5},"a ""b"" ${k}"`).join("\n")}\n`)); // prettier-ignore
const csvAttacks = [
  { name: "a line of 2 MiB", bytes: text(`a,b\n${"x".repeat(2 ** 21)}`) },
  { name: "20,000 columns", bytes: text(`${",".repeat(20_000)}\n`) },
  { name: "a quote without end", bytes: text(`a,b\n"${"x,".repeat(1000)}`) },
];

const events = (i: number): Uint8Array =>
  joined(encodeFileVersion(1), ...range(i).map((step) => encodeEvent({ wallTime: 1, step, summaries: [{ kind: "scalar", tag: "loss", value: step }] }))); // prettier-ignore

const coco = (i: number): Uint8Array =>
  text(JSON.stringify({ images: [{ id: i, width: 4, height: 5 }], annotations: [{ id: 1, image_id: i, bbox: [0, 1, 2, 3], segmentation: { size: [5, 4], counts: [3, 4, 13] } }], categories: [{ id: 1, name: "cat" }] })); // prettier-ignore
const voc = (i: number): Uint8Array =>
  text(`<annotation><filename>${i}.jpg</filename><size><width>64${i}</width><height>48</height></size>${"<object><name>RBC</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>".repeat(1 + (i % 3))}</annotation>`); // prettier-ignore
const rle = (i: number): Uint8Array => text(rleToString(encodeRle(bytes(30).map((value) => (value >> (i % 8)) & 1), 5, 6))); // prettier-ignore

export const dataTargets: readonly Target[] = [
  { name: "npy", seeds: npyFiles, digits: true, read: (file) => readNpyValues(memorySource(file, "mutant.npy")) },
  { name: "npz", seeds: zipSeeds, fields: zipFields, attacks: npzBombs, read: readNpz },
  { name: "zip", seeds: zipSeeds, fields: zipFields, attacks: zipBombs, read: readZip },
  { name: "tar", seeds: tarSeeds, digits: true, repair: soundTar, attacks: tarBombs, read: readTar },
  { name: "pickles of data", seeds: pickleSeeds, attacks: pickleAttacks, read: (file) => loadAll(readDataPickle(memorySource(file, "mutant.pkl"))) }, // prettier-ignore
  { name: "IDX", seeds: idxSeeds, fields: () => range(4).map((i) => ({ at: 4 * i, bytes: 4 as const })), read: (file) => decodeIdx(memorySource(file, "mutant")) }, // prettier-ignore
  { name: "CIFAR", seeds: cifarSeeds, read: readCifar },
  { name: "CSV", seeds: csvSeeds, digits: true, attacks: csvAttacks, read: (file) => csvColumns(openCsv(memorySource(file, "mutant.csv"))) }, // prettier-ignore
  { name: "TensorBoard events", seeds: range(30).map(events), read: (file) => readTensorBoardEvents(file) },
  { name: "COCO", seeds: range(30).map(coco), digits: true, read: (file) => parseCoco(parseJson(file, { name: "mutant.json" }), "mutant.json") }, // prettier-ignore
  { name: "RLE", seeds: range(30).map(rle), read: (file) => decodeRle(rleFromString(Buffer.from(file).toString("latin1"), 5, 6)) }, // prettier-ignore
  { name: "VOC", seeds: range(30).map(voc), digits: true, read: (file) => parseVoc(file, "mutant.xml") },
];
