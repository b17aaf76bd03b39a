#!/usr/bin/env bash
# Makes in ZITADEL what Erynoa needs and writes the section [auth] of the
# gateway's configuration: a project that asserts roles, the roles, three public
# apps with PKCE, and a service user that administers people. Run it as often as
# you like: what is right already is left alone.
#
#   ZITADEL_ISSUER      https://id.example.org, as browsers see it
#   ZITADEL_INTERNAL    where this script reaches it, if elsewhere: http://zitadel:8080
#   ZITADEL_PAT_FILE    file with a personal access token of an IAM owner
#   ERYNOA_PUBLIC_URL   https://example.org
#   ERYNOA_AUTH_FILE    the file to write: deploy/secrets/auth.toml
set -euo pipefail

: "${ZITADEL_ISSUER:?say where ZITADEL is: https://id.example.org}"
: "${ZITADEL_PAT_FILE:?name the file with the personal access token of an IAM owner}"
: "${ERYNOA_PUBLIC_URL:?say where Erynoa is: https://example.org}"
: "${ERYNOA_AUTH_FILE:?name the file to write}"
issuer=${ZITADEL_ISSUER%/}
internal=${ZITADEL_INTERNAL:-$issuer}
internal=${internal%/}
public=${ERYNOA_PUBLIC_URL%/}
for command in curl jq; do
  command -v "$command" >/dev/null || { echo "$command is missing: install it" >&2; exit 1; }
done
pat=$(<"$ZITADEL_PAT_FILE")
host=${issuer#*://}
changes=0

# A call of the API: call TOKEN SERVICE/METHOD JSON. The body of a failure goes
# to stderr. The token goes by a file: arguments are seen by everybody.
call() {
  local answer status
  answer=$(curl -sS --max-time 20 -X POST "$internal/zitadel.$2" \
    -H @<(printf 'Authorization: Bearer %s' "$1") -H "Host: $host" \
    -H "X-Forwarded-Proto: ${issuer%%:*}" -H 'Content-Type: application/json' \
    --data-binary "$3" -w '\n%{http_code}')
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  if [[ $status != 200 ]]; then
    echo "zitadel.$2: status $status: $answer" >&2
    return 1
  fi
  printf '%s' "$answer"
}

api() {
  call "$pat" "$@"
}

changed() {
  changes=$((changes + 1))
  echo "$*"
}

# Whether all that is wanted stands in what there is: is_so GOT WANT. Lists are
# sets, and what is false or empty may be left out.
is_so() {
  jq -en --argjson got "$1" --argjson want "$2" '
    def plain: if type == "array" then sort else . end;
    def empty_like: if type == "array" then [] elif type == "boolean" then false else "" end;
    all($want | to_entries[]; .key as $key | .value as $value
      | ($got[$key] // ($value | empty_like) | plain) == ($value | plain))' >/dev/null
}

for _ in $(seq 1 60); do
  if curl -sf -o /dev/null --max-time 5 -H "Host: $host" "$internal/debug/ready"; then break; fi
  sleep 2
done

# -- the organisation ---------------------------------------------------------
organization=$(api org.v2.OrganizationService/ListOrganizations '{"queries":[{"defaultQuery":{}}]}' |
  jq -er '.result[0].id') || { echo "there is no default organisation" >&2; exit 1; }

# -- the project --------------------------------------------------------------
want='{"projectRoleAssertion": true}'
found=$(api project.v2.ProjectService/ListProjects \
  "$(jq -n --arg organization "$organization" '{filters: [
      {projectNameFilter: {projectName: "Erynoa", method: "TEXT_FILTER_METHOD_EQUALS"}},
      {organizationIdFilter: {organizationId: $organization, type: "OWNED"}}]}')" |
  jq -c '.projects[0] // empty')
if [[ -z $found ]]; then
  project=$(api project.v2.ProjectService/CreateProject \
    "$(jq -n --arg organization "$organization" --argjson want "$want" \
      '{organizationId: $organization, name: "Erynoa"} + $want')" | jq -er .projectId)
  changed "project Erynoa: made"
else
  project=$(jq -er .projectId <<<"$found")
  if ! is_so "$found" "$want"; then
    api project.v2.ProjectService/UpdateProject \
      "$(jq -n --arg project "$project" --argjson want "$want" '{projectId: $project} + $want')" >/dev/null
    changed "project Erynoa: corrected"
  fi
fi

# -- its roles ----------------------------------------------------------------
roles=$(api project.v2.ProjectService/ListProjectRoles "$(jq -n --arg project "$project" '{projectId: $project}')" |
  jq -r '.projectRoles[]?.key')
for role in member operator admin; do
  if ! grep -qx "$role" <<<"$roles"; then
    api project.v2.ProjectService/AddProjectRole \
      "$(jq -n --arg project "$project" --arg role "$role" \
        '{projectId: $project, roleKey: $role, displayName: $role}')" >/dev/null
    changed "role $role: made"
  fi
done

# -- the apps -----------------------------------------------------------------
declare -A clients
for app in platform console docs; do
  # Tokens are JWTs with the roles in them. Plain http is for development only.
  want=$(jq -n --arg app "$public/$app" '{
    redirectUris: [$app + "/callback"],
    postLogoutRedirectUris: [$app, $app + "/", $app + "/signed-out"],
    responseTypes: ["OIDC_RESPONSE_TYPE_CODE"],
    grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE", "OIDC_GRANT_TYPE_REFRESH_TOKEN"],
    applicationType: "OIDC_APP_TYPE_USER_AGENT",
    authMethodType: "OIDC_AUTH_METHOD_TYPE_NONE",
    accessTokenType: "OIDC_TOKEN_TYPE_JWT",
    accessTokenRoleAssertion: true,
    idTokenRoleAssertion: true,
    idTokenUserinfoAssertion: true,
    developmentMode: ($app | startswith("http://"))}')
  found=$(api application.v2.ApplicationService/ListApplications \
    "$(jq -n --arg project "$project" --arg app "$app" '{filters: [
        {projectIdFilter: {projectId: $project}},
        {nameFilter: {name: $app, method: "TEXT_FILTER_METHOD_EQUALS"}}]}')" |
    jq -c '.applications[0] // empty')
  if [[ -z $found ]]; then
    clients[$app]=$(api application.v2.ApplicationService/CreateApplication \
      "$(jq -n --arg project "$project" --arg app "$app" --argjson want "$want" \
        '{projectId: $project, name: $app, oidcConfiguration: $want}')" |
      jq -er .oidcConfiguration.clientId)
    changed "app $app: made"
    continue
  fi
  clients[$app]=$(jq -er .oidcConfiguration.clientId <<<"$found")
  if ! is_so "$(jq -c .oidcConfiguration <<<"$found")" "$want"; then
    api application.v2.ApplicationService/UpdateApplication \
      "$(jq -n --arg project "$project" --argjson found "$found" --argjson want "$want" \
        '{projectId: $project, applicationId: $found.applicationId, oidcConfiguration: $want}')" >/dev/null
    changed "app $app: corrected"
  fi
