import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteSource } from "../files/byte-source.ts";
import { defaultLimits, type Limits } from "../files/limits.ts";
import { ByteCursor } from "./byte-cursor.ts";
import { type Field, fieldsOf, readVarint } from "./protobuf-cursor.ts";
import { readStored } from "./safetensors-data.ts";
import { storedDtypes } from "./safetensors-dtypes.ts";
import type { StoredTensor } from "./safetensors.ts";
import { elementCount } from "./strided-bytes.ts";

/** TensorProto.DataType → the name safetensors gives it (onnx.proto). */
const dtypeNames: ReadonlyMap<number, string> = new Map([
  [1, "F32"],
  [2, "U8"],
  [3, "I8"],
  [4, "U16"],
  [5, "I16"],
  [6, "I32"],
  [7, "I64"],
  [9, "BOOL"],
  [10, "F16"],
  [11, "F64"],
  [12, "U32"],
  [13, "U64"],
  [14, "C64"],
  [16, "BF16"],
  [17, "F8_E4M3"],
  [19, "F8_E5M2"],
]);

const GRAPH = 7; // of ModelProto
const INITIALISER = 5; // of GraphProto
const SPARSE_INITIALISER = 15;
/** Fields of TensorProto. */
const DIMS = 1;
const DATA_TYPE = 2;
const SEGMENT = 3;
const STRINGS = 6;
const NAME = 8;
const RAW_DATA = 9;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
/** Values listed field by field: name → how they are stored. */
const listFields: ReadonlyMap<number, "fixed" | "varint"> = new Map([
  [4, "fixed"], // float_data
  [5, "varint"], // int32_data
  [7, "varint"], // int64_data
  [10, "fixed"], // double_data
  [11, "varint"], // uint64_data
]);

/**
 * The initialisers of an ONNX model as weights: the file is walked over without being decoded, values are read when they
 * are loaded. Data in other files, sparse tensors and texts are refused by name.
 *
 * @throws FoveaError `onnx/...` naming file and initialiser
 */
export function openOnnxInitialisers(
  source: ByteSource,
  limits: Limits = defaultLimits,
): ReadonlyMap<string, StoredTensor> {
  if (source.size > limits.onnxBytes)
    throw refusal("limit", source, `${source.size} bytes, at most ${limits.onnxBytes} are read`);
  const graphs = [...fieldsOf(new ByteCursor(source))].filter(({ number }) => number === GRAPH);
  const [graph] = graphs;
  if (graph === undefined || graphs.length > 1 || graph.kind !== "bytes")
    throw refusal("graph", source, graph === undefined ? "the model holds no graph" : "the model holds two graphs");
  const tensors = new Map<string, StoredTensor>();
  for (const field of fieldsOf(new ByteCursor(source, graph.start, graph.end))) {
    if (field.number === SPARSE_INITIALISER) throw refusal("sparse", source, "sparse initialisers are not read");
    if (field.number !== INITIALISER) continue;
    if (field.kind !== "bytes")
      throw refusal("initialiser", source, `an initialiser at byte ${field.start} is no message`);
    const tensor = openTensor(source, field, limits);
    if (tensors.has(tensor.name)) throw refusal("name", source, `two initialisers are named ${show(tensor.name)}`);
    if (tensors.size >= limits.tensorsPerFile)
      throw refusal("limit", source, `more than ${limits.tensorsPerFile} initialisers`);
    tensors.set(tensor.name, tensor);
  }
  return tensors;
}

interface Proto {
  readonly dims: number[];
  name: string;
  dataType: number;
  raw: Field | undefined;
  readonly lists: Field[];
}

function openTensor(source: ByteSource, place: Field, limits: Limits): StoredTensor {
  const proto = readProto(source, place, limits);
  const { name, dims: shape } = proto;
  const fail = (what: string) => refusal("initialiser", source, `initialiser ${show(name)}: ${what}`);
  const storedDtype = dtypeNames.get(proto.dataType);
  if (storedDtype === undefined) throw fail(`element type ${proto.dataType} is not read`);
  const size = storedDtypes.get(storedDtype)?.bytes ?? 1;
  const count = elementCount(shape);
  if (count === undefined || count * size > source.size * 10)
    // a varint of one byte may stand for eight
    throw fail(`shape [${shape.join(", ")}] of ${storedDtype} has more elements than the file`);
  const byteLength = count * size;
  const bytes = valuesOf(source, proto, { count, size }, fail);
  const load: StoredTensor["load"] = ({ widen = false } = {}) =>
    readStored(bytes(), { label: `${source.name}: initialiser ${show(name)}`, storedDtype, shape, widen });
  return { name, storedDtype, shape, byteLength, load };
}

