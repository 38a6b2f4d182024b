import { deflateRawSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { memorySource } from "../../../src/files/byte-source.ts";
import { defaultLimits } from "../../../src/files/limits.ts";
import { crc32, inflateExactly, inflateStart } from "../../../src/formats/zip/zip-codec.node.ts";
import * as browser from "../../../src/formats/zip/zip-codec.browser.ts";
import { openZip } from "../../../src/formats/zip/zip-archive.ts";
import { writeZip } from "../../../src/formats/zip/zip-writer.ts";

const ascii = (text: string) => new TextEncoder().encode(text);
const joined = (chunks: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...chunks]));
const zip = (files: Readonly<Record<string, Uint8Array>>, alignment = 1) =>
  joined(writeZip(new Map(Object.entries(files).map(([name, bytes]) => [name, [bytes]])), { alignment }));
const open = (bytes: Uint8Array, limits = defaultLimits) => openZip(memorySource(bytes, "a.zip"), limits);

interface Part {
  readonly name?: string;
  readonly localName?: string;
  readonly data?: Uint8Array;
  readonly content?: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  readonly size?: number;
  readonly crc?: number;
  /** Sizes behind the data (flag 3): bytes of the descriptor. */
  readonly descriptor?: 0 | 12 | 16 | 20 | 24;
  /** Sizes in zip64 fields. */
  readonly wide?: boolean;
  readonly gap?: number;
  readonly offset?: number;
}

/** An archive written by hand, as zip writers of all kinds do it, or wrongly. */
function byHand(parts: readonly Part[], { zip64End = false, count = parts.length } = {}): Uint8Array {
  const chunks: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const { name = "a", data = ascii("hello"), method = 0, descriptor = 0, wide = false, gap = 0 } = part;
    const content = part.content ?? data;
    const [size, crc] = [part.size ?? content.length, part.crc ?? crc32(content)];
    const flags = part.flags ?? (descriptor > 0 ? 8 : 0);
    const [localName, centralName] = [Buffer.from(part.localName ?? name), Buffer.from(name)];
    const later = descriptor > 0;
    const extra = Buffer.alloc(wide ? 20 : 0);
    if (wide) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(16, 2);
      extra.writeBigUInt64LE(BigInt(later ? 0 : size), 4);
      extra.writeBigUInt64LE(BigInt(later ? 0 : data.length), 12);
    }
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(later ? 0 : crc, 14);
    local.writeUInt32LE(wide ? 0xffffffff : later ? 0 : data.length, 18);
    local.writeUInt32LE(wide ? 0xffffffff : later ? 0 : size, 22);
    local.writeUInt16LE(localName.length, 26);
    local.writeUInt16LE(extra.length, 28);
    const tail = Buffer.alloc(descriptor);
    const signed = descriptor === 16 || descriptor === 24 ? 4 : 0;
    if (signed > 0) tail.writeUInt32LE(0x08074b50, 0);
    if (later) {
      tail.writeUInt32LE(crc, signed);
      if (descriptor >= 20) {
        tail.writeBigUInt64LE(BigInt(data.length), signed + 4);
        tail.writeBigUInt64LE(BigInt(size), signed + 12);
      } else {
        tail.writeUInt32LE(data.length, signed + 4);
        tail.writeUInt32LE(size, signed + 8);
      }
    }
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(crc, 16);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(centralName.length, 28);
    entry.writeUInt32LE(part.offset ?? offset, 42);
    central.push(entry, centralName);
    chunks.push(local, localName, extra, Buffer.from(data), tail, Buffer.alloc(gap));
    offset += 30 + localName.length + extra.length + data.length + descriptor + gap;
  }
  const directory = Buffer.concat(central);
  const end64 = Buffer.alloc(zip64End ? 76 : 0);
  if (zip64End) {
    end64.writeUInt32LE(0x06064b50, 0);
    end64.writeBigUInt64LE(44n, 4);
    end64.writeBigUInt64LE(BigInt(count), 24);
    end64.writeBigUInt64LE(BigInt(count), 32);
    end64.writeBigUInt64LE(BigInt(directory.length), 40);
    end64.writeBigUInt64LE(BigInt(offset), 48);
    end64.writeUInt32LE(0x07064b50, 56);
    end64.writeBigUInt64LE(BigInt(offset + directory.length), 64);
    end64.writeUInt32LE(1, 72);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64End ? 0xffff : count, 8);
  end.writeUInt16LE(zip64End ? 0xffff : count, 10);
  end.writeUInt32LE(zip64End ? 0xffffffff : directory.length, 12);
  end.writeUInt32LE(zip64End ? 0xffffffff : offset, 16);
  return new Uint8Array(Buffer.concat([...chunks, directory, end64, end]));
}

