// oidc-provider, set up so that its tokens look like ZITADEL's.

import { interactionPolicy, Provider } from "oidc-provider";
import { failure, page, signOut } from "./pages.js";
import { Store } from "./store.js";

export const rolesClaim = "urn:zitadel:iam:org:project:roles";
const organization = "200000000000000001";
const domain = "erynoa.localhost";

/** Roles in ZITADEL's shape: {role: {organisation id: its domain}}. */
const rolesOf = ({ roles }) =>
  Object.fromEntries(roles.map((role) => [role, { [organization]: domain }]));

/** The app's folder with and without its slash, its page signed-out, its origin. */
function afterSignOut(redirect) {
  const folder = new URL(".", redirect).href;
  return [folder, folder.replace(/\/$/, ""), `${folder}signed-out`, new URL(redirect).origin];
}

function clientsOf(options) {
  const shared = {
    id_token_signed_response_alg: options.keys[0].alg,
    ...(options.logoutUri && {
      backchannel_logout_uri: options.logoutUri,
      backchannel_logout_session_required: true,
    }),
  };
  const loopback = (uri) => /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(uri);
  const apps = Object.entries(options.apps).map(([client_id, redirects]) => ({
    ...shared,
    client_id,
    // Native clients may come back to any port of this machine (RFC 8252 §7.3),
    // so tests with a server of their own need not announce it.
    application_type: redirects.every(loopback) ? "native" : "web",
    client_name: client_id,
    redirect_uris: redirects,
    post_logout_redirect_uris: [...new Set(redirects.flatMap(afterSignOut))],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  }));
  const api = {
    ...shared,
    client_id: "api",
    client_secret: options.apiSecret,
    token_endpoint_auth_method: "client_secret_basic",
    grant_types: [],
    response_types: [],
    redirect_uris: [],
  };
  return [...apps, api];
}

/** A provider on the shared store. `options`: see README. */
export function newProvider(options) {
  const { issuer, audience, users, keys, apps } = options;
  const bySub = new Map(users.map((user) => [user.sub, user]));
  // As with redirects, the port of this machine does not matter.
  const withoutPort = (origin) => origin.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1)):\d+$/, "$1");
  const known = Object.values(apps).flat().map((uri) => new URL(uri).origin);
  const origins = new Set(known.flatMap((origin) => [origin, withoutPort(origin)]));
  const signing = { sign: { alg: keys[0].alg } };
  const scope = "openid profile email offline_access";

  const policy = interactionPolicy.base();
  policy.get("consent").checks.remove("native_client_prompt");

  const provider = new Provider(issuer, {
    adapter: Store,
    clients: clientsOf(options),
    jwks: { keys },
    cookies: { keys: [options.cookieKey] },
    scopes: scope.split(" "),
    claims: {
      openid: ["sub", rolesClaim],
      profile: ["name", "given_name", "family_name", "preferred_username", "locale", "updated_at"],
      email: ["email", "email_verified"],
    },
    // ZITADEL puts what it knows about people into ID tokens too.
    conformIdTokenClaims: false,
    findAccount: (_ctx, sub) => {
      const user = bySub.get(sub);
      if (!user) return undefined;
      const [given, ...family] = user.name.split(" ");
      return {
        accountId: sub,
        claims: () => ({
          sub,
          name: user.name,
          given_name: given,
          family_name: family.join(" "),
          preferred_username: user.email,
          locale: user.locale,
          email: user.email,
          email_verified: user.email_verified ?? true,
          updated_at: 1_700_000_000,
          [rolesClaim]: rolesOf(user),
        }),
      };
    },
    extraTokenClaims: (_ctx, token) => {
      const user = bySub.get(token.accountId);
      return user && { [rolesClaim]: rolesOf(user) };
    },
    formats: {
      customizers: {
        // ZITADEL: all clients of the project and the project itself; who
        // asked stands in client_id.
        jwt: (_ctx, token, parts) => {
          parts.payload.aud = [...Object.keys(apps), audience];
          parts.payload.nbf = parts.payload.iat;
          if (token.sid) parts.payload.sid = token.sid;
        },
      },
    },
    // The apps run on this machine; the library's dispatcher refuses loopback.
    fetch: (url, { dispatcher: _, ...init }) => globalThis.fetch(url, init),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    // ZITADEL asks for no consent before it gives a refresh token.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    // The clients are the apps of this house: nobody is asked for consent.
    loadExistingGrant: async (ctx) => {
      const { session, client } = ctx.oidc;
      const known = session.grantIdFor(client.clientId);
      const found = known && (await provider.Grant.find(known));
      if (found) return found;
      const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
      grant.addOIDCScope(scope);
      for (const resource of [audience, `${audience}:opaque`]) grant.addResourceScope(urn(resource), scope);
      await grant.save();
      return grant;
    },
    interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    clientBasedCORS: (_ctx, origin) => origins.has(origin) || origins.has(withoutPort(origin)),
    ttl: {
      AccessToken: options.accessTokenSeconds,
      IdToken: options.accessTokenSeconds,
      AuthorizationCode: 60,
      Grant: 86_400,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      revocation: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx, form) => {
          ctx.body = signOut(form);
        },
        postLogoutSuccessSource: async (ctx) => {
          ctx.body = page("Signed out", "<p>You can close this page.</p>");
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => urn(audience),
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope,
          audience,
          accessTokenTTL: options.accessTokenSeconds,
          accessTokenFormat: resource === urn(audience) ? "jwt" : "opaque",
          jwt: signing,
        }),
      },
    },
    renderError: async (ctx, out) => {
      ctx.type = "html";
      ctx.body = failure(out);
    },
  });
  return provider;
}

/** Resources are URIs; `urn:erynoa` names the API, `urn:erynoa:opaque` the API with opaque tokens. */
export const urn = (resource) => `urn:${resource}`;
