import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

import { explained, systemCode } from "./file-error.ts";
import { parseJson } from "./json.ts";

/** Who made a lock. The four facts after `pid` say whether `pid` means anything to who reads it. */
export interface LockOwner {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** Changes with each start of the machine; empty where the system does not tell. */
  readonly bootId: string;
  /** The process's start in clock ticks since boot: tells a process from a later one with its number. */
  readonly started: string;
  /** The namespace that `pid` counts in: containers on one machine each have their own. */
  readonly pidSpace: string;
}

let here: Omit<LockOwner, "id"> | undefined;

/** This process's facts, read once: they do not change. */
export function thisProcess(): Omit<LockOwner, "id"> {
  here ??= {
    pid: process.pid,
    host: hostname(),
    bootId: tryRead(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()) ?? "",
    started: processState(process.pid)?.started ?? "",
    pidSpace: tryRead(() => readlinkSync("/proc/self/ns/pid")) ?? "",
  };
  return here;
}

/** Whether the owner's process lives; undefined when it counts its processes elsewhere (host, boot, container). */
export function isAlive(owner: LockOwner): boolean | undefined {
  const { host, bootId, pidSpace } = thisProcess();
  if (owner.host !== host || owner.bootId !== bootId || owner.pidSpace !== pidSpace) return undefined;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return systemCode(error) !== "ESRCH"; // EPERM: it lives and belongs to another user
  }
  const state = processState(owner.pid);
  if (state === undefined) return true;
  const ended = "ZX".includes(state.letter); // a zombie: ended, and its parent has not asked yet
  return !ended && (owner.started === "" || owner.started === state.started);
}

/** Fixed length for one owner, so that a heartbeat overwrites the last one in place. */
export const showOwner = (owner: LockOwner, beat: number): string =>
  `${JSON.stringify({ ...owner, beat: String(beat).padStart(12, "0") })}\n`;

/** The owner in a lock's text, or undefined when it is unfinished or not ours. */
export function parseOwner(text: string): LockOwner | undefined {
  try {
    const value = parseJson(text, { name: "lock", limits: { jsonBytes: 4096, jsonDepth: 1 } });
    if (typeof value !== "object" || value === null) return undefined;
    const fields = new Map<string, unknown>(Object.entries(value));
    const pid = fields.get("pid");
    const texts = ["id", "host", "bootId", "started", "pidSpace"].map((key) => fields.get(key));
    if (!Number.isSafeInteger(pid) || (pid as number) < 1 || !texts.every((item) => typeof item === "string"))
      return undefined;
    const [id, host, bootId, started, pidSpace] = texts as string[];
    return { id, pid: pid as number, host, bootId, started, pidSpace }; // checked above
  } catch {
    return undefined;
  }
}

export const describeOwner = ({ pid, host }: LockOwner): string => `process ${pid} on ${host}`;

/** The lock's text, or undefined when there is no lock. */
export function readLockText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    return explained("read", path, () => {
      throw error;
    });
  }
}

/** State letter and start time from /proc (fields 3 and 22 of proc(5) stat); undefined on other systems. */
function processState(pid: number): { letter: string; started: string } | undefined {
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before may hold anything
  return { letter: fields[0], started: fields[19] };
}

function tryRead(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
