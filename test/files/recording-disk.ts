import type { FileCalls, FileHandle } from "../../src/files/file-calls.node.ts";

interface FileNode {
  kind: "file";
  bytes: Uint8Array;
  /** As of the last fsync. */
  durable: Uint8Array;
}
interface DirectoryNode {
  kind: "directory";
  entries: Map<string, DiskNode>;
  durable: Map<string, DiskNode>;
  /** Changes since the last fsync of the directory; each may reach the disk alone, a rename as a whole. */
  pending: Change[];
}
type DiskNode = FileNode | DirectoryNode;
type Change = (entries: Map<string, DiskNode>) => void;

/** What a disk holds: path to bytes; a directory ends with "/". */
export type DiskImage = Map<string, Uint8Array>;

const failed = (code: string, syscall: string): Error => Object.assign(new Error(code), { code, syscall });
const directoryNode = (): DirectoryNode => ({ kind: "directory", entries: new Map(), durable: new Map(), pending: [] });

/**
 * A disk in memory that knows what was synced, and so what a power cut may leave: anything that was not may be there,
 * half there, zeroed or missing, in any combination. `afterCall` is told after each change.
 */
export class RecordingDisk implements FileCalls {
  readonly #root = directoryNode();
  readonly #open = new Map<FileHandle, FileNode>();
  #handles = 2;
  afterCall: () => void = () => {};

  mkdir(path: string): void {
    const [parent, name] = this.#parent(path);
    if (parent.entries.has(name)) throw failed("EEXIST", "mkdir");
    this.#change(parent, put(name, directoryNode()));
  }
  open(path: string, mode: "wx" | "a"): FileHandle {
    const [parent, name] = this.#parent(path);
    let node = parent.entries.get(name);
    if (node !== undefined && mode === "wx") throw failed("EEXIST", "open");
    if (node === undefined) {
      node = { kind: "file", bytes: new Uint8Array(), durable: new Uint8Array() };
      this.#change(parent, put(name, node));
    }
    this.#open.set(++this.#handles, asFile(node));
    return this.#handles;
  }
  write(file: FileHandle, bytes: Uint8Array, offset: number): number {
    const node = this.#file(file);
    const piece = bytes.subarray(offset, offset + 1000); // short writes
    node.bytes = joined(node.bytes, piece);
    this.afterCall();
    return piece.length;
  }
  length(file: FileHandle): number {
    return this.#file(file).bytes.length;
  }
  truncate(file: FileHandle, length: number): void {
    const node = this.#file(file);
    node.bytes = node.bytes.slice(0, length);
    this.afterCall();
  }
  fsync(file: FileHandle): void {
    const node = this.#file(file);
    node.durable = node.bytes;
    this.afterCall();
  }
  close(file: FileHandle): void {
    this.#open.delete(file);
  }
  rename(from: string, to: string): void {
    const [source, oldName] = this.#parent(from);
    const [target, newName] = this.#parent(to);
    if (source !== target) throw new Error("this disk renames within one directory only");
    const node = this.#node(from);
    const old = target.entries.get(newName);
    if (old?.kind === "directory" && old.entries.size > 0) throw failed("ENOTEMPTY", "rename");
    this.#change(source, (entries) => {
      entries.delete(oldName);
      entries.set(newName, node);
    });
  }
  link(from: string, to: string): void {
    const [parent, name] = this.#parent(to);
    if (parent.entries.has(name)) throw failed("EEXIST", "link");
    this.#change(parent, put(name, this.#node(from)));
  }
  unlink(path: string): void {
    const [parent, name] = this.#parent(path);
    if (!parent.entries.has(name)) throw failed("ENOENT", "unlink");
    this.#change(parent, (entries) => void entries.delete(name));
  }
  syncDirectory(path: string): void {
    const node = this.#directory(path);
    node.durable = new Map(node.entries);
    node.pending = [];
    this.afterCall();
  }
  removeTree(path: string): void {
    const [parent, name] = this.#parent(path);
    const node = parent.entries.get(name);
    if (node === undefined) return;
    if (node.kind === "directory") for (const child of [...node.entries.keys()]) this.removeTree(`${path}/${child}`);
    this.#change(parent, (entries) => void entries.delete(name));
  }
  list(path: string): string[] {
    return [...this.#directory(path).entries.keys()].sort();
  }
  freeBytes(): number {
    return Infinity;
  }

  /** One state that a power cut now may leave; `random` gives numbers in [0, 1). */
  crash(random: () => number): DiskImage {
    const image: DiskImage = new Map();
    const images = new Map<FileNode, Uint8Array>(); // a file with two names has one content
    const visit = (node: DirectoryNode, path: string): void => {
      const entries = new Map(node.durable);
      const kept = random(); // now and then all or nothing, mostly a mixture
      for (const change of node.pending) if (random() < (kept < 0.2 ? 0 : kept > 0.8 ? 1 : 0.5)) change(entries);
      for (const [name, child] of entries) {
        if (child.kind === "directory") {
          image.set(`${path}${name}/`, new Uint8Array());
          visit(child, `${path}${name}/`);
        } else {
          if (!images.has(child)) images.set(child, crashedFile(child, random));
          image.set(path + name, images.get(child) ?? child.durable);
        }
      }
    };
    visit(this.#root, "");
    return image;
  }

  #change(directory: DirectoryNode, change: Change): void {
    change(directory.entries);
    directory.pending.push(change);
    this.afterCall();
  }
  #parent(path: string): [DirectoryNode, string] {
    const slash = path.lastIndexOf("/");
    return [this.#directory(path.slice(0, slash)), path.slice(slash + 1)];
  }
  #directory(path: string): DirectoryNode {
    const node = this.#node(path);
    if (node.kind !== "directory") throw failed("ENOTDIR", "open");
    return node;
  }
  #node(path: string): DiskNode {
    let node: DiskNode = this.#root;
    for (const part of path.split("/").filter((name) => name !== "")) {
      const next: DiskNode | undefined = node.kind === "directory" ? node.entries.get(part) : undefined;
      if (next === undefined) throw failed("ENOENT", "open");
      node = next;
    }
    return node;
  }
  #file(file: FileHandle): FileNode {
    const node = this.#open.get(file);
    if (node === undefined) throw failed("EBADF", "write");
    return node;
  }
}

const put =
  (name: string, node: DiskNode): Change =>
  (entries) =>
    void entries.set(name, node);

function asFile(node: DiskNode): FileNode {
  if (node.kind !== "file") throw failed("EISDIR", "open");
  return node;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** What was synced, or with what came after: whole, cut anywhere, or its length with zeros for data. */
function crashedFile({ bytes, durable }: FileNode, random: () => number): Uint8Array {
  const fate = random();
  if (fate < 0.3) return durable;
  if (fate < 0.5) return bytes;
  const common = Math.min(durable.length, bytes.length);
  if (fate < 0.75) return bytes.slice(0, common + Math.floor(random() * (bytes.length - common + 1)));
  const zeroed = new Uint8Array(bytes.length);
  zeroed.set(durable.subarray(0, common));
  return zeroed;
}
