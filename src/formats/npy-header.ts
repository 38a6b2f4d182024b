import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteSource } from "../files/byte-source.ts";
import type { Limits } from "../files/limits.ts";
import { type NumpyType, parseNumpyType } from "./numpy-dtypes.ts";
import { elementCount } from "./strided-bytes.ts";

export interface NpyHeader extends NumpyType {
  readonly shape: readonly number[];
  /** Fortran order: the first axis varies fastest. */
  readonly columnMajor: boolean;
  /** Offset of the first element. */
  readonly dataStart: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

/**
 * Reads the header of an npy file, versions 1 to 3 (numpy/lib/format.py): magic, version, length, and a Python dict of
 * `descr`, `fortran_order` and `shape`, for which there is a grammar here and no evaluation. The elements fill the rest
 * of the file exactly; types are plain numbers and booleans, never objects.
 */
export function readNpyHeader(source: ByteSource, limits: Limits): NpyHeader {
  const start = source.read(0, Math.min(source.size, 12));
  if (start.length < 10 || !isNpy(start)) throw npyRefusal(source, `it does not begin as an npy file does`);
  const [version, minor] = [start[6], start[7]];
  if (version < 1 || version > 3 || minor !== 0)
    throw npyRefusal(source, `version ${version}.${minor}; 1 to 3 are read`);
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const wide = version > 1;
  if (wide && start.length < 12) throw npyRefusal(source, "it ends inside its header");
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  if (length > limits.npyHeaderBytes)
    throw npyRefusal(source, `header of ${length} bytes, at most ${limits.npyHeaderBytes} are read`);
  const dataStart = (wide ? 12 : 10) + length;
  const text = new TextDecoder("latin1").decode(source.read(wide ? 12 : 10, length));
  return checked(source, parseHeader(source, text), dataStart, limits);
}

function checked(source: ByteSource, fields: Fields, dataStart: number, limits: Limits): NpyHeader {
  const { descr, columnMajor, shape } = fields;
  const type = parseNumpyType(descr);
  if (type === undefined) {
    const objects = /O/.test(descr) ? " (objects are pickles and are never read)" : "";
    throw npyRefusal(source, `element type ${JSON.stringify(descr)}${objects}; plain numbers and booleans are read`);
  }
  if (shape.length > limits.tensorRank)
    throw npyRefusal(source, `rank ${shape.length}, at most ${limits.tensorRank} is read`);
  const count = elementCount(shape);
  const bytes = source.size - dataStart;
  if (count === undefined || count * type.bytes !== bytes)
    throw npyRefusal(
      source,
      `shape [${shape.join(", ")}] of ${type.storedDtype} does not fit the ${bytes} bytes of data`,
    );
  return { ...type, columnMajor, shape, dataStart };
}

interface Fields {
  readonly descr: string;
  readonly columnMajor: boolean;
  readonly shape: number[];
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order, each once, then spaces. */
function parseHeader(source: ByteSource, text: string): Fields {
  const body = /^\{(.*)\}[ ]*\n?$/s.exec(text)?.[1];
  if (body === undefined) throw npyRefusal(source, "the header is no dict");
  const fields = new Map<string, string>();
  const member =
    /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*(['"][^'"]{1,64}['"]|True|False|\([0-9L,\s]*\))\s*(,|$)/y;
  while (member.lastIndex < body.trimEnd().length) {
    const at = member.lastIndex;
    const match = member.exec(body);
    if (match === null)
      throw npyRefusal(source, `the header is not understood at ${JSON.stringify(body.slice(at, at + 60))}`);
    if (fields.has(match[2])) throw npyRefusal(source, `the header has ${match[2]} twice`);
    fields.set(match[2], match[3]);
  }
  const [descr, order, shape] = [fields.get("descr"), fields.get("fortran_order"), fields.get("shape")];
  const isText = descr !== undefined && /^(['"]).*\1$/.test(descr);
  if (!isText || !/^(True|False)$/.test(order ?? "") || !shape?.startsWith("("))
    throw npyRefusal(source, "the header does not hold descr, fortran_order and shape of their types");
  return { descr: descr.slice(1, -1), columnMajor: order === "True", shape: parseShape(source, shape) };
}

function parseShape(source: ByteSource, text: string): number[] {
  const parts = text
    .slice(1, -1)
    .split(",")
    .map((part) => part.trim());
  if (parts.at(-1) === "") parts.pop();
  else if (parts.length === 1) throw npyRefusal(source, `shape ${text} is a number, expected a tuple`);
  return parts.map((part) => {
    const size = /^[0-9]{1,16}L?$/.test(part) ? parseInt(part, 10) : NaN; // Python 2 wrote 3L
    if (!Number.isSafeInteger(size)) throw npyRefusal(source, `shape ${text.slice(0, 80)}`);
    return size;
  });
}

export const npyRefusal = (source: ByteSource, message: string): FoveaError =>
  new FoveaError("formats/npy", `${source.name}: ${message}`, {
    hint: "the file is damaged or no plain array: write it with numpy.save(..., allow_pickle=False)",
  });
