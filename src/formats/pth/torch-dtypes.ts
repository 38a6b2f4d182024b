/** PyTorch's storage classes (module and name as pickled) → the type's safetensors name; untyped ones count bytes. */
export const storageTypes: ReadonlyMap<string, string> = new Map([
  ["torch.FloatStorage", "F32"],
  ["torch.DoubleStorage", "F64"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"],
  ["torch.ComplexFloatStorage", "C64"],
  ["torch.cuda.FloatStorage", "F32"],
  ["torch.cuda.DoubleStorage", "F64"],
  ["torch.cuda.HalfStorage", "F16"],
  ["torch.cuda.BFloat16Storage", "BF16"],
  ["torch.cuda.LongStorage", "I64"],
  ["torch.cuda.IntStorage", "I32"],
  ["torch.cuda.ShortStorage", "I16"],
  ["torch.cuda.CharStorage", "I8"],
  ["torch.cuda.ByteStorage", "U8"],
  ["torch.cuda.BoolStorage", "BOOL"],
  ["torch.storage.UntypedStorage", "U8"],
  ["torch.storage._UntypedStorage", "U8"],
  ["torch.UntypedStorage", "U8"],
]);

/** `torch.dtype`s as pickled (`torch float32`) → the safetensors name. */
export const torchDtypes: ReadonlyMap<string, string> = new Map([
  ["torch.float32", "F32"],
  ["torch.float", "F32"],
  ["torch.float64", "F64"],
  ["torch.double", "F64"],
  ["torch.float16", "F16"],
  ["torch.half", "F16"],
  ["torch.bfloat16", "BF16"],
  ["torch.int64", "I64"],
  ["torch.long", "I64"],
  ["torch.int32", "I32"],
  ["torch.int", "I32"],
  ["torch.int16", "I16"],
  ["torch.short", "I16"],
  ["torch.int8", "I8"],
  ["torch.uint8", "U8"],
  ["torch.uint16", "U16"],
  ["torch.uint32", "U32"],
  ["torch.uint64", "U64"],
  ["torch.bool", "BOOL"],
  ["torch.complex64", "C64"],
  ["torch.float8_e4m3fn", "F8_E4M3"],
  ["torch.float8_e5m2", "F8_E5M2"],
]);

/** Tensor classes, which name themselves in checkpoints but hold nothing there. */
export const tensorClasses: readonly string[] = [
  "torch.Tensor",
  "torch.nn.parameter.Parameter",
  "torch.nn.parameter.Buffer",
  ...["Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool"].flatMap((type) => [
    `torch.${type}Tensor`,
    `torch.cuda.${type}Tensor`,
  ]),
];
