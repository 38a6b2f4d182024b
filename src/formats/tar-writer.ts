/** A file of an archive. */
export interface TarFile {
  /** At most 100 bytes of ASCII. */
  readonly name: string;
  readonly data: Uint8Array;
}

const BLOCK = 512;

/**
 * A POSIX (ustar) archive of regular files, block by block. Owner 0, mode 0644, time 0, so that the same files give the
 * same bytes. Throws `RangeError` for a name that does not fit.
 */
export function* tarBytes(files: Iterable<TarFile>): Generator<Uint8Array> {
  for (const { name, data } of files) {
    yield headerOf(name, data.length);
    yield data;
    yield new Uint8Array((BLOCK - (data.length % BLOCK)) % BLOCK);
  }
  yield new Uint8Array(2 * BLOCK);
}

function headerOf(name: string, size: number): Uint8Array {
  if (!/^[!-~]{1,100}$/.test(name) || name.startsWith("/")) {
    throw new RangeError(`tar: ${JSON.stringify(name)} is no name of 1 to 100 printable ASCII characters`);
  }
  if (size > 0o77777777777) throw new RangeError(`tar: ${name} has ${size} bytes, more than a header can say`);
  const header = new Uint8Array(BLOCK);
  const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\x0000");
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}
