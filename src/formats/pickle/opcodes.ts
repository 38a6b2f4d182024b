/**
 * The opcodes of pickle protocols 0 to 5 (Python's Lib/pickletools.py): byte, name, and what stands behind it. All are
 * known, so that a file can be read through and everything objectionable in it be listed; few are carried out.
 */
export type Argument =
  "none" | "u8" | "u16" | "u32" | "i32" | "u64" | "f64" | "line" | "2 lines" | "u8 bytes" | "u32 bytes" | "u64 bytes";

export interface Opcode {
  readonly byte: number;
  readonly name: string;
  readonly argument: Argument;
}

const table: readonly (readonly [byte: number | string, name: string, argument: Argument])[] = [
  ["(", "MARK", "none"],
  [".", "STOP", "none"],
  ["0", "POP", "none"],
  ["1", "POP_MARK", "none"],
  ["2", "DUP", "none"],
  ["F", "FLOAT", "line"],
  ["I", "INT", "line"],
  ["J", "BININT", "i32"],
  ["K", "BININT1", "u8"],
  ["L", "LONG", "line"],
  ["M", "BININT2", "u16"],
  ["N", "NONE", "none"],
  ["P", "PERSID", "line"],
  ["Q", "BINPERSID", "none"],
  ["R", "REDUCE", "none"],
  ["S", "STRING", "line"],
  ["T", "BINSTRING", "u32 bytes"],
  ["U", "SHORT_BINSTRING", "u8 bytes"],
  ["V", "UNICODE", "line"],
  ["X", "BINUNICODE", "u32 bytes"],
  ["a", "APPEND", "none"],
  ["b", "BUILD", "none"],
  ["c", "GLOBAL", "2 lines"],
  ["d", "DICT", "none"],
  ["}", "EMPTY_DICT", "none"],
  ["e", "APPENDS", "none"],
  ["g", "GET", "line"],
  ["h", "BINGET", "u8"],
  ["i", "INST", "2 lines"],
  ["j", "LONG_BINGET", "u32"],
  ["l", "LIST", "none"],
  ["]", "EMPTY_LIST", "none"],
  ["o", "OBJ", "none"],
  ["p", "PUT", "line"],
  ["q", "BINPUT", "u8"],
  ["r", "LONG_BINPUT", "u32"],
  ["s", "SETITEM", "none"],
  ["t", "TUPLE", "none"],
  [")", "EMPTY_TUPLE", "none"],
  ["u", "SETITEMS", "none"],
  ["G", "BINFLOAT", "f64"],
  [0x80, "PROTO", "u8"],
  [0x81, "NEWOBJ", "none"],
  [0x82, "EXT1", "u8"],
  [0x83, "EXT2", "u16"],
  [0x84, "EXT4", "i32"],
  [0x85, "TUPLE1", "none"],
  [0x86, "TUPLE2", "none"],
  [0x87, "TUPLE3", "none"],
  [0x88, "NEWTRUE", "none"],
  [0x89, "NEWFALSE", "none"],
  [0x8a, "LONG1", "u8 bytes"],
  [0x8b, "LONG4", "u32 bytes"],
  ["B", "BINBYTES", "u32 bytes"],
  ["C", "SHORT_BINBYTES", "u8 bytes"],
  [0x8c, "SHORT_BINUNICODE", "u8 bytes"],
  [0x8d, "BINUNICODE8", "u64 bytes"],
  [0x8e, "BINBYTES8", "u64 bytes"],
  [0x8f, "EMPTY_SET", "none"],
  [0x90, "ADDITEMS", "none"],
  [0x91, "FROZENSET", "none"],
  [0x92, "NEWOBJ_EX", "none"],
  [0x93, "STACK_GLOBAL", "none"],
  [0x94, "MEMOIZE", "none"],
  [0x95, "FRAME", "u64"],
  [0x96, "BYTEARRAY8", "u64 bytes"],
  [0x97, "NEXT_BUFFER", "none"],
  [0x98, "READONLY_BUFFER", "none"],
];

const all: readonly Opcode[] = table.map(([key, name, argument]) => ({
  byte: typeof key === "number" ? key : key.charCodeAt(0),
  name,
  argument,
}));

/** MARK. */
export const firstOpcode: Opcode = all[0];

/** By byte. */
export const opcodes: readonly (Opcode | undefined)[] = Array.from({ length: 256 }, (_, byte) =>
  all.find((opcode) => opcode.byte === byte),
);

/** The 34 that PyTorch's torch/_weights_only_unpickler.py carries out: what `torch.save` writes by default. */
export const torchOpcodes: ReadonlySet<string> = new Set(
  (
    "APPEND APPENDS BINFLOAT BINGET BININT BININT1 BININT2 BINPERSID BINPUT BINUNICODE BUILD EMPTY_DICT EMPTY_LIST " +
    "EMPTY_SET EMPTY_TUPLE GLOBAL LONG1 LONG_BINGET LONG_BINPUT MARK NEWFALSE NEWOBJ NEWTRUE NONE PROTO REDUCE SETITEM " +
    "SETITEMS SHORT_BINSTRING STOP TUPLE TUPLE1 TUPLE2 TUPLE3"
  ).split(" "),
);

/** These and what protocols 2 to 5 need for plain data and numpy arrays: data sets such as CIFAR's Python batches. */
export const dataOpcodes: ReadonlySet<string> = new Set([
  ...torchOpcodes,
  ..."BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 SHORT_BINUNICODE BINUNICODE8 ADDITEMS FROZENSET STACK_GLOBAL".split(
    " ",
  ),
  ..."MEMOIZE FRAME LONG4".split(" "),
]);
