import { FoveaError } from "../errors/fovea-error.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { encodeModel } from "../graph/onnx/encode.ts";
import { externalWeightsFor } from "../graph/onnx/external-weights.ts";
import { nextName } from "../graph/onnx/next-name.ts";
import { standardForm } from "../graph/onnx/standard-form.ts";
import type { Program } from "../graph/program.ts";
import { show } from "../graph/tensor.ts";
import { resolveDevice, type Device, type DeviceOptions } from "./device.ts";
import { inPlaceStates } from "./in-place.ts";
import type { InferenceSession, OrtTensor } from "#runtime/onnxruntime";
import { toHost, toOrt } from "./host-tensors.ts";
import { layoutFor, type ConvLayout } from "./layout/layout-for.ts";
import type { ResidentState } from "./resident-state.ts";
import { createSession, runFailure } from "./session.ts";

export interface CompileOptions extends DeviceOptions {
  /** The values of the program's states; its device is used. Needed when the program has any. */
  readonly state?: ResidentState;
  /** Writes ONNX Runtime's profile to PREFIX_DATE.json at `endProfile`. */
  readonly profilePrefix?: string;
  /**
   * How convolutions lie in memory on the CPU. `auto`: blocked where that pays; `blocked`: wherever it can be; `plain`:
   * never. Inputs, outputs and what a `ResidentState` reads and writes are the same with all of them.
   */
  readonly convLayout?: ConvLayout;
  /**
   * Steps of the program that one run makes (ONNX Loop): feeds and outputs get a leading axis [repeat, ...], the states
   * pass from step to step without leaving the runtime. Same bits as single runs. Default 1.
   */
  readonly repeat?: number;
  /** Bytes of constants above which they are handed over in a file beside the model. Default: protobuf's limit. */
  readonly externalAbove?: number;
}

export interface RunOptions {
  /**
   * Decides from the outputs whether the updates count (a step with a loss that is not finite is not taken). States
   * that are overwritten in place (moments) have changed either way: after a refusal, stop or restore them.
   */
  readonly accept?: (outputs: ReadonlyMap<string, HostTensor>) => boolean;
}

/** A program on a device. It owns an ONNX Runtime session: `dispose` of it. */
export class Executable {
  readonly program: Program;
  readonly device: Device;
  /** Seconds that encoding and the runtime's optimisation took. */
  readonly compileSeconds: number;
  /** Steps of the program in one run: feeds and outputs have a leading axis of this size unless it is 1. */
  readonly repeat: number;
  private readonly session: InferenceSession;
  private readonly state: ResidentState | undefined;
  private readonly inPlace: ReadonlySet<string>;
  private running = false;
  private disposed = false;

  /** Use `compile`. */
  constructor(parts: {
    program: Program;
    device: Device;
    session: InferenceSession;
    state: ResidentState | undefined;
    compileSeconds: number;
    /** The program as the session has it. */
    lowered: Program;
    repeat: number;
  }) {
    this.program = parts.program;
    this.device = parts.device;
    this.session = parts.session;
    this.state = parts.state;
    this.compileSeconds = parts.compileSeconds;
    this.repeat = parts.repeat;
    // several steps are refused as a whole, so that each can be made again by itself: all old values stay until then
    this.inPlace = parts.device.givenOutputs && parts.repeat === 1 ? inPlaceStates(parts.lowered) : new Set();
  }

  /**
   * Runs the program once: reads `feeds` (by input name) and the states, returns the outputs, updates the states.
   *
   * @throws FoveaError for a missing, unknown or misshapen feed, or while another run of this executable is going on
   */
  async run(
    feeds: Readonly<Record<string, HostTensor>> = {},
    { accept }: RunOptions = {},
  ): Promise<Map<string, HostTensor>> {
    if (this.disposed) throw new FoveaError("runtime/disposed", "this executable was disposed of");
    if (this.running) throw new FoveaError("runtime/busy", "this executable is running; await one run before the next");
    const inputs = this.bind(feeds);
    this.running = true;
    try {
      const results = await this.session.run(inputs, this.fetches());
      const outputs = new Map<string, HostTensor>();
      for (const name of this.program.outputs.keys()) outputs.set(name, toHost(results[name] as OrtTensor));
      if (accept === undefined || accept(outputs)) {
        for (const name of this.program.updates.keys()) this.state?.commit(name, results[nextName(name)] as OrtTensor);
      }
      return outputs;
    } catch (cause) {
      throw cause instanceof FoveaError ? cause : runFailure(this.device, cause);
    } finally {
      this.running = false;
    }
  }

