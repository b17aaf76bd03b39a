// A development mail server: keeps what arrives, fails for who asks for it.
// Options: node server.js --help, README.md.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { newCertificate } from "./certificate.js";

const env = process.env;
const { values } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    host: { type: "string", default: env.SMTP_HOST ?? "127.0.0.1" },
    port: { type: "string", default: env.SMTP_PORT ?? "1025" },
    "tls-port": { type: "string", default: env.SMTP_TLS_PORT ?? "0" },
    "api-port": { type: "string", default: env.SMTP_API_PORT ?? "0" },
    "slow-ms": { type: "string", default: env.SMTP_SLOW_MS ?? "5000" },
  },
});
if (values.help) {
  process.stdout.write(readFileSync(fileURLToPath(new URL("README.md", import.meta.url)), "utf8"));
  process.exit(0);
}

const most = 1000;
const messages = [];
const account = { user: "erynoa", pass: "sec:ret@1" };

const failure = (code, text) => Object.assign(new Error(text), { responseCode: code });
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// Name and address, without the quotes that a header needs.
const shown = (addresses) =>
  (addresses?.value ?? []).map(({ name, address }) => (name ? `${name} <${address}>` : address)).join(", ");
const domain = (address) => address.split("@").at(-1).toLowerCase();

/** What happens to mail for a domain; tests that run beside each other need no mode to share. */
const atRecipient = {
  "refused.example": () => failure(550, "no such mailbox"),
  "greylisted.example": () => failure(451, "try again later"),
};
const atData = {
  "spam.example": () => failure(554, "this looks like spam"),
  "full.example": () => failure(452, "the disk is full"),
};

const shared = {
  ...newCertificate(),
  authOptional: true,
  allowInsecureAuth: true,
  size: 10 * 1024 * 1024,
  disableReverseLookup: true,
  onAuth({ username, password }, _session, done) {
    const good = username === account.user && password === account.pass;
    done(good ? null : failure(535, "wrong name or password"), good ? { user: username } : undefined);
  },
  onRcptTo({ address }, _session, done) {
    done(atRecipient[domain(address)]?.() ?? null);
  },
  async onData(stream, session, done) {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const to = session.envelope.rcptTo.map(({ address }) => address);
    if (to.some((address) => domain(address) === "dropped.example")) {
      for (const connection of servers.flatMap((server) => [...server.connections])) {
        if (connection.session.id === session.id) connection._socket.destroy();
      }
      return;
    }
    if (to.some((address) => domain(address) === "slow.example")) await wait(Number(values["slow-ms"]));
    const refusal = to.map((address) => atData[domain(address)]?.()).find(Boolean);
    if (refusal) {
      done(refusal);
      return;
    }
    const parsed = await simpleParser(raw, { skipImageLinks: true });
    messages.push({
      from: session.envelope.mailFrom.address,
      to,
      secure: session.secure,
      user: session.user || null,
      connection: session.id,
      decoded: { from: shown(parsed.from), to: shown(parsed.to) },
      subject: parsed.subject,
      text: parsed.text,
      html: parsed.html || null,
      headers: Object.fromEntries(parsed.headerLines.map(({ key, line }) => [key, line])),
      raw: raw.toString("latin1"),
    });
    messages.splice(0, messages.length - most);
    done(null, `taken as ${messages.length}`);
  },
};

const plain = new SMTPServer(shared);
const tls = new SMTPServer({ ...shared, secure: true });
// As an attacker in between would make it look.
const bare = new SMTPServer({ ...shared, hideSTARTTLS: true, disabledCommands: ["STARTTLS"] });
const servers = [plain, tls, bare];

const api = createServer((request, response) => {
  const url = new URL(request.url, "http://api");
  const to = url.searchParams.get("to");
  const chosen = messages.filter((message) => !to || message.to.includes(to));
  const answers = {
    "GET /messages": () => chosen,
    "DELETE /messages": () => ({ deleted: messages.splice(0).length }),
    "GET /info": () => info,
  };
  const answer = answers[`${request.method} ${url.pathname}`];
  response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
  response.end(JSON.stringify(answer ? answer() : { error: `one of ${Object.keys(answers).join(", ")}` }));
});

const listening = (server, port) =>
  new Promise((resolve, reject) => {
    (server.server ?? server).once("error", reject);
    const inner = server.listen(Number(port), values.host, () => resolve((inner ?? server).address().port));
  });
const info = {
  url: `smtp://${values.host}:${await listening(plain, values.port)}`,
  tls_url: `smtps://${values.host}:${await listening(tls, values["tls-port"])}`,
  bare_url: `smtp://${values.host}:${await listening(bare, 0)}`,
  api: `http://${values.host}:${await listening(api, values["api-port"])}`,
  certificate: shared.cert,
};
// A client that goes away in mid-sentence is part of the tests.
for (const server of servers) server.on("error", (error) => console.error(error.message));

const { certificate: _, ...line } = info;
// One line that scripts can wait for and read.
console.log(JSON.stringify(line));

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => process.exit(0));
}
