import { randomBytes } from 'node:crypto';

/** 64 random bits in the letters a to p. */
export function newVersion(): string {
  const letters = [...randomBytes(8)].map((byte) => letter(byte >> 4) + letter(byte & 15));
  return letters.join('');
}

function letter(value: number): string {
  return String.fromCharCode(97 + value);
}
