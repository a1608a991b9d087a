/** How the sidecars of one machine find each other: through a file, since multicast reaches other platforms on it, too. */

/** For `spec.nameResolution` of a Dapr Configuration. */
export function nameResolution(file: string): object {
  return {
    component: 'sqlite',
    version: 'v1',
    configuration: {
      connectionString: file,
      // A row of that age, in whole seconds, is not found any more; its sidecar renews it `timeout` earlier. With the
      // default second between the two, a living sidecar is away for a moment whenever its renewal is late.
      updateInterval: '15s',
      timeout: '5s',
      // The clean-up deletes the rows of the living (components-contrib 1.18.3).
      cleanupInterval: '0',
    },
  };
}
