import { Client, errors } from '@elastic/elasticsearch';

/** A bulk on a busy cluster may take its time: nobody looks on. */
const REQUEST_LIMIT_MS = 30_000;

/** Of a connection, which would end any request that may take longer. */
const LONGEST_REQUEST_MS = 600_000;

/** `limitMs` holds for requests that name no time of their own. */
export function createClient(url: string, limitMs = REQUEST_LIMIT_MS): Client {
  const { username, password, href } = withoutCredentials(url);
  const client = new Client({
    node: href,
    ...(username === '' ? {} : { auth: { username, password } }),
    requestTimeout: LONGEST_REQUEST_MS,
    // Whoever calls tries again; two layers of retries would only hide an outage for longer.
    maxRetries: 1,
  });
  return client.child({ requestTimeout: limitMs });
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
