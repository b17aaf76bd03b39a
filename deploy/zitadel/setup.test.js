// setup.sh against a stand-in for ZITADEL that knows the messages of its
// protobuf files and refuses every other field.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(new URL("setup.sh", import.meta.url));
const boss = "token-of-the-iam-owner";

/** Fields of a message: a string is a scalar or an enum, an array a list, an object a message. */
const oidc = {
  redirectUris: [""],
  responseTypes: [""],
  grantTypes: [""],
  applicationType: "",
  authMethodType: "",
  postLogoutRedirectUris: [""],
  version: "",
  developmentMode: true,
  accessTokenType: "",
  accessTokenRoleAssertion: true,
  idTokenRoleAssertion: true,
  idTokenUserinfoAssertion: true,
  backChannelLogoutUri: "",
};
const text = { method: "" };
const requests = {
  "org.v2.OrganizationService/ListOrganizations": { queries: [{ defaultQuery: {} }] },
  "project.v2.ProjectService/ListProjects": {
    filters: [
      {
        projectNameFilter: { projectName: "", ...text },
        organizationIdFilter: { organizationId: "", type: "" },
      },
    ],
  },
  "project.v2.ProjectService/CreateProject": {
    organizationId: "",
    name: "",
    projectRoleAssertion: true,
  },
  "project.v2.ProjectService/UpdateProject": { projectId: "", projectRoleAssertion: true },
  "project.v2.ProjectService/ListProjectRoles": { projectId: "" },
  "project.v2.ProjectService/AddProjectRole": { projectId: "", roleKey: "", displayName: "" },
  "application.v2.ApplicationService/ListApplications": {
    filters: [{ projectIdFilter: { projectId: "" }, nameFilter: { name: "", ...text } }],
  },
  "application.v2.ApplicationService/CreateApplication": {
    projectId: "",
    name: "",
    oidcConfiguration: oidc,
  },
  "application.v2.ApplicationService/UpdateApplication": {
    projectId: "",
    applicationId: "",
    oidcConfiguration: oidc,
  },
  "user.v2.UserService/ListUsers": {
    query: { limit: 1 },
    queries: [{ userNameQuery: { userName: "", ...text } }],
  },
  "user.v2.UserService/CreateUser": { organizationId: "", username: "", machine: { name: "" } },
  "user.v2.UserService/AddPersonalAccessToken": { userId: "", expirationDate: "" },
  "internal_permission.v2.InternalPermissionService/ListAdministrators": {
    filters: [{ inUserIdsFilter: { ids: [""] }, resource: { organizationId: "" } }],
  },
  "internal_permission.v2.InternalPermissionService/CreateAdministrator": {
    userId: "",
    resource: { organizationId: "" },
    roles: [""],
  },
  "internal_permission.v2.InternalPermissionService/UpdateAdministrator": {
    userId: "",
    resource: { organizationId: "" },
    roles: [""],
  },
};

function check(value, shape, path) {
  if (Array.isArray(shape)) {
    assert(Array.isArray(value), `${path} is a list`);
    for (const item of value) check(item, shape[0], `${path}[]`);
  } else if (typeof shape === "object") {
    for (const [key, inner] of Object.entries(value)) {
      assert(key in shape, `${path}.${key} is no field`);
      check(inner, shape[key], `${path}.${key}`);
    }
  } else {
    assert.equal(typeof value, typeof shape, path);
  }
}

/** What is false, empty or the first of an enum is left out, as protobuf's JSON does. */
const sparse = (message) =>
  Object.fromEntries(
    Object.entries(message).filter(
      ([, value]) => value !== false && value !== "" && !(Array.isArray(value) && value.length === 0),
    ),
  );

class Zitadel {
  writes = 0;
  projects = [];
  roles = [];
  applications = [];
  users = [];
  administrators = [];
  tokens = new Set();
  #ids = 1000;

