import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteSource } from "../../files/byte-source.ts";

/** A refusal `zip/...` that names the file. */
export const zipRefusal = (what: string, source: ByteSource, message: string): FoveaError =>
  new FoveaError(`zip/${what}`, `${source.name}: ${message}`, {
    hint: "the archive is damaged or made to deceive: fetch it again, or write it with torch.save, numpy.savez or zip",
  });

/** A name from a file, quoted and cut for messages. */
export const quoted = (name: string): string => JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
