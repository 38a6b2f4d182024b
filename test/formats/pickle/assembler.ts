/** Writes pickles opcode by opcode, honest and hostile ones: what each function returns is a piece of a stream. */
export type Piece = Uint8Array;

const encoder = new TextEncoder();
const bytes = (...values: number[]): Piece => Uint8Array.from(values);
export const join = (...pieces: readonly Piece[]): Piece => new Uint8Array(Buffer.concat(pieces));

/** An opcode by its character or byte. */
export const op = (code: string | number): Piece => bytes(typeof code === "number" ? code : code.charCodeAt(0));
export const u32 = (value: number): Piece => new Uint8Array(Uint32Array.of(value).buffer);

export const pickle = (...pieces: readonly Piece[]): Piece => join(bytes(0x80, 2), ...pieces, op("."));
export const text = (value: string): Piece => join(op("X"), u32(encoder.encode(value).length), encoder.encode(value));
export const int = (value: number): Piece => join(op("J"), new Uint8Array(Int32Array.of(value).buffer));
/** LONG1, two's complement in 8 bytes. */
export const long = (value: bigint): Piece => join(bytes(0x8a, 8), new Uint8Array(BigInt64Array.of(value).buffer));
export const none = op("N");
export const yes = op(0x88);
export const no = op(0x89);
export const global = (module: string, name: string): Piece => join(op("c"), encoder.encode(`${module}\n${name}\n`));
export const tuple = (...items: readonly Piece[]): Piece => join(op("("), ...items, op("t"));
export const list = (...items: readonly Piece[]): Piece => join(op("]"), op("("), ...items, op("e"));
export const dict = (...entries: readonly (readonly [Piece, Piece])[]): Piece =>
  join(op("}"), op("("), ...entries.flat(), op("u"));
export const call = (callee: Piece, ...args: readonly Piece[]): Piece => join(callee, tuple(...args), op("R"));
export const put = (index: number): Piece => bytes("q".charCodeAt(0), index);
export const get = (index: number): Piece => bytes("h".charCodeAt(0), index);

export const orderedDict = (...entries: readonly (readonly [Piece, Piece])[]): Piece =>
  join(call(global("collections", "OrderedDict")), op("("), ...entries.flat(), op("u"));

export interface Tensor {
  readonly key?: string;
  readonly type?: string;
  /** Elements of the storage. */
  readonly count: number | bigint;
  readonly shape: readonly (number | bigint)[];
  readonly strides?: readonly (number | bigint)[];
  readonly offset?: number | bigint;
}

const whole = (value: number | bigint): Piece =>
  typeof value === "number" && value < 2 ** 31 ? int(value) : long(BigInt(value));

/** `_rebuild_tensor_v2` of a storage in the archive; row-major unless strides are given. */
export function tensor({ key = "0", type = "FloatStorage", count, shape, strides, offset = 0 }: Tensor): Piece {
  const rows = shape.map((_, i) => shape.slice(i + 1).reduce((product: bigint, size) => product * BigInt(size), 1n));
  const storage = join(tuple(text("storage"), global("torch", type), text(key), text("cpu"), whole(count)), op("Q"));
  const steps = strides ?? rows;
  return call(
    global("torch._utils", "_rebuild_tensor_v2"),
    storage,
    whole(offset),
    tuple(...shape.map(whole)),
    tuple(...steps.map(whole)),
    no,
    orderedDict(),
  );
}