  id() {
    this.#ids += 1;
    return String(this.#ids);
  }

  answer(method, body) {
    const filter = (name) => (body.filters ?? []).map((one) => one[name]).find(Boolean);
    const verb = method.split("/")[1];
    if (!verb.startsWith("List")) this.writes += 1;
    switch (verb) {
      case "ListOrganizations":
        return { result: [{ id: "1", name: "ZITADEL", state: "ORGANIZATION_STATE_ACTIVE" }] };
      case "ListProjects":
        return {
          projects: this.projects
            .filter((project) => project.name === filter("projectNameFilter").projectName)
            .map(sparse),
        };
      case "CreateProject": {
        const project = { ...body, projectId: this.id() };
        this.projects.push(project);
        return { projectId: project.projectId };
      }
      case "UpdateProject":
        Object.assign(this.projects.find((project) => project.projectId === body.projectId), body);
        return {};
      case "ListProjectRoles":
        return this.roles.length === 0 ? {} : { projectRoles: this.roles };
      case "AddProjectRole":
        assert(!this.roles.some((role) => role.key === body.roleKey));
        this.roles.push({ projectId: body.projectId, key: body.roleKey });
        return {};
      case "ListApplications":
        return {
          applications: this.applications
            .filter((app) => app.name === filter("nameFilter").name)
            .map((app) => ({ ...app, oidcConfiguration: sparse(app.oidcConfiguration) })),
        };
      case "CreateApplication": {
        const clientId = `client-${this.id()}`;
        const application = {
          applicationId: this.id(),
          name: body.name,
          oidcConfiguration: { ...body.oidcConfiguration, clientId },
        };
        this.applications.push(application);
        return { applicationId: application.applicationId, oidcConfiguration: { clientId } };
      }
      case "UpdateApplication":
        Object.assign(
          this.applications.find((app) => app.applicationId === body.applicationId).oidcConfiguration,
          body.oidcConfiguration,
        );
        return {};
      case "ListUsers": {
        const name = body.queries?.[0].userNameQuery.userName;
        return { result: this.users.filter((user) => !name || user.username === name) };
      }
      case "CreateUser": {
        const user = { userId: this.id(), username: body.username };
        this.users.push(user);
        return { id: user.userId };
      }
      case "AddPersonalAccessToken": {
        const token = `pat-${this.id()}`;
        this.tokens.add(token);
        return { tokenId: this.id(), token };
      }
      case "ListAdministrators":
        return {
          administrators: this.administrators.filter((one) =>
            filter("inUserIdsFilter").ids.includes(one.user.id),
          ),
        };
      case "CreateAdministrator":
        this.administrators.push({ user: { id: body.userId }, roles: body.roles });
        return {};
      case "UpdateAdministrator":
        this.administrators.find((one) => one.user.id === body.userId).roles = body.roles;
        return {};
    }
  }

  serve = async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const method = request.url.replace("/zitadel.", "");
    const say = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.url === "/debug/ready") return say(200, "ok");
    try {
      assert.equal(request.headers.host, "id.example.org");
      const token = request.headers.authorization?.replace("Bearer ", "");
      if (token !== boss && !this.tokens.has(token)) return say(401, { code: "unauthenticated" });
      const body = JSON.parse(Buffer.concat(chunks).toString());
      assert(method in requests, `${method} is no method`);
      check(body, requests[method], method);
      return say(200, this.answer(method, body));
    } catch (error) {
      return say(400, { code: "invalid_argument", message: error.message });
    }
  };
}

async function withZitadel(work) {
  const zitadel = new Zitadel();
  const server = createServer(zitadel.serve);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "erynoa-zitadel-"));
  const file = join(folder, "auth.toml");
  writeFileSync(join(folder, "pat"), `${boss}\n`);
  const setup = async (publicUrl = "https://example.org") => {
    const { stdout } = await promisify(execFile)(script, {
      env: {
        ...process.env,
        ZITADEL_ISSUER: "https://id.example.org",
        ZITADEL_INTERNAL: `http://127.0.0.1:${server.address().port}`,
        ZITADEL_PAT_FILE: join(folder, "pat"),
        ERYNOA_PUBLIC_URL: publicUrl,
        ERYNOA_AUTH_FILE: file,
      },
    });
    return stdout;
  };
  try {
    await work(zitadel, setup, file);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}

test("the first run makes everything and writes the configuration", () =>
  withZitadel(async (zitadel, setup, file) => {
    await setup();
    assert.deepEqual(
      zitadel.roles.map((role) => role.key),
      ["member", "operator", "admin"],
    );
    assert.deepEqual(
      zitadel.applications.map((app) => [app.name, app.oidcConfiguration.redirectUris]),
      ["platform", "console", "docs"].map((app) => [app, [`https://example.org/${app}/callback`]]),
    );
    for (const { oidcConfiguration } of zitadel.applications) {
      assert.equal(oidcConfiguration.authMethodType, "OIDC_AUTH_METHOD_TYPE_NONE");
      assert.equal(oidcConfiguration.developmentMode, false);
    }
    const written = readFileSync(file, "utf8");
    assert.match(written, /^mode = "oidc"$/m);
    assert.match(written, /^issuer = "https:\/\/id.example.org"$/m);
    assert.match(written, new RegExp(`^audiences = \\["${zitadel.projects[0].projectId}"\\]$`, "m"));
    assert.match(written, /^service_token = "pat-\d+"$/m);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  }));

test("another run changes nothing", () =>
  withZitadel(async (zitadel, setup, file) => {
    await setup();
    const [writes, written] = [zitadel.writes, readFileSync(file, "utf8")];
    assert.equal(await setup(), "everything was so already\n");
    assert.equal(zitadel.writes, writes);
    assert.equal(readFileSync(file, "utf8"), written);
  }));

test("what somebody has changed is corrected, and nothing else", () =>
  withZitadel(async (zitadel, setup) => {
    await setup();
    const { writes } = zitadel;
    zitadel.projects[0].projectRoleAssertion = false;
    zitadel.applications[1].oidcConfiguration.redirectUris = ["https://evil.example/callback"];
    zitadel.roles.pop();
    zitadel.administrators[0].roles = [];
    const said = await setup();
    assert.equal(zitadel.writes, writes + 4, said);
    assert.equal(await setup(), "everything was so already\n");
  }));

test("a token that does not work any more is replaced", () =>
  withZitadel(async (zitadel, setup, file) => {
    await setup();
    const before = readFileSync(file, "utf8");
    zitadel.tokens.clear();
    await setup();
    assert.notEqual(readFileSync(file, "utf8"), before);
    assert.equal(zitadel.tokens.size, 1);
  }));

test("plain http is development", () =>
  withZitadel(async (zitadel, setup) => {
    await setup("http://localhost:3001");
    assert(zitadel.applications.every((app) => app.oidcConfiguration.developmentMode));
  }));

test("a refusal ends it with what ZITADEL says", () =>
  withZitadel(async (zitadel, setup) => {
    zitadel.answer = () => {
      throw new Error("the instance is in maintenance");
    };
    await assert.rejects(setup(), /in maintenance/);
  }));
