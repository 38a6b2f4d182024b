import { fileCalls, type FileCalls } from "../../src/files/file-calls.node.ts";

export interface Faults {
  /** The number of the first call that fails, counted from 1; 0: none. */
  readonly at: number;
  /** The system's code, such as `EIO`. */
  readonly code: string;
  /** Whether all later calls fail as well. */
  readonly onwards: boolean;
}

/** The real file calls, of which some fail; `count` says how many were made. Writes take 700 bytes at most. */
export function faultyCalls({ at, code, onwards }: Faults): {
  io: FileCalls;
  count: () => number;
  failed: () => string[];
} {
  let calls = 0;
  const failed: string[] = [];
  const guarded = new Proxy(fileCalls, {
    get: (target, key: keyof FileCalls) => {
      const call = target[key] as (...parameters: unknown[]) => unknown; // every member of FileCalls is a method
      return (...parameters: unknown[]) => {
        calls++;
        if (at > 0 && (calls === at || (onwards && calls > at))) {
          failed.push(key);
          throw Object.assign(new Error(`${code}: injected, ${key}`), { code, syscall: key });
        }
        if (key === "write") return shortWrite(...(parameters as Parameters<FileCalls["write"]>));
        return call(...parameters);
      };
    },
  });
  return { io: guarded, count: () => calls, failed: () => failed };
}

/** A short write is no error, and a writer that ignores it would lose the rest. */
const shortWrite: FileCalls["write"] = (file, bytes, offset) =>
  fileCalls.write(file, bytes.subarray(0, offset + 700), offset);
