/** The names of the indices of one catalog in a cluster. */
export interface Names {
  /** Of the index that is searched, of the one being filled, and of the one before: one index each, or none. */
  readonly current: string;
  readonly building: string;
  readonly previous: string;
  /** What any index of products is named by. */
  readonly products: string;
  /** Stock levels, which outlive an index of products. */
  readonly stock: string;
  /** How far a rebuild has come. */
  readonly rebuilds: string;
}

export function namesOf(prefix: string): Names {
  const products = `${prefix}-products`;
  return {
    current: products,
    building: `${products}-building`,
    previous: `${products}-previous`,
    products,
    stock: `${prefix}-stock`,
    rebuilds: `${prefix}-rebuilds`,
  };
}
