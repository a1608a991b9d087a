/** The sidecar's output binding, through Dapr's own client. */
import type { DaprClient } from '@dapr/dapr';
import type { MailBinding } from './binding-email.ts';

export interface DaprMailBindingOptions {
  /** Of the binding component. */
  readonly name: string;
  readonly port: number;
  readonly apiToken?: string;
}

/** The client costs 30 MB and a third of a second to load, so it is loaded with the first mail. */
export function openDaprMailBinding({ name, port, apiToken }: DaprMailBindingOptions): MailBinding {
  let opened: Promise<DaprClient> | undefined;
  const open = async (): Promise<DaprClient> => {
    const { CommunicationProtocolEnum, DaprClient: Client, LogLevel } = await import('@dapr/dapr');
    return new Client({
      daprHost: '127.0.0.1',
      daprPort: String(port),
      communicationProtocol: CommunicationProtocolEnum.HTTP,
      logger: { level: LogLevel.Error },
      ...(apiToken !== undefined && { daprApiToken: apiToken }),
    });
  };
  return {
    send: async ({ html, to, from, subject }) => {
      opened ??= open();
      const client = await opened;
      await client.binding.send(name, 'create', html, { emailTo: to, emailFrom: from, subject });
    },
    close: async () => {
      await (await opened)?.stop();
    },
  };
}
