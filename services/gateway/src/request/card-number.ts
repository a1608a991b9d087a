/** Finds card numbers, so that they are refused before anything stores or logs them (PCI DSS 3.3). */
import { isCardNumber } from '@ecommercestack/kit';

/** Digits, perhaps in groups, that are not part of a word; `tok_4111…` is not excused by its prefix. */
const DIGIT_GROUPS = /(?<![A-Za-z0-9])\d(?:[ -]?\d){12,}(?![A-Za-z0-9])/g;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
/** Milliseconds since 1970 have 13 digits and begin with 1; no card of 13 digits does. */
const MILLISECONDS = /^1\d{12}$/;

/** 13 to 19 digits that pass Luhn, with or without spaces and dashes. Ids (UUIDs) are not card numbers. */
export function hasCardNumber(text: string): boolean {
  if (text.length < 13) return false;
  const found = text.match(DIGIT_GROUPS);
  if (found === null) return false;
  const candidates = text.includes('-') ? text.replaceAll(UUID, 'id').match(DIGIT_GROUPS) : found;
  return candidates?.some(holdsCardNumber) ?? false;
}

/** A card number may stand beside other numbers, so every run of whole groups is tried. */
function holdsCardNumber(digits: string): boolean {
  const groups = digits.split(/[ -]/);
  return groups.some((first, from) => {
    // By index: what is left of a body full of digits would be copied for each of them.
    for (let run = first, next = from + 1; run.length <= 19; next += 1) {
      if (isCardNumber(run) && !MILLISECONDS.test(run)) return true;
      const group = groups[next];
      if (group === undefined) return false;
      run += group;
    }
    return false;
  });
}
