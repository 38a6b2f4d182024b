/** An element type as npy headers and numpy pickles write it, in words of safetensors. */
export interface NumpyType {
  readonly storedDtype: string;
  /** Bytes of one element. */
  readonly bytes: number;
  readonly bigEndian: boolean;
}

/** Kind and size → name. No objects, texts, times, records or long doubles. */
const kinds: ReadonlyMap<string, string> = new Map([
  ["b1", "BOOL"],
  ["u1", "U8"],
  ["u2", "U16"],
  ["u4", "U32"],
  ["u8", "U64"],
  ["i1", "I8"],
  ["i2", "I16"],
  ["i4", "I32"],
  ["i8", "I64"],
  ["f2", "F16"],
  ["f4", "F32"],
  ["f8", "F64"],
  ["c8", "C64"],
  ["c16", "C128"],
]);

/** Parses `<f4`, `>i8`, `|u1`, `f4`; undefined for what is not read here. `=` is taken as little endian. */
export function parseNumpyType(text: string): NumpyType | undefined {
  const match = /^([<>|=]?)([a-z][0-9]{1,2})$/.exec(text);
  const storedDtype = match === null ? undefined : kinds.get(match[2]);
  if (match === null || storedDtype === undefined) return undefined;
  const bytes = Number(match[2].slice(1));
  if (match[1] === "|" && bytes > 1) return undefined; // '|' says that byte order means nothing
  return { storedDtype, bytes, bigEndian: match[1] === ">" && bytes > 1 };
}

/** The npy text of a type of ours: `<f4`. */
export function numpyTypeText(storedDtype: string): string | undefined {
  const found = [...kinds].find(([, name]) => name === storedDtype);
  if (found === undefined) return undefined;
  return `${found[0].endsWith("1") ? "|" : "<"}${found[0]}`;
}
