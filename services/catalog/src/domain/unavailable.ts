/** What the catalog keeps elsewhere and cannot reach now. Not a bug, and not the caller's fault. */
export type Part = 'product-store' | 'search-index';

export class Unavailable extends Error {
  readonly part: Part;

  constructor(part: Part, options?: ErrorOptions) {
    super(`the ${part} cannot be reached`, options);
    this.name = 'Unavailable';
    this.part = part;
  }
}