done

# -- who administers people ---------------------------------------------------
user=$(api user.v2.UserService/ListUsers \
  '{"queries":[{"userNameQuery":{"userName":"erynoa-gateway","method":"TEXT_QUERY_METHOD_EQUALS"}}]}' |
  jq -r '.result[0].userId // empty')
if [[ -z $user ]]; then
  user=$(api user.v2.UserService/CreateUser \
    "$(jq -n --arg organization "$organization" '{organizationId: $organization,
        username: "erynoa-gateway", machine: {name: "Erynoa gateway"}}')" | jq -er .id)
  changed "service user erynoa-gateway: made"
fi
want='{"roles": ["ORG_OWNER"]}'
found=$(api internal_permission.v2.InternalPermissionService/ListAdministrators \
  "$(jq -n --arg organization "$organization" --arg user "$user" '{filters: [
      {inUserIdsFilter: {ids: [$user]}}, {resource: {organizationId: $organization}}]}')" |
  jq -c '.administrators[0] // empty')
if [[ -z $found ]] || ! is_so "$found" "$want"; then
  verb=$([[ -z $found ]] && echo Create || echo Update)
  api "internal_permission.v2.InternalPermissionService/${verb}Administrator" \
    "$(jq -n --arg organization "$organization" --arg user "$user" --argjson want "$want" \
      '{userId: $user, resource: {organizationId: $organization}} + $want')" >/dev/null
  changed "service user erynoa-gateway: may administer the organisation"
fi

# A token is shown once. The one in the file stays for as long as it works.
token=
if [[ -f $ERYNOA_AUTH_FILE ]]; then
  token=$(sed -n 's/^service_token = "\(.*\)"$/\1/p' "$ERYNOA_AUTH_FILE")
fi
if [[ -z $token ]] || ! call "$token" user.v2.UserService/ListUsers '{"query":{"limit":1}}' >/dev/null 2>&1; then
  token=$(api user.v2.UserService/AddPersonalAccessToken \
    "$(jq -n --arg user "$user" --arg expires "$(date -u -d '+2 years' +%Y-%m-%dT00:00:00Z)" \
      '{userId: $user, expirationDate: $expires}')" | jq -er .token)
  changed "service user erynoa-gateway: a new token, good for two years"
fi

# -- the gateway's configuration ----------------------------------------------
text="# Written by deploy/zitadel/setup.sh.
[auth]
mode = \"oidc\"
issuer = \"$issuer\"
$([[ $internal == "$issuer" ]] || echo "internal_issuer = \"$internal\"")
platform_client_id = \"${clients[platform]}\"
console_client_id = \"${clients[console]}\"
docs_client_id = \"${clients[docs]}\"
audiences = [\"$project\"]
organization_id = \"$organization\"
project_id = \"$project\"
service_token = \"$token\""
if [[ ! -f $ERYNOA_AUTH_FILE || $(<"$ERYNOA_AUTH_FILE") != "$text" ]]; then
  (umask 077 && printf '%s\n' "$text" >"$ERYNOA_AUTH_FILE.new")
  # Whoever reads the old file reads the new one.
  if [[ -f $ERYNOA_AUTH_FILE ]]; then cat -- "$ERYNOA_AUTH_FILE.new" >"$ERYNOA_AUTH_FILE" && rm -- "$ERYNOA_AUTH_FILE.new"; else mv -- "$ERYNOA_AUTH_FILE.new" "$ERYNOA_AUTH_FILE"; fi
  changed "$ERYNOA_AUTH_FILE: written; restart the gateways"
fi
if ((changes == 0)); then echo "everything was so already"; fi
