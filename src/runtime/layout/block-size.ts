import { input } from "../../graph/leaf.ts";
import { encodeModel } from "../../graph/onnx/encode.ts";
import { ReorderInput } from "../../graph/operators/blocked.ts";
import { program } from "../../graph/program.ts";
import { resolveDevice } from "../device.ts";
import { createSession } from "../session.ts";
import { toHost, toOrt } from "../host-tensors.ts";

let probed: Promise<number> | undefined;

/**
 * Channels that ONNX Runtime stores side by side in blocked activations on this processor: 16 with AVX-512, 8 with AVX2;
 * 1 where its build has no such layout. Asked of the runtime once a process: with a wrong block size the results are
 * wrong and no error is raised.
 */
export const blockSize = (): Promise<number> => (probed ??= probe());

/** `ReorderInput` rounds 4 channels up to one block. */
async function probe(): Promise<number> {
  try {
    const x = input("x", [1, 4, 1, 1]);
    const session = await createSession(
      encodeModel(program({ outputs: { y: ReorderInput({ x }).y } })),
      resolveDevice({ device: "cpu", threads: 1 }),
    );
    try {
      const { y } = await session.run({
        x: toOrt({ dtype: "float32", shape: [1, 4, 1, 1], data: new Float32Array(4) }),
      });
      return y === undefined ? 1 : Math.max(1, toHost(y).shape[1] ?? 1);
    } finally {
      await session.release();
    }
  } catch {
    return 1; // no such operator in this build
  }
}
