import type { HostTensor } from "../graph/dtype.ts";
import { program } from "../graph/program.ts";
import type { Tensor } from "../graph/tensor.ts";
import { trace } from "../nn/trace.ts";
import { compile, type Executable } from "../runtime/compile.ts";
import type { ResidentState } from "../runtime/resident-state.ts";
import { symbolicInputs } from "./symbolic-inputs.ts";
import type { InputSpecs, Weights } from "./task.ts";

/** Programs of a run's evaluations on one set of weights, compiled once each. */
export class RunWeights implements Weights {
  step = 0;
  private readonly state: ResidentState;
  private readonly executables = new Map<string, Promise<Executable>>();

  constructor(state: ResidentState) {
    this.state = state;
  }

  program(
    key: string,
    inputs: InputSpecs,
    build: (inputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>,
  ): Promise<Executable> {
    let executable = this.executables.get(key);
    if (executable === undefined) {
      const outputs = trace({ training: false }, () => build(symbolicInputs(inputs))).result;
      executable = compile(program({ outputs }), { state: this.state });
      this.executables.set(key, executable);
    }
    return executable;
  }

  /** Replaces values, for weights that are copies of others (a moving average). */
  write(values: ReadonlyMap<string, HostTensor>): void {
    for (const [name, value] of values) this.state.write(name, value);
  }

  async dispose(): Promise<void> {
    for (const executable of this.executables.values()) await (await executable).dispose();
    this.executables.clear();
  }
}
