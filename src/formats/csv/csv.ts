import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import { defaultLimits, type Limits } from "../../files/limits.ts";

export interface CsvOptions {
  /** One character; by default the one of `, ; | tab` that stands most often in the first line. */
  readonly delimiter?: string;
  readonly limits?: Limits;
}

/** A table with a line of names. */
export interface CsvTable {
  readonly delimiter: string;
  /** In order; may stand twice, and may be empty. */
  readonly columns: readonly string[];
  /** The lines after the first, each with as many fields as there are names; read anew each time, a piece at a time. */
  rows(): Iterable<readonly string[]>;
}

const PIECE = 2 ** 18;

/**
 * Opens a CSV table (RFC 4180): fields in quotes may hold delimiters, line breaks and doubled quotes. UTF-8, with or
 * without byte order mark; lines end with LF or CRLF.
 *
 * @throws FoveaError `csv/...` naming file and line
 */
export function openCsv(source: ByteSource, { delimiter, limits = defaultLimits }: CsvOptions = {}): CsvTable {
  const chosen = delimiter ?? guessDelimiter(source, limits);
  const first = readCsvRows(source, chosen, limits).next();
  if (first.done === true) throw csvRefusal("empty", source, 1, "there is no line of names");
  const columns = first.value;
  return {
    delimiter: chosen,
    columns,
    *rows() {
      let line = 0;
      for (const row of readCsvRows(source, chosen, limits)) {
        if (line++ === 0) continue;
        if (row.length === 1 && row[0] === "" && columns.length > 1) continue; // an empty line
        if (row.length !== columns.length)
          throw csvRefusal("fields", source, line, `${row.length} fields, the first line has ${columns.length}`);
        yield row;
      }
    },
  };
}

function guessDelimiter(source: ByteSource, limits: Limits): string {
  const start = source.read(0, Math.min(source.size, limits.csvLineBytes));
  const end = start.indexOf(10);
  const line = new TextDecoder("utf-8").decode(end < 0 ? start : start.subarray(0, end));
  const counts = [",", ";", "|", "\t"].map((mark) => ({ mark, count: line.split(mark).length }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).mark;
}

/** The records of a file, names and all. `line` in messages counts records. */
function* readCsvRows(source: ByteSource, delimiter: string, limits: Limits): Generator<string[]> {
  let row: string[] = [];
  let [field, quoted, closed, used, line] = ["", false, false, 0, 1];
  const fail = (what: string, message: string): FoveaError => csvRefusal(what, source, line, message);
  const endField = (): void => {
    row.push(field);
    if (row.length > limits.csvColumns) throw fail("limit", `more than ${limits.csvColumns} fields`);
    [field, closed] = ["", false];
  };
  for (const text of pieces(source)) {
    for (let at = 0; at < text.length; at++) {
      const mark = text[at];
      if (++used > limits.csvLineBytes) throw fail("limit", `more than ${limits.csvLineBytes} characters`);
      if (quoted) {
        if (mark === '"') [quoted, closed] = [false, true];
        else field += mark;
      } else if (mark === '"' && closed) {
        field += '"'; // a doubled one inside quotes
        [quoted, closed] = [true, false];
      } else if (mark === '"' && field === "") quoted = true;
      else if (mark === delimiter) endField();
      else if (mark === "\n") {
        if (!closed && field.endsWith("\r")) field = field.slice(0, -1);
        endField();
        yield row;
        [row, used] = [[], 0];
        line++;
      } else if (closed && mark !== "\r")
        throw fail("quote", `${JSON.stringify(mark)} follows a field's closing quote`);
      else if (!closed) field += mark;
    }
  }
  if (quoted) throw fail("quote", "a quote is not closed");
  if (field !== "" || row.length > 0 || closed) {
    endField();
    yield row;
  }
}

/** The file's text in pieces; fatal UTF-8. */
function* pieces(source: ByteSource): Generator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    for (let at = 0; at < source.size; at += PIECE)
      yield decoder.decode(source.read(at, Math.min(PIECE, source.size - at)), { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (error instanceof FoveaError) throw error;
    throw new FoveaError("csv/text", `${source.name}: it is not UTF-8`, {
      hint: "save the table as UTF-8",
      cause: error,
    });
  }
}

function csvRefusal(what: string, source: ByteSource, line: number, message: string): FoveaError {
  return new FoveaError(`csv/${what}`, `${source.name}: line ${line}: ${message}`, {
    hint: "every line needs as many fields as the first; fields with delimiters stand in double quotes",
  });
}
