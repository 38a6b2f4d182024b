/**
 * Starts main.ts: Node 20 runs no TypeScript, so jiti loads it, from src/ with the package's `#room/file` imports
 * pointed there too (package.json points them to dist/). Plain JavaScript, because nothing runs before it.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";

const src = fileURLToPath(new URL("../../src/", import.meta.url));
const rooms = readdirSync(src).map((room) => [`#${room}/`, `${src}${room}/`]);
const jiti = createJiti(import.meta.url, { alias: Object.fromEntries(rooms), extensions: [".ts", ".node.ts", ".js"] });
const { main } = await jiti.import("./main.ts");
process.exitCode = await main(process.argv.slice(2));
