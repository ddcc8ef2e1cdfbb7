// A small REST API of the carrier: takes calls, updates and fetches, and keeps what it was asked.
import { createServer } from 'node:http';

export class CarrierApi {
  static async start() {
    const api = new CarrierApi();
    api.requests = [];
    api.calls = new Map();
    api.server = createServer((request, response) => api.serve(request, response));
    await new Promise((done) => api.server.listen(0, '127.0.0.1', done));
    api.port = api.server.address().port;
    return api;
  }

  serve(request, response) {
    let body = '';
    request.on('data', (bytes) => (body += bytes));
    request.on('end', () => {
      const { method, url, headers } = request;
      this.requests.push({ method, url, headers, body });
      const form = new URLSearchParams(body);
      const created = /\/Calls\.json$/.test(url);
      const sid = created
        ? `CA${String(this.calls.size + 1).padStart(32, 'f')}`
        : url.match(/\/Calls\/(\w+)\.json$/)?.[1];
      const status = form.get('Status') ?? this.calls.get(sid) ?? (created ? 'queued' : 'in-progress');
      if (sid) this.calls.set(sid, status);
      response.writeHead(sid ? (created ? 201 : 200) : 404, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(sid ? { sid, status, direction: 'outbound-api' } : { code: 20404 }));
    });
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
