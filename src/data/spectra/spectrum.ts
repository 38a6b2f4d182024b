/** A spectrum as its file holds it: nothing is shifted, scaled or left out. All arrays have the same length. */
export interface Spectrum {
  /** Å. */
  readonly wavelength: Float64Array;
  readonly medium: "vacuum" | "air";
  readonly frame: "observed" | "rest";
  readonly flux: Float32Array;
  /** Inverse variance of the flux; 0 where it is worthless. */
  readonly ivar: Float32Array;
  /** Not 0 where a single exposure is flagged. */
  readonly mask: Int32Array;
  /** How the file is laid out: A1 and A2 image rows, B a table; see `readLamostSpectrum`. */
  readonly layout: "A1" | "A2" | "B";
  readonly star: StarFacts;
}

/** What the header says of the star; undefined where it is missing or −9999. */
export interface StarFacts {
  readonly id: string | undefined;
  /** STAR, GALAXY, QSO. */
  readonly class: string | undefined;
  readonly subclass: string | undefined;
  readonly redshift: number | undefined;
  /** Signal to noise by band: u g r i z. DR1 caps them at 99. */
  readonly snr: Readonly<Partial<Record<"u" | "g" | "r" | "i" | "z", number>>>;
}
