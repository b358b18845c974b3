import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { desktopFolder } from './desktop-app.ts';

/** Stands in for the system's keyring, which no test machine has; everything above Electron's interface to it is the app's own. */
const KEYRING = `
const { safeStorage } = require('electron');
const { createCipheriv, createDecipheriv } = require('node:crypto');
const key = Buffer.alloc(32, 7);
const iv = Buffer.alloc(16);
safeStorage.isEncryptionAvailable = () => true;
safeStorage.getSelectedStorageBackend = () => 'gnome_libsecret';
safeStorage.encryptString = (text) => {
  const cipher = createCipheriv('aes-256-ctr', key, iv);
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
};
safeStorage.decryptString = (sealed) => {
  const decipher = createDecipheriv('aes-256-ctr', key, iv);
  return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
};
`;

/** Makes a folder for Electron to run, in `parent`: the app on a system that has a secure storage. */
export async function appWithKeyring(parent: string): Promise<string> {
  const app = await desktopFolder();
  const { main, ...facts } = JSON.parse(readFileSync(path.join(app, 'package.json'), 'utf8')) as { main: string };
  const folder = path.join(parent, 'app-with-keyring');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...facts, main: 'start.cjs' }));
  writeFileSync(path.join(folder, 'start.cjs'), `${KEYRING}\nrequire(${JSON.stringify(path.join(app, main))});\n`);
  return folder;
}
