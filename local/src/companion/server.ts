/** Serves the public keys of the development issuer, where a gateway in a cluster fetches them. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DevelopmentIssuer } from '@ecommercestack/gateway/development-issuer';

export interface KeyServer {
  /** With the port that was taken where 0 was asked for. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

export async function serveKeys(
  { jwksUrl }: DevelopmentIssuer,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<KeyServer> {
  const keys = await readFile(jwksUrl, 'utf8');
  const server = createServer((request, response) => {
    const found = request.method === 'GET' && request.url === '/jwks.json';
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(found ? keys : '{}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/jwks.json`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
  };
}
