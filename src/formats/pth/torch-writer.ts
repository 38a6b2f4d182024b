import { type DType, type HostTensor, type Shape, sizeOf } from "../../graph/dtype.ts";
import { type Picklable, pickled } from "../pickle/pickle-writer.ts";
import { bytesOf } from "../safetensors-writer.ts";
import { writeZip } from "../zip/zip-writer.ts";

/** PyTorch's storage class of each of our types. */
const storageClass: Record<DType, string> = {
  float32: "FloatStorage",
  float16: "HalfStorage",
  float64: "DoubleStorage",
  int64: "LongStorage",
  int32: "IntStorage",
  uint8: "ByteStorage",
  bool: "BoolStorage",
};

/**
 * A state dict as `torch.save` writes it (zip, since PyTorch 1.6), in chunks for `commitFile`:
 * `torch.load(file, weights_only=True)` gives a dictionary of tensors in the map's order.
 *
 * @param at keys around it: `["model"]` gives `{"model": {…}}`, as most repositories release their files
 */
export function writeTorchFile(
  tensors: ReadonlyMap<string, HostTensor>,
  { at = [] }: { readonly at?: readonly string[] } = {},
): Iterable<Uint8Array> {
  const named = [...tensors];
  const dict: Picklable = { dict: new Map(named.map(([name, tensor], i) => [name, rebuilt(tensor, String(i))])) };
  const tree = at.reduceRight<Picklable>((inner, key) => ({ dict: new Map([[key, inner]]) }), dict);
  const text = (value: string): Uint8Array[] => [new TextEncoder().encode(value)];
  return writeZip(
    new Map<string, Iterable<Uint8Array>>([
      ["archive/data.pkl", [pickled(tree)]],
      ["archive/byteorder", text("little")],
      ...named.map(([, tensor], i) => [`archive/data/${i}`, storage(tensor)] as const),
      ["archive/version", text("3\n")],
    ]),
    { alignment: 64 },
  );
}

/** Read anew at each pass: a tensor of a large file need not stay in memory. */
const storage = (tensor: HostTensor): Iterable<Uint8Array> => ({
  *[Symbol.iterator]() {
    yield bytesOf(tensor);
  },
});

function rebuilt({ dtype, shape }: HostTensor, key: string): Picklable {
  const storageOf: Picklable = {
    persistent: ["storage", { name: ["torch", storageClass[dtype]] }, key, "cpu", sizeOf(shape)],
  };
  const hooks: Picklable = { call: ["collections", "OrderedDict"], args: [] };
  const args = [storageOf, 0, { tuple: shape }, { tuple: stridesOf(shape) }, false, hooks];
  return { call: ["torch._utils", "_rebuild_tensor_v2"], args };
}

/** Of a dense tensor in C order, in elements. */
const stridesOf = (shape: Shape): number[] => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
