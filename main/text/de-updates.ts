import type { UpdatesText } from './en-updates.ts';

/** What the shell says about updates, in German. */
export const updatesTextDe: UpdatesText = {
  off: {
    development: 'Siphon läuft aus seinem Projektordner und aktualisiert sich deshalb nicht selbst.',
    unsigned: 'Dieser Build hat keinen Release-Schlüssel, um Updates zu prüfen, und aktualisiert sich deshalb nicht selbst.',
    portable: 'Die portable Version aktualisiert sich nicht selbst: Laden Sie die neue herunter und ersetzen Sie die Datei.',
    packageManager: 'Siphon wurde als Paket installiert: Aktualisieren Sie es über Ihre Paketverwaltung.',
    notReplaceable: (folder) =>
      `Siphon darf nicht in ${folder} schreiben und kann sich deshalb nicht ersetzen: Verschieben Sie es in einen eigenen Ordner oder aktualisieren Sie es von Hand.`,
  },
  faults: {
    unreachable: {
      message: 'Der Update-Server ist nicht erreichbar.',
      nextStep: 'Prüfen Sie das Netzwerk; Siphon versucht es später erneut.',
    },
    'not-found': { message: 'Der Update-Server hat nichts für dieses System.', nextStep: 'Versuchen Sie es später erneut.' },
    'server-error': {
      message: 'Der Update-Server hat mit einem Fehler geantwortet.',
      nextStep: 'Versuchen Sie es später erneut.',
    },
    'too-slow': { message: 'Der Update-Server antwortet nicht mehr.', nextStep: 'Versuchen Sie es später erneut.' },
    'too-big': {
      message: 'Der Update-Server hat mehr gesendet als angekündigt; das wurde abgelehnt.',
      nextStep: 'Versuchen Sie es später erneut.',
    },
    redirected: {
      message: 'Der Update-Server verwies auf eine Adresse, der Siphon nicht vertraut; das wurde abgelehnt.',
      nextStep:
        'In einem öffentlichen WLAN: Öffnen Sie zuerst eine Webseite und melden Sie sich an. Sonst versuchen Sie es später erneut.',
    },
    'no-signature': {
      message: 'Das Update ist nicht signiert und wurde abgelehnt.',
      nextStep: 'Nichts wurde geändert. Versuchen Sie es später erneut; bleibt es dabei, sagen Sie es dem Projekt.',
    },
    'bad-signature': {
      message: 'Die Signatur des Updates ist nicht die der Siphon-Releases; es wurde abgelehnt.',
      nextStep: 'Nichts wurde geändert. Installieren Sie diese Version nicht von Hand; sagen Sie es dem Projekt.',
    },
    'bad-manifest': {
      message: 'Die Antwort des Update-Servers ergibt keinen Sinn und wurde abgelehnt.',
      nextStep: 'Versuchen Sie es später erneut.',
    },
    'no-package': {
      message: 'Die neue Version hat kein Paket für dieses System.',
      nextStep: 'Versuchen Sie es später erneut.',
    },
    'wrong-hash': {
      message: 'Die heruntergeladene Datei ist nicht die veröffentlichte und wurde gelöscht.',
      nextStep: 'Nichts wurde geändert. Versuchen Sie es erneut; bleibt es dabei, sagen Sie es dem Projekt.',
    },
    'disk-full': {
      message: 'Auf dem Datenträger ist kein Platz für das Update.',
      nextStep: 'Geben Sie etwa 1 GB frei und versuchen Sie es erneut.',
    },
    'not-writable': {
      message: 'Siphon darf nicht in den Ordner des Updates schreiben.',
      nextStep: 'Verschieben Sie Siphon in einen eigenen Ordner oder aktualisieren Sie es von Hand.',
    },
    'does-not-start': {
      message: 'Die neue Version startet auf diesem Computer nicht und wurde nicht installiert.',
      nextStep: 'Sie können mit dieser Version weiterarbeiten. Sagen Sie dem Projekt, welches System Sie verwenden.',
    },
    failed: {
      message: 'Das Update hat nicht funktioniert.',
      nextStep: 'Versuchen Sie es später erneut; Einzelheiten stehen im Protokoll.',
    },
  },
  neverReady: (seconds) => `Die Engine lief nach ${seconds} Sekunden noch nicht.`,
  nothingToDownload: 'Es gibt keine neue Version zum Herunterladen. Suchen Sie zuerst danach.',
  nothingToInstall: 'Es gibt keine heruntergeladene Version zum Installieren.',
};
