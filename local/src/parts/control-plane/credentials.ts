/** Who may talk to the API server as whom: tokens, the kubeconfig files that hold them, the key of service accounts. */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** Kubernetes gives the components the rights that go with their names. */
const USERS = {
  admin: { name: 'admin', group: 'system:masters' },
  controllerManager: { name: 'system:kube-controller-manager' },
  scheduler: { name: 'system:kube-scheduler' },
} as const;

export type User = keyof typeof USERS;

export interface Credentials {
  readonly tokenFile: string;
  readonly serviceAccountKey: string;
  /** Where the API server puts the certificate that it makes for itself. */
  readonly certificates: string;
  /** Writes a kubeconfig; only once the API server has its certificate. Answers the path. */
  kubeconfig(user: User, url: string): Promise<string>;
}

export async function makeCredentials(dir: string): Promise<Credentials> {
  const certificates = path.join(dir, 'certificates');
  await mkdir(certificates, { recursive: true, mode: 0o700 });
  const tokens = new Map<User, string>();
  for (const user of Object.keys(USERS) as User[]) tokens.set(user, randomBytes(24).toString('base64url'));
  const tokenFile = path.join(dir, 'tokens.csv');
  const lines = [...tokens].map(([user, token]) => tokenLine(USERS[user], token));
  await writeFile(tokenFile, lines.join('\n'), { mode: 0o600 });
  const serviceAccountKey = path.join(dir, 'service-accounts.key');
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  await writeFile(serviceAccountKey, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  return {
    tokenFile,
    serviceAccountKey,
    certificates,
    kubeconfig: async (user, url) => {
      const file = path.join(dir, user === 'admin' ? 'kubeconfig' : `${user}.kubeconfig`);
      const authority = await readFile(path.join(certificates, 'apiserver.crt'));
      await writeFile(file, kubeconfig(url, authority, tokens.get(user) ?? ''), { mode: 0o600 });
      return file;
    },
  };
}

function tokenLine(user: { readonly name: string; readonly group?: string }, token: string): string {
  return [token, user.name, user.name, ...(user.group === undefined ? [] : [user.group])].join(',');
}

function kubeconfig(url: string, authority: Buffer, token: string): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: local
    cluster:
      server: ${url}
      certificate-authority-data: ${authority.toString('base64')}
users:
  - name: local
    user:
      token: ${token}
contexts:
  - name: local
    context:
      cluster: local
      user: local
current-context: local
`;
}
