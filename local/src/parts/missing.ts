/** Something that has to be installed on the machine; the message names the command that does. */
export class MissingPartError extends Error {
  constructor(part: string, command: string) {
    super(`${part} is missing. Install it with: ${command}`);
    this.name = 'MissingPartError';
  }
}

/** The command for this operating system, by the names of Debian's and Homebrew's packages. */
export function installCommand(debian: string, homebrew: string): string {
  return process.platform === 'darwin' ? `brew install ${homebrew}` : `sudo apt-get install -y ${debian}`;
}
