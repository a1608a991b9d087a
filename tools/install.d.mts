export function pinnedNode(root: string): string;
export function toolPath(root: string): string;
export function installIfNeeded(root: string): Promise<void>;
export function isInstalled(root: string): boolean;
