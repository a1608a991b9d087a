import { Client, errors } from '@elastic/elasticsearch';

/** A bulk on a busy cluster may take its time: nobody looks on. */
const REQUEST_LIMIT_MS = 10_000;

export function createClient(url: string): Client {
  const { username, password, href } = withoutCredentials(url);
  return new Client({
    node: href,
    ...(username === '' ? {} : { auth: { username, password } }),
    requestTimeout: REQUEST_LIMIT_MS,
    // Whoever calls tries again; two layers of retries would only hide an outage for longer.
    maxRetries: 1,
  });
}

/** No answer, or the answer of a cluster that cannot serve now: not a mistake of ours. */
export function isOutage(error: unknown): boolean {
  if (error instanceof errors.ConnectionError || error instanceof errors.TimeoutError) return true;
  if (error instanceof errors.NoLivingConnectionsError) return true;
  return error instanceof errors.ResponseError && [429, 502, 503, 504].includes(error.statusCode ?? 0);
}

function withoutCredentials(url: string) {
  const parsed = new URL(url);
  const username = decodeURIComponent(parsed.username);
  const password = decodeURIComponent(parsed.password);
  parsed.username = '';
  parsed.password = '';
  return { username, password, href: parsed.href };
}
