import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import twilio from 'twilio';
import { WebSocket, WebSocketServer } from 'ws';
import { accountSid, authToken, Box, freePort, number } from './box.js';

const { getExpectedTwilioSignature } = twilio;

function inboundCall(callSid) {
  return {
    AccountSid: accountSid, ApiVersion: '2010-04-01', CallSid: callSid, CallStatus: 'ringing',
    Called: number, Caller: '+15005550100', Direction: 'inbound', From: '+15005550100', To: number,
  };
}

async function post(url, form, token) {
  return fetch(url, {
    method: 'POST',
    headers: { 'X-Twilio-Signature': getExpectedTwilioSignature(token, url, form) },
    body: new URLSearchParams(form),
  });
}


// Connects a media stream as the carrier does and sends `start`.
async function connectStream(twiml, callSid) {
  const socket = new WebSocket(twiml.match(/<Stream[^>]* url="([^"]+)"/)[1]);
  await once(socket, 'open');
  const streamSid = 'MZ00000000000000000000000000000001';
  const customParameters = {};
  for (const [, name, value] of twiml.matchAll(/<Parameter name="([^"]+)" value="([^"]*)"/g)) {
    customParameters[name] = value;
  }
  const messages = [];
  socket.on('message', (text) => messages.push(JSON.parse(text)));
  socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
  socket.send(JSON.stringify({
    event: 'start', sequenceNumber: '1', streamSid,
    start: {
      accountSid, streamSid, callSid, tracks: ['inbound'], customParameters,
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    },
  }));
  return { socket, messages, streamSid };
}

function sendFrame(stream, chunk, payload) {
  stream.socket.send(JSON.stringify({
    event: 'media', sequenceNumber: String(chunk + 1), streamSid: stream.streamSid,
    media: { track: 'inbound', chunk: String(chunk), timestamp: String(chunk * 20),
             payload: payload.toString('base64') },
  }));
}

async function until(condition, what) {
  for (let tries = 0; tries < 500; ++tries) {
    if (condition()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  assert.fail(`waited in vain for ${what}`);
}

// Aim: a request signed by the carrier's own library is answered with TwiML that connects a stream,
// and one signed with another token is refused. Method: both posted to the real binary.
test('a signed webhook is answered and a forged one is not', async () => {
  const box = await Box.start();
  const form = inboundCall('CA00000000000000000000000000000001');
  const forged = await post(box.webhook, form, 'not the token');
  assert.equal(forged.status, 401);
  const answer = await post(box.webhook, form, authToken);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^(text|application)\/xml/);
  assert.match(await answer.text(), /<Connect/);
  assert.equal(await box.stop(), 0);
});

// Aim: the caller hears the echo app over a real media stream. Method: an independent WebSocket
// client plays the carrier and looks for its own frame in what comes back.
test('the echo app sends the caller\'s audio back', async () => {
  const box = await Box.start();
  const callSid = 'CA00000000000000000000000000000002';
  const twiml = await (await post(box.webhook, inboundCall(callSid), authToken)).text();
  const stream = await connectStream(twiml, callSid);
  const frame = Buffer.alloc(160, 0x2a);
  for (let chunk = 1; chunk <= 10; ++chunk) sendFrame(stream, chunk, frame);
  const payload = frame.toString('base64');
  await until(() => stream.messages.some((m) => m.media?.payload === payload), 'the echo');
  assert.ok(stream.messages.every((m) => m.streamSid === stream.streamSid));
  stream.socket.close();
  assert.equal(await box.stop(), 0);
});

// Aim: an app written for Twilio Media Streams on plain `ws` works unchanged. Method: the app
// answers each media message with one of its own; both directions are compared.
test('an app on ws exchanges audio with the caller', async () => {
  const appPort = await freePort();
  const server = new WebSocketServer({ host: '127.0.0.1', port: appPort });
  const seen = [];
  server.on('connection', (socket) => {
    socket.on('message', (text) => {
      const message = JSON.parse(text);
      seen.push(message);
      if (message.event !== 'media') return;
      socket.send(JSON.stringify({
        event: 'media', streamSid: message.streamSid,
        media: { payload: Buffer.alloc(160, 0x55).toString('base64') },
      }));
    });
  });
  const box = await Box.start({
    apps: { mine: { protocol: 'twilio', url: `ws://127.0.0.1:${appPort}/` } }, app: 'mine',
  });
  const callSid = 'CA00000000000000000000000000000003';
  const twiml = await (await post(box.webhook, inboundCall(callSid), authToken)).text();
  const stream = await connectStream(twiml, callSid);
  const frame = Buffer.alloc(160, 0x2a);
  let chunk = 0;
  const talking = setInterval(() => sendFrame(stream, ++chunk, frame), 20);
  const answer = Buffer.alloc(160, 0x55).toString('base64');
  await until(() => stream.messages.some((m) => m.media?.payload === answer), "the app's audio");
  clearInterval(talking);
  assert.equal(seen[0].event, 'connected');
  assert.equal(seen[1].event, 'start');
  assert.equal(seen[1].start.callSid, callSid);
  assert.ok(seen.some((m) => m.media?.payload === frame.toString('base64')));
  stream.socket.close();
  assert.equal(await box.stop(), 0);
  server.close();
});
