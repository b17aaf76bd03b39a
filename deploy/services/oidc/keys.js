// Signing keys. The first one signs; the others are only published.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

const shapes = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
};

export const algorithms = Object.keys(shapes);

/** A fresh private JWK that signs with `alg`. */
export function newKey(alg) {
  const { privateKey } = shapes[alg]();
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), alg, use: "sig" };
}

/** Keys of a file `{"keys": [private JWKs]}`. */
export function keysOf(file) {
  const { keys } = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(keys) || keys.length === 0) throw new Error(`${file} has no keys`);
  return keys;
}