  /** Stops profiling and writes the file (see `profilePrefix`). */
  endProfile(): void {
    this.session.endProfiling();
  }

  /** Frees the session. States stay: they belong to the `ResidentState`. */
  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    const release = (): Promise<void> => this.session.release();
    // a GPU buffer dies with the session that made it, and reading or freeing it then ends the process
    if (this.device.residentOutputs && this.program.updates.size > 0) await this.state?.releaseLater(release);
    else await release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  private bind(feeds: Readonly<Record<string, HostTensor>>): Record<string, OrtTensor> {
    const bound: Record<string, OrtTensor> = {};
    for (const [name, tensor] of this.program.inputs) {
      const value = feeds[name];
      if (value === undefined) throw new FoveaError("run/feed", `run: input ${name} ${show(tensor)} was not fed`);
      const shape = this.repeat === 1 ? tensor.shape : [this.repeat, ...tensor.shape];
      if (value.dtype !== tensor.dtype || value.shape.join() !== shape.join()) {
        throw new FoveaError(
          "run/feed",
          `run: input ${name} is ${tensor.dtype} [${shape.join(", ")}], got ${value.dtype} [${value.shape.join(", ")}]`,
          {
            hint: "programs are compiled for fixed shapes: compile one for this shape",
          },
        );
      }
      bound[name] = toOrt(value);
    }
    const unknown = Object.keys(feeds).find((name) => !this.program.inputs.has(name));
    if (unknown !== undefined)
      throw new FoveaError(
        "run/feed",
        `run: no input ${unknown}; there are ${[...this.program.inputs.keys()].join(", ") || "none"}`,
      );
    for (const name of this.program.states.keys()) bound[name] = (this.state as ResidentState).tensor(name); // compile has checked
    return bound;
  }

  private fetches(): Record<string, OrtTensor | null> {
    const fetches: Record<string, OrtTensor | null> = {};
    for (const name of this.program.outputs.keys()) fetches[name] = null;
    for (const name of this.program.updates.keys()) {
      fetches[nextName(name)] = this.device.givenOutputs
        ? (this.state as ResidentState).target(name, this.inPlace.has(name))
        : null;
    }
    return fetches;
  }
}

/**
 * Prepares `program` for a device: encodes it as ONNX and lets ONNX Runtime optimise it for its fixed shapes.
 *
 * @throws FoveaError when a state has no value, has another shape or dtype, or the device is not there
 */
export async function compile(
  program: Program,
  { state, profilePrefix, convLayout = "auto", repeat = 1, externalAbove, ...options }: CompileOptions = {},
): Promise<Executable> {
  if (!Number.isInteger(repeat) || repeat < 1)
    throw new FoveaError("compile/repeat", `compile: repeat is a number of steps in one run, from 1; got ${repeat}`);
  const device = state?.device ?? resolveDevice(options);
  for (const [name, tensor] of program.states) {
    if (state === undefined)
      throw new FoveaError(
        "state/missing",
        `compile: the program reads state ${name} ${show(tensor)} and no state was given`,
      );
    const { type, dims } = state.tensor(name);
    if (type !== tensor.dtype || dims.join() !== tensor.shape.join()) {
      throw new FoveaError(
        "state/shape",
        `compile: state ${name} is ${type} [${dims.join(", ")}] and the program reads ${show(tensor)}`,
      );
    }
  }
  const start = performance.now();
  // the WebGPU provider lacks ONNX Runtime's own operators and would run them on the CPU
  const lowered =
    device.name === "webgpu" ? standardForm(program) : await layoutFor(program, { device, state, convLayout });
  const weights = externalWeightsFor(lowered, "model.onnx.data", { above: externalAbove });
  const session = await createSession(encodeModel(lowered, { external: weights, repeat }), device, {
    weights,
    residentOutputs: [...program.updates.keys()].map(nextName),
    ...(profilePrefix === undefined ? {} : { profilePrefix }),
  });
  const compileSeconds = (performance.now() - start) / 1000;
  return new Executable({ program, lowered, device, session, state, compileSeconds, repeat });
}
