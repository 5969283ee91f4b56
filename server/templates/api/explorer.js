// The explorer: a form's values as a request, as a line for curl, and what comes back.
"use strict";

(() => {
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  // what the form says: where to, with what
  function request(call) {
    const { method, path } = call.dataset;
    const [query, headers, body] = [new URLSearchParams(), {}, {}];
    let url = path;
    for (const input of all("[data-place]", call)) {
      const { name, place } = input.dataset;
      const isEmpty = input.value === "";
      if (place === "path") { if (!isEmpty) url = url.replace(`{${name}}`, encodeURIComponent(input.value)) }
      else if (place === "query") { if (!isEmpty) query.set(name, input.value) }
      else if (place === "header") { if (!isEmpty) headers[name] = input.value }
      // what was there and is emptied is meant
      else if (!isEmpty || "required" in input.dataset || "emptied" in input.dataset) body[name] = input.value;
    }
    if (query.size > 0) url += `?${query}`;
    const hasBody = "hasBody" in call.dataset;
    if (hasBody) headers["Content-Type"] = "application/json";
    return { url, method, headers, body: hasBody ? JSON.stringify(body) : undefined };
  }

  function preview(call) {
    const { url, method, headers, body } = request(call);
    call.querySelector(".line").replaceChildren(make("b", { textContent: method }), ` ${url}`);
    const parts = ["curl"];
    if (method !== "GET") parts.push("-X", method);
    parts.push(quoted(location.origin + url));
    const { header, scheme } = document.body.dataset;
    if ("signsIn" in call.dataset) parts.push("-H", `"${header}: ${scheme} $ACCESS"`);
    for (const [name, value] of Object.entries(headers)) parts.push("-H", quoted(`${name}: ${value}`));
    if (body) {
      // a password is for the server alone
      const shown = JSON.parse(body);
      for (const input of all("[type=password]", call)) if (input.value) shown[input.dataset.name] = "…";
      parts.push("-d", quoted(JSON.stringify(shown)));
    }
    call.querySelector(".curl").textContent = parts.join(" ");
  }

  function readable(text) {
    try { return JSON.stringify(JSON.parse(text), null, 2) } catch { return text }
  }

  async function send(call) {
    const place = call.querySelector(".answer");
    const { url, ...options } = request(call);
    options.headers.Accept = "application/json";
    const begun = performance.now();
    try {
      const answer = await ("signsIn" in call.dataset ? gatepost.send(url, options) : fetch(url, options));
      const text = await answer.text();
      const took = Math.round(performance.now() - begun);
      const head = make("pre", { className: "head", tabIndex: 0 });
      head.append(make("b", { textContent: `HTTP ${answer.status} ${answer.statusText}` }));
      for (const [name, value] of answer.headers) head.append("\n", make("span", { textContent: `${name}:` }), ` ${value}`);
      const body = make("pre", { className: "body", tabIndex: 0, textContent: readable(text) });
      place.replaceChildren(make("h3", { textContent: "Answer" }), make("p", { textContent: `${answer.status} in ${took} ms` }), head, ...(text ? [body] : []));
      if (answer.status === 201) offer(call, JSON.parse(text).id);
      if (answer.ok && "signsIn" in call.dataset) gatepost.take(text);
    } catch {
      place.replaceChildren(make("p", { className: "problem", textContent: "The server can't be reached." }));
    }
  }

  // the calls about one thing begin with what was made last
  function offer(made, id) {
    if (id === undefined) return;
    for (const call of all(".call").filter(({ dataset }) => dataset.path.startsWith(made.dataset.path))) {
      for (const input of all("[data-place=path]", call)) input.value = id;
      preview(call);
    }
  }

  // whoever is signed in shows the session of this tab
  function showSession() {
    for (const call of all(".call[data-signs-in]")) {
      for (const input of all("[data-place=body][data-name=refresh]", call)) input.value = gatepost.refresh();
      preview(call);
    }
  }

  // what is changed begins with what it is
  async function fill(call) {
    if (!["PUT", "PATCH"].includes(call.dataset.method) || !gatepost.isSignedIn()) return;
    const answer = await gatepost.send(request(call).url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const now = await answer.json();
    for (const input of all("[data-place=body]", call)) input.value = now[input.dataset.name] ?? "";
    preview(call);
  }

  function open() {
    const call = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!call?.matches(".call")) return;
    call.open = true;
    call.scrollIntoView();
    call.querySelector("summary").focus({ preventScroll: true });
    if (new URLSearchParams(location.search).has("id")) fill(call);
  }

  const id = new URLSearchParams(location.search).get("id");
  for (const call of all(".call")) {
    for (const input of all("[data-place=path]", call)) input.value = id ?? "";
    call.addEventListener("input", ({ target }) => {
      const isChange = ["PUT", "PATCH"].includes(call.dataset.method);
      if (isChange && target.value === "") target.dataset.emptied = "";
      else delete target.dataset.emptied;
      preview(call);
    });
    call.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (all("[data-place=path]", call).every((input) => input.reportValidity())) send(call);
    });
    preview(call);
  }
  document.addEventListener("session", showSession);
  addEventListener("hashchange", open);
  addEventListener("DOMContentLoaded", open);
})();