function readProto(source: ByteSource, place: Field, limits: Limits): Proto {
  const proto: Proto = { dims: [], name: "", dataType: 0, raw: undefined, lists: [] };
  const fail = (what: string) => refusal("initialiser", source, `initialiser ${show(proto.name)}: ${what}`);
  const cursor = new ByteCursor(source, place.start, place.end, 512); // its data are passed over
  for (const field of fieldsOf(cursor)) {
    if (field.number === DIMS) proto.dims.push(...dimsOf(source, field, limits));
    else if (field.number === DATA_TYPE) proto.dataType = Number(field.value);
    else if (field.number === NAME) proto.name = nameOf(source, field, limits);
    else if (field.number === RAW_DATA && field.kind === "bytes") proto.raw = field;
    else if (listFields.has(field.number)) proto.lists.push(field);
    else if (field.number === EXTERNAL_DATA || (field.number === DATA_LOCATION && field.value !== 0n))
      throw fail("its data lie in another file, which is not read");
    else if (field.number === STRINGS || field.number === SEGMENT) throw fail("texts and segments are not read");
    if (proto.dims.length > limits.tensorRank) throw fail(`rank above ${limits.tensorRank}`);
    if (proto.lists.length > 2 ** 20) throw fail("its values stand in more than 2^20 pieces");
  }
  return proto;
}

function dimsOf(source: ByteSource, field: Field, limits: Limits): number[] {
  const values: bigint[] = [];
  if (field.kind === "varint") values.push(field.value);
  else {
    const cursor = new ByteCursor(source, field.start, field.end, 512);
    while (cursor.left > 0 && values.length <= limits.tensorRank) values.push(readVarint(cursor));
  }
  return values.map((value) => {
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    throw refusal("initialiser", source, `a size of ${BigInt.asIntN(64, value)} at byte ${field.start}`);
  });
}

function nameOf(source: ByteSource, field: Field, limits: Limits): string {
  const length = field.end - field.start;
  if (field.kind !== "bytes" || length > limits.tensorNameBytes)
    throw refusal("name", source, `an initialiser's name of ${length} bytes`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(source.read(field.start, length));
  } catch {
    throw refusal("name", source, "an initialiser's name is not UTF-8");
  }
}

/** How the values are read, as little-endian bytes; their number is checked now where they are raw or fixed. */
function valuesOf(
  source: ByteSource,
  { raw, lists }: Proto,
  { count, size }: { readonly count: number; readonly size: number },
  fail: (what: string) => FoveaError,
): () => Uint8Array {
  if (raw !== undefined && lists.length > 0) throw fail("its values stand there twice, raw and listed");
  const wanted = count * size;
  if (raw !== undefined) {
    const held = raw.end - raw.start;
    if (held !== wanted) throw fail(`needs ${wanted} bytes and has ${held}`);
    return () => source.read(raw.start, wanted);
  }
  const listed = lists.map((field) => ({ field, kind: listFields.get(field.number) }));
  if (listed.some(({ field }) => field.number !== lists[0].number))
    throw fail("its values stand in lists of two types");
  return () =>
    listed[0]?.kind === "varint" ? varints(source, lists, count, size, fail) : fixed(source, lists, wanted, fail);
}

function fixed(
  source: ByteSource,
  lists: readonly Field[],
  wanted: number,
  fail: (what: string) => FoveaError,
): Uint8Array {
  const held = lists.reduce((sum, { start, end }) => sum + end - start, 0);
  if (held !== wanted) throw fail(`needs ${wanted} bytes and has ${held}`);
  const bytes = new Uint8Array(wanted);
  let at = 0;
  for (const { start, end } of lists) {
    bytes.set(source.read(start, end - start), at);
    at += end - start;
  }
  return bytes;
}

function varints(
  source: ByteSource,
  lists: readonly Field[],
  count: number,
  size: number,
  fail: (what: string) => FoveaError,
): Uint8Array {
  const available = lists.reduce((sum, { start, end }) => sum + end - start, 0);
  if (count > available) throw fail(`needs ${count} values and has fewer`);
  const bytes = new Uint8Array(count * 8);
  const view = new DataView(bytes.buffer);
  let done = 0;
  const add = (value: bigint): void => {
    if (done === count) throw fail(`needs ${count} values and has more`);
    view.setBigUint64(done++ * size, value, true); // the low `size` bytes stay: the next value overwrites the others
  };
  for (const field of lists) {
    if (field.kind === "varint") add(field.value);
    else for (const cursor = new ByteCursor(source, field.start, field.end); cursor.left > 0;) add(readVarint(cursor));
  }
  if (done !== count) throw fail(`needs ${count} values and has ${done}`);
  return bytes.subarray(0, count * size);
}

const show = (name: string): string => JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);

const refusal = (what: string, source: ByteSource, message: string): FoveaError =>
  new FoveaError(`onnx/${what}`, `${source.name}: ${message}`, {
    hint: "is it a whole ONNX model with its weights inside? export it again without external data",
  });
