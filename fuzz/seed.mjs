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

// Protobuf: a field with bytes, and one with a number below 2³².
const field = (tag, bytes) => {
  const length = bytes.length;
  const size = length < 128 ? [length] : [(length & 127) | 128, length >> 7];
  return Buffer.concat([Buffer.from([(tag << 3) | 2, ...size]), bytes]);
};
const varint = (tag, value) => {
  const digits = [tag << 3];
  for (; value > 127; value = Math.floor(value / 128)) digits.push((value % 128) | 128);
  return Buffer.from([...digits, value]);
};
const concat = (...parts) => Buffer.concat(parts);
const origin = field(1, Buffer.from("log.example"));
const root = Buffer.alloc(32, 7);
const note = Buffer.from(vectors.checkpoint[0].note);
const proof = concat(field(1, note), field(2, note), field(3, root), field(4, root));
const logEntry = concat(varint(1, 5), field(2, entries[0]));
const questions = [
  field(2, Buffer.alloc(0)),
  field(3, concat(varint(1, 3), varint(2, 1000), varint(3, 20))),
  field(4, concat(varint(1, 3), varint(2, 20))),
  field(5, concat(varint(2, 3), varint(3, 256))),
].map((ask) => concat(origin, ask));
const answers = [
  field(1, field(1, note)),
  field(2, concat(field(1, entries[0]), field(1, entries[1]), field(2, root))),
  field(3, concat(field(1, root), field(2, root))),
  field(4, root),
  field(5, field(1, Buffer.from("PEER_RANGE"))),
  field(6, proof),
];
const said = [
  field(3, logEntry),
  field(4, note),
  field(5, proof),
  field(6, concat(varint(1, 5), field(2, root), varint(3, 9), field(4, Buffer.alloc(64, 1)))),
].map((payload) => concat(varint(2, 77), payload));
write("peer_frames", [
  ...[...questions, ...answers, field(1, root), field(1, logEntry)].map((message) =>
    concat(Buffer.from("D"), message),
  ),
  ...said.map((message) => concat(Buffer.from("G"), message)),
  // Two histories, of one size and of two, under one key and under two.
  ...["00010c0c0000", "00010c140000", "01000c140101", "01010c140000"].flatMap((proof) =>
    ["00", "01"].map((keys) => Buffer.from(`46${keys}${proof}000000`, "hex")),
  ),
  // Two peers come, answer honestly and are stored; then anything.
  Buffer.from(`4e01 0200020201020000 0001 0f0204 0b0007 0b0007 0b0007 0e02 0b0007 0e02 0f03 0607170000 0000 0907170100 0001`.replaceAll(" ", ""), "hex"),
  ...[0, 1, 2, 3].map((seed) =>
    Buffer.concat([
      Buffer.from("N"),
      Buffer.from(Array.from({ length: 300 }, (_, at) => (at * at * (37 + 14 * seed) + seed * 91) % 251)),
    ]),
  ),
]);
