// Writes the first corpus of each target from the known-answer vectors, so that
// fuzzing begins at inputs that are accepted. Usage: node seed.mjs FOLDER

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const vectors = JSON.parse(
  readFileSync(new URL("../proto/testdata/vectors.json", import.meta.url), "utf8"),
);
const hex = (text) => Buffer.from(text, "hex");

function write(target, inputs) {
  mkdirSync(join(folder, target), { recursive: true });
  inputs.forEach((input, number) => {
    writeFileSync(join(folder, target, `seed-${number}`), input);
  });
}

function number(value, bytes) {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, bytes - Math.min(bytes, 6), Math.min(bytes, 6));
  return buffer;
}

function bundle(entries) {
  const parts = entries.flatMap((entry) => [number(entry.length, 2), entry]);
  return Buffer.concat([Buffer.from("B"), number(entries.length - 1, 1), ...parts]);
}

const entries = vectors.events.map((vector) => hex(vector.signed_event));
const refused = vectors.refused.map((vector) => hex(vector.signed_event));
write("event_decoder", [...entries, ...refused, ...vectors.events.map((v) => hex(v.event))]);

const proofs = [
  ...vectors.inclusion.map((v) => [v.sequence, v.size, v.leaf_hash, v.root, v.path]),
  ...vectors.consistency.map((v) => [v.old_size, v.new_size, v.old_root, v.new_root, v.path]),
];
write("log_reader", [
  ...entries.map((entry) => bundle([entry])),
  bundle(entries),
  bundle(entries.slice(0, 3).map((_, at) => Buffer.from([at]))),
  ...vectors.checkpoint.map((vector) => Buffer.from(`C${vector.note}`)),
  ...proofs.map(([first, second, a, b, path]) =>
    Buffer.concat([Buffer.from("P"), number(first, 8), number(second, 8), ...[a, b, ...path].map(hex)]),
  ),
]);

const notes = [...vectors.checkpoint, ...vectors.cosignatures].map((vector) => vector.note);
const keys = [...vectors.checkpoint, ...vectors.cosignatures].map((vector) => vector.verifier_key);
write("notes", [
  ...notes.map((note, at) => Buffer.from(`M${note}\0${notes[(at * 7 + 5) % notes.length]}`)),
  ...notes.map((note) => Buffer.from(`M${note}\0${note}`)),
  ...[...new Set(keys)].map((key) => Buffer.from(`K${key}`)),
  ...notes.map((note, at) => {
    const proof = vectors.consistency[at % vectors.consistency.length];
    const lines = proof.path.map((hash) => `${hex(hash).toString("base64")}\n`);
    return Buffer.from(`Aold ${proof.old_size}\n${lines.join("")}\n${note}`);
  }),
]);

const capabilities = JSON.parse(
  readFileSync(new URL("../proto/testdata/capability_vectors.json", import.meta.url), "utf8"),
);
write("delegation", [...capabilities.valid, ...capabilities.invalid].map((text) => Buffer.from(text)));

write("expression", [
  "permit(principal, action, resource);",
  'permit(principal, action == Action::"join", resource) when { principal.norm >= 300000 };',
  'forbid(principal, action in [Action::"vote", Action::"proposal"], resource) when { principal.namespace == "spirit" };\npermit(principal, action, resource) unless { principal.credentials.contains("x") };',
  'permit(principal, action, resource) when { if principal has norm then resource.id like "a*" else principal.fidelity * 2 + 1 < -3 };',
].map((text) => Buffer.from(text)));
write("realms", [0, 1, 2, 3].map((seed) =>
  Buffer.from(Array.from({ length: 400 }, (_, at) => (at * (37 + 14 * seed) + seed * 91) % 251)),
));
