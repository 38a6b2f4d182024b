import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { FoveaError } from "../../src/errors/fovea-error.ts";
import { memorySource } from "../../src/files/byte-source.ts";
import { openFileSource, readFileBytes } from "../../src/files/byte-source.node.ts";
import { crc32 } from "../../src/files/checksum.ts";
import { parseJson } from "../../src/files/json.ts";
import { resolveInside } from "../../src/files/resolve-inside.node.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "fovea-reading-"));
  mkdirSync(join(root, "data", "inner"), { recursive: true });
  writeFileSync(join(root, "data", "inner", "a.png"), "abc");
  writeFileSync(join(root, "secret"), "s");
  symlinkSync("../secret", join(root, "data", "out"));
  symlinkSync("inner/a.png", join(root, "data", "in"));
  symlinkSync("../nowhere", join(root, "data", "dangling"));
  symlinkSync("..", join(root, "data", "up"));
});
afterAll(() => rmSync(root, { recursive: true }));

describe("CRC-32", () => {
  test("of the published check value", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });

  test("agrees with zlib on any bytes, also in two pieces", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        expect(crc32(bytes)).toBe(zlib.crc32(bytes));
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(crc32(bytes));
      }),
    );
  });
});

describe("byte sources", () => {
  test.each([
    [0, 4],
    [3, 1],
    [-1, 1],
    [0, -1],
    [0.5, 1],
    [NaN, 1],
    [2 ** 53, 1],
    [0, Infinity],
  ])("%d, %d is refused outside of three bytes, before anything is allocated", (offset, length) => {
    const file = openFileSource(join(root, "data", "inner", "a.png"));
    for (const source of [memorySource(Uint8Array.of(1, 2, 3), "three"), file]) {
      expect(() => source.read(offset, length)).toThrow(
        `${source.name}: ${length} bytes at offset ${offset} are not inside its 3 bytes`,
      );
    }
    file.close();
  });

  test("a file is read at any place", () => {
    const source = openFileSource(join(root, "data", "inner", "a.png"));
    expect(new TextDecoder().decode(source.read(1, 2))).toBe("bc");
    expect(source.read(3, 0)).toEqual(new Uint8Array());
    source.close();
    expect(() => source.read(0, 1)).toThrow("was closed");
  });

  test("a file that shrinks while it is read is told", () => {
    const path = join(root, "shrinking");
    writeFileSync(path, "abcdef");
    const source = openFileSource(path);
    truncateSync(path, 2);
    expect(() => source.read(0, 6)).toThrow(`${path} ended at byte 2 while it was read`);
    source.close();
  });

  test("only regular files are opened: no directory, no pipe, no link where links are not wanted", () => {
    expect(() => openFileSource(root)).toThrow(`${root} is not a regular file`);
    const pipe = join(root, "pipe");
    spawnSync("mkfifo", [pipe]);
    expect(() => openFileSource(pipe)).toThrow("is not a regular file");
    expect(() => openFileSource(join(root, "data", "in"), { followLinks: false })).toThrow(
      "it is a symbolic link (ELOOP)",
    );
    openFileSource(join(root, "data", "in")).close();
  });

  test("a whole file is read up to its limit", () => {
    expect(readFileBytes(join(root, "data", "inner", "a.png"), 3)).toEqual(Uint8Array.of(97, 98, 99));
    expect(() => readFileBytes(join(root, "data", "inner", "a.png"), 2)).toThrow(
      "a.png has 3 bytes, at most 2 are read",
    );
  });
});

