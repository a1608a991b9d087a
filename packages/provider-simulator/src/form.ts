/** Form-encoded request bodies as Stripe's clients send them, and the refusal of card numbers in them. */

export interface Form {
  readonly fields: ReadonlyMap<string, string>;
  readonly metadata: Readonly<Record<string, string>>;
}

const metadataKey = /^metadata\[([A-Za-z0-9_]{1,40})\]$/;

/** Later values of a repeated name win, as with Stripe. */
export function parseForm(encoded: string): Form {
  const fields = new Map<string, string>();
  const metadata: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(encoded)) {
    const key = metadataKey.exec(name)?.[1];
    if (key === undefined) fields.set(name, value);
    else metadata[key] = value;
  }
  return { fields, metadata };
}

/** One text per distinct request, independent of the order of its fields. */
export function canonical(form: Form): string {
  const metadata = Object.entries(form.metadata).map(([key, value]) => [`metadata[${key}]`, value]);
  return JSON.stringify([...form.fields, ...metadata].sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

// Digits that stand alone, in one run or in the groups cards are printed in. A UUID never matches: its
// groups touch letters, dashes or more digits.
const cardShaped =
  /(?<![\w-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{5})(?![\w-])/g;

export function looksLikeCardNumber(text: string): boolean {
  return text.match(cardShaped)?.some((match) => luhn(match.replaceAll(/[ -]/g, ''))) ?? false;
}

/** ISO/IEC 7812-1 check digit. */
function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
