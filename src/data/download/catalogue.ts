import { FoveaError } from "../../errors/fovea-error.ts";
import { unknownName } from "../../errors/unknown-name.ts";

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

const vocLicence = "Flickr's terms of use for the pictures (http://host.robots.ox.ac.uk/pascal/VOC/)";

const oxford = "its pictures are of their owners (Flickr, Google); for research";

const cifarLicence =
  "no licence is stated by its authors; it is offered for research, who ask to cite A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009 (https://www.cs.toronto.edu/~kriz/cifar.html)";

/**
 * Only sets whose address and checksum are published and certain: the MD5 sums of all but CIFAR are those that torchvision
 * (`torchvision/datasets/*.py`, 0.29) compares after its own download from the same address.
 */
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
  dtd: {
    url: "https://www.robots.ox.ac.uk/~vgg/data/dtd/download/dtd-r1.0.1.tar.gz",
    checksum: { algorithm: "md5", hex: "fff73e5086ae6bdbea199a49dfb8a4c1" },
    licence: `no licence is stated; ${oxford} (https://www.robots.ox.ac.uk/~vgg/data/dtd/)`,
  },
  "flowers102-images": {
    url: "https://www.robots.ox.ac.uk/~vgg/data/flowers/102/102flowers.tgz",
    checksum: { algorithm: "md5", hex: "52808999861908f626f3c1f4e79d11fa" },
    licence: `no licence is stated; ${oxford} (https://www.robots.ox.ac.uk/~vgg/data/flowers/102/)`,
  },
  "imagenette-160": {
    url: "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz",
    checksum: { algorithm: "md5", hex: "e793b78cc4c9e9a4ccc0c1155377a412" },
    licence:
      "ImageNet's terms of access: non-commercial research and education (https://www.image-net.org/download.php)",
  },
  "imagenette-320": {
    url: "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-320.tgz",
    checksum: { algorithm: "md5", hex: "3df6f0d01a2c9592104656642f5e78a3" },
    licence:
      "ImageNet's terms of access: non-commercial research and education (https://www.image-net.org/download.php)",
  },
  "pets-images": {
    url: "https://www.robots.ox.ac.uk/~vgg/data/pets/data/images.tar.gz",
    checksum: { algorithm: "md5", hex: "5c4f3ee8e5d25df40f4fd59a7f44e54c" },
    licence: "CC BY-SA 4.0; the pictures stay their owners' (https://www.robots.ox.ac.uk/~vgg/data/pets/)",
  },
  "pets-annotations": {
    url: "https://www.robots.ox.ac.uk/~vgg/data/pets/data/annotations.tar.gz",
    checksum: { algorithm: "md5", hex: "95a8c909bbe2e81eed6a22bccdf3f68f" },
    licence: "CC BY-SA 4.0 (https://www.robots.ox.ac.uk/~vgg/data/pets/)",
  },
  voc2007: {
    url: "https://thor.robots.ox.ac.uk/pascal/VOC/voc2007/VOCtrainval_06-Nov-2007.tar",
    checksum: { algorithm: "md5", hex: "c52e279531787c972589f7e41ab4ae64" },
    licence: vocLicence,
  },
  voc2012: {
    url: "https://thor.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
    checksum: { algorithm: "md5", hex: "6cd6e144f989b92b3379bac3b3de84fd" },
    licence: vocLicence,
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
  throw unknownName("data/download", "data set (or https:// address)", name, names);
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
