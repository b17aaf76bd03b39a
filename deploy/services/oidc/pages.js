// The pages that people see. They work without scripts.

const escape = (text) =>
  String(text).replace(
    /[&<>"']/g,
    (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[letter],
  );

/** A whole page around a body of HTML. */
export function page(title, body) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 26rem; margin: 10vh auto; padding: 0 1rem; }
button { display: block; width: 100%; margin: .5rem 0; padding: .75rem 1rem; font: inherit; text-align: left; cursor: pointer; }
small { opacity: .8; }
</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

/** One button a person. */
export function signIn(uid, client, users) {
  const buttons = users.map(
    ({ user, name, email, roles }) =>
      `<button name="user" value="${escape(user)}">${escape(name)}<br><small>${escape(email)} · ${escape(roles.join(", ") || "no role")}</small></button>`,
  );
  return page(
    "Who are you?",
    `<p>Development identity provider, for ${escape(client)}. There are no passwords.</p>
<form method="post" action="/interaction/${escape(uid)}">
${buttons.join("\n")}
</form>
<form method="post" action="/interaction/${escape(uid)}/abort"><button>Cancel</button></form>`,
  );
}

/** Asks before signing out, as the specification wants. */
export function signOut(form) {
  return page(
    "Sign out?",
    `${form}
<button form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button form="op.logoutForm">Stay signed in</button>`,
  );
}

/** What went wrong. */
export function failure(out) {
  const lines = Object.entries(out).map(([key, value]) => `<p><b>${escape(key)}</b>: ${escape(value)}</p>`);
  return page("That did not work", lines.join("\n"));
}
