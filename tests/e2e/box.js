// Starts the real binary with a configuration of its own and ends it again.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CarrierApi } from './carrier.js';

export const binary = process.env.HOOKFLASH_BINARY;
export const accountSid = 'AC0123456789abcdef0123456789abcdef';
export const authToken = 'fedcba9876543210fedcba9876543210';
export const number = '+15005550006';

// A port nothing listens on at present.
export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export class Box {
  constructor(folder, port, child, carrier) {
    this.folder = folder;
    this.carrier = carrier;  // What it asked of the carrier, and what answers its hang-ups.
    this.port = port;
    this.child = child;
    this.output = '';
    this.log = '';
    child.stdout.on('data', (bytes) => (this.output += bytes));
    child.stderr.on('data', (bytes) => (this.log += bytes));
    this.ended = new Promise((done) => child.on('close', (code) => done(code)));
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }
  get webhook() {
    return `${this.url}/voice/webhook`;
  }

  static async start(settings = {}) {
    if (!binary) throw new Error('HOOKFLASH_BINARY must name the program');
    const folder = await mkdtemp(join(tmpdir(), 'hookflash-e2e-'));
    const port = await freePort();
    const carrier = await CarrierApi.start();
    const config = {
      publicUrl: `http://127.0.0.1:${port}`,
      serve: { port },
      inboundPolicy: 'open',
      app: 'echo',
      lines: [{
        id: 'main', provider: 'twilio', fromNumber: number, accountSid, authToken,
        apiBaseUrl: `http://127.0.0.1:${carrier.port}`,
      }],
      ...settings,
    };
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify(config));
    const child = spawn(binary, ['run', '--config', file, '--data', join(folder, 'data')]);
    const box = new Box(folder, port, child, carrier);
    const ready = new Promise((done) => {
      child.stdout.on('data', () => /^line /m.test(box.output) && done('ready'));
    });
    if ((await Promise.race([ready, box.ended])) !== 'ready') {
      throw new Error(`the box did not start: ${box.log}`);
    }
    return box;
  }

  // SIGTERM; returns the exit code.
  async stop() {
    this.child.kill('SIGTERM');
    const code = await this.ended;
    this.carrier.stop();
    await rm(this.folder, { recursive: true });
    return code;
  }
}
