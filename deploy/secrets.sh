#!/usr/bin/env bash
# Makes the secrets of compose.yaml in deploy/secrets. What is there stays.
#   deploy/secrets.sh example.org
set -euo pipefail
domain=${1:?say the domain: deploy/secrets.sh example.org}
[[ $domain =~ ^[a-z0-9.-]+$ ]] || { echo "$domain is not a domain" >&2; exit 1; }
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets
umask 077

random() {
  # Letters and digits alone: safe in URLs, in TOML and in YAML.
  (set +o pipefail && LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c "$1")
}

# write NAME: what comes on stdin, if there is nothing yet.
write() {
  if [[ -s secrets/$1 ]]; then return; fi
  cat >"secrets/$1"
  echo "deploy/secrets/$1"
}

random 32 | write postgres_password
random 32 | write zitadel_password
# ZITADEL wants exactly 32 characters.
random 32 | write zitadel_masterkey
random 32 | write dragonfly_password
random 20 | write minio_user
random 40 | write minio_password
printf -- '--requirepass=%s\n' "$(<secrets/dragonfly_password)" | write dragonfly_flags
write zitadel.yaml <<YAML
Database:
  Postgres:
    Admin:
      Password: $(<secrets/postgres_password)
    User:
      Password: $(<secrets/zitadel_password)
YAML
write production.toml <<TOML
[application]
public_url = "https://$domain"

[database]
backend = "postgres"
url = "postgres://erynoa:$(<secrets/postgres_password)@postgres:5432/erynoa"

[cache]
backend = "redis"
url = "redis://:$(<secrets/dragonfly_password)@dragonfly:6379"

[storage]
backend = "s3"
endpoint = "http://minio:9000"
public_endpoint = "https://files.$domain"
access_key_id = "$(<secrets/minio_user)"
secret_access_key = "$(<secrets/minio_password)"
default_bucket = "erynoa"
TOML
# Until ZITADEL is set up people sign in with device keys.
printf '[auth]\nmode = "local"\n' | write auth.toml
write ../.env <<ENV
ERYNOA_DOMAIN=$domain
ERYNOA_ID_DOMAIN=id.$domain
ERYNOA_FILES_DOMAIN=files.$domain
ENV
if [[ $(id -u) == 0 ]]; then
  # Read by the gateway and by the set-up of ZITADEL, which run as 10001.
  chown 10001:10001 secrets/production.toml secrets/auth.toml
  # As 1000: ZITADEL and MinIO. As 999: Dragonfly.
  chown 1000:1000 secrets/zitadel.yaml secrets/zitadel_masterkey secrets/minio_user secrets/minio_password
  chown 999:999 secrets/dragonfly_flags secrets/dragonfly_password
else
  echo "not root: the containers can only read deploy/secrets if they run as this user" >&2
fi
