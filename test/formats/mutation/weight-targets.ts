import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { memorySource } from "../../../src/files/byte-source.ts";
import { writeNpy } from "../../../src/formats/npy.ts";
import { writeNpz } from "../../../src/formats/npz.ts";
import { writeSafetensors } from "../../../src/formats/safetensors-writer.ts";
import { openWeightsSource } from "../../../src/formats/weights-source.ts";
import { type HostTensor, hostTensor } from "../../../src/graph/dtype.ts";
import { call, dict, global, int, join, list, op, orderedDict, pickle, tensor, text, tuple, yes } from "../pickle/assembler.ts"; // prettier-ignore
import { archive, floats } from "../pth/torch-archive.ts";
import { canary } from "./run-mutations.ts";
import type { Target } from "./target.ts";

const joined = (chunks: Iterable<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat([...chunks]));

const shapes = [[1], [2, 3], [0], [], [4, 1, 2], [3, 3], [1, 1, 1, 5], [8]];
const sixteen = floats(...Array.from({ length: 16 }, (_, i) => i));
/** Would run a command in Python. */
const attack = call(global("posix", "system"), text(`touch ${canary}`));
const states = shapes.flatMap((shape, i) =>
  [0, 1].flatMap((offset) =>
    [false, true].map((wrapped) => {
      const state = orderedDict([text(`layer${i}.weight`), tensor({ count: 16, shape, offset })], [text("n"), int(i)]);
      return wrapped ? dict([text("model"), state], [text("args"), list(attack, tuple(int(1), op("N")))]) : state;
    }),
  ),
);
const ids = hostTensor("int64", [2], BigInt64Array.of(-1n, 2n ** 60n));
/** Arrays of all ranks and types; each file holds one and `ids`. */
export const arrays: readonly HostTensor[] = shapes.flatMap((shape): HostTensor[] => {
  const size = shape.reduce((product, length) => product * length, 1);
  return [
    hostTensor("float32", shape, new Float32Array(size).fill(1.5)),
    hostTensor("float64", shape, new Float64Array(size).fill(-2)),
    hostTensor("float16", shape, new Uint16Array(size).fill(0x3c00)),
    hostTensor("uint8", shape, new Uint8Array(size).fill(7)),
    hostTensor("bool", shape, new Uint8Array(size).fill(1)),
  ];
});
const pairs = arrays.map((array, i) => new Map([[`a${i}`, array], ["ids", ids]])); // prettier-ignore
const magic = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);
const old = (state: Uint8Array): Uint8Array =>
  join(
    magic,
    pickle(join(op("M"), Uint8Array.of(0xe9, 3))),
    pickle(dict([text("little_endian"), yes])),
    pickle(state),
    pickle(list(text("0"))),
    new Uint8Array(BigInt64Array.of(16n).buffer),
    sixteen,
  );
const model = ({ shape }: HostTensor, i: number): Uint8Array => {
  const size = shape.reduce((product, length) => product * length, 1);
  const tensors = [
    { name: `w${i}`, dims: shape.map(BigInt), dataType: 1, rawData: new Uint8Array(new ArrayBuffer(4 * size)) },
    { name: "i", dims: [2n], dataType: 7, int64Data: [-1n, 5n] },
    { name: "f", dims: [1n], dataType: 1, floatData: [2] },
  ];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph: { initializer: tensors } }));
};

/** Names of Python and its libraries that run something, in pickles that call them. */
const gadgets = ["posix.system", "builtins.eval", "builtins.exec", "subprocess.Popen", "os.system", "torch.hub.load", "numpy.load", "builtins.getattr", "shutil.rmtree", "operator.attrgetter"]; // prettier-ignore
const gadgetArchives = gadgets.map((name) => {
  const [module, attribute] = [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf(".") + 1)];
  const callIt = call(global(module, attribute), text(`touch ${canary}`));
  return { name: `a pickle that calls ${name}`, bytes: archive(pickle(callIt), { 0: sixteen }) };
});

/** Opens and loads everything; unknown classes become records, so that more of the file is read. */
function readWeights(bytes: Uint8Array, skipUnknown = true): number {
  const { tensors } = openWeightsSource(memorySource(bytes, "mutant"), { skipUnknown });
  for (const stored of tensors.values()) stored.load({ widen: true });
  return tensors.size;
}

export const weightTargets: readonly Target[] = [
  {
    name: "pth archives",
    seeds: states.map((state) => archive(pickle(state), { 0: sixteen })),
    read: (bytes) => readWeights(bytes),
  },
  { name: "pickles that call", hostile: true, seeds: gadgetArchives.map(({ bytes }) => bytes), attacks: gadgetArchives, read: (bytes) => readWeights(bytes, false) }, // prettier-ignore
  {
    name: "pickles inside sound archives",
    seeds: states.map((state) => pickle(state)),
    read: (bytes) => readWeights(archive(bytes, { 0: sixteen })),
  },
  { name: "old pth", seeds: states.map(old), read: (bytes) => readWeights(bytes) },
  { name: "npz weights", seeds: pairs.map((pair) => joined(writeNpz(pair))), read: (bytes) => readWeights(bytes) },
  {
    name: "npy weights",
    seeds: arrays.map((value) => joined(writeNpy(value))),
    digits: true,
    read: (bytes) => readWeights(bytes),
  },
  {
    name: "safetensors",
    seeds: pairs.map((pair) => joined(writeSafetensors(pair))),
    digits: true,
    read: (bytes) => readWeights(bytes),
  },
  { name: "ONNX initialisers", seeds: arrays.map(model), read: (bytes) => readWeights(bytes) },
];
