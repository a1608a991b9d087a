/** What `Cache-Control` allows a shared cache (RFC 9111, RFC 5861). */

export interface Freshness {
  /** From when the origin made the answer. */
  readonly freshMs: number;
  /** How long after that it may stand in for an origin that fails. */
  readonly staleIfErrorMs: number;
}

/** Undefined where a shared cache may not keep the answer, or could do nothing with it. */
export function freshnessOf(cacheControl: string): Freshness | undefined {
  const directives = new Map(
    cacheControl.split(',').map((directive) => {
      const [name = '', value = ''] = directive.trim().toLowerCase().split('=');
      return [name, Number(value)] as const;
    }),
  );
  if (!directives.has('public') || directives.has('no-store') || directives.has('no-cache')) return undefined;
  const seconds = directives.get('s-maxage') ?? directives.get('max-age') ?? 0;
  if (!(seconds > 0)) return undefined;
  return { freshMs: seconds * 1_000, staleIfErrorMs: (directives.get('stale-if-error') ?? 0) * 1_000 };
}
