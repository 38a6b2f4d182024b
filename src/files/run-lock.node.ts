import { randomUUID } from "node:crypto";
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

import { FoveaError } from "../errors/fovea-error.ts";
import { explained, systemCode } from "./file-error.ts";
import { clearLock } from "./lock-takeover.node.ts";
import {
  describeOwner,
  isAlive,
  type LockOwner,
  parseOwner,
  readLockText,
  showOwner,
  thisProcess,
} from "./lock-owner.node.ts";

/** The lock's file name in a run directory. */
export const LOCK = "lock";

export interface RunLockOptions {
  /** How often the owner shows that it lives. Default 10,000. */
  readonly beatMs?: number;
  /** How long a heartbeat must be unchanged, by our own monotonic clock, before the lock is taken over. Default 60,000. */
  readonly staleAfterMs?: number;
  /** Told once when an owner is found that must be watched before anything can be said. */
  readonly onWait?: (owner: string) => void;
  /** Told once when the lock turns out to belong to somebody else (this process was frozen) or to be gone. */
  readonly onLost?: () => void;
}

/** A run's lock, held by this process. */
export interface RunLock {
  readonly id: string;
  /** Asks the file whether the lock is still ours; false for ever after it was lost or released. */
  check(): boolean;
  /** Gives the lock up; a second call, or one after it was lost, does nothing. */
  release(): void;
}

/**
 * Makes this process the only writer of run directory `directory`. A lock whose process is gone on this host is taken
 * over at once; any other is watched: refused as soon as its heartbeat changes (code `lock/held`), taken over when it
 * stays unchanged for `staleAfterMs`. An owner that was frozen and wakes sees at its next beat or `check` that it lost.
 */
export async function acquireRunLock(directory: string, options: RunLockOptions = {}): Promise<RunLock> {
  const { beatMs = 10_000, staleAfterMs = 60_000, onWait = () => {} } = options;
  const path = join(directory, LOCK);
  for (let attempt = 0; attempt < 16; attempt++) {
    const owner: LockOwner = { ...thisProcess(), id: randomUUID() };
    const file = explained("lock", path, () => create(path, owner));
    if (file !== undefined) return hold(path, file, owner, beatMs, options.onLost ?? (() => {}));
    await clearLock(path, { pollMs: Math.min(beatMs / 4, 250), staleAfterMs, onWait });
  }
  throw new FoveaError("lock/held", `${directory}: other processes keep taking its lock`, {
    hint: "start one at a time",
  });
}

/** Who holds a run's lock: for lists of runs. `alive` is undefined when that cannot be said from here. */
export interface LockState {
  readonly alive: boolean | undefined;
  /** `process 12 on host`. */
  readonly owner: string;
}

/** The lock of run directory `directory`, or undefined when there is none. Never waits and changes nothing. */
export function readRunLock(directory: string): LockState | undefined {
  const text = readLockText(join(directory, LOCK));
  if (text === undefined) return undefined;
  const owner = parseOwner(text);
  if (owner === undefined) return { alive: undefined, owner: "unknown" };
  return { alive: isAlive(owner), owner: describeOwner(owner) };
}

/** The new lock file, open, or undefined when there is one already. */
function create(path: string, owner: LockOwner): number | undefined {
  let file: number;
  try {
    file = openSync(path, "wx");
  } catch (error) {
    if (systemCode(error) === "EEXIST") return undefined;
    throw error;
  }
  try {
    writeSync(file, showOwner(owner, 0), 0);
  } catch (error) {
    closeSync(file);
    unlinkSync(path);
    throw error;
  }
  return file;
}

/** Keeps the lock: the heartbeat goes to the file that we made, so that it can never disturb a successor's. */
function hold(path: string, file: number, owner: LockOwner, beatMs: number, onLost: () => void): RunLock {
  let held = true;
  let beat = 0;
  const stop = (): void => {
    held = false;
    clearInterval(timer);
    explained("unlock", path, () => closeSync(file));
  };
  const check = (): boolean => {
    if (held && !isOurs(path, owner.id)) {
      stop();
      onLost();
    }
    return held;
  };
  const timer = setInterval(() => {
    if (check()) tryBeat(file, owner, ++beat);
  }, beatMs);
  timer.unref();
  return {
    id: owner.id,
    check,
    release() {
      if (!held) return;
      stop();
      if (isOurs(path, owner.id)) explained("unlock", path, () => unlinkSync(path));
    },
  };
}

/** A beat that cannot be written (full disk) is no reason to stop; the next may be. */
function tryBeat(file: number, owner: LockOwner, beat: number): void {
  try {
    writeSync(file, showOwner(owner, beat), 0);
  } catch {
    // others see an unchanged heartbeat and may take over: then `check` says so
  }
}

function isOurs(path: string, id: string): boolean {
  const text = readLockText(path);
  return text !== undefined && parseOwner(text)?.id === id;
}
