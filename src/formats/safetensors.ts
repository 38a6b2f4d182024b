import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteSource } from "../files/byte-source.ts";
import { parseJson } from "../files/json.ts";
import { defaultLimits, type Limits } from "../files/limits.ts";
import type { HostTensor, Shape } from "../graph/dtype.ts";
import { readStored } from "./safetensors-data.ts";
import { storedDtypes } from "./safetensors-dtypes.ts";

/** The header's own limit in the format: 100 MB. */
const FORMAT_HEADER_BYTES = 100_000_000;

/** A tensor that stands in a file; its bytes are read by `load`, not before. */
export interface StoredTensor {
  readonly name: string;
  /** The format's name, such as `BF16`: it knows more types than we do. */
  readonly storedDtype: string;
  readonly shape: Shape;
  readonly byteLength: number;
  /**
   * Reads the tensor. `widen` turns BF16 and F16 into float32, exactly; without it BF16, which has no type here, is
   * refused, as are the types that no program takes (I8, U16, F8 ...). May be a view of a source in memory.
   */
  load(options?: { readonly widen?: boolean }): HostTensor;
}

export interface SafetensorsFile {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/**
 * Opens a safetensors file (https://github.com/huggingface/safetensors#format): 8 bytes header length, JSON header,
 * data. Only the header is read. Strict: the header starts with `{` and ends with spaces at most, metadata is text,
 * shapes fit their bytes, tensors lie without hole or overlap up to the file's last byte, no key stands twice. Throws a
 * `FoveaError` (`safetensors/...`, `json/...`) that names file, tensor and value.
 */
export function parseSafetensors(source: ByteSource, limits: Limits = defaultLimits): SafetensorsFile {
  const { header, dataStart } = readHeader(source, limits);
  const entries = new Map(Object.entries(header));
  const metadata = parseMetadata(entries.get("__metadata__"), source.name);
  entries.delete("__metadata__");
  if (entries.size > limits.tensorsPerFile) {
    throw refuse("limit", source, `${entries.size} tensors, at most ${limits.tensorsPerFile} are read`);
  }
  const parsed = [...entries].map(([name, value]) => parseEntry(source, name, value, limits));
  parsed.sort((a, b) => a.begin - b.begin || a.end - b.end); // an empty tensor before the one that starts where it lies
  checkLayout(source, parsed, source.size - dataStart);
  return { metadata, tensors: new Map(parsed.map((entry) => [entry.name, stored(source, entry, dataStart)])) };
}

interface Entry {
  readonly name: string;
  readonly storedDtype: string;
  readonly shape: Shape;
  /** Within the data, which starts after the header. */
  readonly begin: number;
  readonly end: number;
}

function readHeader(source: ByteSource, limits: Limits): { header: object; dataStart: number } {
  if (source.size < 10) throw refuse("header", source, `${source.size} bytes are too few for a safetensors file`);
  const prefix = source.read(0, 8);
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  const most = Math.min(limits.safetensorsHeaderBytes, FORMAT_HEADER_BYTES);
  if (length > BigInt(source.size - 8))
    throw refuse("header", source, `header of ${length} bytes in a file of ${source.size}`);
  if (length > BigInt(most)) throw refuse("limit", source, `header of ${length} bytes, at most ${most} are read`);
  const bytes = source.read(8, Number(length));
  if (bytes[0] !== 0x7b)
    throw refuse("header", source, `the header starts with byte ${bytes[0] ?? "none"}, expected '{'`);
  let end = bytes.length;
  while (bytes[end - 1] === 0x20) end--;
  if (bytes[end - 1] !== 0x7d)
    throw refuse("header", source, `only spaces may follow the header's '}', found byte ${bytes[end - 1]}`);
  const jsonLimits = { jsonBytes: most, jsonDepth: 3 }; // { tensor: { shape: [ ] } }
  const maxKeys = limits.tensorsPerFile + 1; // and __metadata__
  const header = parseJson(bytes.subarray(0, end), { name: `${source.name}: header`, limits: jsonLimits, maxKeys });
  return { header: header as object, dataStart: 8 + bytes.length }; // it starts with '{'
}

function parseMetadata(value: unknown, name: string): Map<string, string> {
  if (value === undefined) return new Map();
  if (!isObject(value)) throw new FoveaError("safetensors/metadata", `${name}: __metadata__ is not an object`);
  return new Map(
    Object.entries(value).map(([key, text]) => {
      if (typeof text === "string") return [key, text];
      throw new FoveaError("safetensors/metadata", `${name}: metadata ${show(key)} is ${show(text)}, expected text`);
    }),
  );
}

function parseEntry(source: ByteSource, name: string, value: unknown, limits: Limits): Entry {
  const fail = (what: string): FoveaError => refuse("tensor", source, `tensor ${show(name)}: ${what}`);
  if (utf8Length(name) > limits.tensorNameBytes) throw fail(`the name is longer than ${limits.tensorNameBytes} bytes`);
  if (/\p{Surrogate}/u.test(name)) throw fail("the name is not valid Unicode");
  if (!isObject(value)) throw fail(`${show(value)} is not an object`);
  const fields = new Map<string, unknown>(Object.entries(value));
  const [storedDtype, shape, offsets] = ["dtype", "shape", "data_offsets"].map((key) => fields.get(key));
  if (fields.size !== 3) throw fail(`has the fields ${show([...fields.keys()])}, expected dtype, shape, data_offsets`);
  const dtype = typeof storedDtype === "string" ? storedDtypes.get(storedDtype) : undefined;
  if (dtype === undefined)
    throw fail(`dtype ${show(storedDtype)} is not one of ${[...storedDtypes.keys()].join(", ")}`);
  if (!isCounts(shape)) throw fail(`shape ${show(shape)}, expected a list of whole numbers`);
  if (shape.length > limits.tensorRank) throw fail(`rank ${shape.length}, at most ${limits.tensorRank} is read`);
  if (!isCounts(offsets) || offsets.length !== 2)
    throw fail(`data_offsets ${show(offsets)}, expected two whole numbers`);
  const [begin, end] = offsets;
  const bytes = byteCount(shape, dtype.bytes);
  if (bytes === undefined) throw fail(`shape ${show(shape)} has more bytes than can be counted`);
  if (end - begin !== bytes)
    throw fail(
      `shape ${show(shape)} of ${show(storedDtype)} has ${bytes} bytes, data_offsets ${show(offsets)} have ${end - begin}`,
    );
  return { name, storedDtype: storedDtype as string, shape, begin, end }; // found in the table above
}

function checkLayout(source: ByteSource, entries: readonly Entry[], dataBytes: number): void {
  let expected = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== expected) {
      throw refuse(
        "layout",
        source,
        `tensor ${show(name)} starts at byte ${begin} of the data, the one before ends at ${expected}`,
      );
    }
    expected = end;
  }
  if (expected !== dataBytes) {
    throw refuse("layout", source, `the tensors end at byte ${expected} of the data, the file at ${dataBytes}`);
  }
}

function stored(source: ByteSource, { name, storedDtype, shape, begin, end }: Entry, dataStart: number): StoredTensor {
  const byteLength = end - begin;
  return {
    name,
    storedDtype,
    shape,
    byteLength,
    load: ({ widen = false } = {}) => {
      const bytes = source.read(dataStart + begin, byteLength);
      return readStored(bytes, { label: `${source.name}: tensor ${show(name)}`, storedDtype, shape, widen });
    },
  };
}

/** Bytes of a tensor, or undefined past 2^53; checked at each factor, so that no product wraps around. */
function byteCount(shape: Shape, elementBytes: number): number | undefined {
  if (shape.includes(0)) return 0;
  let bytes = elementBytes;
  for (const size of shape) {
    bytes *= size;
    if (bytes > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return bytes;
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0 && !Object.is(item, -0));

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function refuse(what: string, source: ByteSource, message: string): FoveaError {
  return new FoveaError(`safetensors/${what}`, `${source.name}: ${message}`, {
    hint: "the file is damaged or not a safetensors file: fetch or write it again",
  });
}
