import type { Tone } from '../model/status.ts';

/** The mark: a tube that lifts and lets fall, and the drop at its end. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="#0b3b40" />
      <path d="M8 25V14a6 6 0 0 1 12 0v3" fill="none" stroke="#5fe0c6" strokeWidth="4" strokeLinecap="round" />
      <path d="M20 19.2c2.6 3 3.6 4.4 3.6 5.8a3.6 3.6 0 0 1-7.2 0c0-1.4 1-2.8 3.6-5.8z" fill="#ffb454" />
    </svg>
  );
}

const PATHS = {
  home: 'M4 11.5L12 5l8 6.5M6.5 10v9.5h11V10M10 19.5v-5h4v5',
  live: 'M3 17c3 0 3-10 6-10s3 10 6 10 3-10 6-10',
  hardware: 'M6 6h12v12H6zM10 10h4v4h-4zM9 2v4M15 2v4M9 18v4M15 18v4M2 9h4M2 15h4M18 9h4M18 15h4',
  orchestrator:
    'M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4M10.3 10.8L5.5 6.5M13.7 10.8l4.8-4.3M12 14v5M4.5 7a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3M19.5 7a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3M12 22a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3',
  fleet: 'M4 4.5h16v6H4zM4 13.5h16v6H4zM7.5 7.5h.1M7.5 16.5h.1M12 7.5h5M12 16.5h5',
  history: 'M12 7v5l3.5 2M4.5 12a7.5 7.5 0 1 0 2.3-5.4L4 9M4 4.5V9h4.5',
  logs: 'M5 6h14M5 10.5h9M5 15h14M5 19.5h6',
  about: 'M12 11v6M12 7.2v.3M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0',
  close: 'M6 6l12 12M18 6L6 18',
  pause: 'M8.5 5v14M15.5 5v14',
  play: 'M8 5l11 7-11 7z',
  chevron: 'M6 9l6 6 6-6',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  more: 'M6 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2M12 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2M18 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2',
  minus: 'M7 12h10',
  cross: 'M7 7l10 10M17 7L7 17',
  arrow: 'M5 12h13M13 6.5l5.5 5.5-5.5 5.5',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z',
  system: 'M3.5 5h17v11h-17zM9 20h6M12 16v4',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M16.2 16.2L20.5 20.5',
  repair: 'M14.5 6.5a4.5 4.5 0 0 0-5.9 5.6L3.8 17a2.3 2.3 0 0 0 3.2 3.2l4.9-4.8a4.5 4.5 0 0 0 5.6-5.9l-2.7 2.7-2.4-.6-.6-2.4z',
  settings: 'M4 7h9M17 7h3M13 7a2 2 0 1 0 4 0a2 2 0 0 0-4 0M4 17h3M11 17h9M7 17a2 2 0 1 0 4 0a2 2 0 0 0-4 0',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  undo: 'M9 5L4.5 9.5 9 14M5 9.5h9a5 5 0 0 1 0 10h-3',
  globe: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M3.5 12h17M12 3.5c5 5 5 12 0 17c-5-5-5-12 0-17',
  keyboard: 'M3 7h18v11H3zM7 14.5h10M7 10.7h.1M10.3 10.7h.1M13.7 10.7h.1M17 10.7h.1',
  folder: 'M3.5 6.5h6l2 2.5h9v10h-17z',
  pool: 'M4 16.5c2 0 2-1.5 4-1.5s2 1.5 4 1.5 2-1.5 4-1.5 2 1.5 4 1.5M12 3.5c2.6 3 3.6 4.4 3.6 5.8a3.6 3.6 0 0 1-7.2 0c0-1.4 1-2.8 3.6-5.8M4 20.5c2 0 2-1.5 4-1.5s2 1.5 4 1.5 2-1.5 4-1.5 2 1.5 4 1.5',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.3 1.3M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.3-1.3',
  copy: 'M9 9h10v11H9zM5 15V4h10',
} as const;

/** Names of the line icons. */
export type IconName = keyof typeof PATHS;

/** A line icon in the text's colour; decoration only, the words beside it tell. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill={name === 'play' ? 'currentColor' : 'none'}
        stroke="currentColor"
        strokeWidth={name === 'pause' ? 3 : 1.8}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

/** The state's shape: each tone has its own, so that colour is never the only sign. */
export function ToneMark({ tone, size = 20 }: { tone: Tone; size?: number }) {
  const color = `var(--tone-${tone})`;
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {toneShape(tone, color)}
    </svg>
  );
}

function toneShape(tone: Tone, color: string) {
  const line = { fill: 'none', stroke: color, strokeWidth: 3, strokeLinecap: 'round', strokeLinejoin: 'round' } as const;
  switch (tone) {
    case 'working':
      return <path d="M12 2.5c5 5.8 7 8.6 7 11.7a7 7 0 0 1-14 0c0-3.1 2-5.9 7-11.7z" fill={color} />;
    case 'waiting':
      return <circle cx="12" cy="12" r="8" {...line} />;
    case 'connecting':
      return <circle cx="12" cy="12" r="8" {...line} strokeDasharray="4.2 8.3" />;
    case 'paused':
      return <path d="M8 5v14M16 5v14" {...line} strokeWidth={4.5} />;
    case 'draining':
      return <path d="M12 3v13M6 11l6 6 6-6M5 21h14" {...line} />;
    case 'problem':
      return (
        <>
          <path d="M12 3.5L22 20.5H2z" fill={color} stroke={color} strokeWidth="2" strokeLinejoin="round" />
          <path d="M12 10v4.5M12 17.4v.2" stroke="var(--surface)" strokeWidth="2.2" strokeLinecap="round" />
        </>
      );
    case 'stopped':
      return <rect x="5" y="5" width="14" height="14" rx="2" fill={color} />;
  }
}
