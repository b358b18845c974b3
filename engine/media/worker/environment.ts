/** What of the engine's environment a worker may see: what loading libraries and drivers needs, and nothing that could be secret. */
const KEPT =
  /^(PATH|LD_LIBRARY_PATH|HOME|USERPROFILE|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|WINDIR|SYSTEMDRIVE|PROGRAMDATA|PROGRAMFILES.*|APPDATA|LOCALAPPDATA|NUMBER_OF_PROCESSORS|CUDA_.*|NVIDIA_.*|AV_FROM_SOURCE)$/i;

/** Facts a worker's environment is made of. */
export interface WorkerEnvironmentParameters {
  readonly cores: number;
  readonly gpuUuid?: string;
  readonly faults: boolean;
}

/**
 * The environment of a worker process. Two things in it are for speed, both measured (see the room's README): the size of
 * libuv's pool, whose threads run the codecs, and glibc settings that keep freed memory in the process, so that the
 * frames of each segment don't fault in fresh pages from the kernel.
 */
export function workerEnvironment({ cores, gpuUuid, faults }: WorkerEnvironmentParameters): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT.test(name)));
  return {
    ...kept,
    UV_THREADPOOL_SIZE: String(poolThreads(gpuUuid === undefined ? 'cpu' : 'gpu', cores)),
    GLIBC_TUNABLES: [
      'glibc.malloc.mmap_threshold=1073741824',
      'glibc.malloc.trim_threshold=2147483648',
      'glibc.malloc.top_pad=16777216',
      'glibc.malloc.arena_max=1',
      'glibc.malloc.hugetlb=1',
    ].join(':'),
    ...(gpuUuid === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpuUuid, CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }),
    ...(faults ? { SIPHON_WORKER_FAULTS: '1' } : {}),
  };
}

/**
 * Threads of a worker's pool. On a CPU as many as cores: libuv wakes JavaScript while it holds the lock that JavaScript takes next, and
 * with one thread more the one that holds it may wait milliseconds for a core, and everything for it. Calls on a GPU mostly wait for
 * the card.
 */
export function poolThreads(device: 'cpu' | 'gpu', cores: number): number {
  return Math.min(128, device === 'cpu' ? Math.max(1, cores) : Math.max(4, 2 * cores + 2));
}
