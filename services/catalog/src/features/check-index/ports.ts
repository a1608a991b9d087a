export interface IndexedVersions {
  /** The version held of each SKU, withdrawn ones included; absent where there is none. */
  versions(skus: readonly string[]): Promise<ReadonlyMap<string, number>>;
}
