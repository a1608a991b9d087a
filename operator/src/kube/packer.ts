/** Objects of one kind, made small: they resemble each other, so that each takes a tenth of its text, or less. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

export interface Packer<T> {
  readonly pack: (object: T) => string;
  readonly unpack: (packed: string) => T;
}

/** Room for a few kilobytes before: as much as an object has. */
const WINDOW = { windowBits: 13, memLevel: 5, level: 3 } as const;

/** What it packed can be unpacked by it alone. Objects are such as JSON holds. */
export function createPacker<T>(): Packer<T> {
  /** The first object, by which all others are told. */
  let dictionary: Buffer | undefined;
  return {
    pack: (object) => {
      const text = Buffer.from(JSON.stringify(object));
      dictionary ??= text;
      // One byte for each character, on the heap: a small Buffer costs more than what it holds.
      return deflateRawSync(text, { ...WINDOW, dictionary }).toString('latin1');
    },
    unpack: (packed) => {
      if (dictionary === undefined) throw new Error('nothing was packed so far');
      const text = inflateRawSync(Buffer.from(packed, 'latin1'), {
        windowBits: WINDOW.windowBits,
        dictionary,
      });
      return JSON.parse(text.toString()) as T;
    },
  };
}
