import { count } from './count.ts';
import type { homeEn } from './en-home.ts';

/** German texts of the home page. */
export const homeDe: typeof homeEn = {
  today: {
    title: 'Heutige Arbeit',
    segments: 'Segmente',
    video: 'Video',
    pixels: 'enkodiert',
    factor: 'Echtzeit zuletzt',
    failed: (value, formats) => `${formats.integer(value)} fehlgeschlagen`,
    noneFailed: 'keines fehlgeschlagen',
    traffic: (received, sent) => `${received} herein, ${sent} hinaus`,
    yesterday: (value) => `gestern ${value}`,
    noYesterday: 'Gestern wurde nichts bearbeitet.',
    empty: 'Heute noch nichts.',
    emptyText: 'Das erste Segment, das dieser Rechner fertig zurückgibt, beginnt die Zählung.',
  },

  gpuDetails: 'Einzelheiten',

  chart: {
    title: 'Die letzten zehn Minuten',
    label: 'Segmente pro Minute',
    empty: 'In den letzten zehn Minuten wurde kein Segment fertig.',
    emptyText: 'Mit dem nächsten beginnt die Kurve.',
    all: 'Alle Sessions',
  },

  why: {
    title: 'Warum keine Arbeit?',
    intro: 'Davon hängt ab, ob ein Stream kommt; was im Weg ist, steht zuerst.',
    all: 'Ganze Liste',
    capacity: 'Platz für Streams',
    capacityOk: (value, formats) => `Dieser Rechner bietet ${count(formats, value, 'Stream', 'Streams')} gleichzeitig an.`,
    capacityNone: 'Er bietet keinen an: Jede Grafikkarte ist aus oder ruht nach Fehlern.',
    capacityUnknown: 'Wie viele er schafft, ist noch nicht bekannt.',
    gpu: 'Eine Grafikkarte, die enkodiert',
    gpuNone: 'Video wird auf dem Prozessor enkodiert. Viele Orchestratoren geben ihre Streams zuerst an Grafikkarten.',
    failures: 'Arbeit, die gelingt',
    failuresText: (failed, all) =>
      `${failed} der ${all} Segmente von heute sind fehlgeschlagen. Wem viel fehlschlägt, der wird übergangen.`,
    speed: 'Schnell genug',
    speedText: (factor) => `Das letzte Segment lief mit ${factor} Echtzeit. Unter 1× gehen die nächsten an andere.`,
    link: 'Verbindung',
    linkText: (host, since) => `Bei ${host} angemeldet seit ${since}.`,
    demand: 'Streams zu vergeben',
    demandSince: (host, ago) =>
      `Das letzte Segment kam ${ago}. Wie viele Streams ${host} hat und wer sonst dort arbeitet, sieht nur der Betreiber.`,
    demandNever: (host) =>
      `Bisher kam keines. Wie viele Streams ${host} hat und wer sonst dort arbeitet, sieht nur der Betreiber.`,
  },

  practice: {
    title: 'Das ist Übung',
    text: 'Die Streams entstehen auf diesem Rechner, und niemand bezahlt für sie. Alles andere ist echt.',
    join: 'Einem Pool beitreten',
    other: 'Andere Wege',
  },

  invitation: {
    title: 'Diesen Rechner einrichten',
    text: 'Drei kurze Schritte: was dieser Rechner kann, was das einbringen könnte und wie er mitmacht. Solange übt er.',
    start: 'Beginnen',
    resume: 'Weitermachen',
    later: 'Nicht jetzt',
  },
};
