/** A certificate for 127.0.0.1 that vouches for itself. */
import { execFile } from 'node:child_process';
import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

export interface Certificate {
  /** A file in PEM. */
  readonly keyAndCertificate: string;
  /** In PEM. */
  readonly certificate: string;
}

export async function makeCertificate(dir: string): Promise<Certificate> {
  const both = path.join(dir, 'server.pem');
  const alone = path.join(dir, 'certificate.pem');
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  const run = promisify(execFile);
  await run('openssl', [...request, '-keyout', both, '-out', alone]);
  const certificate = await readFile(alone, 'utf8');
  await appendFile(both, certificate);
  return { keyAndCertificate: both, certificate };
}
