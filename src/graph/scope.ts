let current = "";

/** Path of the module whose forward pass is being traced, or "". */
export const currentScope = (): string => current;

/** Runs `build` with `scope` as the module path of the nodes it makes. */
export function withScope<T>(scope: string, build: () => T): T {
  const outer = current;
  current = scope;
  try {
    return build();
  } finally {
    current = outer;
  }
}

/**
 * The first line of `trace` outside the rooms that only build graphs (graph, nn): the line the user wrote, or ours in
 * a model; `file:line`, relative to the working directory. Undefined where no such line is on the stack.
 */
export function callerLine(trace: Error): string | undefined {
  for (const frame of (trace.stack ?? "").split("\n").slice(1)) {
    if (/[\\/](?:src|dist)[\\/](?:graph|nn|errors)[\\/]/.test(frame) || frame.includes("node:internal")) continue;
    const place = /(?:file:\/\/)?([^\s()]+?):(\d+):\d+\)?$/.exec(frame.trim());
    if (place !== null) return `${place[1]}:${place[2]}`;
  }
  return undefined;
}

/** `blocks.3.attn, src/models/vit.ts:41`: where a node stands, for error messages. */
export function describePlace(scope: string, trace: Error): string | undefined {
  const place = [scope, callerLine(trace)].filter((part) => part !== undefined && part !== "");
  return place.length > 0 ? place.join(", ") : undefined;
}
