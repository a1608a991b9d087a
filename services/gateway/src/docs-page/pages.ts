/** The pages of the gateway itself: a landing page, the documentation, the OpenAPI document and the keys. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Express, Response } from 'express';
import type { KeySet } from '../authentication/key-set.ts';
import type { OpenApiDocument } from '../openapi/document.ts';

const OWN_FILES = fileURLToPath(new URL('./public/', import.meta.url));
const SWAGGER_UI = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));

/** By name: the package holds more than a reader needs. */
const ASSETS = [
  [OWN_FILES, ['init.js', 'site.css']],
  [SWAGGER_UI, ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']],
] as const;

/** Swagger UI sets style attributes; scripts come from files of this origin alone. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function servePages(app: Express, document: OpenApiDocument, keys: KeySet): void {
  const openApi = JSON.stringify(document);
  const sendPage = (res: Response, file: string) => {
    res.set({ 'content-security-policy': PAGE_POLICY, 'cache-control': 'no-cache' });
    res.sendFile(file, { root: OWN_FILES });
  };
  app.get('/', (_req, res) => sendPage(res, 'index.html'));
  app.get(['/docs', '/docs/'], (_req, res) => sendPage(res, 'docs.html'));
  app.get('/openapi.json', (_req, res) => {
    res.set('cache-control', 'no-cache').type('application/json').send(openApi);
  });
  app.get('/.well-known/jwks.json', async (_req, res) => {
    const published = await keys.published();
    res.set('cache-control', 'public, max-age=300, stale-if-error=86400').json(published);
  });
  for (const [folder, files] of ASSETS) {
    for (const file of files) {
      app.get(`/docs/${file}`, (_req, res) => res.sendFile(file, { root: folder, maxAge: '1h' }));
    }
  }
}
