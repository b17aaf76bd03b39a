// A development identity provider. Options: node server.js --help, README.md.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { algorithms, keysOf, newKey } from "./keys.js";
import { page, signIn } from "./pages.js";
import { newProvider } from "./provider.js";
import { forget, sessionsOf } from "./store.js";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const env = process.env;
const { values } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    host: { type: "string", default: env.OIDC_HOST ?? "127.0.0.1" },
    port: { type: "string", default: env.OIDC_PORT ?? "8080" },
    "admin-port": { type: "string", default: env.OIDC_ADMIN_PORT ?? "0" },
    issuer: { type: "string", default: env.OIDC_ISSUER },
    audience: { type: "string", default: env.OIDC_AUDIENCE ?? "erynoa" },
    users: { type: "string", default: env.OIDC_USERS ?? here("users.json") },
    keys: { type: "string", default: env.OIDC_KEYS },
    alg: { type: "string", default: env.OIDC_ALG ?? "RS256" },
    "access-token-seconds": { type: "string", default: env.OIDC_ACCESS_TOKEN_SECONDS ?? "600" },
    "platform-redirects": { type: "string", default: env.OIDC_PLATFORM_REDIRECTS },
    "console-redirects": { type: "string", default: env.OIDC_CONSOLE_REDIRECTS },
    "docs-redirects": { type: "string", default: env.OIDC_DOCS_REDIRECTS },
    "logout-uri": { type: "string", default: env.OIDC_LOGOUT_URI },
  },
});
if (values.help) {
  process.stdout.write(readFileSync(here("README.md"), "utf8"));
  process.exit(0);
}
if (!algorithms.includes(values.alg)) throw new Error(`--alg is one of ${algorithms.join(", ")}`);

const appPorts = { platform: 5174, console: 5173, docs: 5175 };
const redirectsOf = (app) =>
  (
    values[`${app}-redirects`] ??
    `http://localhost:3000/${app}/callback,http://127.0.0.1:3000/${app}/callback,http://localhost:${appPorts[app]}/${app}/callback`
  ).split(",");

const front = createServer(answer);
const admin = createServer(administer);
const listening = (server, port) =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(port), values.host, () => resolve(server.address().port));
  });
const port = await listening(front, values.port);
const adminPort = await listening(admin, values["admin-port"]);

const options = {
  issuer: values.issuer ?? `http://${values.host}:${port}`,
  audience: values.audience,
  users: JSON.parse(readFileSync(values.users, "utf8")),
  keys: values.keys ? keysOf(values.keys) : [newKey(values.alg)],
  apps: Object.fromEntries(Object.keys(appPorts).map((app) => [app, redirectsOf(app)])),
  apiSecret: env.OIDC_API_SECRET ?? "development-only",
  logoutUri: values["logout-uri"],
  accessTokenSeconds: Number(values["access-token-seconds"]),
  cookieKey: randomBytes(32).toString("base64url"),
};

let provider;
let handle;
function renew() {
  provider = newProvider(options);
  // Behind a proxy that ends TLS the issuer says https while we speak http.
  provider.proxy = options.issuer.startsWith("https:");
  handle = provider.callback();
}
renew();

const read = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
};

const html = (response, status, body) => {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  response.end(body);
};

async function interact(request, response, uid, abort) {
  const details = await provider.interactionDetails(request, response);
  if (details.uid !== uid) throw new Error("this sign-in belongs to another window");
  if (request.method === "GET") {
    html(response, 200, signIn(uid, details.params.client_id, options.users));
    return;
  }
  const chosen = abort ? undefined : (await read(request)).get("user");
  const user = options.users.find((candidate) => candidate.user === chosen);
  const result = user
    ? { login: { accountId: user.sub, remember: true } }
    : { error: "access_denied", error_description: "nobody was chosen" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function answer(request, response) {
  const [, uid, abort] = /^\/interaction\/([\w-]+)(\/abort)?$/.exec(request.url) ?? [];
  if (!uid) {
    handle(request, response);
    return;
  }
  try {
    await interact(request, response, uid, Boolean(abort));
  } catch (error) {
    html(response, 400, page("That did not work", `<p>${error.name}: begin to sign in again.</p>`));
  }
}

/** What the server of the second port can do; all of it for tests. */
const commands = {
  // New signing key. keep: how many older ones stay published.
  rotate: async (query) => {
    const alg = query.get("alg") ?? options.keys[0].alg;
    if (!algorithms.includes(alg)) throw new Error(`alg is one of ${algorithms.join(", ")}`);
    const keep = Number(query.get("keep") ?? "1");
    options.keys = [newKey(alg), ...options.keys.slice(0, keep)];
    renew();
    return { kid: options.keys[0].kid, published: options.keys.map((key) => key.kid) };
  },
  // Where back-channel logouts go from now on; without a uri nowhere.
  "logout-uri": async (query) => {
    options.logoutUri = query.get("uri") ?? undefined;
    renew();
    return { uri: options.logoutUri ?? null };
  },
  // Ends all sessions of a person and tells the clients by back channel.
  revoke: async (query) => {
    const sub = query.get("sub");
    let told = 0;
    for (const session of sessionsOf(sub)) {
      for (const [clientId, { sid }] of Object.entries(session.authorizations ?? {})) {
        const client = await provider.Client.find(clientId);
        if (client?.backchannelLogoutUri) {
          await client.backchannelLogout(sub, sid);
          told += 1;
        }
      }
    }
    forget(sub);
    return { told };
  },
  // A logout token as the back channel would bring it.
  "logout-token": async (query) => {
    const client = await provider.Client.find(query.get("client") ?? "platform");
    const token = new provider.IdToken({ sub: query.get("sub") }, { client, ctx: undefined });
    token.mask = { sub: null };
    token.set("events", { "http://schemas.openid.net/event/backchannel-logout": {} });
    token.set("jti", randomBytes(16).toString("base64url"));
    if (query.has("sid")) token.set("sid", query.get("sid"));
    return { logout_token: await token.issue({ use: "logout" }) };
  },
};

async function administer(request, response) {
  const url = new URL(request.url, "http://admin");
  const command = commands[url.pathname.slice(1)];
  const [status, body] =
    request.method === "POST" && command
      ? await command(url.searchParams).then(
          (done) => [200, done],
          (error) => [400, { error: `${error.message} ${error.cause ?? ""}` }],
        )
      : [404, { error: `POST one of ${Object.keys(commands).join(", ")}` }];
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

// One line that scripts can wait for and read.
console.log(JSON.stringify({ issuer: options.issuer, port, admin: `http://${values.host}:${adminPort}` }));

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    for (const server of [front, admin]) {
      server.close();
      server.closeAllConnections();
    }
  });
}
