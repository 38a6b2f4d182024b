/**
 * Starts bench/main.ts, or with a .ts file (relative to this folder) as first argument that file in a process of its
 * own: Node 20 runs no TypeScript, so jiti's hook loads it. Plain JavaScript, because nothing runs before it.
 */
import "jiti/register";

const [first] = process.argv.slice(2);
const module = first?.endsWith(".ts") ? new URL(first, import.meta.url) : new URL("main.ts", import.meta.url);
await import(module.href);
