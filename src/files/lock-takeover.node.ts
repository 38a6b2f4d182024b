import { randomUUID } from "node:crypto";
import { linkSync, renameSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { FoveaError } from "../errors/fovea-error.ts";
import { explained, systemCode } from "./file-error.ts";
import { describeOwner, isAlive, parseOwner, readLockText } from "./lock-owner.node.ts";

interface Watch {
  readonly pollMs: number;
  readonly staleAfterMs: number;
  readonly onWait: (owner: string) => void;
}

/**
 * Removes the lock at `path` when its owner is gone or its text stays unchanged for `staleAfterMs`; throws `lock/held`
 * as soon as the text changes. Returns also when the lock went away by itself.
 */
export async function clearLock(path: string, { pollMs, staleAfterMs, onWait }: Watch): Promise<void> {
  const seen = readLockText(path);
  if (seen === undefined) return;
  const owner = parseOwner(seen);
  const name = owner === undefined ? "an unknown process" : describeOwner(owner);
  const start = performance.now();
  for (let told = false; ; await sleep(pollMs)) {
    const text = readLockText(path);
    if (text === undefined) return;
    if (text !== seen) {
      throw new FoveaError(
        "lock/held",
        `${dirname(path)} is being written by ${describeOwner(parseOwner(text) ?? owner ?? nobody)}`,
        {
          hint: "wait until it ends, or stop it first",
        },
      );
    }
    if ((owner !== undefined && isAlive(owner) === false) || performance.now() - start >= staleAfterMs) {
      explained("take over", path, () => removeStale(path, seen));
      return;
    }
    if (!told) onWait(name);
    told = true;
  }
}

const nobody = { id: "", pid: 0, host: "another host", bootId: "", started: "", pidSpace: "" };

function removeStale(path: string, seen: string): void {
  if (readLockText(path) === seen) removeIfStill(path, seen);
}

/**
 * Removes the lock at `path` if its text is `seen`. Two may judge the same lock stale, and the slower must not remove
 * the lock that the faster has made. So the file is moved aside, which only one can do, and looked at again: anything
 * but what was judged is put back.
 */
export function removeIfStill(path: string, seen: string): void {
  const aside = join(dirname(path), `.tmp-lock-${randomUUID()}`);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  if (readLockText(aside) !== seen) putBack(aside, path);
  unlinkSync(aside);
}

function putBack(aside: string, path: string): void {
  try {
    linkSync(aside, path);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error; // a third came first: the owner sees that at its next check
  }
}
