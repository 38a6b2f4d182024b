import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tarBytes } from "../../src/formats/tar-writer.ts";
import { generator } from "../../src/random/generator.ts";
import { fovea, jsonLines } from "./fovea-process.ts";

const root = mkdtempSync(join(tmpdir(), "fovea-download-"));
const random = generator(0, "test/download");
const content = Uint8Array.from({ length: 300_000 }, () => random.integer(256));
const tar = (name: string): Buffer => Buffer.concat([...tarBytes([{ name, data: content }])]);
const good = gzipSync(tar("set/a.bin"));
const files: Readonly<Record<string, Buffer>> = { "/good.tar.gz": good, "/cut.tar.gz": good, "/evil.tar": tar("../escaped.bin"), "/plain.bin": Buffer.from(content) }; // prettier-ignore
const asked: (string | undefined)[] = [];

/** A file with ETag and ranges; the first answer of cut.tar.gz breaks off after 100,000 bytes. */
const server = createServer(({ url = "", headers: { range } }, response) => {
  if (url === "/moved") return void response.writeHead(302, { Location: "http://example.org/x.tar" }).end();
  const body = files[url];
  if (body === undefined) return void response.writeHead(404).end();
  if (url === "/cut.tar.gz") asked.push(range);
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  const part = { "Content-Range": `bytes ${start}-${body.length - 1}/${body.length}` };
  response.writeHead(range === undefined ? 200 : 206, { ETag: '"v1"', "Content-Length": body.length - start, ...(range !== undefined && part) }); // prettier-ignore
  if (url === "/cut.tar.gz" && range === undefined)
    response.write(body.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50)); // prettier-ignore
  else response.end(body.subarray(start));
});
let address = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true, force: true });
});

const sum = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const download = (...words: string[]) => fovea(["data", "download", ...words], root);
const leftovers = () => readdirSync(root).filter((name) => name.startsWith(".tmp-"));

test("without --yes the terms are shown and nothing is fetched", async () => {
  const { code, stderr } = await download("cifar10", join(root, "none"));
  expect([code, stderr]).toEqual([2, expect.stringContaining("no licence is stated by its authors")]);
  expect(readdirSync(root)).toEqual([]);
});

test("a cut connection is gone on with by the same command, and the checksum of the whole fits", async () => {
  const words = [`${address}/cut.tar.gz`, join(root, "cut"), "--yes", "--checksum", sum(good), "--json"];
  const first = await download(...words);
  expect([first.code, first.stderr]).toEqual([1, expect.stringContaining("the same command goes on where it stopped")]);
  expect(existsSync(join(root, "cut"))).toBe(false);
  const second = await download(...words);
  expect(second.code).toBe(0);
  const [report] = jsonLines(second.stdout);
  expect(report).toMatchObject({ bytes: good.length, files: 1, verified: true });
  expect(report["resumedAt"]).toBeGreaterThan(0);
  expect(asked).toEqual([undefined, `bytes=${String(report["resumedAt"])}-`]);
  expect(readFileSync(join(root, "cut", "set", "a.bin")).equals(content)).toBe(true);
  expect(leftovers()).toEqual([]);
});

test("a wrong checksum, a name that leads out of the folder, too many bytes: refused, and nothing is left", async () => {
  const to = join(root, "refused");
  const wrong = await download(`${address}/good.tar.gz`, to, "--yes", "--checksum", sum(content));
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("nothing of it is kept")]);
  const evil = await download(`${address}/evil.tar`, to, "--yes");
  expect([evil.code, evil.stderr]).toEqual([1, expect.stringContaining('"../escaped.bin" is refused')]);
  expect([existsSync(to), existsSync(join(root, "escaped.bin")), leftovers()]).toEqual([false, false, []]);
  const large = await download(`${address}/plain.bin`, to, "--yes", "--max-bytes", "1000");
  expect([large.code, large.stderr]).toEqual([1, expect.stringContaining("at most 1000 are fetched")]);
  const none = await download(`${address}/none.zip`, to, "--yes");
  expect([none.code, none.stderr, leftovers()]).toEqual([1, expect.stringContaining("the server answered 404"), []]);
});

test("plain http elsewhere is refused, also behind a redirection; unknown names get the nearest", async () => {
  const to = join(root, "http");
  const http = await download("http://example.org/x.tar", to, "--yes");
  expect([http.code, http.stderr]).toEqual([2, expect.stringContaining("only https is fetched")]);
  const moved = await download(`${address}/moved`, to, "--yes");
  expect([moved.code, moved.stderr]).toEqual([2, expect.stringContaining("only https is fetched")]);
  expect((await download("cifar1", to, "--yes")).stderr).toContain("did you mean cifar10");
});

test("a file that is no archive lies in the folder under its name", async () => {
  const { code, stdout } = await download(`${address}/plain.bin`, join(root, "plain"), "--yes");
  expect([code, stdout]).toEqual([0, expect.stringContaining("compared with nothing")]);
  expect(readFileSync(join(root, "plain", "plain.bin")).equals(content)).toBe(true);
});
