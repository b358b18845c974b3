import { count } from './count.ts';
import type { welcomeEn } from './en-welcome.ts';

/** German texts of the first run. */
export const welcomeDe: typeof welcomeEn = {
  progress: 'Schritte',
  stepOf: (step, all) => `Schritt ${step} von ${all}`,
  stepDone: 'erledigt',
  back: 'Zurück',
  next: 'Weiter',
  skip: 'Überspringen',
  close: 'Schließen',
  steps: { machine: 'Dieser Rechner', earnings: 'Möglicher Verdienst', choice: 'Wie er mitmacht' },

  machine: {
    title: 'Was dieser Rechner kann',
    intro:
      'Siphon probiert alles wirklich aus: Es enkodiert ein kurzes Video auf jeder Grafikkarte, statt ihrem Namen zu glauben.',
    looking: 'Der Rechner wird untersucht',
    stages: [
      'Den NVIDIA-Treiber nach seinen Karten fragen',
      'Auf jeder Karte ein Probevideo en- und dekodieren',
      'Zählen, wie viele Enkodierungen zugleich laufen',
    ],
    again: 'Noch einmal suchen',
    lookingAgain: 'Suche…',
    video: 'Video',
    earning: 'Verdienen',
    ai: 'KI-Arbeit',
    aiText: 'Nicht Teil dieser Version.',
    prospects: {
      gpu: {
        video: 'Mehrere Streams zugleich, auf der Grafikkarte enkodiert.',
        earning: 'Das suchen Pools und Orchestratoren. Wie viel es bringt, hängt davon ab, was sie an Streams zu vergeben haben.',
      },
      'some-gpus': {
        video: 'Streams laufen auf den Karten, die gehen; die anderen bleiben in Ruhe.',
        earning:
          'Die Karten, die gehen, können verdienen. Eine später reparierte wird von selbst oder nach einem Neustart genutzt.',
      },
      'no-gpu': {
        video: 'Ein Stream oder wenige, auf dem Prozessor enkodiert.',
        earning:
          'Zum Üben gut. Zum Verdienen kaum: Orchestratoren geben ihre Streams zuerst an Grafikkarten, und der Strom kostet womöglich mehr, als die Arbeit bringt.',
      },
      'no-encoder': {
        video: 'Nur auf dem Prozessor: Diese Karte hat keinen Video-Encoder, so stark sie sonst ist.',
        earning:
          'Mit Video kann diese Karte nichts verdienen. Sie ist für KI-Arbeit gemacht, die diese Version von Siphon noch nicht kann. Der Prozessor kann üben.',
      },
      driver: {
        video: 'Nur auf dem Prozessor, bis der Treiber in Ordnung ist.',
        earning: 'Erst den Treiber richten: Die Karte in diesem Rechner kann wohl verdienen, der Prozessor kaum.',
      },
      busy: {
        video: 'Auf der Grafikkarte, sobald andere Programme ihren Encoder freigeben.',
        earning: 'Schließen Sie, was auf diesem Rechner aufnimmt oder streamt, und suchen Sie noch einmal.',
      },
      trouble: {
        video: 'Nur auf dem Prozessor, bis die Karte antwortet.',
        earning: 'Erst die Karte richten: Der Prozessor allein verdient kaum.',
      },
    },
  },

  earnings: {
    title: 'Was das einbringen könnte',
    intro: 'Erst auf diesem Rechner gemessen, dann mit einem Preis malgenommen. Jede Zahl lässt sich ändern.',
    measure: 'Gemessene Geschwindigkeit',
    measureText: 'Enkodiert immer mehr Streams zugleich, bis sie nicht mehr mitkommen. Andere Arbeit ruht solange.',
    start: 'Jetzt messen',
    again: 'Neu messen',
    cancel: 'Abbrechen',
    atMost: (time) => `Höchstens ${time}.`,
    progress: 'Verbrauchter Teil der längsten Dauer',
    preparing: 'Das Probevideo entsteht…',
    trial: (streams, formats) => `${count(formats, streams, 'Stream', 'Streams')} zugleich`,
    trialOk: (share) => `kam mit, brauchte ${share} der Zeit`,
    trialSlow: (share) => `zu langsam, brauchte ${share} der Zeit`,
    trialFailed: 'kam nicht durch',
    cancelled: 'Abgebrochen. Nichts hat sich geändert.',
    result: (streams, formats) => `${count(formats, streams, 'Stream', 'Streams')} zugleich in Echtzeit`,
    resultText: (ladder, fps) => `Je eine 720p-Quelle in ${ladder}, mit ${fps} Bildern pro Sekunde.`,
    notMeasured: 'Noch nicht gemessen. Danach stehen hier die Beträge.',
    device: (name, streams, bound) => `${name}: ${streams} (${bound})`,

    prices: 'Preise',
    pricesText: 'In Wei pro Pixel, etwa 1000wei. Ein Preis in Dollar braucht einen Wechselkurs, den diese Version nicht hat.',
    reference: 'Beispielpreis',
    referenceText: (source) =>
      `Mit dem Beispielpreis rechnet die Dokumentation des Netzwerks (${source}). Er ist kein Angebot: Was Gateways zahlen, kann weit darunter liegen, und ein Pool behält seinen Teil.`,
    name: 'Name',
    price: 'Preis',
    nameOf: (row) => `Name des Preises ${row}`,
    priceOf: (row) => `Preis ${row}`,
    add: 'Preis hinzufügen',
    newName: 'Mein Preis',
    remove: (row) => `Preis ${row} entfernen`,
    hours: 'Stunden Arbeit am Tag',
    perDay: (eth) => `${eth} ETH am Tag`,
    perMonth: (eth) => `${eth} ETH in 30 Tagen`,
    noRate: 'Für diese Währung ist kein Wechselkurs bekannt.',
    streams: (value, formats) => count(formats, value, 'Stream', 'Streams'),
    formulaOf: ({ streams, pixels, hours, price }) =>
      `${streams} × ${pixels} Pixel pro Sekunde × 3.600 s × ${hours} h × ${price} Wei`,
    formulaSum: (wei) => `= ${wei} Wei am Tag`,
    upperBound: 'Eine Obergrenze',
    upperBoundText:
      'Der Betrag gilt nur, wenn die ganze Zeit so viele Streams kämen. Die meisten Rechner warten einen großen Teil des Tages, und der Strom ist nicht abgezogen.',
    onCpu: 'Das ist ein Prozessor',
    onCpuText: 'Die Zahlen sind ehrlich, die Nachfrage fehlt: Orchestratoren geben ihre Streams zuerst an Grafikkarten.',
    noEncoder: 'Diese Karte hat keinen Video-Encoder',
    noEncoderText:
      'Karten für Rechenzentren wie A100, H100 und H200 werden ohne gebaut. Gemessen wurde der Prozessor daneben; die Karte selbst verdient mit Video nichts.',
  },

  choice: {
    title: 'Wie dieser Rechner mitmacht',
    intro: 'Das lässt sich jederzeit ändern.',
    pool: 'Einem Pool beitreten',
    poolText:
      'Ein Pool-Betreiber gibt Ihnen Arbeit und zahlt Ihnen Ihren Teil. Kein Stake, keine Wallet auf diesem Rechner. Der übliche Weg.',
    poolAction: 'Pool wählen',
    own: 'Mit meinem Orchestrator verbinden',
    ownText:
      'Ein Siphon: Diese Grafikkarte arbeitet für einen Orchestrator, den Sie anderswo betreiben. Seine Schlüssel bleiben dort.',
    ownAction: 'Verbinden',
    serviceUri: 'Service-URI',
    serviceUriHint: 'Etwa https://orchestrator.example:8935',
    secret: 'Geheimnis',
    secretHint:
      'Womit der Orchestrator als -orchSecret gestartet wurde. Siphon bewahrt es getrennt von den Einstellungen und zeigt es nie.',
    showSecret: 'Geheimnis zeigen',
    connecting: (host) => `Verbindung zu ${host}…`,
    connected: (host) => `Mit ${host} verbunden.`,
    waiting: (host) => `${host} antwortet noch nicht; Siphon versucht es weiter.`,
    refused: (host) => `${host} hat diesen Rechner abgewiesen.`,
    goHome: 'Zur Übersicht',
    solo: 'Eigenen Orchestrator betreiben',
    soloText:
      'Gateways schicken Streams direkt an diesen Rechner. Vorerst off-chain: Um im öffentlichen Netzwerk bezahlt zu werden, braucht ein Orchestrator Wallet und Stake, die diese Version noch nicht kann.',
    soloAction: 'Off-chain betreiben',
    practice: 'Erst üben',
    practiceText: 'Das echte Protokoll mit Streams, die auf diesem Rechner entstehen. Kein Geld, keine Verbindung nach außen.',
    practiceAction: 'Üben',
  },
};
