import { FoveaError } from "../errors/fovea-error.ts";
import { dtypes, type DType, type HostTensor } from "../graph/dtype.ts";
import { input } from "../graph/leaf.ts";
import { encodeModel } from "../graph/onnx/encode.ts";
import { program } from "../graph/program.ts";
import type { Device } from "./device.ts";
import type { OrtTensor } from "#runtime/onnxruntime";
import { toHost, toOrt } from "./host-tensors.ts";
import { toBlocked, toPlain, type WeightLayout } from "./layout/weight-layout.ts";
import { createSession } from "./session.ts";

/**
 * Values that live on a device between runs: parameters, moments, running statistics. It owns their buffers, so that
 * several executables (a training step, an evaluation) work on the same ones.
 *
 * On the CPU each updated value has two buffers used in turn; a value that its program may overwrite has one.
 */
export class ResidentState {
  readonly device: Device;
  private readonly current = new Map<string, OrtTensor>();
  private readonly spare = new Map<string, OrtTensor>();
  /** How values lie in memory, once a program has settled it: undefined for the plain layout. */
  private readonly layouts = new Map<string, WeightLayout | undefined>();
  private readonly releases: (() => Promise<void>)[] = [];
  private disposed = false;

  /** Copies `values`: later changes of the caller's arrays are not seen. */
  constructor(device: Device, values: ReadonlyMap<string, HostTensor>) {
    this.device = device;
    for (const [name, value] of values)
      this.current.set(name, toOrt({ ...value, data: value.data.slice() } as HostTensor));
  }

  get names(): string[] {
    return [...this.current.keys()];
  }

  /**
   * Settles how a value is stored from now on, for all programs: the first one that is compiled decides. Only memory
   * changes; `read` and `write` go on speaking of plain values.
   *
   * @returns the layout in force, undefined for the plain one
   */
  settle(name: string, wished: WeightLayout | undefined): WeightLayout | undefined {
    if (this.layouts.has(name)) return this.layouts.get(name);
    if (wished !== undefined) {
      this.current.set(name, toOrt(stored(toHost(this.tensor(name)), wished)));
      this.spare.delete(name);
    }
    this.layouts.set(name, wished);
    return wished;
  }

  /** The buffer that the next run reads. Throws when there is no such value. */
  tensor(name: string): OrtTensor {
    if (this.disposed) throw new FoveaError("state/disposed", `state ${name}: the state was disposed of`);
    const tensor = this.current.get(name);
    if (tensor === undefined)
      throw new FoveaError("state/missing", `no state named ${name}; the program needs it`, {
        hint: "give its value when you make the ResidentState",
      });
    return tensor;
  }

  /** The buffer that the next run writes: its own for a value that may be overwritten, else the spare one. */
  target(name: string, inPlace: boolean): OrtTensor {
    const now = this.tensor(name);
    if (inPlace) return now;
    let spare = this.spare.get(name);
    if (spare === undefined) {
      const dtype = now.type as DType; // states are made from host tensors
      spare = toOrt({ dtype, shape: now.dims, data: new dtypes[dtype].array(now.size) } as HostTensor);
      this.spare.set(name, spare);
    }
    return spare;
  }

  /** Makes `next` the value of `name`; the buffer it replaces becomes the spare one, or is freed on a GPU. */
  commit(name: string, next: OrtTensor): void {
    const before = this.tensor(name);
    if (before === next) return;
    this.current.set(name, next);
    if (before.location === "gpu-buffer") before.dispose();
    else if (next.location !== "gpu-buffer") this.spare.set(name, before);
  }

  /** Copies values to the host; all of them without `names`. */
  async read(names: readonly string[] = this.names): Promise<Map<string, HostTensor>> {
    const onDevice = names.filter((name) => this.tensor(name).location === "gpu-buffer");
    const fetched = onDevice.length > 0 ? await this.download(onDevice) : new Map<string, OrtTensor>();
    return new Map(
      names.map((name) => {
        const layout = this.layouts.get(name);
        if (layout === undefined) return [name, toHost(fetched.get(name) ?? this.tensor(name), true)];
        const value = toHost(this.tensor(name)); // only the CPU blocks values
        return [name, { ...value, data: toPlain(value.data as Float32Array, layout) } as HostTensor];
      }),
    );
  }

  /** Replaces a value. Throws when its shape or dtype is another. */
  write(name: string, value: HostTensor): void {
    const before = this.tensor(name);
    if (before.type !== value.dtype || before.dims.join() !== value.shape.join()) {
      throw new FoveaError(
        "state/shape",
        `state ${name} is ${before.type} [${before.dims.join(", ")}], got ${value.dtype} [${value.shape.join(", ")}]`,
      );
    }
    const layout = this.layouts.get(name);
    this.commit(
      name,
      toOrt(layout === undefined ? ({ ...value, data: value.data.slice() } as HostTensor) : stored(value, layout)),
    );
  }

  /** Frees what made this state's values (a session) when the values are gone. */
  async releaseLater(release: () => Promise<void>): Promise<void> {
    if (this.disposed) await release();
    else this.releases.push(release);
  }

  /** Frees the device's memory, and the sessions that were waiting for that. Nothing may be read afterwards. */
  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    for (const tensor of [...this.current.values(), ...this.spare.values()])
      if (tensor.location === "gpu-buffer") tensor.dispose();
    this.current.clear();
    this.spare.clear();
    for (const release of this.releases) await release();
  }

  /** An Identity session whose outputs are on the host: works where a GPU tensor brings no downloader of its own. */
  private async download(names: readonly string[]): Promise<Map<string, OrtTensor>> {
    const outputs = Object.fromEntries(
      names.map((name, i) => {
        const { dims, type } = this.tensor(name);
        return [`y${i}`, input(`x${i}`, dims, type as DType)];
      }),
    );
    const session = await createSession(encodeModel(program({ outputs })), this.device);
    try {
      const results = await session.run(Object.fromEntries(names.map((name, i) => [`x${i}`, this.tensor(name)])));
      return new Map(names.map((name, i) => [name, results[`y${i}`] as OrtTensor]));
    } finally {
      await session.release();
    }
  }
}

/** A copy in a layout; only float32 values have one. */
const stored = (value: HostTensor, layout: WeightLayout): HostTensor =>
  ({ ...value, data: toBlocked(value.data as Float32Array, layout) }) as HostTensor;