describe("honest archives", () => {
  test("what is written is read: names, bytes, alignment", () => {
    const entries = open(zip({ "a/b": ascii("hello"), é: new Uint8Array(), c: ascii("x") }, 64));
    expect([...entries.keys()]).toEqual(["a/b", "é", "c"]);
    expect(entries.get("a/b")?.read()).toEqual(ascii("hello"));
    expect(entries.get("a/b")?.read(1, 3)).toEqual(ascii("ell"));
    expect([...entries.values()].every(({ dataStart }) => dataStart % 64 === 0)).toBe(true);
    expect(open(zip({})).size).toBe(0);
  });

  test.each([0, 12, 16, 20, 24] as const)("a data descriptor of %d bytes is understood", (descriptor) => {
    const bytes = byHand([{ descriptor, wide: descriptor >= 20 }, { name: "b" }]);
    expect(open(bytes).get("a")?.read()).toEqual(ascii("hello"));
  });

  test("deflated entries, zip64 sizes and a zip64 end record are understood", () => {
    const content = new Uint8Array(10_000).fill(7);
    const data = deflateRawSync(content);
    const entries = open(byHand([{ data, content, method: 8, wide: true }, { name: "b" }], { zip64End: true }));
    expect(entries.get("a")?.read()).toEqual(content);
    expect(entries.get("a")?.read(9_999, 1)).toEqual(Uint8Array.of(7));
    expect(entries.get("a")?.peek(3)).toEqual(Uint8Array.of(7, 7, 7));
    expect(entries.get("b")?.peek(100)).toEqual(ascii("hello"));
  });

  test("writing and reading is the identity for any files", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 20 }), fc.uint8Array()), (files) => {
        const entries = open(zip(files, 8));
        expect(entries.size).toBe(Object.keys(files).length);
        for (const [name, bytes] of Object.entries(files)) expect(entries.get(name)?.read()).toEqual(bytes);
      }),
    );
  });
});