describe("resolveInside", () => {
  test.each(["inner/a.png", "inner", "new/file.txt", "in", "...", "inner/..a"])("%j stays inside", (name) => {
    expect(resolveInside(join(root, "data"), name)).toBe(join(root, "data", name));
  });

  test.each([
    "",
    "/etc/passwd",
    "..",
    "../secret",
    "inner/../../secret",
    "C:x",
    "c:/x",
    "a\\b",
    "a\0b",
    ".",
    "inner//a.png",
    "inner/.",
    "a/",
    "out",
    "up/secret",
    "up",
    "x".repeat(4097),
  ])("%j is refused", (name) =>
    expect(() => resolveInside(join(root, "data"), name)).toThrow(/^the name .* is refused below .*: /s),
  );

  test("a link to nowhere is refused: who writes through it makes a file where it points", () => {
    expect(() => resolveInside(join(root, "data"), "dangling")).toThrow(
      "data/dangling: no such file or directory (ENOENT)",
    );
  });

  test("links that leave the root are followed only on request", () => {
    expect(resolveInside(join(root, "data"), "out", { followLinks: true })).toBe(join(root, "data", "out"));
  });

  test("any name stays inside or is refused", () => {
    const parts = fc.array(fc.constantFrom("..", ".", "", "inner", "out", "up", "a.png", "\\", "\0", "c:"), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(parts, (names) => {
        try {
          expect(resolveInside(join(root, "data"), names.join("/")).startsWith(join(root, "data", "/"))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(FoveaError);
        }
      }),
    );
  });
});

describe("parseJson", () => {
  const parse = (content: Uint8Array | string, limits?: { jsonBytes: number; jsonDepth: number }) =>
    parseJson(content, { name: "x.json", ...(limits ? { limits } : {}) });

  test("gives what JSON.parse gives for any JSON value", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(parse(text)).toEqual(JSON.parse(text));
        expect(parse(new TextEncoder().encode(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test("any text gives what JSON.parse gives or a FoveaError", () => {
    const tokens = fc.array(fc.constantFrom('"', "{", "}", "[", "]", ":", ",", "\\", "a", "1", " ", '"a"', "null"), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(tokens, (parts) => {
        const text = parts.join("");
        try {
          expect(parse(text)).toEqual(JSON.parse(text));
        } catch (error) {
          expect(error).toBeInstanceOf(FoveaError);
        }
      }),
    );
  });

  test("depth and size at the limit pass, one past it are refused", () => {
    const limits = { jsonBytes: 6, jsonDepth: 3 };
    expect(parse("[[[]]]", limits)).toEqual([[[]]]);
    expect(() => parse("[[[]]] ", limits)).toThrow("x.json: JSON of 7 bytes, at most 6 are read");
    expect(() => parse("[[[[]]", limits)).toThrow("x.json: JSON nested deeper than 3 at character 3");
    expect(() => parse("[".repeat(10 ** 6))).toThrow("nested deeper than 64");
  });

  test.each(['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"b":{"a":1,"c":[{}],"a" :2}}]'])(
    "%s has a key twice",
    (text) => {
      expect(() => parse(text)).toThrow(/^x\.json: key "[a-c]" stands twice, again at character \d+$/);
    },
  );

  test("an object of as many keys as allowed passes, one more is refused", () => {
    const text = '{"a":1,"b":{"c":1,"d":1}}';
    expect(parseJson(text, { name: "x.json", maxKeys: 2 })).toEqual({ a: 1, b: { c: 1, d: 1 } });
    expect(() => parseJson(text, { name: "x.json", maxKeys: 1 })).toThrow("x.json: an object has more than 1 keys");
  });

  test("keys that only look alike pass", () => {
    expect(parse('{"a":"a","b":{"a":1},"c":["a","a"]}')).toEqual({ a: "a", b: { a: 1 }, c: ["a", "a"] });
    expect(Object.prototype).not.toHaveProperty("polluted");
    expect(Object.keys(parse('{"__proto__":{"polluted":1}}') as object)).toEqual(["__proto__"]);
  });

  test("bytes that are not UTF-8, and text that is not JSON, are told", () => {
    expect(() => parse(Uint8Array.of(34, 0xff, 34))).toThrow("x.json is not UTF-8 text");
    expect(() => parse("{'a':1}")).toThrow(/^x\.json is not JSON: /);
    expect(() => parse("\ufeff{}")).toThrow(/^x\.json is not JSON: /);
  });
});
