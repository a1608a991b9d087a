/** Removes what must never be logged from a finished log line, wherever in it it stands. */

const SENSITIVE_KEY =
  /^(?:proxy-)?authorization$|^(?:set-)?cookie$|^passw(?:or)?d$|secret$|token$|api[-_]?key$|^cv[cv]$|^stripe-signature$/i;
const QUOTED_SECRET =
  /("(?:authorization|cookie|password|secret|(?:access|refresh|id)?_?token)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi;
const JWT = /\beyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*){0,3}/g;
const CREDENTIALS = /\b(Bearer|Basic)\s+[\w.~+/=-]+/gi;
const PAYMENT_TOKEN = /\btok_\w+/g;
const URL_PASSWORD = /(:\/\/[^\s:/@"]*:)[^\s@"]+@/g;
/** Ids in hexadecimal, which are kept, or digits, perhaps in groups, that are not the digits of a fraction. */
const NUMBERS =
  /(?<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?=\d*[a-f])[0-9a-f]{16,}\b)|(?<!\d)(?<!\d\.)\d(?:[ -]?\d){12,}(?!\d|\.\d)/gi;
const REDACTED = '[redacted]';
/**
 * In every line that a rule above could change stands one of these, or a long number. Most lines have
 * neither and need no parsing. Plain searches: one pattern for all of them takes ten times as long.
 */
const SUSPECTS =
  'authorization cookie passw secret token apikey api-key api_key signature cvc cvv eyj tok_ bearer basic ://'.split(
    ' ',
  );
const LONG_NUMBER = /\d(?:[ -]?\d){12}/;

function isSuspect(line: string): boolean {
  const lower = line.toLowerCase();
  return SUSPECTS.some((word) => lower.includes(word)) || LONG_NUMBER.test(line);
}

/** `line` is one JSON object, and so is the answer. */
export function redactLine(line: string): string {
  if (!isSuspect(line)) return line;
  return `${JSON.stringify(redactValue(JSON.parse(line)))}\n`;
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'number') {
    const text = String(value);
    return text.length < 13 || redactText(text) === text ? value : REDACTED;
  }
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const hidden = SENSITIVE_KEY.test(key) && inner !== null && inner !== undefined;
      return [redactText(key), hidden ? REDACTED : redactValue(inner)];
    }),
  );
}

/** Card numbers (13–19 digits that pass Luhn), JWTs, credentials and payment tokens inside free text. */
export function redactText(text: string): string {
  return text
    .replace(QUOTED_SECRET, `$1"${REDACTED}"`)
    .replace(JWT, REDACTED)
    .replace(CREDENTIALS, `$1 ${REDACTED}`)
    .replace(PAYMENT_TOKEN, `tok_${REDACTED}`)
    .replace(URL_PASSWORD, `$1${REDACTED}@`)
    .replace(NUMBERS, (found, id: string | undefined) =>
      id === undefined ? redactCardNumbers(found) : found,
    );
}

/** A card number may stand beside other numbers, so every run of whole groups is tried. */
function redactCardNumbers(digits: string): string {
  const groups = digits.split(/(?<=[ -])/);
  let redacted = '';
  for (let at = 0; at < groups.length;) {
    const length = cardNumberFrom(groups, at);
    redacted += length === 0 ? groups[at] : at + length < groups.length ? `${REDACTED} ` : REDACTED;
    at += Math.max(1, length);
  }
  return redacted;
}

/** How many groups from there on make up a card number, at the most; 0: none does. */
function cardNumberFrom(groups: readonly string[], from: number): number {
  let longest = 0;
  for (let run = '', next = from; next < groups.length && run.length <= 19; next += 1) {
    run += groups[next]?.replace(/[ -]$/, '') ?? '';
    if (isCardNumber(run)) longest = next + 1 - from;
  }
  return longest;
}

/** 13–19 digits whose check digit fits (ISO/IEC 7812-1, annex B). */
export function isCardNumber(digits: string): boolean {
  if (!/^\d{13,19}$/.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits.at(-1 - index));
    const weighted = index % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
