/**
 * A text as CLIP's tokenizer sees it: characters repaired, HTML entities resolved twice, white space collapsed, lower
 * case. Source: eva section 3.5.
 *
 * Of `ftfy`, which the official code repairs with, this does what is not guesswork: NFC, straight quotes, Latin
 * ligatures, full-width forms, no control characters. Text that was decoded by a wrong character set (`Ã©`) stays.
 */
export function cleanText(text: string): string {
  return unescapeHtml(unescapeHtml(repaired(text)))
    .replace(/\s+/gu, " ")
    .trim()
    .toLowerCase();
}

function repaired(text: string): string {
  return text
    .replace(/[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06\uff01-\uffef\u3000]/g, (character) =>
      character.normalize("NFKC"),
    )
    .replace(/[\u2018-\u201b\u02bc]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, "\n")
    .replace(/[\u0000-\u0008\u000b\u000e-\u001f\u007f\ufeff\ufff9-\ufffb]/g, "")
    .normalize("NFC");
}

const named: Readonly<Record<string, string>> = {
  ...{
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    nbsp: "\u00a0",
    shy: "\u00ad",
    copy: "©",
    reg: "®",
    trade: "™",
  },
  ...{ hellip: "…", ndash: "–", mdash: "—", lsquo: "‘", rsquo: "’", ldquo: "“", rdquo: "”", bull: "•", middot: "·" },
  ...{ laquo: "«", raquo: "»", deg: "°", plusmn: "±", times: "×", divide: "÷", frac12: "½", euro: "€", pound: "£" },
  ...{ cent: "¢", yen: "¥", sect: "§", para: "¶", szlig: "ß", aelig: "æ", oslash: "ø", aring: "å", ccedil: "ç" },
  ...{ agrave: "à", aacute: "á", acirc: "â", atilde: "ã", auml: "ä", egrave: "è", eacute: "é", ecirc: "ê", euml: "ë" },
  ...{ igrave: "ì", iacute: "í", icirc: "î", iuml: "ï", ntilde: "ñ", ograve: "ò", oacute: "ó", ocirc: "ô", ouml: "ö" },
  ...{ otilde: "õ", ugrave: "ù", uacute: "ú", ucirc: "û", uuml: "ü", Auml: "Ä", Ouml: "Ö", Uuml: "Ü", Eacute: "É" },
};

/** Numeric entities and the common named ones. */
function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|(\w{2,8}));/g, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return Object.hasOwn(named, String(name)) ? named[String(name)] : String(whole);
    const code = decimal === undefined ? parseInt(String(hexadecimal), 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : "\ufffd";
  });
}
