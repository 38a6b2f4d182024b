import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface, type Interface } from "node:readline";

/** A program that measures its own step when told to (protocol: bench/README.md). */
export interface Contestant {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  /** Shown when the program itself is not found. */
  readonly install?: string;
  /** For slow ones: take part in only so many rounds, with only so many steps each. */
  readonly rounds?: number;
  readonly steps?: number;
}

/** The first line of a contestant. */
export interface Ready {
  readonly versions: Readonly<Record<string, string>>;
  /** Undefined where the program cannot say. */
  readonly threads?: number;
  /** What a reader of the table must know about it. */
  readonly note?: string;
}

/** What one round brought. */
export interface Round {
  /** Milliseconds of each step, the first already dropped. */
  readonly ms: readonly number[];
  /** Loss after the last step: contestants that train the same thing fall alike. */
  readonly loss?: number;
  readonly peakMb?: number;
}

/** Thrown by `ContestantProcess` where the program or what it needs is absent; the message says how to install it. */
export class NotInstalled extends Error {}

type Message = Partial<Ready> & {
  readonly ready?: boolean;
  readonly notInstalled?: string;
  readonly ms?: number;
  readonly done?: boolean;
  readonly loss?: number;
  readonly peakMb?: number;
};

/** A running contestant: one process, started once, asked for a few steps each round, idle in between. */
export class ContestantProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #pending: AsyncIterator<string>;
  readonly #timeoutMs: number;
  #errors = "";
  #spawnError: NodeJS.ErrnoException | undefined;

  private constructor(
    readonly contestant: Contestant,
    timeoutMs: number,
  ) {
    const [program, ...args] = contestant.command;
    this.#timeoutMs = timeoutMs;
    this.#child = spawn(program, args, { env: { ...process.env, ...contestant.environment } });
    this.#child.on("error", (error) => (this.#spawnError = error));
    this.#child.stdin.on("error", () => {}); // a dead child is noticed at its missing answer
    this.#child.stderr.on("data", (chunk) => (this.#errors = (this.#errors + String(chunk)).slice(-8_192)));
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#pending = this.#lines[Symbol.asyncIterator]();
  }

  /** Starts the program and waits until it has built, compiled and warmed up. Throws NotInstalled, or Error if it dies. */
  static async start(
    contestant: Contestant,
    { timeoutMs = 600_000 } = {},
  ): Promise<{ process: ContestantProcess; ready: Ready }> {
    const started = new ContestantProcess(contestant, timeoutMs);
    try {
      const first = await started.#next();
      if (first.notInstalled !== undefined) throw new NotInstalled(first.notInstalled);
      if (first.ready !== true) throw new Error(`expected its 'ready' line, got ${JSON.stringify(first)}`);
      const { versions = {}, threads, note } = first;
      return { process: started, ready: { versions, ...(threads && { threads }), ...(note && { note }) } };
    } catch (error) {
      started.stop();
      throw error;
    }
  }

  /** One unmeasured step, because the others have emptied the caches, then `steps` measured ones. */
  async round(steps: number): Promise<Round> {
    this.#child.stdin.write(`${steps + 1}\n`);
    const ms: number[] = [];
    for (;;) {
      const message = await this.#next();
      if (typeof message.ms === "number") ms.push(message.ms);
      if (message.done === true) {
        const { loss, peakMb } = message;
        return { ms: ms.slice(1), ...(loss !== undefined && { loss }), ...(peakMb !== undefined && { peakMb }) };
      }
    }
  }

  /** Ends the process; it is asked by closing its input and killed if that does not help. */
  stop(): void {
    this.#child.stdin.end();
    this.#lines.close();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 2_000);
    this.#child.once("exit", () => clearTimeout(timer));
    if (this.#child.exitCode !== null || this.#spawnError !== undefined) clearTimeout(timer);
  }

  /** The next line that is a JSON object; others (warnings of a library) are passed over. */
  async #next(): Promise<Message> {
    for (;;) {
      const line = await this.#line();
      if (!line.startsWith("{")) continue;
      return JSON.parse(line) as Message; // our own contestants write it
    }
  }

  async #line(): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#child.kill("SIGKILL");
        reject(new Error(`silent for ${Math.round(this.#timeoutMs / 1000)} s`));
      }, this.#timeoutMs);
    });
    try {
      const { value, done } = await Promise.race([this.#pending.next(), late]);
      if (done === true) throw await this.#ending();
      return value;
    } finally {
      clearTimeout(timer);
    }
  }

  async #ending(): Promise<Error> {
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#spawnError === undefined) {
      await new Promise<void>((resolve) => {
        this.#child.once("close", () => resolve());
        this.#child.once("error", () => resolve());
      });
    }
    if (this.#spawnError?.code === "ENOENT") {
      return new NotInstalled(this.contestant.install ?? `${this.contestant.command[0]} is not found`);
    }
    const how = this.#child.signalCode ?? `exit code ${this.#child.exitCode}`;
    const last = this.#errors.trim().split("\n").slice(-3).join(" | ");
    return new Error(`ended early (${how})${last === "" ? "" : `: ${last}`}`);
  }
}
