// Who is signed in at the pages of the API: tokens that live as long as the tab, and requests that bear them.
"use strict";

const gatepost = (() => {
  const { root, login, header, scheme } = document.body.dataset;
  const PLACE = "gatepost.session";
  const dialog = document.getElementById("sign-in");
  const person = document.getElementById("person");
  let renewing = null;

  function held() {
    try { return JSON.parse(sessionStorage.getItem(PLACE)) } catch { return null }
  }
  function keep(session) {
    if (session) sessionStorage.setItem(PLACE, JSON.stringify(session));
    else sessionStorage.removeItem(PLACE);
    show();
  }
  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  // by its id and its turn every tab has the same key for the next refresh, and one whose answer was lost the same again
  const key = ({ id, turn }) => ({ "Idempotency-Key": `${id}-${turn}` });
  function hold(session) {
    const next = { ...session, id: session.id ?? random(), turn: (session.turn ?? 0) + 1 };
    keep(next);
    tell(next.id, next);
  }

  // a tab that was duplicated has the same session, and each of its refresh tokens is good once: they tell each other
  const tabs = new BroadcastChannel(PLACE);
  const tell = (id, session) => tabs.postMessage({ id, session });
  tabs.addEventListener("message", ({ data: { id, session, asks } }) => {
    const own = held();
    if (own?.id !== id) return;
    if (asks) tell(id, own);
    else if (!session || session.turn > own.turn) keep(session);
  });

  function post(path, body, headers = {}) {
    return fetch(`${root}/api/token/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", ...headers },
      body: JSON.stringify(body),
    });
  }

  // where a cookie holds the refresh token, there is none here
  const shown = ({ refresh }) => (refresh ? { refresh } : {});

  async function renew() {
    const session = held();
    if (!session) return false;
    const ask = () => post("refresh/", shown(session), key(session));
    const answer = await ask().catch(ask);
    if (answer.ok) hold({ ...session, ...(await answer.json()) });
    else if (answer.status === 400 || answer.status === 401) keep(null);
    return answer.ok;
  }
  // one at a time: a refresh token is good once
  function renewed(before) {
    const fresh = () => (held()?.turn === before ? renew() : held() !== null);
    // other tabs of this session wait, too, where the browser has locks: not on plain http
    const alone = () => navigator.locks?.request(PLACE, fresh) ?? fresh();
    renewing ??= Promise.resolve(alone()).finally(() => { renewing = null });
    return renewing;
  }

  // a request with the access token, and once more with a new one where that has expired
  async function send(url, options = {}) {
    let turn;
    const ask = () => {
      const session = held();
      turn = session?.turn;
      const bearer = session ? { [header]: `${scheme} ${session.access}` } : {};
      return fetch(url, { ...options, headers: { ...options.headers, ...bearer } });
    };
    const answer = await ask();
    if (answer.status !== 401 || !held()) return answer;
    return (await renewed(turn)) ? ask() : answer;
  }

  // new tokens of this session, which some calls answer
  function take(text) {
    let said = {};
    try { said = JSON.parse(text) } catch { return }
    const session = held();
    if (session && said?.access && said?.refresh) hold({ ...session, access: said.access, refresh: said.refresh });
  }

  async function signIn(name, password) {
    const answer = await post("", { [login]: name, password });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) return said.detail ?? Object.values(said).flat()[0] ?? `The server answers ${answer.status}.`;
    hold({ ...said, name });
    return null;
  }

  async function signOut() {
    const session = held();
    await post("blacklist/", shown(session), key(session)).catch(() => null);
    keep(null);
    tell(session.id, null);
  }

  function button(text, press) {
    const element = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: text });
    element.addEventListener("click", press);
    return element;
  }

  function show() {
    const session = held();
    if (session) person.replaceChildren(`Signed in as ${session.name}`, button("Sign out", signOut));
    else person.replaceChildren(button("Sign in", () => dialog.showModal()));
    document.dispatchEvent(new CustomEvent("session"));
  }

  const [form, problem] = [dialog.querySelector("form"), dialog.querySelector(".problem")];
  const [name, password] = ["sign-in-name", "sign-in-password"].map((id) => document.getElementById(id));
  dialog.querySelector("[value=cancel]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { password.value = "" });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const why = await signIn(name.value, password.value).catch(() => "The server can't be reached.");
    problem.hidden = !why;
    problem.textContent = why ?? "";
    if (!why) dialog.close();
  });

  addEventListener("DOMContentLoaded", () => {
    show();
    if (held()) tabs.postMessage({ id: held().id, asks: true });
  });
  return { root, send, take, refresh: () => held()?.refresh ?? "", isSignedIn: () => held() !== null };
})();
