// A page of the API for whoever is signed in: what the server says to that person, in place of what it says to nobody.
"use strict";

(() => {
  const MOST = 2_000_000; // of a list's text; the rest is not shown
  const here = location.pathname + location.search;
  const asked = new URLSearchParams(location.search);

  // the text, or as much as a page can show of it
  async function text(answer) {
    const [reader, decoder] = [answer.body.getReader(), new TextDecoder()];
    let read = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return [read, true];
      read += decoder.decode(value, { stream: true });
      if (read.length > MOST) {
        await reader.cancel();
        return [read, false];
      }
    }
  }

  async function show(method) {
    const answer = await gatepost.send(here, { method, headers: { Accept: "text/html" } });
    const [html, isWhole] = await text(answer);
    const section = new DOMParser().parseFromString(html, "text/html").getElementById("answer");
    if (!section) return;
    if (!isWhole) {
      const note = Object.assign(document.createElement("p"), { className: "help" });
      note.textContent = "The list is longer than a page shows: ask for a part of it.";
      section.append(note);
    }
    document.getElementById("answer").replaceWith(document.adoptNode(section));
  }

  async function showJson(event) {
    if (!gatepost.isSignedIn()) return; // the link leads there
    event.preventDefault();
    asked.set("format", "json");
    const [json] = await text(await gatepost.send(`${location.pathname}?${asked}`));
    document.querySelector("#answer .body").textContent = json;
  }

  const options = document.getElementById("options");
  options.hidden = false;
  options.addEventListener("click", () => show("OPTIONS"));
  document.getElementById("as-json").addEventListener("click", showJson);
  let wasSignedIn = false;
  document.addEventListener("session", () => {
    if (gatepost.isSignedIn() === wasSignedIn) return;
    wasSignedIn = !wasSignedIn;
    show("GET");
  });
})();
