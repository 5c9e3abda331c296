/* Passkeys: htmx asks the server for a question; the browser's answer goes with the form, as any form does. */

const able =
  window.PublicKeyCredential?.parseCreationOptionsFromJSON && window.PublicKeyCredential?.parseRequestOptionsFromJSON;

const SENTENCES = {
  NotAllowedError: "Nothing was confirmed, or it took too long. Try again.",
  InvalidStateError: "This device has a passkey of yours already.",
  SecurityError: "Passkeys do not work at this address. They need the team's own https:// address.",
};

function question(xhr) {
  try {
    const found = JSON.parse(xhr.responseText);
    return found.publicKey ?? { problem: found.problem };
  } catch {
    return { problem: "The page is out of date. Reload it and try again." };
  }
}

function answer(form, asked) {
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) })
    : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
}

async function proceed(form, asked) {
  const problem = form.querySelector("[data-problem]");
  problem.hidden = true;
  try {
    if (asked.problem) throw new Error(asked.problem);
    const credential = await answer(form, asked);
    form.elements.passkey.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch (error) {
    problem.textContent = SENTENCES[error.name] ?? error.message;
    problem.hidden = false;
  }
}

for (const form of able ? document.querySelectorAll("[data-passkey]") : []) {
  form.hidden = false;
  form.querySelector("[data-ask]").disabled = false;
  form.querySelector("[data-cannot]")?.remove();
  form.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt === form && detail.xhr.status !== 204) proceed(form, question(detail.xhr));
  });
}