describe("refusals", () => {
  const deflated = deflateRawSync(new Uint8Array(100));
  test.each<[string, Uint8Array, string]>([
    ["the same name twice", byHand([{}, {}]), 'entry "a" stands twice'],
    ["another local name", byHand([{ localName: "b" }]), "its local header and the directory disagree"],
    ["an encrypted entry", byHand([{ flags: 1 }]), "it is encrypted"],
    ["method 12", byHand([{ method: 12 }]), "compression method 12; stored (0) and deflated (8) can be read"],
    ["a stored entry of two sizes", byHand([{ size: 9 }]), "stored, with 5 bytes that should be 9"],
    ["overlap", byHand([{}, { name: "b", offset: 33 }]), "its data reach to byte 36, the next part begins at 33"],
    ["the same place twice", byHand([{}, { name: "b", offset: 0 }]), "overlaps another"],
    ["a hole", byHand([{ gap: 3 }, { name: "b" }]), "bytes 36 to 39 belong to no entry"],
    ["a first entry behind the start", byHand([{ offset: 4 }]), "does not begin at the file's first byte"],
    [
      "a hole where a descriptor should be",
      byHand([{ descriptor: 16, gap: 1 }]),
      "17 bytes between its data and the next part",
    ],
    ["more entries than there are", byHand([{}], { count: 9 }), "9 entries are announced in a directory of 47 bytes"],
    [
      "fewer entries than there are",
      byHand([{}, { name: "b" }], { count: 1 }),
      "47 bytes follow the directory's last entry",
    ],
    ["something behind", Uint8Array.of(...byHand([{}]), 0), "are no end record: truncated, or something follows"],
    ["an empty file", new Uint8Array(), "0 bytes are too few for a zip archive"],
  ])("%s", (_, bytes, message) => expect(() => open(bytes)).toThrow(message));

  test.each<[string, Uint8Array, string]>([
    ["a wrong CRC", byHand([{ crc: 1 }]), 'entry "a" is damaged: its CRC-32 does not fit'],
    [
      "deflate data that are too long",
      byHand([{ data: deflated, content: new Uint8Array(99), method: 8 }]),
      "does not inflate to 99 bytes",
    ],
    [
      "deflate data that are too short",
      byHand([{ data: deflated, content: new Uint8Array(101), method: 8 }]),
      "does not inflate to 101 bytes",
    ],
    [
      "no deflate data",
      byHand([{ data: ascii("\xff\xff"), content: new Uint8Array(9), method: 8 }]),
      "does not inflate to 9 bytes",
    ],
    [
      "bytes behind the deflate data",
      byHand([{ data: new Uint8Array([...deflated, 0]), content: new Uint8Array(100), method: 8 }]),
      "does not inflate to 100 bytes",
    ],
  ])("%s, when read", (_, bytes, message) => {
    expect(() => open(bytes).get("a")?.read()).toThrow(message);
  });

  test("limits of entries, names and inflation, at them and one past", () => {
    const two = byHand([{}, { name: "bb" }]);
    expect(open(two, { ...defaultLimits, archiveEntries: 2, archiveNameBytes: 2 }).size).toBe(2);
    expect(() => open(two, { ...defaultLimits, archiveEntries: 1 })).toThrow("2 entries, at most 1 are read");
    expect(() => open(two, { ...defaultLimits, archiveNameBytes: 1 })).toThrow("a name of 2 bytes, at most 1");
    const packed = byHand([{ data: deflated, content: new Uint8Array(100), method: 8 }]);
    expect(open(packed, { ...defaultLimits, inflatedBytes: 100 }).size).toBe(1);
    expect(() => open(packed, { ...defaultLimits, inflatedBytes: 99 })).toThrow("inflate to more than 99 bytes");
  });

  test("one changed bit of a header is refused, or changes only what is not used", () => {
    const bytes = byHand([{ name: "ab" }, { name: "cd", descriptor: 16 }]);
    const expected = [...open(bytes).values()].map((entry) => [entry.name, entry.read()]);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      try {
        const read = [...open(flipped).values()].map((entry) => [entry.name, entry.read()]);
        expect(read).toEqual(expected); // a date, a version
      } catch (error) {
        expect(error).toBeInstanceOf(FoveaError);
      }
    }
  });
});

describe("codecs", () => {
  test("an empty part leaves a checksum as it is, also one without memory, for which zlib alone answers 0", () => {
    const nothing = new Uint8Array(new ArrayBuffer(0).slice(0));
    expect(crc32(nothing, 5)).toBe(5);
    expect(crc32(new Uint8Array(new Float32Array(nothing.map((x) => x).buffer).buffer), 5)).toBe(5);
  });

  test("the browser's agrees with Node's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.integer({ min: -2, max: 2 }), (content, wrong) => {
        const data = new Uint8Array(deflateRawSync(content));
        const size = Math.max(0, content.length + wrong);
        expect(browser.inflateExactly(data, size)).toEqual(inflateExactly(data, size));
        expect(browser.crc32(content)).toBe(crc32(content));
      }),
    );
    const data = new Uint8Array(deflateRawSync(new Uint8Array(5000).map((_, i) => i * i)));
    const [ours, theirs] = [browser.inflateStart(data.subarray(0, 300)), inflateStart(data.subarray(0, 300))];
    const common = Math.min(ours?.length ?? 0, theirs?.length ?? 0);
    expect(common).toBeGreaterThan(50);
    expect(ours?.subarray(0, common)).toEqual(theirs?.subarray(0, common));
  });
});
