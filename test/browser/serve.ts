import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/** ONNX Runtime's wasm files, served under /ort/. */
const ortFiles = fileURLToPath(new URL("../../node_modules/onnxruntime-web/dist/", import.meta.url));

/** Without these a page has no SharedArrayBuffer, and WebAssembly no threads. */
const isolation: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * A server on the loopback address for one page: `page.js` of a bundle, ONNX Runtime's files, and named files.
 * `isolated`: the page may use threads.
 */
export async function serve(
  bundleDirectory: string,
  files: Readonly<Record<string, string>>,
  { isolated = false }: { readonly isolated?: boolean } = {},
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const headers: Readonly<Record<string, string>> = isolated ? isolation : {};
  const pathOf = (url: string): string | undefined => {
    const name = url.slice(1);
    if (/^ort\/[\w.-]+$/.test(name)) return `${ortFiles}${name.slice(4)}`;
    return name === "page.js" ? `${bundleDirectory}/page.js` : files[name];
  };
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const url = (request.url ?? "/").split("?")[0];
    if (url === "/") return void response.setHeader("content-type", "text/html").end(page);
    const path = pathOf(url);
    if (path === undefined) return void response.writeHead(404).end();
    readFile(path).then(
      (bytes) => response.setHeader("content-type", types[extname(path)] ?? "application/octet-stream").end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a socket file
  return { url: `http://127.0.0.1:${port}/`, close: () => closed(server) };
}

const page = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:," /><title>fovea</title>';

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
