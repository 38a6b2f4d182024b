import { FoveaError } from "../../errors/fovea-error.ts";
import { nearest } from "../../errors/nearest.ts";

/** A checksum of a whole file; MD5 only where its publishers state no other: it tells damage, not forgery. */
export interface Checksum {
  readonly algorithm: "sha256" | "md5";
  /** Lower case. */
  readonly hex: string;
}

/** Something that can be fetched. */
export interface Download {
  readonly url: string;
  readonly checksum?: Checksum | undefined;
  readonly bytes?: number;
  /** Shown before anything is fetched. */
  readonly licence: string;
}

const cifarLicence =
  "no licence is stated by its authors; it is offered for research, who ask to cite A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009 (https://www.cs.toronto.edu/~kriz/cifar.html)";

/** Only sets whose address, length and checksum are published and certain. */
const catalogue: Readonly<Record<string, Download>> = {
  cifar10: {
    url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    checksum: { algorithm: "md5", hex: "c32a1d4ab5d03f1284b67883e8d87530" },
    bytes: 170_052_171,
    licence: cifarLicence,
  },
  cifar100: {
    url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    checksum: { algorithm: "md5", hex: "03b5dce01913d631647c71ecec9e9cb8" },
    bytes: 168_513_733,
    licence: cifarLicence,
  },
};

/**
 * What `name` stands for: a set of the catalogue, or an address.
 *
 * @throws FoveaError `data/download` for an unknown name, an address that is not https (http on this machine only), or a
 * malformed checksum
 */
export function findDownload(name: string, checksum?: string): Download {
  const sum = checksum === undefined ? undefined : parseChecksum(checksum);
  if (Object.hasOwn(catalogue, name))
    return sum === undefined ? catalogue[name] : { ...catalogue[name], checksum: sum };
  if (/^[a-z]+:\/\//i.test(name)) {
    const licence = "what terms it has, fovea does not know: read them where the address is from";
    return { url: allowedUrl(name).href, checksum: sum, licence };
  }
  const names = Object.keys(catalogue);
  const near = nearest(name, names);
  throw refused(`${JSON.stringify(name)} is no known data set${near === undefined ? "" : `; did you mean ${near}?`}`, `known: ${names.join(", ")}; or give an address that starts with https://`); // prettier-ignore
}

/** https, or http on this machine; no user and password in it. */
export function allowedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const local = url !== undefined && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url === undefined || !(url.protocol === "https:" || (url.protocol === "http:" && local)))
    throw refused(`${text}: only https is fetched (http from this machine alone)`, "give the https address");
  if (url.username !== "" || url.password !== "") throw refused(`${url.host}: an address with a password in it`, "leave it out"); // prettier-ignore
  return url;
}

function parseChecksum(text: string): Checksum {
  const match = /^(?:(sha256):([0-9a-f]{64})|(md5):([0-9a-f]{32}))$/i.exec(text);
  if (match === null) throw refused(`--checksum ${text.slice(0, 80)}: no checksum`, "sha256: and 64, or md5: and 32 hexadecimal digits"); // prettier-ignore
  const sha256 = match[2] !== undefined;
  return { algorithm: sha256 ? "sha256" : "md5", hex: (sha256 ? match[2] : match[4]).toLowerCase() };
}

const refused = (message: string, hint: string): FoveaError =>
  new FoveaError("data/download", message, { hint, exitCode: 2 });
