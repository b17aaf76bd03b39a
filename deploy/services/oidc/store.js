// Everything the provider remembers, in memory. One store outlives all
// providers, because rotating keys means a new provider on the old state.

const entries = new Map();
const grantable = new Set(["AccessToken", "AuthorizationCode", "RefreshToken"]);

function live(key) {
  const entry = entries.get(key);
  if (entry && entry.expiresAt <= Date.now()) {
    entries.delete(key);
    return undefined;
  }
  return entry?.payload;
}

function find(model, matches) {
  for (const key of entries.keys()) {
    if (!key.startsWith(`${model}:`)) continue;
    const payload = live(key);
    if (payload && matches(payload)) return payload;
  }
  return undefined;
}

/** The adapter that oidc-provider asks for. */
export class Store {
  constructor(model) {
    this.model = model;
  }

  async upsert(id, payload, expiresIn) {
    const expiresAt = expiresIn ? Date.now() + expiresIn * 1000 : Number.POSITIVE_INFINITY;
    entries.set(`${this.model}:${id}`, { payload, expiresAt });
  }

  async find(id) {
    return live(`${this.model}:${id}`);
  }

  async findByUid(uid) {
    return find(this.model, (payload) => payload.uid === uid);
  }

  async findByUserCode(userCode) {
    return find(this.model, (payload) => payload.userCode === userCode);
  }

  async consume(id) {
    const payload = live(`${this.model}:${id}`);
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    entries.delete(`${this.model}:${id}`);
  }

  async revokeByGrantId(grantId) {
    for (const [key, { payload }] of entries) {
      if (grantable.has(key.split(":", 1)[0]) && payload.grantId === grantId) entries.delete(key);
    }
  }
}

/** Sessions of a person, newest last. */
export function sessionsOf(accountId) {
  const found = [];
  for (const key of entries.keys()) {
    if (!key.startsWith("Session:")) continue;
    const payload = live(key);
    if (payload?.accountId === accountId) found.push(payload);
  }
  return found;
}

/** Forgets everything of a person: sessions, grants, tokens. */
export function forget(accountId) {
  for (const [key, { payload }] of entries) {
    if (payload.accountId === accountId) entries.delete(key);
  }
}
