import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ByteCache, userCacheDirectory } from "../../src/files/byte-cache.node.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fovea-cache-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const key = (n: number): string => n.toString(16).padStart(8, "0");
const fileOf = (n: number): string => join(directory, `${key(n)}.cached`);
const bytes = (n: number, size = 1000): Uint8Array => new Uint8Array(size).fill(n);

test("what was written is read, and only under its own key", () => {
  const cache = new ByteCache(join(directory, "below", "it"), { maxBytes: 10_000 });
  expect(cache.read(key(1))).toBeUndefined();
  cache.write(key(1), bytes(1));
  expect(cache.read(key(1))).toEqual(bytes(1));
  expect(cache.read(key(2))).toBeUndefined();
  cache.write(key(1), bytes(7));
  expect(cache.read(key(1))).toEqual(bytes(7));
});

test("an entry with a flipped bit, one that is too short and one with another's name are misses and are removed", () => {
  const cache = new ByteCache(directory, { maxBytes: 100_000 });
  cache.write(key(1), bytes(1));
  const good = readFileSync(fileOf(1));
  for (let at = 0; at < good.length; at += 37) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1;
    writeFileSync(fileOf(1), bad);
    expect(cache.read(key(1))).toBeUndefined();
    expect(existsSync(fileOf(1))).toBe(false);
  }
  writeFileSync(fileOf(1), good.subarray(0, 40));
  expect(cache.read(key(1))).toBeUndefined();
  writeFileSync(fileOf(2), good);
  expect(cache.read(key(2))).toBeUndefined();
  expect(readdirSync(directory)).toEqual([]);
});

test("entries that were used least recently make room, and none is larger than half of it", () => {
  const cache = new ByteCache(directory, { maxBytes: 4000 });
  for (const n of [1, 2, 3]) {
    cache.write(key(n), bytes(n));
    utimesSync(fileOf(n), n, n);
  }
  expect(cache.read(key(1))).toBeDefined(); // now 2 is the oldest
  cache.write(key(4), bytes(4));
  expect([1, 2, 3, 4].filter((n) => existsSync(fileOf(n)))).toEqual([1, 3, 4]);
  cache.write(key(5), bytes(5, 2000));
  expect(existsSync(fileOf(5))).toBe(false);
});

test.skipIf(process.getuid === undefined)("a directory that others may write to, and a link, are not read", () => {
  const cache = new ByteCache(directory, { maxBytes: 10_000 });
  cache.write(key(1), bytes(1));
  symlinkSync(fileOf(1), fileOf(2));
  expect(cache.read(key(2))).toBeUndefined();
  chmodSync(directory, 0o777);
  expect(cache.read(key(1))).toBeUndefined();
});

test("a place that cannot be a directory is a cache without entries", () => {
  writeFileSync(join(directory, "file"), "");
  const cache = new ByteCache(join(directory, "file", "cache"), { maxBytes: 10_000 });
  cache.write(key(1), bytes(1));
  expect(cache.read(key(1))).toBeUndefined();
});

test("FOVEA_CACHE names the place or switches caches off", () => {
  expect(userCacheDirectory({ FOVEA_CACHE: "/somewhere" })).toBe("/somewhere");
  expect(userCacheDirectory({ FOVEA_CACHE: "off" })).toBeUndefined();
  expect(userCacheDirectory({})).toMatch(/fovea$/);
});
