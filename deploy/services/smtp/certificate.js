// A certificate for localhost, new at each start. Who wants to trust it asks
// the API for it.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const request = `[req]
distinguished_name = name
prompt = no
x509_extensions = extensions
[name]
CN = localhost
[extensions]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost, IP:127.0.0.1
`;

/** `{ key, cert }` in PEM. Needs the command openssl. */
export function newCertificate() {
  const folder = mkdtempSync(join(tmpdir(), "erynoa-smtp-"));
  const [config, key, cert] = ["config", "key", "cert"].map((name) => join(folder, name));
  try {
    writeFileSync(config, request);
    execFileSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-days", "30", "-config", config, "-keyout", key, "-out", cert],
    ], { stdio: ["ignore", "ignore", "pipe"] });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
