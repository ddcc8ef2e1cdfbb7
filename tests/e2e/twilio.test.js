import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import twilio from 'twilio';
import { WebSocket, WebSocketServer } from 'ws';
import { accountSid, authToken, Box, freePort, number } from './box.js';

const { getExpectedTwilioSignature, validateRequest } = twilio;

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

// The Stream of an answer document, read by an XML library.
function streamOf(document) {
  assert.equal(XMLValidator.validate(document), true);
  const xml = new XMLParser({
    ignoreAttributes: false, attributeNamePrefix: '', isArray: (name) => name === 'Parameter',
  }).parse(document);
  assert.deepEqual(Object.keys(xml), ['?xml', 'Response']);
  return xml.Response.Connect.Stream;
}

// Connects a media stream as the carrier does and sends `start`.
async function connectStream(twiml, callSid) {
  const { url, Parameter = [] } = streamOf(twiml);
  const socket = new WebSocket(url);
  await once(socket, 'open');
  const streamSid = 'MZ00000000000000000000000000000001';
  const customParameters = {};
  for (const { name, value } of Parameter) customParameters[name] = value;
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
  const stream = streamOf(await answer.text());
  assert.equal(new URL(stream.url).host, new URL(box.url).host);
  assert.ok(stream.Parameter.length > 0);
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
  // As a carrier does: all the time. What comes before the start is on flash is nobody's yet.
  let chunk = 0;
  const speaking = setInterval(() => sendFrame(stream, ++chunk, frame), 20);
  const payload = frame.toString('base64');
  try {
    await until(() => stream.messages.some((m) => m.media?.payload === payload), 'the echo');
  } finally {
    clearInterval(speaking);
  }
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
  const upgrades = [];
  server.on('connection', (socket, request) => {
    upgrades.push(request);
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
  // The upgrade is signed as the carrier signs its own, so an app's check with the official library
  // passes, and fails with another token.
  const { 'x-twilio-signature': signature } = upgrades[0].headers;
  const appUrl = `ws://127.0.0.1:${appPort}/`;
  assert.equal(validateRequest(authToken, signature, appUrl, {}), true);
  assert.equal(validateRequest('not the token', signature, appUrl, {}), false);
  assert.equal(seen[0].event, 'connected');
  assert.equal(seen[1].event, 'start');
  assert.equal(seen[1].start.callSid, callSid);
  assert.ok(seen.some((m) => m.media?.payload === frame.toString('base64')));
  stream.socket.close();
  assert.equal(await box.stop(), 0);
  server.close();
});

// What the carrier's own client sends for these parameters of ours: names it does not know, or
// values it writes otherwise, make the difference.
async function asOfficialClient(act) {
  let sent;
  const httpClient = {
    request: async (options) => {
      sent = options;
      return { statusCode: 200, body: { sid: 'CA1' } };
    },
  };
  await act(twilio(accountSid, authToken, { httpClient }));
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(sent.data ?? {})) {
    for (const one of [value].flat()) body.append(name, String(one));
  }
  return { method: sent.method.toUpperCase(), path: new URL(sent.uri).pathname, body };
}

function optionsOf(form) {
  const options = {};
  for (const name of new Set(form.keys())) {
    const key = name[0].toLowerCase() + name.slice(1);
    const values = form.getAll(name);
    options[key] = name === 'StatusCallbackEvent' ? values : values[0];
    if (name !== 'StatusCallbackEvent') assert.equal(values.length, 1, name);
  }
  return options;
}

function assertSame(ours, official) {
  assert.equal(ours.method, official.method);
  assert.equal(new URL(ours.url, 'http://x').pathname, official.path);
  const sorted = (form) => [...form.entries()].sort();
  assert.deepEqual(sorted(new URLSearchParams(ours.body)), sorted(official.body));
  const basic = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
  assert.equal(ours.headers.authorization, `Basic ${basic}`);
  if (ours.method === 'POST') {
    assert.match(ours.headers['content-type'], /^application\/x-www-form-urlencoded/);
  }
}

async function place(box, call) {
  const answer = await fetch(`${box.url}/api/v1/calls`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(call),
  });
  const text = await answer.text();
  assert.equal(answer.status, 201, text);
  return JSON.parse(text).callId;
}

// Aim: our requests to create, update and end calls are the carrier's own, parameter for parameter.
// Method: what the box sends is taken apart, given to the official client, and compared with what
// that sends.
test('requests to the carrier are those of its official client', async () => {
  const box = await Box.start();
  const { requests } = box.carrier;
  const wanted = [
    { to: '+15005550101', mode: 'conversation' },
    { to: '+15005550102', mode: 'conversation', dtmfSequence: '12ww3#' },
    { to: '+15005550103', mode: 'notify', message: 'Fire & flood <now> "quoted" é' },
  ];
  for (const call of wanted) {
    const id = await place(box, call);
    const created = requests.at(-1);
    const form = new URLSearchParams(created.body);
    assert.equal(form.get('To'), call.to);
    assert.equal(form.get('From'), number);
    assert.deepEqual(form.getAll('StatusCallbackEvent').sort(),
                     ['answered', 'completed', 'initiated', 'ringing']);
    assertSame(created, await asOfficialClient((client) => client.calls.create(optionsOf(form))));
    if (call.mode === 'notify') {
      assert.equal(XMLValidator.validate(form.get('Twiml')), true);
      const said = new XMLParser({ processEntities: true }).parse(form.get('Twiml')).Response.Say;
      assert.equal(typeof said === 'object' ? said['#text'] : said, call.message);
    }
    const ended = await fetch(`${box.url}/api/v1/calls/${id}/hangup`, { method: 'POST' });
    assert.equal(ended.status, 200);
    const hangup = requests.at(-1);
    const sid = hangup.url.match(/Calls\/(\w+)\.json/)[1];
    assertSame(hangup, await asOfficialClient((client) => client.calls(sid).update(
        optionsOf(new URLSearchParams(hangup.body)))));
  }
  assert.equal(await box.stop(), 0);
});

// Aim: carrier speech into a live call is an update as the official client sends it, and its
// document is XML. Method: a call that is not streamed, spoken to over the API.
test('a live update is the official client\'s', async () => {
  const box = await Box.start({ streaming: { enabled: false } });
  const form = inboundCall('CA00000000000000000000000000000004');
  await post(box.webhook, form, authToken);
  await post(box.webhook, { ...form, CallStatus: 'in-progress' }, authToken);
  const { live } = await (await fetch(`${box.url}/api/v1/calls`)).json();
  const answer = await fetch(`${box.url}/api/v1/calls/${live[0].callId}/speak`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text: 'One & two' }),
  });
  assert.equal(answer.status, 200, await answer.text());
  const update = box.carrier.requests.at(-1);
  const sent = new URLSearchParams(update.body);
  assertSame(update, await asOfficialClient((client) => client.calls(form.CallSid).update(
      optionsOf(sent))));
  assert.equal(XMLValidator.validate(sent.get('Twiml')), true);
  assert.match(sent.get('Twiml'), /One &amp; two/);
  assert.equal(await box.stop(), 0);
});
