import { join } from "node:path";
import { expect, test } from "vitest";
import { inspectFile } from "../../src/data/inspect-file.ts";
import { openDataset } from "../../src/data/open-dataset.ts";
import { writeNpy } from "../../src/formats/npy.ts";
import { writeNpz } from "../../src/formats/npz.ts";
import { hostTensor, type HostTensor } from "../../src/graph/dtype.ts";
import { call, dict, global, int, join as pieces, list, no, none, op, pickle, text, tuple, u32 } from "../formats/pickle/assembler.ts"; // prettier-ignore
import { newFolder, writeBelow } from "./image-files.ts";

const joined = (chunks: Iterable<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat([...chunks]));

/** A batch as Python pickles it: `data` uint8 [N, 3072], image n all n, its red plane n + 100. */
function batch(labels: readonly number[], key: string): Uint8Array {
  const data = new Uint8Array(labels.length * 3072);
  for (let n = 0; n < labels.length; n++) data.fill(n, n * 3072, (n + 1) * 3072).fill(n + 100, n * 3072, n * 3072 + 1024); // prettier-ignore
  const dtype = pieces(call(global("numpy", "dtype"), text("u1"), int(0), int(1)), tuple(int(3), text("|"), none, none, none, int(-1), int(-1), int(0)), op("b")); // prettier-ignore
  const made = call(global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray"), tuple(int(0)), text("b")); // prettier-ignore
  const shape = tuple(int(labels.length), int(3072));
  const array = pieces(made, tuple(int(1), shape, dtype, no, pieces(op("T"), u32(data.length), data)), op("b"));
  return pickle(dict([text("data"), array], [text(key), list(...labels.map(int))]));
}

test("CIFAR-10's Python pickles: planes become pixels, names come from the pickle of names", async () => {
  const root = newFolder();
  const names = Array.from({ length: 10 }, (_, i) => `thing ${i}`);
  const write = (name: string, bytes: Uint8Array) => writeBelow(root, `cifar-10-batches-py/${name}`, bytes);
  write("data_batch_1", batch([3, 4], "labels"));
  write("data_batch_2", batch([9], "labels"));
  write("test_batch", batch([1], "labels"));
  write("batches.meta", pickle(dict([text("label_names"), list(...names.map(text))])));
  const train = await openDataset({ root }, "train");
  expect([train.length, train.classNames[9], [0, 1, 2].map((i) => train.label(i))]).toEqual([3, "thing 9", [3, 4, 9]]);
  const { image, id } = await train.read(1);
  expect([id, ...image.data.subarray(0, 6)]).toEqual(["data_batch_1#1", 101, 1, 1, 101, 1, 1]);
  expect((await openDataset({ root }, "val")).length).toBe(1);
  write("test_batch", batch([10], "labels"));
  await expect(openDataset({ root }, "val")).rejects.toThrow("image 0 has label 10 of 10 classes");
  write("test_batch", pickle(dict([text("data"), call(global("os", "system"), text("true"))])));
  await expect(openDataset({ root }, "val")).rejects.toThrow("os.system");
});

test("CIFAR-100's fine labels", async () => {
  const root = newFolder();
  for (const name of ["train", "test"]) writeBelow(root, name, batch([99], "fine_labels"));
  writeBelow(root, "meta", pickle(dict([text("fine_label_names"), list(...Array.from({ length: 100 }, (_, i) => text(`c${i}`)))]))); // prettier-ignore
  const train = await openDataset({ root }, "train");
  expect([train.length, train.classNames[train.label(0)]]).toEqual([1, "c99"]);
});

const images = (count: number, channels?: number): HostTensor => {
  const shape = [count, 2, 3, ...(channels === undefined ? [] : [channels])];
  return hostTensor(
    "uint8",
    shape,
    Uint8Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i),
  );
};
const labels = (...values: number[]): HostTensor => hostTensor("int64", [values.length], BigInt64Array.from(values, BigInt)); // prettier-ignore

test("an npz as Keras has it: the test split is held out; class names can be given", async () => {
  const root = newFolder();
  const arrays = new Map([["x_train", images(2)], ["y_train", labels(0, 2)], ["x_test", images(1)], ["y_test", labels(1)]]); // prettier-ignore
  writeBelow(root, "mnist.npz", joined(writeNpz(arrays)));
  const train = await openDataset({ root }, "train");
  expect([train.length, train.classNames]).toEqual([2, ["class 0", "class 1", "class 2"]]);
  const { image, id } = await train.read(1);
  expect([image.width, image.height, [...image.data.subarray(0, 4)], id]).toEqual([3, 2, [6, 6, 6, 7], "mnist.npz:x_train#1"]); // prettier-ignore
  const val = await openDataset({ root, classNames: ["a", "b", "c"] }, "val");
  expect([val.length, val.classNames[val.label(0)]]).toEqual([1, "b"]);
  await expect(openDataset({ root }, "test")).rejects.toThrow();
});

test("npy files as MedMNIST names them, in colour; what does not belong together is refused", async () => {
  const root = newFolder();
  const write = (name: string, tensor: HostTensor) => writeBelow(root, `${name}.npy`, joined(writeNpy(tensor)));
  for (const [split, count] of [
    ["train", 3],
    ["val", 1],
    ["test", 2],
  ] as const) {
    write(`${split}_images`, images(count, 3));
    write(`${split}_labels`, hostTensor("uint8", [count, 1], new Uint8Array(count)));
  }
  const counts = await Promise.all((["train", "val", "test"] as const).map(async (split) => (await openDataset({ root }, split)).length)); // prettier-ignore
  expect(counts).toEqual([3, 1, 2]);
  write("val_labels", labels(0, 1));
  await expect(openDataset({ root }, "val")).rejects.toThrow("val_labels: int64 [2], expected 1 whole numbers, one for each image"); // prettier-ignore
});

test("a single file: type, shape and figures of each array", async () => {
  const root = newFolder();
  writeBelow(root, "a.npz", joined(writeNpz(new Map([["x", hostTensor("float64", [3], Float64Array.of(1e16, 1, -1e16))], ["l", labels(3, 4)]])))); // prettier-ignore
  const { format, arrays } = await inspectFile(join(root, "a.npz"));
  expect([format, arrays[0], arrays[1]]).toMatchObject([
    "npz",
    { name: "x", type: "float64", shape: [3], min: -1e16, max: 1e16, sum: 1 }, // as exact numbers add up
    { name: "l", type: "int64", shape: [2], min: 3, max: 4, sum: 7 },
  ]);
  writeBelow(root, "a.bin", Uint8Array.of(1, 2, 3));
  await expect(inspectFile(join(root, "a.bin"))).rejects.toThrow("no known kind of file: it begins with the bytes 01 02 03"); // prettier-ignore
});
