// The provider as an app and the server meet it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const redirect = "http://localhost:5174/platform/callback";
const roles = "urn:zitadel:iam:org:project:roles";
const logouts = [];
let child;
let issuer;
let admin;
let receiver;

before(async () => {
  receiver = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    logouts.push(new URLSearchParams(body).get("logout_token"));
    response.end();
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  child = spawn(process.execPath, [
    fileURLToPath(new URL("server.js", import.meta.url)),
    ...["--port", "0", "--platform-redirects", redirect],
    ...["--logout-uri", `http://127.0.0.1:${receiver.address().port}/logout`],
  ], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  ({ issuer, admin } = JSON.parse(line));
});

after(async () => {
  child.kill();
  receiver.close();
});

const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

const endpoint = async (path, form, headers = {}) => {
  const body = new URLSearchParams(form);
  const response = await fetch(`${issuer}${path}`, { method: "POST", body, headers });
  return { status: response.status, headers: response.headers, ...(await response.json()) };
};

async function signIn(user, extra = {}) {
  const jar = new Map();
  const walk = async (url, init = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(new URL(url, issuer), { redirect: "manual", ...init, headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) jar.set(name, value);
      else jar.delete(name);
    }
    return response;
  };
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id: "platform", response_type: "code", redirect_uri: redirect,
    scope: "openid profile email offline_access", nonce: "n-1", state: "s-1",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  for (const [name, value] of Object.entries(extra)) query.set(name, value);
  let response = await walk(`/auth?${query}`);
  const interaction = response.headers.get("location");
  const form = await (await walk(interaction)).text();
  assert.match(form, /<button name="user" value="mia">Mia Müller/);
  response = await walk(interaction, { method: "POST", body: new URLSearchParams({ user }) });
  response = await walk(response.headers.get("location"));
  const back = new URL(response.headers.get("location"));
  assert.equal(back.searchParams.get("state"), "s-1");
  return endpoint("/token", {
    grant_type: "authorization_code", client_id: "platform", redirect_uri: query.get("redirect_uri"),
    code: back.searchParams.get("code"), code_verifier: verifier,
  });
}

test("a person who signs in gets tokens with ZITADEL's claims", async () => {
  const tokens = await signIn("mia");
  const id = claims(tokens.id_token);
  assert.equal(id.email, "mia@erynoa.example");
  assert.equal(id.name, "Mia Müller");
  assert.equal(id.nonce, "n-1");
  assert.ok(id.sid);
  assert.deepEqual(id[roles], { member: { "200000000000000001": "erynoa.localhost" } });
  const access = claims(tokens.access_token);
  assert.deepEqual(access.aud, ["platform", "console", "docs", "erynoa"]);
  assert.equal(access.client_id, "platform");
  assert.equal(access.iss, issuer);
  assert.deepEqual(access[roles], id[roles]);
});

test("a refresh token is good for one use", async () => {
  const first = await signIn("otto");
  const trade = (refresh_token) =>
    endpoint("/token", { grant_type: "refresh_token", client_id: "platform", refresh_token });
  const second = await trade(first.refresh_token);
  assert.deepEqual(Object.keys(claims(second.access_token)[roles]), ["operator"]);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal((await trade(first.refresh_token)).error, "invalid_grant");
});

test("an opaque token is told about by introspection", async () => {
  const { access_token } = await signIn("ada", { resource: "urn:erynoa:opaque" });
  assert.ok(!access_token.includes("."));
  const authorization = `Basic ${Buffer.from("api:development-only").toString("base64")}`;
  const told = await endpoint("/token/introspection", { token: access_token }, { authorization });
  assert.equal(told.active, true);
  assert.equal(told.aud, "erynoa");
  assert.deepEqual(Object.keys(told[roles]), ["admin"]);
});

test("revoking a person tells the apps by back channel", async () => {
  const tokens = await signIn("noa");
  const { sub, sid } = claims(tokens.id_token);
  const response = await fetch(`${admin}/revoke?sub=${sub}`, { method: "POST" });
  assert.deepEqual(await response.json(), { told: 1 });
  const logout = claims(logouts.at(-1));
  assert.equal(logout.sub, sub);
  assert.equal(logout.sid, sid);
  assert.ok("http://schemas.openid.net/event/backchannel-logout" in logout.events);
});

test("the apps may ask from their origins, others may not", async () => {
  const ask = async (origin) =>
    (await endpoint("/token", { grant_type: "refresh_token", client_id: "platform", refresh_token: "x" }, { origin })).headers.get("access-control-allow-origin");
  assert.equal(await ask("http://localhost:5174"), "http://localhost:5174");
  assert.equal(await ask("http://localhost:40123"), "http://localhost:40123");
  assert.equal(await ask("http://evil.example"), null);
  assert.equal(await ask("http://localhost.evil.example"), null);
});

test("an app on this machine may come back to any port, and nowhere else", async () => {
  const tokens = await signIn("mia", { redirect_uri: "http://localhost:40123/platform/callback" });
  assert.equal(claims(tokens.id_token).aud, "platform");
  for (const uri of ["http://localhost:5174/other", "https://evil.example/platform/callback"]) {
    await assert.rejects(signIn("mia", { redirect_uri: uri }));
  }
});

test("a rotated key is published beside the one before", async () => {
  const response = await fetch(`${admin}/rotate?alg=ES256`, { method: "POST" });
  const { kid, published } = await response.json();
  const { keys } = await (await fetch(`${issuer}/jwks`)).json();
  assert.deepEqual(keys.map((key) => key.kid).sort(), [...published].sort());
  const { id_token } = await signIn("mia");
  const header = JSON.parse(Buffer.from(id_token.split(".")[0], "base64url"));
  assert.deepEqual([header.kid, header.alg], [kid, "ES256"]);
});
