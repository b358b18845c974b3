import { count } from './count.ts';
import type { orchestratorEn } from './en-orchestrator.ts';

/** German texts of the orchestrator page. */
export const orchestratorDe: typeof orchestratorEn = {
  title: 'Orchestrator',
  practiceNote: 'Das ist der Orchestrator des Übungsnetzes: zum Ansehen, nicht zum Ändern.',
  offChain: 'off-chain',
  offChainText:
    'Für Übung, Tests und private Netze: Ohne Chain gibt es keine Bezahlung, und kein öffentliches Gateway findet ihn.',
  none: 'Auf diesem Rechner läuft kein Orchestrator',
  noneText: 'Er arbeitet für einen anderen. Mit der Betriebsart „solo“ bekommt er einen eigenen.',

  serviceUri: 'Service-URI',
  listening: 'Lauscht auf',
  sessionsTaken: 'Streams gleichzeitig',
  secret: 'Geheimnis für Transcoder',
  secretSet: 'Vorhanden. Anzeigen mit: siphon orchestrator secret',
  secretMissing: 'Keines: Hier arbeitet nur der Transcoder dieses Rechners',
  check: 'Jetzt prüfen',
  checking: 'Wird geprüft …',
  checked: (ago) => `geprüft ${ago}`,
  reach: {
    unknown: 'Noch nicht geprüft',
    checking: 'Wird geprüft',
    reachable: 'Erreicht',
    'local-only': 'Nur aus der Nähe erreicht',
    unreachable: 'Nicht erreicht',
  },

  why: 'Warum keine Arbeit?',
  whyText: 'Zurzeit schickt kein Gateway einen Stream. Von hier aus sieht es so aus:',
  whyEmpty: 'Die Liste kommt mit der ersten Prüfung.',
  ok: 'in Ordnung',
  notOk: 'steht im Weg',
  notKnown: 'von hier aus nicht zu erkennen',

  sessions: 'Streams von Gateways',
  sessionsEmpty: 'Zurzeit kein Stream.',
  sessionsEmptyText: 'Jeder Stream, den ein Gateway schickt, erscheint hier mit dem Transcoder, der ihn bedient.',
  more: (value, formats) => `und ${formats.integer(value)} weitere`,
  gateway: 'Gateway',
  stream: 'Stream',
  transcoder: 'Transcoder',
  segments: 'Segmente',
  last: 'Zuletzt',
  failedShort: (value, formats) => `${formats.integer(value)} fehlgeschlagen`,
  unknownGateway: 'ohne Namen',

  transcoders: 'Transcoder',
  transcodersEmpty: 'Kein Transcoder ist verbunden.',
  transcodersEmptyText: 'Ohne einen werden Gateways abgewiesen. Führen Sie auf dem Rechner mit der GPU aus:',
  joinCommand: (serviceUri) => `siphon join ${serviceUri}`,
  thisMachine: 'Dieser Rechner',
  load: (used, total) => `${used} von ${total} Streams`,
  facts: ({ segments, median, since }, formats) =>
    [count(formats, segments, 'Segment', 'Segmente'), ...(median === null ? [] : [`je ${median}`]), `verbunden ${since}`].join(
      ', ',
    ),
  lastFault: 'Letzter Fehler:',
  draining: 'Stellt fertig',
  drain: 'Keine neuen Streams',
  remove: 'Entfernen',
  drainLabel: (name) => `${name} keine neuen Streams geben`,
  removeLabel: (name) => `${name} entfernen`,

  prices: 'Preise',
  pricesText: 'Was Gateways zahlen sollen. Eine Änderung gilt sofort, für neue Streams.',
  base: 'Für alle',
  perGateway: 'Für einzelne Gateways',
  perCapability: 'Für einzelne Fähigkeiten',
  perGatewayEmpty: 'Keine: Für alle gilt dasselbe.',
  edit: 'Preise ändern',
  save: 'Speichern',
  cancel: 'Abbrechen',
  saving: 'Wird gespeichert …',
  add: 'Gateway hinzufügen',
  priceOf: 'Preis',
  gatewayAddress: 'Ethereum-Adresse des Gateways',
  removeRow: (row) => `Zeile ${row} entfernen`,
  priceHint: 'Zum Beispiel 1000wei (je Pixel) oder 0.02USD/1e12pixels.',
  fault: {
    price: 'Geben Sie einen Preis an, zum Beispiel 1000wei oder 0.02USD/1e12pixels.',
    gateway: 'Die Adresse eines Gateways besteht aus 0x und 40 hexadezimalen Ziffern.',
    twice: 'Dieses Gateway steht schon in der Tabelle.',
  },
  priceUnknown: 'Wert noch nicht bekannt',
  free: 'kostenlos',
  weiPerPixel: (wei) => `${wei} Wei je Pixel`,
  about: (price) => `etwa ${price}`,
  lessThan: (price) => `weniger als ${price}`,

  capabilities: 'Was Gateways verlangen können',
  errors: 'Fehler der letzten Zeit',
  times: (value) => `${value}-mal`,

  status: {
    working: (streams, transcoders, formats) =>
      `${count(formats, streams, 'Stream', 'Streams')} auf ${count(formats, transcoders, 'Transcoder', 'Transcodern')} in Arbeit.`,
    waiting: (host) => `Wartet auf Gateways an ${host}.`,
    noTranscoder: (host) => `Wartet auf einen Transcoder an ${host}.`,
  },
  flow: { own: 'Ihr Orchestrator', open: 'offen' },
};
